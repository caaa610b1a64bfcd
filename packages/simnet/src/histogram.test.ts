import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addTo, newHistogram, percentile, summarise } from './histogram.ts';

const filled = (values: readonly number[]) => {
  const h = newHistogram();
  for (const value of values) addTo(h, value);
  return h;
};

const durations = fc.array(
  fc.oneof(fc.nat(100), fc.nat(1_000_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
  { minLength: 1, maxLength: 200 },
);

describe('a histogram', () => {
  it('gives every percentile at most 1/32 too high and never too low', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] as number;
        const kept = percentile(filled(values), share);
        expect(kept).toBeGreaterThanOrEqual(exact);
        expect(kept).toBeLessThanOrEqual(exact + exact / 32);
      }),
    );
  });

  it('counts each value in a bucket whose bounds hold it', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const { buckets, count } = summarise(filled(values));
        expect(buckets.reduce((n, [, here]) => n + here, 0)).toBe(count);
        let before = -1;
        for (const [upper, here] of buckets) {
          expect(values.filter((v) => v > before && v <= upper)).toHaveLength(here);
          before = upper;
        }
      }),
    );
  });

  it('keeps minimum, maximum and mean exactly, and small values too', () => {
    expect(summarise(filled([63, 0, 1_000_000, 2_000_001]))).toMatchObject({
      count: 4,
      min: 0,
      max: 2_000_001,
      mean: 750_016,
      p50: 63,
      p999: 2_000_001,
    });
  });

  it('is all zero without values', () => {
    expect(summarise(newHistogram())).toEqual({
      count: 0,
      min: 0,
      max: 0,
      mean: 0,
      p50: 0,
      p90: 0,
      p99: 0,
      p999: 0,
      buckets: [],
    });
  });
});
