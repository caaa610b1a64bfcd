// Reads the rate of an open loop: a number a second, or a list of steps.

import { duration, Fields, list, type Reader } from '../readers.ts';
import { refuse } from '../scenario-error.ts';
import type { RateStep } from './spec.ts';

const RATE_MAX = 10_000_000;
const EXPECTED = 'sessions a second, such as 200 or 200/s';

const perSecond: Reader<number> = (value, path) => {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\/s$/.exec(value) : null;
  const number = match === null ? value : Number(match[1]);
  if (typeof number !== 'number' || !(number >= 0) || number > RATE_MAX) return refuse(path, EXPECTED, value);
  return number;
};

const step: Reader<RateStep> = (value, path) => {
  const f = new Fields(value, path, ['from', 'perSecond'], 'a step such as { from: 10s, perSecond: 200 }');
  return { fromNs: f.get('from', duration), perSecond: f.get('perSecond', perSecond) };
};

export const rate: Reader<RateStep[]> = (value, path) => {
  if (!Array.isArray(value)) {
    const one = perSecond(value, path);
    return one > 0 ? [{ fromNs: 0, perSecond: one }] : refuse(path, EXPECTED, value);
  }
  const steps = list(step)(value, path);
  if (steps.length === 0) refuse(path, 'at least one step', value);
  steps.forEach(({ fromNs }, i) => {
    const before = steps[i - 1];
    if (before !== undefined && fromNs <= before.fromNs)
      refuse(
        [...path, i, 'from'],
        'a time after that of the step before',
        (value[i] as { from?: unknown }).from,
      );
  });
  return steps;
};
