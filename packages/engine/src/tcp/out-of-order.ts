// Data beyond the next expected byte: kept sorted, reported by SACK, joined to the stream when the hole is filled.

import { count, MIB } from '../mib.ts';
import { after, before, seqMax } from '../seq.ts';
import type { ReceiveBuffer, Sock } from '../sock.ts';
import { WAKE_READ, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { receiveRoom } from './prune.ts';
import { chargeReceive, coalesce, growWindow, unchargeReceive } from './receive-memory.ts';
import { scheduleMemory } from './socket-memory.ts';

/** Blocks remembered. @kernel selective_acks[4] include/linux/tcp.h v6.18 */
const SACK_BLOCKS = 4;

/** Reports a duplicate in the next ACK. @kernel tcp_dsack_set net/ipv4/tcp_input.c v6.18 */
export function setDsack(net: Netns, sk: Sock, start: number, end: number): void {
  if (!sk.sackOk) return;
  count(net.mib, before(start, sk.rcvNxt) ? MIB.TcpExtTCPDSACKOldSent : MIB.TcpExtTCPDSACKOfoSent);
  sk.dsackPending = true;
  sk.dsackStart = start;
  sk.dsackEnd = end;
}

/** Widens the duplicate to report, if it touches. @kernel tcp_dsack_extend net/ipv4/tcp_input.c v6.18 */
function extendDsack(net: Netns, sk: Sock, start: number, end: number): void {
  if (!sk.dsackPending) return setDsack(net, sk, start, end);
  if (after(start, sk.dsackEnd) || after(sk.dsackStart, end)) return;
  if (before(start, sk.dsackStart)) sk.dsackStart = start;
  sk.dsackEnd = seqMax(sk.dsackEnd, end);
}

const touches = (edges: number[], i: number, start: number, end: number): boolean =>
  !after(start, edges[i + 1]!) && !after(edges[i]!, end);

/** Puts the block of a new segment first, joined with what it touches. @kernel tcp_sack_new_ofo_skb net/ipv4/tcp_input.c v6.18 */
function rememberBlock(sk: Sock, start: number, end: number): void {
  const edges = sk.sackRecent;
  let low = start;
  let high = end;
  for (let i = 0; i < edges.length; ) {
    if (!touches(edges, i, low, high)) {
      i += 2;
      continue;
    }
    if (before(edges[i]!, low)) low = edges[i]!;
    high = seqMax(high, edges[i + 1]!);
    edges.splice(i, 2);
    i = 0;
  }
  edges.unshift(low, high);
  if (edges.length > SACK_BLOCKS * 2) edges.length = SACK_BLOCKS * 2;
}

/** Forgets blocks that the stream has passed. @kernel tcp_sack_remove net/ipv4/tcp_input.c v6.18 */
export function trimBlocks(sk: Sock): void {
  if (sk.outOfOrder.length === 0) {
    sk.sackRecent.length = 0;
    return;
  }
  const edges = sk.sackRecent;
  for (let i = 0; i < edges.length; ) {
    if (before(sk.rcvNxt, edges[i]!)) i += 2;
    else edges.splice(i, 2);
  }
}

const bytesOf = (buf: ReceiveBuffer): number => buf.data.length;

function insertAt(sk: Sock, index: number, buf: ReceiveBuffer): void {
  sk.outOfOrder.splice(index, 0, buf);
  chargeReceive(sk, buf.size);
}

function removeAt(net: Netns, sk: Sock, index: number): void {
  const buf = sk.outOfOrder[index]!;
  sk.outOfOrder.splice(index, 1);
  unchargeReceive(sk, buf.size);
  count(net.mib, MIB.TcpExtTCPOFOMerge);
}

/** Removes what the new segment at `index` covers, and reports overlaps. */
function mergeRight(net: Netns, sk: Sock, index: number, buf: ReceiveBuffer): void {
  for (;;) {
    const next = sk.outOfOrder[index + 1];
    if (next === undefined || !after(buf.endSeq, next.seq)) return;
    if (before(buf.endSeq, next.endSeq)) return extendDsack(net, sk, next.seq, buf.endSeq);
    extendDsack(net, sk, next.seq, next.endSeq);
    removeAt(net, sk, index + 1);
  }
}

/** All of the segment is there already; it was joined to the one before it. */
const DUPLICATE = -1;
const JOINED = -2;

/** Where the segment goes, or one of the above. Reports overlaps on the left. */
function place(net: Netns, sk: Sock, buf: ReceiveBuffer): number {
  for (let i = sk.outOfOrder.length - 1; i >= 0; i--) {
    const other = sk.outOfOrder[i]!;
    if (before(buf.seq, other.seq)) continue;
    if (!before(buf.seq, other.endSeq)) return coalesce(net, other, buf) ? JOINED : i + 1;
    if (!after(buf.endSeq, other.endSeq)) {
      count(net.mib, MIB.TcpExtTCPOFOMerge);
      setDsack(net, sk, buf.seq, buf.endSeq);
      return DUPLICATE;
    }
    if (after(buf.seq, other.seq)) {
      setDsack(net, sk, buf.seq, other.endSeq);
      return i + 1;
    }
    extendDsack(net, sk, other.seq, other.endSeq);
    removeAt(net, sk, i);
    return i;
  }
  return 0;
}

/**
 * Keeps data that came early. Linux searches a tree, so with overlaps it may meet another neighbour first.
 * @kernel tcp_data_queue_ofo net/ipv4/tcp_input.c v6.18
 */
export function queueOutOfOrder(net: Netns, sk: Sock, buf: ReceiveBuffer): void {
  if (!receiveRoom(net, sk, buf.seq)) {
    count(net.mib, MIB.TcpExtTCPOFODrop);
    wake(net, sk, WAKE_READ);
    return;
  }
  scheduleMemory(sk, buf.size);
  sk.path.predict = false;
  sk.ackScheduled = true;
  count(net.mib, MIB.TcpExtTCPOFOQueue);
  const index = place(net, sk, buf);
  if (index >= 0) {
    insertAt(sk, index, buf);
    mergeRight(net, sk, index, buf);
  }
  if (!sk.sackOk) return;
  rememberBlock(sk, buf.seq, buf.endSeq);
  if (index === DUPLICATE) return;
  // Of a FIN that was joined nothing is left. @kernel truesize_adjust net/ipv4/tcp_input.c v6.18
  const gone = index === JOINED && bytesOf(buf) === 0;
  growWindow(net, sk, bytesOf(buf), gone ? 0 : buf.size);
}

/** Reports the part of a waiting segment that arrived twice; returns the new upper edge of what counts as such. */
function dsackOverlap(net: Netns, sk: Sock, buf: ReceiveBuffer, high: number): number {
  if (!before(buf.seq, high)) return high;
  const end = before(buf.endSeq, high) ? buf.endSeq : high;
  extendDsack(net, sk, buf.seq, end);
  return end;
}

/**
 * The next waiting segment that now continues the stream, taken out of the queue, or null. `high` is rcv.nxt before
 * the hole was filled. @kernel tcp_ofo_queue net/ipv4/tcp_input.c v6.18
 */
export function takeInOrder(net: Netns, sk: Sock, high: number): ReceiveBuffer | null {
  let edge = high;
  for (;;) {
    const buf = sk.outOfOrder[0];
    if (buf === undefined || after(buf.seq, sk.rcvNxt)) return null;
    edge = dsackOverlap(net, sk, buf, edge);
    sk.outOfOrder.shift();
    unchargeReceive(sk, buf.size);
    if (after(buf.endSeq, sk.rcvNxt)) return buf;
  }
}

/** Drops everything that waits. */
export function purgeOutOfOrder(sk: Sock): void {
  for (const buf of sk.outOfOrder) unchargeReceive(sk, buf.size);
  sk.outOfOrder.length = 0;
  sk.sackRecent.length = 0;
}
