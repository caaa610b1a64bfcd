// What the peer's SACK option says about our retransmission queue: D-SACKs, which blocks count, and the walk along the
// queue that they ask for. What is done to an skb on the way stands in sack-shift.ts and sack-tag.ts.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';
import { checkSackReordering, highestSacked } from './loss.ts';
import type { Netns } from './netns.ts';
import { skbLength, skbStart } from './records.ts';
import { matchSkb, shiftSkb } from './sack-shift.ts';
import { type Block, type SackState, tagSkb } from './sack-tag.ts';

/** Segments that a D-SACK reports twice, 0 for one not to believe. @kernel tcp_dsack_seen net/ipv4/tcp_input.c v6.18 */
function dsackSegments(sk: Sock, start: number, end: number, state: SackState): number {
  const length = (end - start) | 0;
  if (length <= 0 || length > sk.maxWindow) return 0;
  const segments = length > sk.mss ? Math.ceil(length / sk.mss) : 1;
  if (length <= sk.mss && sk.tlpHighSeq !== 0 && sk.tlpHighSeq === end) state.dsackOfProbe = true;
  sk.path.dsackDups += segments;
  if (sk.path.dsackDups > sk.totalRetrans) return 0;
  if (sk.path.reorderingSeen && !state.dsackOfProbe) sk.path.reoDsackSeen = true;
  state.dsack = true;
  state.delivered += segments;
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
  count(net.mib, MIB.TcpExtTCPDSACKRecvSegs, segments);
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

/** Counts a block that makes no sense. Old ones that a reordered ACK brings are none. */
function badBlock(net: Netns, sk: Sock, seg: Segment, duplicate: boolean, end: number): void {
  if (duplicate)
    count(net.mib, sk.undoMarker === 0 ? MIB.TcpExtTCPDSACKIgnoredNoUndo : MIB.TcpExtTCPDSACKIgnoredOld);
  else if (seg.ack === sk.sndUna || after(end, sk.sndUna)) count(net.mib, MIB.TcpExtTCPSACKDiscard);
}

/** Blocks of the ACK that count, in order of sequence, and where its first one is among them, -1 when it does not count. */
interface Blocks {
  readonly all: Block[];
  used: number;
  first: number;
}

const MOST = 4;
const blocks: Blocks = {
  all: Array.from({ length: MOST }, () => ({ start: 0, end: 0 })),
  used: 0,
  first: 0,
};

function collect(net: Netns, sk: Sock, seg: Segment, sack: number[], dsack: boolean, priorUna: number): void {
  blocks.used = 0;
  blocks.first = 0;
  const most = Math.min(sack.length >> 1, MOST);
  for (let i = 0; i < most; i++) {
    const start = sack[2 * i]!;
    const end = sack[2 * i + 1]!;
    const duplicate = i === 0 && dsack;
    const valid = validBlock(sk, duplicate, start, end);
    if (!valid) badBlock(net, sk, seg, duplicate, end);
    if (valid && after(end, priorUna)) {
      const block = blocks.all[blocks.used++]!;
      block.start = start;
      block.end = end;
    } else if (i === 0) {
      blocks.first = -1;
    }
  }
}

function order(): void {
  const { all, used } = blocks;
  for (let i = used - 1; i > 0; i--)
    for (let j = 0; j < i; j++) {
      if (!after(all[j]!.start, all[j + 1]!.start)) continue;
      const block = all[j]!;
      all[j] = all[j + 1]!;
      all[j + 1] = block;
      if (j === blocks.first) blocks.first = j + 1;
    }
}

/** Where the skb begins that holds `seq`, -1 for none. @kernel tcp_sacktag_bsearch net/ipv4/tcp_input.c v6.18 */
function find(sk: Sock, seq: number): number {
  const queue = sk.retransmitQueue;
  let low = 0;
  let high = queue.length - 1;
  while (low <= high) {
    const mid = (low + high) >> 1;
    const buf = queue[mid]!;
    if (before(seq, buf.seq)) high = mid - 1;
    else if (!before(seq, buf.endSeq)) low = mid + 1;
    else return skbStart(queue, mid);
  }
  return -1;
}

/** Goes on to the skb that holds `seq`, unless already behind it. @kernel tcp_sacktag_skip net/ipv4/tcp_input.c v6.18 */
const skip = (sk: Sock, at: number, seq: number): number =>
  at >= 0 && after(sk.retransmitQueue[at]!.seq, seq) ? at : find(sk, seq);

/**
 * Goes along the queue from the skb at `at` and tags what the block covers; `nextDup` is the D-SACK if it comes next.
 * Gives the skb where it stopped, -1 at the end. @kernel tcp_sacktag_walk net/ipv4/tcp_input.c v6.18
 */
function walk(
  net: Netns,
  sk: Sock,
  from: number,
  block: Block,
  duplicate: boolean,
  nextDup: Block | null,
  state: SackState,
): number {
  const queue = sk.retransmitQueue;
  let at = from;
  while (at >= 0 && at < queue.length) {
    const skb = queue[at]!;
    if (!before(skb.seq, block.end)) return at;
    const twice = nextDup !== null && before(skb.seq, nextDup.end) ? matchSkb(sk, at, nextDup) : 'outside';
    let match = twice;
    if (twice !== 'inside') {
      const moved = shiftSkb(net, sk, at, block, duplicate, state);
      if (moved >= 0 && moved !== at) {
        at = moved + skbLength(queue, moved);
        continue;
      }
      match = moved === at ? 'outside' : matchSkb(sk, at, block);
    }
    if (match === 'within-segment') return at;
    if (match === 'inside') tagSkb(net, sk, at, duplicate || twice === 'inside', state);
    at += skbLength(queue, at);
  }
  return -1;
}

const part: Block = { start: 0, end: 0 };

/** What the ACK before said again needs no walk: the first block of it that may be the same. */
function skipCache(cache: readonly number[], from: number, start: number): number {
  let at = from;
  while (at < cache.length && !before(start, cache[at + 1]!)) at += 2;
  return at;
}

const NO_CACHE: readonly number[] = [];

/** Walks the queue for all blocks, in order. @kernel tcp_sacktag_write_queue net/ipv4/tcp_input.c v6.18 */
function walkBlocks(net: Netns, sk: Sock, dsack: boolean, state: SackState): void {
  const { all, used, first } = blocks;
  const cache = sk.sackedOut === 0 || sk.path.sackCache === null ? NO_CACHE : sk.path.sackCache;
  let cached = 0;
  let at = -1;
  for (let i = 0; i < used; ) {
    const block = all[i]!;
    const duplicate = dsack && i === first;
    const nextDup = dsack && i + 1 === first ? all[i + 1]! : null;
    cached = skipCache(cache, cached, block.start);
    if (cached < cache.length && !duplicate && after(block.end, cache[cached]!)) {
      const known = cache[cached + 1]!;
      if (before(block.start, cache[cached]!)) {
        part.start = block.start;
        part.end = cache[cached]!;
        at = walk(net, sk, skip(sk, at, block.start), part, duplicate, nextDup, state);
      }
      if (!after(block.end, known)) {
        i++;
        continue;
      }
      if (nextDup !== null && before(nextDup.start, known))
        at = walk(net, sk, skip(sk, at, nextDup.start), nextDup, true, null, state);
      cached += 2;
      if (highestSacked(sk) !== known) {
        at = skip(sk, at, known);
        continue;
      }
      at = find(sk, known);
      if (at < 0) return;
    } else {
      const highest = highestSacked(sk);
      if (!before(block.start, highest)) {
        at = find(sk, highest);
        if (at < 0) return;
      }
      at = skip(sk, at, block.start);
    }
    at = walk(net, sk, at, block, duplicate, nextDup, state);
    i++;
  }
}

/** Tags the retransmission queue from the SACK option. @kernel tcp_sacktag_write_queue net/ipv4/tcp_input.c v6.18 */
export function tagSacked(net: Netns, sk: Sock, seg: Segment, priorUna: number, state: SackState): void {
  const sack = seg.sack;
  if (sack === null || sack.length < 2) return;
  if (sk.sackedOut === 0) sk.path.highestSack = sk.retransmitQueue[0]?.seq ?? sk.sndNxt;
  const dsack = checkDsack(net, sk, seg, sack, priorUna, state);
  if (before(seg.ack, (priorUna - sk.maxWindow) | 0) || sk.packetsOut === 0) return;
  collect(net, sk, seg, sack, dsack, priorUna);
  order();
  walkBlocks(net, sk, dsack, state);
  sk.path.sackCache = blocks.all.slice(0, blocks.used).flatMap(({ start, end }) => [start, end]);
  if (sk.caState !== 'Loss' || sk.undoMarker !== 0) checkSackReordering(net, sk, state.reordered, false);
}
