import fc from 'fast-check';
import { expect, it } from 'vitest';
import { newSlab, slabGet, slabGive, slabSet, slabTake } from './slab.ts';

it('keeps every live record apart and gives slots out zeroed', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (takes) => {
      const slab = newSlab(5);
      const live: [slot: number, mark: number][] = [];
      for (const [i, take] of takes.entries()) {
        if (take || live.length === 0) {
          const slot = slabTake(slab);
          expect([0, 1, 2, 3, 4].map((word) => slabGet(slab, slot, word))).toEqual([0, 0, 0, 0, 0]);
          for (let word = 0; word < 5; word++) slabSet(slab, slot, word, i + 1);
          live.push([slot, i + 1]);
        } else {
          const [gone] = live.splice(i % live.length, 1);
          slabGive(slab, gone![0]);
        }
        expect(slab.used).toBe(live.length);
        for (const [slot, mark] of live) expect(slabGet(slab, slot, i % 5)).toBe(mark);
      }
    }),
  );
});

it('grows over chunks without moving what is there', () => {
  const slab = newSlab(3);
  const slots = Array.from({ length: 10_000 }, () => slabTake(slab));
  for (const slot of slots) slabSet(slab, slot, 1, slot);
  expect(slots.every((slot) => slabGet(slab, slot, 1) === slot)).toBe(true);
});

it('refuses a slot that was never taken', () => {
  expect(() => slabGive(newSlab(3), 0)).toThrow('never taken');
});
