import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrivalAfter, exponential, ln } from './rate.ts';
import type { RateStep } from './spec.ts';

/** Arrivals of one session each before `untilNs`. */
function arrivals(rate: readonly RateStep[], ramp: boolean, untilNs: number): number[] {
  const out: number[] = [];
  for (let at = arrivalAfter({ rate, ramp }, 0, 0); at < untilNs; at = arrivalAfter({ rate, ramp }, at, 1))
    out.push(at);
  return out;
}

it('the logarithm agrees with Math.log to the last bits', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(Math.log(x))));
    }),
  );
});

it('a constant rate begins one session each 1/rate seconds, the first at once', () => {
  expect(arrivals([{ fromNs: 0, perSecond: 4 }], false, 1e9)).toEqual([0, 250e6, 500e6, 750e6]);
});

it('a rate of 0 begins none, and the next step goes on', () => {
  const steps = [
    { fromNs: 0, perSecond: 2 },
    { fromNs: 1e9, perSecond: 0 },
    { fromNs: 3e9, perSecond: 2 },
  ];
  expect(arrivals(steps, false, 4e9)).toEqual([0, 500e6, 3e9, 3.5e9]);
  expect(arrivalAfter({ rate: [{ fromNs: 0, perSecond: 0 }], ramp: false }, 0, 1)).toBe(
    Number.POSITIVE_INFINITY,
  );
});

it('a ramp begins as many sessions as the area under it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 5 }),
      fc.boolean(),
      (rates, ramp) => {
        const rate = rates.map((perSecond, i) => ({ fromNs: i * 1e9, perSecond }));
        const area = rates
          .slice(1)
          .reduce(
            (sum, next, i) => sum + (ramp ? ((rates[i] as number) + next) / 2 : (rates[i] as number)),
            0,
          );
        const count = arrivals(rate, ramp, (rates.length - 1) * 1e9).length;
        expect(Math.abs(count - area)).toBeLessThanOrEqual(1.001);
      },
    ),
  );
});

it('exponential pieces have mean 1 over even quantiles', () => {
  const n = 10_000;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += exponential((i + 0.5) / n);
  expect(sum / n).toBeCloseTo(1, 3);
});
