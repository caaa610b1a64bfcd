// The values behind `--vary KEY=`: `1,4,8`, and ranges of whole numbers, `1..10` and `1..1000x2`, among them.

import { Refusal } from '../live/refusal.ts';
import type { SweepMessages } from './messages.ts';

/** Bound on the runs of one sweep, so that a slip of the finger does not take a day. */
export const RUNS_MAX = 10_000;

const RANGE = /^(\d{1,15})\.\.(\d{1,15})(?:x(\d{1,9}))?$/;

/** From the first on: each whole number, or each time multiplied; never above the last. */
function range(text: string, item: string, s: SweepMessages): string[] {
  const match = RANGE.exec(text);
  if (match === null) return [text];
  const [first, last] = [Number(match[1]), Number(match[2])];
  const factor = match[3] === undefined ? null : Number(match[3]);
  if (last < first) throw new Refusal(s.backwards(item, text));
  if (factor !== null && (factor < 2 || first === 0)) throw new Refusal(s.noGrowth(item, text));
  const out: string[] = [];
  for (let n = first; n <= last; n = factor === null ? n + 1 : n * factor) {
    if (out.length >= RUNS_MAX) throw new Refusal(s.tooManyValues(item, RUNS_MAX));
    out.push(String(n));
  }
  return out;
}

/** The values of `item` (`KEY=VALUES`) in their order. */
export function readValues(words: string, item: string, s: SweepMessages): string[] {
  const parts = words.split(',').map((part) => part.trim());
  if (parts.includes('')) throw new Refusal(s.emptyValue(item));
  const values = parts.flatMap((part) => range(part, item, s));
  if (values.length > RUNS_MAX) throw new Refusal(s.tooManyValues(item, RUNS_MAX));
  const again = values.find((value, i) => values.indexOf(value) !== i);
  if (again !== undefined) throw new Refusal(s.valueTwice(item, again));
  return values;
}
