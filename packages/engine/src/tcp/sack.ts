// What the peer's SACK option says about our retransmission queue. Left out: blocks that cover part of a segment.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';
import { checkSackReordering, highestSacked, rackAdvance } from './loss.ts';
import type { Netns } from './netns.ts';

/** What one ACK taught; reused for every ACK. @kernel tcp_sacktag_state net/ipv4/tcp_input.c v6.18 */
export interface SackState {
  /** New data was selectively acknowledged. */
  tagged: boolean;
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
}

export const newSackState = (): SackState => ({
  tagged: false,
  dsack: false,
  dsackOfProbe: false,
  originalAcked: false,
  reordered: 0,
  firstSentAt: -1,
  lastSentAt: -1,
});

export function resetSackState(state: SackState, sk: Sock): void {
  state.tagged = false;
  state.dsack = false;
  state.dsackOfProbe = false;
  state.originalAcked = false;
  state.reordered = sk.sndNxt;
  state.firstSentAt = -1;
  state.lastSentAt = -1;
}

/** Segments that a D-SACK reports twice, 0 for one not to believe. @kernel tcp_dsack_seen net/ipv4/tcp_input.c v6.18 */
function dsackSegments(sk: Sock, start: number, end: number, state: SackState): number {
  const length = (end - start) | 0;
  if (length <= 0 || length > sk.maxWindow) return 0;
  const segments = length > sk.mss ? Math.ceil(length / sk.mss) : 1;
  if (length <= sk.mss && sk.tlpHighSeq !== 0 && sk.tlpHighSeq === end) state.dsackOfProbe = true;
  sk.path.dsackDups += segments;
  if (sk.path.dsackDups > sk.totalRetrans) return 0;
  state.dsack = true;
  return segments;
}

/** Is the first block a D-SACK? @kernel tcp_check_dsack net/ipv4/tcp_input.c v6.18 */
function checkDsack(
  net: Netns,
  sk: Sock,
  seg: Segment,
  sack: number[],
  priorUna: number,
  state: SackState,
): boolean {
  const start = sack[0]!;
  const end = sack[1]!;
  if (before(start, seg.ack)) count(net.mib, MIB.TcpExtTCPDSACKRecv);
  else if (sack.length > 2 && !after(end, sack[3]!) && !before(start, sack[2]!))
    count(net.mib, MIB.TcpExtTCPDSACKOfoRecv);
  else return false;
  const segments = dsackSegments(sk, start, end, state);
  if (segments === 0) {
    count(net.mib, MIB.TcpExtTCPDSACKIgnoredDubious);
    return false;
  }
  if (sk.undoMarker !== 0 && sk.undoRetrans > 0 && !after(end, priorUna) && after(end, sk.undoMarker)) {
    sk.undoRetrans = Math.max(0, sk.undoRetrans - segments);
  }
  return true;
}

/** @kernel tcp_is_sackblock_valid net/ipv4/tcp_input.c v6.18 */
function validBlock(sk: Sock, dsack: boolean, start: number, end: number): boolean {
  if (after(end, sk.sndNxt) || !before(start, end) || !before(start, sk.sndNxt)) return false;
  if (after(start, sk.sndUna)) return true;
  if (!dsack || sk.undoMarker === 0 || after(end, sk.sndUna)) return false;
  return (
    !before(start, sk.undoMarker) || (after(end, sk.undoMarker) && !before(start, (end - sk.maxWindow) | 0))
  );
}

function tagNew(net: Netns, sk: Sock, buf: SendBuffer, state: SackState): void {
  rackAdvance(net, sk, buf);
  if (buf.retransmitted) {
    if (buf.lost) {
      buf.lost = false;
      buf.retransmitted = false;
      sk.lostOut--;
      sk.retransOut--;
    }
  } else {
    if (!buf.everRetransmitted) noteOriginal(sk, buf, state);
    if (buf.lost) {
      buf.lost = false;
      sk.lostOut--;
    }
  }
  buf.sacked = true;
  sk.sackedOut++;
  sk.path.delivered++;
  state.tagged = true;
}

function noteOriginal(sk: Sock, buf: SendBuffer, state: SackState): void {
  if (before(buf.seq, highestSacked(sk)) && before(buf.seq, state.reordered)) state.reordered = buf.seq;
  if (!after(buf.endSeq, sk.highSeq)) state.originalAcked = true;
  if (state.firstSentAt < 0) state.firstSentAt = buf.sentAt;
  state.lastSentAt = buf.sentAt;
}

/** Tags one segment that a block covers. @kernel tcp_sacktag_one net/ipv4/tcp_input.c v6.18 */
function tagOne(net: Netns, sk: Sock, buf: SendBuffer, duplicate: boolean, state: SackState): void {
  if (duplicate && buf.everRetransmitted) {
    if (sk.undoMarker !== 0 && sk.undoRetrans > 0 && after(buf.endSeq, sk.undoMarker)) sk.undoRetrans--;
    if (buf.sacked && before(buf.seq, state.reordered)) state.reordered = buf.seq;
  }
  if (!after(buf.endSeq, sk.sndUna)) return;
  if (!buf.sacked) tagNew(net, sk, buf, state);
  if (duplicate && buf.retransmitted) {
    buf.retransmitted = false;
    sk.retransOut--;
  }
}

function tagBlock(
  net: Netns,
  sk: Sock,
  start: number,
  end: number,
  duplicate: boolean,
  state: SackState,
): void {
  for (const buf of sk.retransmitQueue) {
    if (!before(buf.seq, end)) return;
    if (!before(buf.seq, start) && !after(buf.endSeq, end)) tagOne(net, sk, buf, duplicate, state);
  }
}

/** Counts a block that makes no sense. */
function badBlock(net: Netns, sk: Sock, duplicate: boolean): void {
  if (duplicate)
    count(net.mib, sk.undoMarker === 0 ? MIB.TcpExtTCPDSACKIgnoredNoUndo : MIB.TcpExtTCPDSACKIgnoredOld);
}

/** Tags the retransmission queue from the SACK option. @kernel tcp_sacktag_write_queue net/ipv4/tcp_input.c v6.18 */
export function tagSacked(net: Netns, sk: Sock, seg: Segment, priorUna: number, state: SackState): void {
  const sack = seg.sack;
  if (sack === null || sack.length < 2) return;
  const dsack = checkDsack(net, sk, seg, sack, priorUna, state);
  if (before(seg.ack, (priorUna - sk.maxWindow) | 0) || sk.packetsOut === 0) return;
  for (let i = 0; i + 1 < sack.length; i += 2) {
    const start = sack[i]!;
    const end = sack[i + 1]!;
    const duplicate = i === 0 && dsack;
    if (!validBlock(sk, duplicate, start, end)) badBlock(net, sk, duplicate);
    else if (after(end, priorUna)) tagBlock(net, sk, start, end, duplicate, state);
  }
  checkSackReordering(net, sk, state.reordered, false);
}
