// A full receive buffer: the bytes that are kept stay what they were, and their memory is accounted for.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';
import type { ReceiveBuffer, Sock } from '../sock.ts';
import { receiveRoom } from './prune.ts';
import { chargeReceive, SKB_BYTES, skbHead } from './receive-memory.ts';
import { newSock } from './sock-life.ts';

/** The byte that belongs at a sequence number. */
const byteAt = (seq: number): number => (seq * 7) & 0xff;

function bufferAt(seq: number, length: number, fin: boolean): ReceiveBuffer {
  const head = skbHead(104 + length);
  return {
    seq,
    endSeq: seq + length + (fin ? 1 : 0),
    data: Uint8Array.from({ length }, (_, i) => byteAt(seq + i)),
    fin,
    push: false,
    size: head.bytes + SKB_BYTES,
    room: head.room - 104 - length,
  };
}

/** Buffers in order, each from where the one before ends, or up to `back` bytes before it, or behind a hole. */
const queues = (back: number) =>
  fc.array(
    fc.record({ gap: fc.integer({ min: -back, max: back }), length: fc.integer({ min: 1, max: 3000 }) }),
    { maxLength: 20 },
  );

function fill(
  sk: Sock,
  queue: ReceiveBuffer[],
  from: number,
  parts: { gap: number; length: number }[],
): void {
  let seq = from;
  for (const { gap, length } of parts) {
    const start = Math.max(seq + gap, from, (queue.at(-1)?.seq ?? from - 1) + 1);
    const buf = bufferAt(start, length, false);
    queue.push(buf);
    chargeReceive(sk, buf.size);
    seq = Math.max(seq, buf.endSeq);
  }
}

const right = (buf: ReceiveBuffer): boolean => buf.data.every((byte, i) => byte === byteAt(buf.seq + i));

/** Sequence numbers that a queue covers. */
function covered(queue: readonly ReceiveBuffer[]): Set<number> {
  const all = new Set<number>();
  for (const { seq, endSeq } of queue) for (let at = seq; at < endSeq; at++) all.add(at);
  return all;
}

it('keeps every byte of the stream, each in its place, and of early data nothing that was not there', () => {
  fc.assert(
    fc.property(queues(0), queues(500), fc.nat(2000), fc.nat(60_000), (received, early, read, rcvBuf) => {
      const { net } = new Client().kernel;
      const sk = newSock(net, 4, 0);
      fill(sk, sk.receiveQueue, 1000, received);
      sk.rcvNxt = sk.receiveQueue.at(-1)?.endSeq ?? 1000;
      sk.copiedSeq = Math.min(1000 + read, sk.rcvNxt - 1, sk.receiveQueue[0]?.endSeq ?? 1000);
      fill(sk, sk.outOfOrder, sk.rcvNxt + 10, early);
      sk.options.rcvBuf = rcvBuf;
      sk.options.rcvBufLocked = true;
      const [stream, before] = [covered(sk.receiveQueue), covered(sk.outOfOrder)];

      const room = receiveRoom(net, sk, sk.rcvNxt);

      const all = [...sk.receiveQueue, ...sk.outOfOrder];
      expect(all.every(right)).toBe(true);
      const size = all.reduce((sum, buf) => sum + buf.size, 0);
      expect(sk.path.receiveMemory).toBe(size);
      expect(room).toBe(size <= rcvBuf);
      const after = covered(sk.receiveQueue);
      expect([...stream].filter((at) => at >= sk.copiedSeq && !after.has(at))).toEqual([]);
      expect([...covered(sk.outOfOrder)].filter((at) => !before.has(at))).toEqual([]);
    }),
  );
});
