// Send records: what Linux keeps in one skb and hands down as one packet that the device cuts up. Here each segment of a
// record is a buffer of its own, so a record whose segments change size is put together and cut anew.
// @kernel tcp_set_skb_tso_segs, tcp_trim_head, tcp_fragment net/ipv4/tcp_output.c v6.18

import type { SendBuffer } from '../sock.ts';
import { FIN, PSH } from '../wire/segment.ts';
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

/** Whether `next` is a part of the skb that `buf` is in: the same record, and the same history. */
export const inSameSkb = (buf: SendBuffer, next: SendBuffer | undefined): next is SendBuffer =>
  next !== undefined &&
  (next.flags & RECORD_START) === 0 &&
  next.data.length > 0 &&
  next.sentAt === buf.sentAt &&
  next.sacked === buf.sacked &&
  next.lost === buf.lost &&
  next.retransmitted === buf.retransmitted &&
  next.everRetransmitted === buf.everRetransmitted;

/** Buffers from `from` on that one skb holds. */
export function skbLength(queue: readonly SendBuffer[], from: number): number {
  const head = queue[from]!;
  let end = from + 1;
  while (inSameSkb(head, queue[end])) end++;
  return end - from;
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

/** Cuts the skb that begins at `from` into segments of `mss` bytes; how many more buffers there are now. */
export function recut(queue: SendBuffer[], from: number, mss: number): number {
  const before = queue.length;
  const head = queue[from]!;
  const rest = queue.splice(from + 1, skbLength(queue, from) - 1);
  const last = rest[rest.length - 1];
  if (last !== undefined) {
    head.data = join([head, ...rest]);
    head.endSeq = last.endSeq;
    for (const { flags } of rest) head.flags |= flags & (PSH | FIN);
  }
  for (let i = from; queue[i]!.data.length > mss; i++) splitBuffer(queue, i, mss);
  return queue.length - before;
}
