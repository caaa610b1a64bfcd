// The SYN-ACK timer of a request: thinning of old requests, resending, expiry.
// @kernel reqsk_timer_handler net/ipv4/inet_connection_sock.c v6.18

import { count, MIB } from '../mib.ts';
import type { Listener, Sock } from '../sock.ts';
import { NS_PER_MS } from './clock.ts';
import { trace } from './emit.ts';
import { adoptRequest, countMigrated, heirOfRequest } from './migrate.ts';
import type { Netns } from './netns.ts';
import { RequestView, removeRequest, requestEnds } from './request-sock.ts';
import { resendSynAck } from './synack.ts';
import { armMini } from './timers.ts';

const view = new RequestView();

/** Doubling beyond this never matters: every cap is below 2^20 ms. */
const SHIFT_MAX = 20;

/** Next timeout of a request, ns: T << timeouts, at most the listener's RTO maximum. @kernel reqsk_timeout include/net/inet_connection_sock.h v6.18 */
export function requestTimeoutNs(net: Netns, listener: Sock, request: RequestView): number {
  const first = net.profile.behaviour.timeoutInitMs;
  const max = listener.options.rtoMaxMs;
  return Math.min(first * 2 ** Math.min(request.numTimeout, SHIFT_MAX), max) * NS_PER_MS;
}

/** Retransmissions a request may have: fewer when the listener is more than half full of old ones. */
function allowedRetries(net: Netns, listener: Sock, queue: Listener): number {
  let retries = listener.options.synCnt || net.sysctl['net.ipv4.tcp_synack_retries'];
  const half = net.profile.behaviour.thinByBacklog
    ? queue.qlen << 1 > Math.max(8, queue.backlog)
    : queue.qlen >> Math.max(queue.maxQlenLog - 1, 0) !== 0;
  if (!half) return retries;
  let young = queue.young << 1;
  while (retries > 2 && queue.qlen >= young) {
    retries--;
    young <<= 1;
    if (young === 0) return 2;
  }
  return retries;
}

/** Whether the request is over and whether a SYN-ACK is due. @kernel syn_ack_recalc net/ipv4/inet_connection_sock.c v6.18 */
function recalculate(
  request: RequestView,
  retries: number,
  defer: number,
): { expire: boolean; resend: boolean } {
  const timeouts = request.numTimeout;
  if (defer === 0) return { expire: timeouts >= retries, resend: true };
  return {
    expire: timeouts >= retries && (!request.acked || timeouts >= defer),
    resend: !request.acked || timeouts >= defer - 1,
  };
}

/** The timer of the request behind `handle` fired. */
export function requestTimerFired(net: Netns, handle: number): void {
  view.at(net, handle);
  const own = net.socks.get(view.listener);
  const orphan = own === undefined || own.state !== 'LISTEN';
  const listener = orphan ? heirOfRequest(net, view) : own;
  if (listener === null || listener.listener === null) return removeRequest(net, view, 'listener closed');
  if (orphan) adoptRequest(view, listener);
  const queue = listener.listener;
  const verdict = recalculate(view, allowedRetries(net, listener, queue), queue.deferAccept);
  if (net.trace !== null) {
    trace(net, {
      type: 'timer',
      at: net.now,
      timer: 'SYN-ACK',
      sock: listener.id,
      ends: requestEnds(net, handle),
    });
  }
  if (net.profile.behaviour.countsSynAckTimeouts) count(net.mib, MIB.TcpExtTCPTimeouts);
  if (verdict.expire) return removeRequest(net, view, 'expired');
  if (verdict.resend && !resendSynAck(net, listener, view, 'timeout').ok && !view.acked) {
    return removeRequest(net, view, 'no route');
  }
  if (view.numTimeout === 0) queue.young--;
  view.numTimeout = view.numTimeout + 1;
  armMini(net, handle, requestTimeoutNs(net, listener, view));
  if (orphan) countMigrated(net);
}
