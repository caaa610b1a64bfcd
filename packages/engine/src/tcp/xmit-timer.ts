// The one transmission timer of a socket and what it is pending for. @kernel inet_csk_reset_xmit_timer v6.18

import type { Sock } from '../sock.ts';
import type { Netns } from './netns.ts';
import { jiffiesUp, rtoMax, rtoMinUs, timeoutInit } from './rtt.ts';
import { armTimer, stopTimer } from './timers.ts';

const NS_PER_US = 1000;
/** Two jiffies before 6.6, however long they are. @kernel TCP_TIMEOUT_MIN_US include/net/tcp.h v6.18 */
export const TIMEOUT_MIN_US = 2000;

/** Arms the transmission timer for a purpose, at most tcp_rto_max from now. @kernel tcp_reset_xmit_timer include/net/tcp.h v6.18 */
export function armXmit(
  net: Netns,
  sk: Sock,
  kind: Exclude<Sock['retransmitKind'], 'none'>,
  delayNs: number,
): void {
  sk.retransmitKind = kind;
  armTimer(net, sk, 'retransmit', Math.min(delayNs, rtoMax(sk)));
}

/** @kernel inet_csk_clear_xmit_timer include/net/inet_connection_sock.h v6.18 */
export function clearXmit(net: Netns, sk: Sock): void {
  sk.retransmitKind = 'none';
  stopTimer(net, sk, 'retransmit');
}

/** ns until the oldest unacknowledged segment is one RTO old; may be negative. @kernel tcp_rto_delta_us include/net/tcp.h v6.18 */
function rtoLeft(net: Netns, sk: Sock): number {
  const head = sk.retransmitQueue[0];
  return head === undefined ? sk.rto : head.sentAt + sk.rto - net.now;
}

/** Arms the retransmission timer with the RTO, as after a first SYN. */
export function armRetransmit(net: Netns, sk: Sock): void {
  armXmit(net, sk, 'retransmit', sk.rto);
}

/** Restarts or stops the retransmission timer after progress. @kernel tcp_rearm_rto net/ipv4/tcp_input.c v6.18 */
export function rearmRto(net: Netns, sk: Sock): void {
  if (sk.packetsOut === 0) return clearXmit(net, sk);
  let rto = sk.rto;
  if (sk.retransmitKind === 'reorder' || sk.retransmitKind === 'loss-probe') {
    rto = jiffiesUp(net, Math.max(rtoLeft(net, sk), NS_PER_US));
  }
  armXmit(net, sk, 'retransmit', rto);
}

/**
 * Arms the tail loss probe instead of the RTO; false when no probe is due. @kernel tcp_schedule_loss_probe
 * net/ipv4/tcp_output.c v6.18
 */
export function scheduleLossProbe(net: Netns, sk: Sock, advancingRto: boolean): boolean {
  const mode = net.sysctl['net.ipv4.tcp_early_retrans'];
  if (!net.profile.behaviour.tailLossProbe || (mode !== 3 && mode !== 4)) return false;
  if (sk.packetsOut === 0 || !sk.sackOk || sk.caState !== 'Open') return false;
  let timeout = timeoutInit(net, sk);
  if (sk.srttUs > 0) {
    const margin = sk.packetsOut === 1 ? rtoMinUs(sk) : TIMEOUT_MIN_US;
    timeout = jiffiesUp(net, (Math.floor(sk.srttUs * 2) + margin) * NS_PER_US);
  }
  const left = advancingRto ? sk.rto : rtoLeft(net, sk);
  if (left > 0) timeout = Math.min(timeout, jiffiesUp(net, left));
  armXmit(net, sk, 'loss-probe', timeout);
  return true;
}

/** Probe timer of a closed window without backoff, ns. @kernel tcp_probe0_base include/net/tcp.h v6.18 */
export const probeBase = (sk: Sock): number => Math.max(sk.rto, rtoMinUs(sk) * NS_PER_US);

/** The same with backoff, ns. @kernel tcp_probe0_when include/net/tcp.h v6.18 */
export const probeWhen = (sk: Sock): number =>
  Math.min(probeBase(sk) * 2 ** Math.min(sk.backoff, 20), rtoMax(sk));
