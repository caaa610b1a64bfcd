// The keepalive timer, which also ends orphans in FIN-WAIT-2. @kernel tcp_keepalive_timer net/ipv4/tcp_timer.c v6.18

import { MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import { NS_PER_S } from './clock.ts';
import { abortWithError, finish, finTimeNs } from './close.ts';
import type { Netns } from './netns.ts';
import { sendActiveReset, writeWakeup } from './output.ts';
import { enterTimeWait, TIMEWAIT_LEN_NS } from './time-wait.ts';
import { armTimer, stopTimer } from './timers.ts';

const NS_PER_MS = 1e6;
/** TCP_RESOURCE_PROBE_INTERVAL. */
const RESOURCE_PROBE_NS = 500e6;

/** Idle time until the first probe, ns. @kernel keepalive_time_when include/net/tcp.h v6.18 */
export const keepaliveTime = (net: Netns, sk: Sock): number =>
  (sk.options.keepIdle > 0 ? sk.options.keepIdle : net.sysctl['net.ipv4.tcp_keepalive_time']) * NS_PER_S;

const interval = (net: Netns, sk: Sock): number =>
  (sk.options.keepIntvl > 0 ? sk.options.keepIntvl : net.sysctl['net.ipv4.tcp_keepalive_intvl']) * NS_PER_S;

const probesAllowed = (net: Netns, sk: Sock): number =>
  sk.options.keepCnt > 0 ? sk.options.keepCnt : net.sysctl['net.ipv4.tcp_keepalive_probes'];

/** Time since anything came from the peer, ns. @kernel keepalive_time_elapsed include/net/tcp.h v6.18 */
const idleTime = (net: Netns, sk: Sock): number =>
  Math.min(net.now - sk.lastDataReceivedAt, net.now - sk.lastAckReceivedAt);

/** Arms the timer `ns` from now. @kernel tcp_reset_keepalive_timer net/ipv4/tcp_timer.c v6.18 */
export function resetKeepaliveTimer(net: Netns, sk: Sock, ns: number): void {
  armTimer(net, sk, 'keepalive', ns);
}

/** SO_KEEPALIVE was written; the option itself is the caller's. @kernel tcp_set_keepalive net/ipv4/tcp_timer.c v6.18 */
export function setKeepalive(net: Netns, sk: Sock, on: boolean): void {
  if (sk.state === 'UNCONN' || sk.state === 'LISTEN') return;
  if (on && !sk.options.keepAlive) resetKeepaliveTimer(net, sk, keepaliveTime(net, sk));
  else if (!on) stopTimer(net, sk, 'keepalive');
}

/** An orphan in FIN-WAIT-2 waited long enough. */
function finWait2Expired(net: Netns, sk: Sock): void {
  const time = finTimeNs(net, sk) - TIMEWAIT_LEN_NS;
  if (sk.options.linger2 >= 0 && time > 0) return enterTimeWait(net, sk, 'FIN-WAIT-2', time);
  sendActiveReset(net, sk);
  finish(net, sk, 'timeout');
}

/** Sends a probe or gives up; returns ns to the next look, or -1 when the connection is gone. */
function probe(net: Netns, sk: Sock): number {
  const idle = idleTime(net, sk);
  if (idle < keepaliveTime(net, sk)) return keepaliveTime(net, sk) - idle;
  const user = sk.options.userTimeout * NS_PER_MS;
  const hopeless = user > 0 ? idle >= user && sk.probesOut > 0 : sk.probesOut >= probesAllowed(net, sk);
  if (hopeless) {
    sendActiveReset(net, sk);
    abortWithError(net, sk);
    return -1;
  }
  if (!writeWakeup(net, sk, MIB.TcpExtTCPKeepAlive)) return RESOURCE_PROBE_NS;
  sk.probesOut++;
  return interval(net, sk);
}

/** The keepalive timer fired. */
export function keepaliveTimerFired(net: Netns, sk: Sock): void {
  if (sk.state === 'LISTEN' || sk.state === 'UNCONN') return;
  if (sk.state === 'FIN-WAIT-2' && sk.orphan) return finWait2Expired(net, sk);
  if (!sk.options.keepAlive || sk.state === 'SYN-SENT') return;
  const busy = sk.packetsOut > 0 || sk.sendQueue.length > 0;
  const next = busy ? keepaliveTime(net, sk) : probe(net, sk);
  if (next >= 0) resetKeepaliveTimer(net, sk, next);
}
