import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dequeue, enqueue, newEventQueue, nextEventAt } from './event-queue.ts';

it('gives events back by time, and at equal times in the order they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const queue = newEventQueue<number>();
      for (const [i, atNs] of times.entries()) enqueue(queue, atNs, i);
      const sorted = times.map((atNs, i) => ({ atNs, i })).sort((a, b) => a.atNs - b.atNs || a.i - b.i);
      const out: number[] = [];
      for (let e = dequeue(queue); e !== null; e = dequeue(queue)) out.push(e.event);
      expect(out).toEqual(sorted.map(({ i }) => i));
      expect(nextEventAt(queue)).toBe(Number.POSITIVE_INFINITY);
    }),
  );
});

it('keeps its order when events are put in while others are taken out', () => {
  const queue = newEventQueue<string>();
  enqueue(queue, 10, 'a');
  enqueue(queue, 5, 'b');
  expect(dequeue(queue)?.event).toBe('b');
  enqueue(queue, 10, 'c');
  enqueue(queue, 7, 'd');
  expect([dequeue(queue), dequeue(queue), dequeue(queue)].map((e) => e?.event)).toEqual(['d', 'a', 'c']);
});
