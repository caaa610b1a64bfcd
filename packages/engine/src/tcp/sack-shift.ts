// What a SACK block covers of an skb becomes part of the skb before it, if that was selectively acknowledged too: so the
// queue stays short however many segments were lost. Otherwise an skb is divided where the block begins or ends.
// Left out: skbs that Linux cannot merge for want of page fragments (17 of 32 KiB), and MSG_EOR.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import type { Netns } from './netns.ts';
import {
  beginSkb,
  dataLength,
  joinSkb,
  movePush,
  skbEnd,
  skbLength,
  skbStart,
  splitSent,
} from './records.ts';
import { type Block, noteDelivered, type SackState, tagSegments } from './sack-tag.ts';

/** Bytes that no skb may reach. @kernel tcp_skb_shift net/ipv4/tcp_input.c v6.18 */
const SKB_MAX = 65535 * 8;

/** Nothing is to be merged: the skb is to be tagged, or divided. */
const FALLBACK = -1;

/** Selectively acknowledged, and nothing else. */
const onlySacked = (buf: SendBuffer): boolean => buf.sacked && !buf.lost && !buf.retransmitted;

/**
 * The first `segments` segments of the skb at `at`, whose data are `bytes`, become the end of the one at `prevAt`. True
 * when nothing is left of it. @kernel tcp_shifted_skb net/ipv4/tcp_input.c v6.18
 */
function moveSegments(
  net: Netns,
  sk: Sock,
  prevAt: number,
  at: number,
  segments: number,
  bytes: number,
  duplicate: boolean,
  state: SackState,
): boolean {
  const queue = sk.retransmitQueue;
  const prev = queue[prevAt]!;
  const skb = queue[at]!;
  const rest = queue[at + segments];
  const whole = segments === skbLength(queue, at);
  const fresh = !skb.sacked;
  tagSegments(net, sk, skb, (skb.seq + bytes) | 0, segments, duplicate, state);
  if (fresh) noteDelivered(state, skb, skbEnd(queue, at));
  const last = queue[at + segments - 1]!;
  if (sk.path.highestSack === skb.seq) sk.path.highestSack = last.endSeq;
  movePush(queue[at - 1]!, last);
  joinSkb(sk, skb);
  if (!whole) beginSkb(sk, rest!);
  const again = prev.everRetransmitted || skb.everRetransmitted;
  if (again && !prev.everRetransmitted) for (let i = prevAt; i < at; i++) queue[i]!.everRetransmitted = true;
  for (let i = at; i < at + segments; i++) {
    const buf = queue[i]!;
    buf.sacked = true;
    buf.lost = false;
    buf.watched = false;
    buf.retransmitted = false;
    buf.everRetransmitted = again;
    buf.sentAt = prev.sentAt;
    buf.entry = prev.entry;
    buf.delivered = prev.delivered;
  }
  count(net.mib, whole ? MIB.TcpExtTCPSackMerged : MIB.TcpExtTCPSackShifted);
  return whole;
}

/** The skb after the one at `prevAt` too, when it was selectively acknowledged before: the hole between them is filled. */
function moveNext(net: Netns, sk: Sock, prevAt: number, mss: number, state: SackState): void {
  const queue = sk.retransmitQueue;
  const at = prevAt + skbLength(queue, prevAt);
  const next = queue[at];
  if (next === undefined || !onlySacked(next) || next.data.length !== mss) return;
  const segments = skbLength(queue, at);
  const bytes = dataLength(queue, at, segments);
  if (((next.seq - queue[prevAt]!.seq) | 0) + bytes >= SKB_MAX) return;
  moveSegments(net, sk, prevAt, at, segments, bytes, false, state);
}

/** Segments of the skb at `at` that the block covers from its beginning, 0 for none, FALLBACK for some other part of it. */
function coveredSegments(sk: Sock, at: number, block: Block, prev: SendBuffer): number {
  const queue = sk.retransmitQueue;
  const skb = queue[at]!;
  const segments = skbLength(queue, at);
  const end = skbEnd(queue, at);
  const mss = skb.data.length;
  if (!after(block.start, skb.seq) && !before(block.end, end)) {
    return mss === prev.data.length ? segments : FALLBACK;
  }
  if (!after(end, block.start) || segments === 1) return 0;
  if (after(block.start, skb.seq) || mss !== prev.data.length) return FALLBACK;
  const whole = Math.floor(((block.end - skb.seq) | 0) / mss);
  // Segments of different sizes, as after merging the rest of a record, are not cut anew here.
  return whole === 0 || queue[at + whole]?.seq === ((skb.seq + whole * mss) | 0) ? whole : FALLBACK;
}

function tryShift(
  net: Netns,
  sk: Sock,
  at: number,
  block: Block,
  duplicate: boolean,
  state: SackState,
): number {
  const queue = sk.retransmitQueue;
  const skb = queue[at]!;
  if (!duplicate && skb.retransmitted && !skb.lost) return FALLBACK;
  if (skb.data.length === 0 || at === 0 || !after(skbEnd(queue, at), sk.sndUna)) return FALLBACK;
  const prevAt = skbStart(queue, at - 1);
  const prev = queue[prevAt]!;
  if (!onlySacked(prev)) return FALLBACK;
  const segments = coveredSegments(sk, at, block, prev);
  if (segments === FALLBACK) return FALLBACK;
  if (segments === 0) return at;
  const bytes = dataLength(queue, at, segments);
  if (!after((skb.seq + bytes) | 0, sk.sndUna)) return FALLBACK;
  if (((skb.seq - prev.seq) | 0) + bytes >= SKB_MAX) return FALLBACK;
  const mss = skb.data.length;
  if (moveSegments(net, sk, prevAt, at, segments, bytes, duplicate, state))
    moveNext(net, sk, prevAt, mss, state);
  return prevAt;
}

/**
 * Moves what the block covers of the skb at `at` into the skb before it. Gives where that one begins, `at` when the block
 * has nothing of the skb, -1 when merging is out of the question. @kernel tcp_shift_skb_data net/ipv4/tcp_input.c v6.18
 */
export function shiftSkb(
  net: Netns,
  sk: Sock,
  at: number,
  block: Block,
  duplicate: boolean,
  state: SackState,
): number {
  const to = tryShift(net, sk, at, block, duplicate, state);
  if (to === FALLBACK) count(net.mib, MIB.TcpExtTCPSackShiftFallback);
  return to;
}

/** `within-segment`: the block ends before the first segment does, so the walk ends too. */
export type Match = 'inside' | 'outside' | 'within-segment';

/**
 * Whether the block covers the skb at `at`; one that it covers in part is divided first, at segments.
 * @kernel tcp_match_skb_to_sack net/ipv4/tcp_input.c v6.18
 */
export function matchSkb(sk: Sock, at: number, block: Block): Match {
  const queue = sk.retransmitQueue;
  const skb = queue[at]!;
  const segments = skbLength(queue, at);
  const end = skbEnd(queue, at);
  const fromStart = !after(block.start, skb.seq);
  if (fromStart && !before(block.end, end)) return 'inside';
  if (segments === 1 || !after(end, block.start)) return 'outside';
  const mss = skb.data.length;
  const covered = ((fromStart ? block.end : block.start) - skb.seq) | 0;
  if (fromStart && covered < mss) return 'within-segment';
  const cut = Math.max(fromStart ? Math.floor(covered / mss) : Math.ceil(covered / mss), 1) * mss;
  if (!fromStart && cut >= dataLength(queue, at, segments)) return 'outside';
  splitSent(sk, at, cut, mss);
  return fromStart ? 'inside' : 'outside';
}
