// Skbs: what Linux queues as one piece and hands down as one packet that the device cuts up. Here each segment is a buffer
// of its own, and the first one of an skb carries RECORD_START. All segments of a sent skb have the same marks, times and
// history. So skbs are divided and merged by moving that flag; only where a cut falls inside a segment, or segments
// change size, bytes are put together and cut anew.
// @kernel tcp_fragment, tcp_set_skb_tso_segs, tcp_adjust_pcount net/ipv4/tcp_output.c v6.18

import { after } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { FIN, PSH } from '../wire/segment.ts';
import { chargeRecord, unchargeRecord } from './send-memory.ts';
import { RECORD_START } from './transmit.ts';

/** Cuts a buffer in two at `length` bytes; PSH and FIN go with the tail. @kernel tcp_fragment net/ipv4/tcp_output.c v6.18 */
export function splitBuffer(queue: SendBuffer[], index: number, length: number): void {
  const buf = queue[index]!;
  const tail: SendBuffer = {
    ...buf,
    seq: (buf.seq + length) | 0,
    flags: buf.flags & ~RECORD_START,
    data: buf.data.subarray(length),
  };
  buf.data = buf.data.subarray(0, length);
  buf.endSeq = tail.seq;
  buf.flags &= ~(PSH | FIN);
  queue.splice(index + 1, 0, tail);
}

/** Whether the buffer belongs to the same skb as the one before it. */
export const continuesSkb = (buf: SendBuffer | undefined): buf is SendBuffer =>
  buf !== undefined && (buf.flags & RECORD_START) === 0;

/** Segments of the skb that begins at `from`. @kernel tcp_skb_pcount include/net/tcp.h v6.18 */
export function skbLength(queue: readonly SendBuffer[], from: number): number {
  let end = from + 1;
  while (continuesSkb(queue[end])) end++;
  return end - from;
}

/** Where the skb begins that the buffer at `index` is in. */
export function skbStart(queue: readonly SendBuffer[], index: number): number {
  let at = index;
  while (at > 0 && continuesSkb(queue[at])) at--;
  return at;
}

/** Sequence number after the last segment of the skb that begins at `from`. */
export const skbEnd = (queue: readonly SendBuffer[], from: number): number =>
  queue[from + skbLength(queue, from) - 1]!.endSeq;

/** Data of `count` buffers from `from` on, bytes; FIN is not among them. */
export function dataLength(queue: readonly SendBuffer[], from: number, count: number): number {
  const last = queue[from + count - 1]!;
  return ((last.seq - queue[from]!.seq) | 0) + last.data.length;
}

/** Makes a sent buffer the first one of an skb, if it is not. */
export function beginSkb(sk: Sock, buf: SendBuffer): void {
  if ((buf.flags & RECORD_START) !== 0) return;
  buf.flags |= RECORD_START;
  chargeRecord(sk);
}

/** Makes a sent buffer a part of the skb before it. */
export function joinSkb(sk: Sock, buf: SendBuffer): void {
  buf.flags &= ~RECORD_START;
  unchargeRecord(sk);
}

/** There are `more` segments with the marks of `buf`. @kernel tcp_adjust_pcount net/ipv4/tcp_output.c v6.18 */
export function adjustCounts(sk: Sock, buf: SendBuffer, more: number): void {
  sk.packetsOut += more;
  if (buf.sacked) sk.sackedOut += more;
  if (buf.retransmitted) sk.retransOut += more;
  if (buf.lost) sk.lostOut += more;
  if (!sk.sackOk && more < 0) sk.sackedOut = Math.max(sk.sackedOut + more, 0);
}

/** The PSH of an skb is on its last segment: when others follow, it moves from `last` to `next`. */
export function movePush(last: SendBuffer, next: SendBuffer): void {
  next.flags |= last.flags & PSH;
  last.flags &= ~PSH;
}

function join(parts: readonly SendBuffer[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    out.set(data, at);
    at += data.length;
  }
  return out;
}

/** Every segment but the last one has `mss` bytes, and that one no more. */
function wellCut(queue: readonly SendBuffer[], from: number, count: number, mss: number): boolean {
  for (let i = from; i < from + count - 1; i++) if (queue[i]!.data.length !== mss) return false;
  return queue[from + count - 1]!.data.length <= mss;
}

/** Cuts the skb that begins at `from` into segments of `mss` bytes; how many more buffers there are now. */
export function recut(queue: SendBuffer[], from: number, mss: number): number {
  const count = skbLength(queue, from);
  if (wellCut(queue, from, count, mss)) return 0;
  const before = queue.length;
  const head = queue[from]!;
  const rest = queue.splice(from + 1, count - 1);
  const last = rest[rest.length - 1];
  if (last !== undefined) {
    head.data = join([head, ...rest]);
    head.endSeq = last.endSeq;
    for (const { flags } of rest) head.flags |= flags & (PSH | FIN);
  }
  for (let i = from; queue[i]!.data.length > mss; i++) splitBuffer(queue, i, mss);
  return queue.length - before;
}

/** Cuts a sent skb into segments of `mss` bytes and counts them. @kernel tcp_set_skb_tso_segs net/ipv4/tcp_output.c v6.18 */
export function recutSent(sk: Sock, from: number, mss: number): void {
  const more = recut(sk.retransmitQueue, from, mss);
  if (more !== 0) adjustCounts(sk, sk.retransmitQueue[from]!, more);
}

/**
 * Divides a sent skb after `bytes` of its data, and cuts both halves into segments of `mss` bytes. The second half begins
 * at the index that is given back. @kernel tcp_fragment net/ipv4/tcp_output.c v6.18
 */
export function splitSent(sk: Sock, from: number, bytes: number, mss: number): number {
  const queue = sk.retransmitQueue;
  const cut = (queue[from]!.seq + bytes) | 0;
  let at = from;
  while (!after(queue[at]!.endSeq, cut)) at++;
  if (queue[at]!.seq !== cut) {
    splitBuffer(queue, at, (cut - queue[at]!.seq) | 0);
    adjustCounts(sk, queue[at]!, 1);
    at++;
  }
  beginSkb(sk, queue[at]!);
  recutSent(sk, at, mss);
  recutSent(sk, from, mss);
  return from + skbLength(queue, from);
}
