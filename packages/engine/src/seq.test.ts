import fc from 'fast-check';
import { expect, it } from 'vitest';
import { after, before, between, seqMax, u32 } from './seq.ts';

const seq = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

it('orders across the wrap', () => {
  expect(before(0xfffffff0 | 0, 5)).toBe(true);
  expect(after(5, 0xfffffff0 | 0)).toBe(true);
  expect(between(2, 0xfffffff0 | 0, 5)).toBe(true);
  expect(between(6, 0xfffffff0 | 0, 5)).toBe(false);
  expect(seqMax(5, 0xfffffff0 | 0)).toBe(5);
  expect(u32(-1)).toBe(4294967295);
});

it('a step below 2^31 is after, from anywhere', () => {
  fc.assert(
    fc.property(seq, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (a, step) => {
      const b = (a + step) | 0;
      expect([
        before(a, b),
        after(b, a),
        before(b, a),
        after(a, b),
        between(a, a, b),
        between(b, a, b),
      ]).toEqual([true, true, false, false, true, true]);
    }),
  );
});
