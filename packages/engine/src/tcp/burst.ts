// How many segments leave together. Linux hands the device one large packet and lets it be cut up (GSO); on the wire
// that shows in two places: PSH on the last segment of each such packet, and waiting for a larger one.
// @kernel tcp_tso_autosize, tcp_tso_should_defer, tcp_mss_split_point net/ipv4/tcp_output.c v6.18

import type { SendBuffer, Sock } from '../sock.ts';
import { FIN } from '../wire/segment.ts';
import type { Netns } from './netns.ts';
import { packetsInFlight, RECORD_START } from './transmit.ts';
import { windowEnd } from './window.ts';

/** sk_gso_max_size and MAX_TCP_HEADER (x86-64 without tunnels), bytes. */
const GSO_MAX = 65536;
const MAX_TCP_HEADER = 256;
/** Largest send record, bytes. @kernel tcp_xmit_size_goal net/ipv4/tcp.c v6.18 */
export const RECORD_MAX = GSO_MAX - 1 - MAX_TCP_HEADER;
/** tcp_min_tso_segs, tcp_tso_rtt_log, tcp_tso_win_divisor, sk_pacing_shift: defaults of sysctls that the engine lacks. */
const MIN_SEGMENTS = 2;
const RTT_LOG = 9;
const WINDOW_DIVISOR = 3;
const PACING_SHIFT_DIVISOR = 1024;
/** A write this recent may be followed by another one, ns. */
const RECENT_WRITE_NS = 1e6;

/** Bytes a second that Linux would pace at. @kernel tcp_update_pacing_rate net/ipv4/tcp_input.c v6.18 */
function pacingRate(sk: Sock): number {
  if (sk.srttUs === 0) return Number.POSITIVE_INFINITY;
  const factor = sk.cwnd < sk.ssthresh / 2 ? 2 : 1.2;
  return (sk.mss * factor * Math.max(sk.cwnd, sk.packetsOut) * 1e6) / sk.srttUs;
}

/** Segments of one large packet: about 1 ms at the pacing rate, more on short round trips. @kernel tcp_tso_segs net/ipv4/tcp_output.c v6.18 */
export function segmentsAtOnce(sk: Sock, mss: number): number {
  let size = pacingRate(sk) / PACING_SHIFT_DIVISOR;
  const shift = sk.rttMinUs >> RTT_LOG;
  if (shift < 32) size += Math.floor(GSO_MAX / 2 ** shift);
  return Math.max(Math.floor(Math.min(size, RECORD_MAX) / mss), MIN_SEGMENTS);
}

/** Buffers from `from` on that belong to one record. */
export function recordLength(queue: readonly SendBuffer[], from = 0): number {
  let end = from + 1;
  while (end < queue.length && (queue[end]!.flags & RECORD_START) === 0) end++;
  return end - from;
}

/** A larger packet will be possible soon. `bytes` is the length of the record. @kernel tcp_tso_should_defer net/ipv4/tcp_output.c v6.18 */
function shouldDefer(net: Netns, sk: Sock, mss: number, most: number, bytes: number, last: boolean): boolean {
  if (sk.caState === 'Recovery' || sk.caState === 'Loss') return false;
  if (net.now - sk.lastDataSentAt > RECENT_WRITE_NS) return false;
  const head = sk.sendQueue[0]!;
  const byWindow = (windowEnd(sk) - head.seq) | 0;
  const byCwnd = (sk.cwnd - packetsInFlight(sk)) * sk.mss;
  const limit = Math.min(byWindow, byCwnd);
  if (limit >= most * mss || (!last && limit >= bytes)) return false;
  if (limit >= Math.floor(Math.min(sk.sndWnd, sk.cwnd * sk.mss) / WINDOW_DIVISOR)) return false;
  const oldest = sk.retransmitQueue[0];
  if (oldest === undefined || net.now - oldest.sentAt < (sk.srttUs * 1000) / 2) return false;
  if (byCwnd < byWindow ? byCwnd <= bytes : byWindow <= bytes) return true;
  return (sk.sendQueue[sk.sendQueue.length - 1]!.flags & FIN) === 0;
}

export interface BurstPlan {
  /** Segments that may leave now; 0 = wait. */
  segments: number;
  /** The record is longer than one segment. */
  large: boolean;
  /** The record is the last one queued. */
  last: boolean;
  /** Waiting for the congestion window to open further. */
  deferred: boolean;
}

/** Segments that the congestion window and one packet of Linux's have room for. @kernel tcp_cwnd_test net/ipv4/tcp_output.c v6.18 */
export function burstQuota(sk: Sock, mss: number): number {
  const room = sk.cwnd - packetsInFlight(sk);
  return Math.min(room, Math.max(sk.cwnd >> 1, 1), segmentsAtOnce(sk, mss));
}

const plan: BurstPlan = { segments: 0, large: false, last: false, deferred: false };

/** Looks at the congestion window and the record at the head of the queue. The answer is reused. */
export function planBurst(net: Netns, sk: Sock, mss: number, probe: boolean): BurstPlan {
  plan.segments = 0;
  plan.deferred = false;
  const room = sk.cwnd - packetsInFlight(sk);
  if (room <= 0 && !probe) return plan;
  const length = recordLength(sk.sendQueue);
  plan.last = length === sk.sendQueue.length;
  plan.large = length > 1 || sk.sendQueue[0]!.data.length > mss;
  const most = segmentsAtOnce(sk, mss);
  const quota = room <= 0 ? 1 : Math.min(room, Math.max(sk.cwnd >> 1, 1));
  if (plan.large && !probe) {
    const bytes = (sk.sendQueue[length - 1]!.endSeq - sk.sendQueue[0]!.seq) | 0;
    plan.deferred = shouldDefer(net, sk, mss, most, bytes, plan.last);
    if (plan.deferred) return plan;
  }
  plan.segments = Math.min(quota, most);
  return plan;
}
