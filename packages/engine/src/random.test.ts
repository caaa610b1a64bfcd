import { expect, it } from 'vitest';
import { randomBelow, randomInt32, randomUnit, seedRandom } from './random.ts';

it('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number): number[] => {
    const state = seedRandom(seed);
    return Array.from({ length: 5 }, () => randomInt32(state));
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
});

it('spreads evenly over a range', () => {
  const state = seedRandom(1);
  const hits = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const n = randomBelow(state, 10);
    hits[n] = (hits[n] ?? 0) + 1;
  }
  for (const n of hits) expect(Math.abs(n - 10_000)).toBeLessThan(500);
  for (let i = 0; i < 1000; i++) expect(randomUnit(state)).toBeLessThan(1);
});
