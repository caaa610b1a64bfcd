// Reno congestion control and its bookkeeping: slow start, congestion avoidance, restart after idle, proportional rate
// reduction in recovery. Linux's default is CUBIC; a window grows more slowly here once slow start ends.

import { before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { SSTHRESH_INFINITE } from './blank-sock.ts';
import type { Netns } from './netns.ts';
import { packetsInFlight } from './transmit.ts';

/** Threshold after a loss, segments. @kernel tcp_reno_ssthresh net/ipv4/tcp_cong.c v6.18 */
export const renoSsthresh = (sk: Sock): number => Math.max(sk.cwnd >> 1, 2);

/** Threshold to remember, segments. @kernel tcp_current_ssthresh include/net/tcp.h v6.18 */
export const currentSsthresh = (sk: Sock): number =>
  sk.caState === 'Recovery' ? sk.ssthresh : Math.max(sk.ssthresh, (sk.cwnd >> 1) + (sk.cwnd >> 2));

/** @kernel tcp_is_cwnd_limited include/net/tcp.h v6.18 */
function cwndLimited(sk: Sock): boolean {
  if (sk.path.cwndLimited) return true;
  return sk.cwnd < sk.ssthresh && sk.cwnd < 2 * sk.path.maxPacketsOut;
}

/** Shrinks the window after an idle time longer than the RTO. @kernel tcp_slow_start_after_idle_check include/net/tcp.h v6.18 */
export function restartAfterIdle(net: Netns, sk: Sock): void {
  if (net.sysctl['net.ipv4.tcp_slow_start_after_idle'] === 0 || sk.packetsOut > 0) return;
  let idle = net.now - sk.lastDataSentAt;
  if (idle <= sk.rto) return;
  const restart = Math.min(net.profile.behaviour.initialCwnd, sk.cwnd);
  sk.ssthresh = currentSsthresh(sk);
  idle -= sk.rto;
  while (idle > 0 && sk.cwnd > restart) {
    sk.cwnd >>= 1;
    idle -= sk.rto;
  }
  sk.cwnd = Math.max(sk.cwnd, restart);
  sk.path.cwndStamp = net.now;
  sk.path.cwndUsed = 0;
}

/** @kernel tcp_cwnd_application_limited net/ipv4/tcp_output.c v6.18 */
function applicationLimited(net: Netns, sk: Sock): void {
  if (sk.caState === 'Open' && !sk.path.noSpace) {
    const used = Math.max(sk.path.cwndUsed, net.profile.behaviour.initialCwnd);
    if (used < sk.cwnd) {
      sk.ssthresh = currentSsthresh(sk);
      sk.cwnd = (sk.cwnd + used) >> 1;
    }
    sk.path.cwndUsed = 0;
  }
  sk.path.cwndStamp = net.now;
}

/** Notes after sending whether the window was the limit. @kernel tcp_cwnd_validate net/ipv4/tcp_output.c v6.18 */
export function validateCwnd(net: Netns, sk: Sock, limited: boolean): void {
  const path = sk.path;
  if (
    !before(sk.sndUna, path.cwndUsageSeq) ||
    limited ||
    (!path.cwndLimited && sk.packetsOut > path.maxPacketsOut)
  ) {
    path.cwndLimited = limited;
    path.maxPacketsOut = sk.packetsOut;
    path.cwndUsageSeq = sk.sndNxt;
  }
  if (cwndLimited(sk)) {
    path.cwndUsed = 0;
    path.cwndStamp = net.now;
    return;
  }
  if (sk.packetsOut > path.cwndUsed) path.cwndUsed = sk.packetsOut;
  if (net.sysctl['net.ipv4.tcp_slow_start_after_idle'] !== 0 && net.now - path.cwndStamp >= sk.rto) {
    applicationLimited(net, sk);
  }
}

/** Grows the window for `acked` segments. @kernel tcp_reno_cong_avoid net/ipv4/tcp_cong.c v6.18 */
export function growCwnd(sk: Sock, acked: number): void {
  if (!cwndLimited(sk)) return;
  let rest = acked;
  if (sk.cwnd < sk.ssthresh) {
    const grown = Math.min(sk.cwnd + rest, sk.ssthresh);
    rest -= grown - sk.cwnd;
    sk.cwnd = grown;
    if (rest === 0) return;
  }
  if (sk.cwndCnt >= sk.cwnd) {
    sk.cwndCnt = 0;
    sk.cwnd++;
  }
  sk.cwndCnt += rest;
  if (sk.cwndCnt >= sk.cwnd) {
    const more = Math.floor(sk.cwndCnt / sk.cwnd);
    sk.cwndCnt -= more * sk.cwnd;
    sk.cwnd += more;
  }
}

/** Starts a reduction to the new threshold. @kernel tcp_init_cwnd_reduction net/ipv4/tcp_input.c v6.18 */
export function beginReduction(sk: Sock): void {
  sk.highSeq = sk.sndNxt;
  sk.tlpHighSeq = 0;
  sk.cwndCnt = 0;
  sk.priorCwnd = sk.cwnd;
  sk.path.prrDelivered = 0;
  sk.path.prrOut = 0;
  sk.ssthresh = renoSsthresh(sk);
}

/** One step of proportional rate reduction (RFC 6937). @kernel tcp_cwnd_reduction net/ipv4/tcp_input.c v6.18 */
export function reduceCwnd(sk: Sock, delivered: number, newlyLost: boolean, advanced: boolean): void {
  if (delivered <= 0 || sk.priorCwnd === 0) return;
  const path = sk.path;
  const flight = packetsInFlight(sk);
  const delta = sk.ssthresh - flight;
  let send: number;
  path.prrDelivered += delivered;
  if (delta < 0) {
    send = Math.floor((sk.ssthresh * path.prrDelivered + sk.priorCwnd - 1) / sk.priorCwnd) - path.prrOut;
  } else {
    send = Math.max(path.prrDelivered - path.prrOut, delivered);
    if (advanced && !newlyLost) send++;
    send = Math.min(delta, send);
  }
  sk.cwnd = flight + Math.max(send, path.prrOut > 0 ? 0 : 1);
}

/** Ends a reduction. @kernel tcp_end_cwnd_reduction net/ipv4/tcp_input.c v6.18 */
export function endReduction(net: Netns, sk: Sock): void {
  if (sk.ssthresh < SSTHRESH_INFINITE && sk.undoMarker !== 0) {
    sk.cwnd = sk.ssthresh;
    sk.path.cwndStamp = net.now;
  }
}
