// What a SACK block does to the marks of one skb, and what is remembered of it for the rest of the ACK.
// @kernel tcp_sacktag_one net/ipv4/tcp_input.c v6.18

import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { highestSacked, rackAdvance, sentAfter } from './loss.ts';
import type { Netns } from './netns.ts';
import { skbLength } from './records.ts';

/** A range of sequence numbers that was received, the end not included. */
export interface Block {
  start: number;
  end: number;
}

/** What one ACK taught; reused for every ACK. @kernel tcp_sacktag_state net/ipv4/tcp_input.c v6.18 */
export interface SackState {
  /** New data was selectively acknowledged. */
  tagged: boolean;
  /** Segments that the blocks reported, D-SACKs included. */
  delivered: number;
  /** A block reported a duplicate. */
  dsack: boolean;
  /** It reported exactly the tail loss probe. */
  dsackOfProbe: boolean;
  /** Never retransmitted data sent before the timeout arrived (F-RTO). */
  originalAcked: boolean;
  /** Lowest sequence number found reordered. */
  reordered: number;
  /** Send time of the first and the last newly tagged original, ns, -1 = none. */
  firstSentAt: number;
  lastSentAt: number;
  /** Of the delivered segment that was sent last: when (ns, entry) and up to where, and what was delivered then, 0 = none. */
  sentAt: number;
  sentEntry: number;
  sentEnd: number;
  priorDelivered: number;
}

export const newSackState = (): SackState => ({
  tagged: false,
  delivered: 0,
  dsack: false,
  dsackOfProbe: false,
  originalAcked: false,
  reordered: 0,
  firstSentAt: -1,
  lastSentAt: -1,
  sentAt: -1,
  sentEntry: 0,
  sentEnd: 0,
  priorDelivered: 0,
});

export function resetSackState(state: SackState, sk: Sock): void {
  state.tagged = false;
  state.delivered = 0;
  state.dsack = false;
  state.dsackOfProbe = false;
  state.originalAcked = false;
  state.reordered = sk.sndNxt;
  state.firstSentAt = -1;
  state.lastSentAt = -1;
  state.priorDelivered = 0;
}

/**
 * A segment was delivered, by ACK or by SACK: remembers the one sent last. `endSeq` is the end of its skb.
 * @kernel tcp_rate_skb_delivered net/ipv4/tcp_rate.c v6.18
 */
export function noteDelivered(state: SackState, buf: SendBuffer, endSeq: number): void {
  if (state.priorDelivered !== 0) {
    if (!sentAfter(buf.sentAt, state.sentAt, buf.entry, state.sentEntry, endSeq, state.sentEnd)) return;
  }
  state.sentAt = buf.sentAt;
  state.sentEntry = buf.entry;
  state.sentEnd = endSeq;
  state.priorDelivered = buf.delivered;
}

function noteOriginal(sk: Sock, buf: SendBuffer, endSeq: number, state: SackState): void {
  if (before(buf.seq, highestSacked(sk)) && before(buf.seq, state.reordered)) state.reordered = buf.seq;
  if (!after(endSeq, sk.highSeq)) state.originalAcked = true;
  if (state.firstSentAt < 0) state.firstSentAt = buf.sentAt;
  state.lastSentAt = buf.sentAt;
}

/** Marks of segments after a SACK: out again, and selectively acknowledged. They are never lost then. */
export interface Tagged {
  retransmitted: boolean;
  sacked: boolean;
  lost: boolean;
}

const tagged: Tagged = { retransmitted: false, sacked: false, lost: false };

/** Not acknowledged before. `tagged` holds the marks. */
function tagNew(
  net: Netns,
  sk: Sock,
  buf: SendBuffer,
  endSeq: number,
  segments: number,
  state: SackState,
): void {
  rackAdvance(net, sk, buf, endSeq);
  if (!buf.everRetransmitted && !buf.retransmitted) noteOriginal(sk, buf, endSeq, state);
  if (buf.lost) {
    tagged.lost = false;
    sk.lostOut -= segments;
    if (buf.retransmitted) {
      tagged.retransmitted = false;
      sk.retransOut -= segments;
    }
  }
  tagged.sacked = true;
  sk.sackedOut += segments;
  state.delivered += segments;
  state.tagged = true;
}

/**
 * Tags `segments` segments from `buf` on, up to `endSeq`: counts them, and gives the marks that they are to have. The
 * answer is reused. @kernel tcp_sacktag_one net/ipv4/tcp_input.c v6.18
 */
export function tagSegments(
  net: Netns,
  sk: Sock,
  buf: SendBuffer,
  endSeq: number,
  segments: number,
  duplicate: boolean,
  state: SackState,
): Tagged {
  tagged.retransmitted = buf.retransmitted;
  tagged.sacked = buf.sacked;
  tagged.lost = buf.lost;
  if (duplicate && buf.everRetransmitted) {
    if (sk.undoMarker !== 0 && sk.undoRetrans > 0 && after(endSeq, sk.undoMarker))
      sk.undoRetrans = Math.max(0, sk.undoRetrans - segments);
    if (buf.sacked && before(buf.seq, state.reordered)) state.reordered = buf.seq;
  }
  if (!after(endSeq, sk.sndUna)) return tagged;
  if (!buf.sacked) tagNew(net, sk, buf, endSeq, segments, state);
  if (duplicate && tagged.retransmitted) {
    tagged.retransmitted = false;
    sk.retransOut -= segments;
  }
  return tagged;
}

/** Tags the whole skb at `at`. */
export function tagSkb(net: Netns, sk: Sock, at: number, duplicate: boolean, state: SackState): void {
  const queue = sk.retransmitQueue;
  const skb = queue[at]!;
  const segments = skbLength(queue, at);
  const { endSeq } = queue[at + segments - 1]!;
  const fresh = !skb.sacked;
  const { retransmitted, sacked, lost } = tagSegments(net, sk, skb, endSeq, segments, duplicate, state);
  if (fresh) noteDelivered(state, skb, endSeq);
  for (let i = at; i < at + segments; i++) {
    const buf = queue[i]!;
    buf.retransmitted = retransmitted;
    buf.sacked = sacked;
    buf.lost = lost;
    if (sacked) buf.watched = false;
  }
  if (!before(skb.seq, highestSacked(sk))) sk.path.highestSack = endSeq;
}
