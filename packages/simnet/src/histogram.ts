// A log-linear histogram of durations, as HdrHistogram keeps it: each power of two is cut into 32 buckets of equal width,
// so a value read back from it is at most 1/32 too high, whatever its size. Values below 64 ns are kept exactly. Plain
// data: a snapshot holds it. Minimum, maximum and mean are exact.

/** Buckets of one power of two. */
const PARTS = 32;
const PART_BITS = 5;
/** Below it every value has a bucket of its own. */
const EXACT = 2 * PARTS;

export interface Histogram {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Values by bucket; as long as the highest bucket needs. */
  readonly counts: number[];
}

/** What a histogram says, ns; all are 0 when it is empty. */
export interface HistogramRecord {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  /** Highest value of each bucket that holds any, and how many it holds, in rising order. */
  readonly buckets: readonly (readonly [upperNs: number, count: number])[];
}

export const newHistogram = (): Histogram => ({
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  counts: [],
});

/** `ns` is an integer from 0 to 2^53 - 1. */
function bucketOf(ns: number): number {
  if (ns < EXACT) return ns;
  const exponent = ns < 0x1_0000_0000 ? 31 - Math.clz32(ns) : 63 - Math.clz32(Math.floor(ns / 0x1_0000_0000));
  const shift = exponent - PART_BITS;
  return shift * PARTS + Math.floor(ns / 2 ** shift);
}

/** The highest value that falls into a bucket. */
function upperOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor(bucket / PARTS) - 1;
  return (bucket - shift * PARTS + 1) * 2 ** shift - 1;
}

/** Counts a duration, rounded to whole nanoseconds; a negative one counts as 0. */
export function addTo(histogram: Histogram, ns: number): void {
  const value = Math.max(0, Math.round(ns));
  const bucket = bucketOf(value);
  const { counts } = histogram;
  while (counts.length <= bucket) counts.push(0);
  counts[bucket] = (counts[bucket] as number) + 1;
  histogram.min = histogram.count === 0 ? value : Math.min(histogram.min, value);
  histogram.max = Math.max(histogram.max, value);
  histogram.sum += value;
  histogram.count++;
}

/** Smallest kept value that at least `share` of all values do not exceed, ns; 0 when there is none. */
export function percentile(histogram: Histogram, share: number): number {
  const { count, counts, min, max } = histogram;
  if (count === 0) return 0;
  let left = Math.max(1, Math.ceil(share * count));
  for (const [bucket, n] of counts.entries()) {
    left -= n;
    if (left <= 0) return Math.min(max, Math.max(min, upperOf(bucket)));
  }
  return max;
}

export function summarise(histogram: Histogram): HistogramRecord {
  const { count, sum, min, max, counts } = histogram;
  return {
    count,
    min,
    max,
    mean: count === 0 ? 0 : Math.round(sum / count),
    p50: percentile(histogram, 0.5),
    p90: percentile(histogram, 0.9),
    p99: percentile(histogram, 0.99),
    p999: percentile(histogram, 0.999),
    buckets: counts.flatMap((n, bucket) => (n === 0 ? [] : [[upperOf(bucket), n] as const])),
  };
}
