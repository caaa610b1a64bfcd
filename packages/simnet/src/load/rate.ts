// When the sessions of an open loop begin. A rate over time is a curve; each session takes a piece of the area under it:
// 1 when arrivals are even, an exponentially distributed piece when they are a Poisson process.

import type { OpenSpec, RateStep } from './spec.ts';

// The constant is a literal of the language; Math.LN2 is one too.
const { LN2 } = Math;
/** Terms of the series below; the last is under 2^-53 for |x| <= 1/3. */
const TERMS = 18;

/**
 * Natural logarithm of a positive number. `Math.log` may differ in its last bit from one JavaScript engine to another,
 * and a run must not; this uses only what IEEE 754 defines exactly.
 */
export function ln(value: number): number {
  let mantissa = value;
  let exponent = 0;
  for (; mantissa >= 2; exponent++) mantissa /= 2;
  for (; mantissa < 1; exponent--) mantissa *= 2;
  const x = (mantissa - 1) / (mantissa + 1);
  let term = x;
  let sum = 0;
  for (let i = 0; i < TERMS; i++) {
    sum += term / (2 * i + 1);
    term *= x * x;
  }
  return 2 * sum + exponent * LN2;
}

/** Exponentially distributed with mean 1, from a number in [0, 1). */
export const exponential = (unit: number): number => -ln(1 - unit);

/** Time in which `area` sessions begin, ns, when the rate is `perSecond` and grows by `slope` a second each second. */
function timeFor(area: number, perSecond: number, slope: number): number {
  if (perSecond === 0 && slope <= 0) return Number.POSITIVE_INFINITY;
  if (area === 0) return 0;
  if (slope === 0) return (area / perSecond) * 1e9;
  const root = perSecond * perSecond + 2 * slope * area;
  if (root < 0) return Number.POSITIVE_INFINITY;
  // The usual form loses all digits when the slope is small beside the rate.
  return ((2 * area) / (perSecond + Math.sqrt(root))) * 1e9;
}

/** Time at which `area` more sessions than at `afterNs` have begun, ns; Infinity: never. */
export function arrivalAfter(
  { rate, ramp }: Pick<OpenSpec, 'rate' | 'ramp'>,
  afterNs: number,
  area: number,
): number {
  let atNs = Math.max(afterNs, rate[0]?.fromNs ?? 0);
  let left = area;
  for (const [i, step] of rate.entries()) {
    const next = rate[i + 1];
    const endNs = next?.fromNs ?? Number.POSITIVE_INFINITY;
    if (endNs <= atNs) continue;
    const slope = slopeOf(step, next, ramp);
    const now = step.perSecond + slope * ((atNs - step.fromNs) / 1e9);
    const reachedNs = atNs + timeFor(left, now, slope);
    // What is due at the very end of a step belongs to the next, whose rate may be 0.
    if (reachedNs < endNs) return reachedNs;
    const seconds = (endNs - atNs) / 1e9;
    left = Math.max(0, left - (now * seconds + (slope * seconds * seconds) / 2));
    atNs = endNs;
  }
  return Number.POSITIVE_INFINITY;
}

const slopeOf = (step: RateStep, next: RateStep | undefined, ramp: boolean): number =>
  !ramp || next === undefined || next.fromNs === step.fromNs
    ? 0
    : (next.perSecond - step.perSecond) / ((next.fromNs - step.fromNs) / 1e9);
