// A batch of random cases: plays them, shrinks what differs, adds up.

import type { Case, Observation, Side } from './case.ts';
import type { Difference } from './compare.ts';
import type { Explanations } from './explained.ts';
import { generate } from './generate.ts';
import type { Judge } from './judge.ts';
import { shrink } from './shrink.ts';

export interface Found {
  readonly side: Side;
  readonly seed: number;
  readonly index: number;
  /** The shortest case that differs, with both runs of it. */
  readonly one: Case;
  readonly difference: Difference;
  readonly engine: readonly Observation[];
  readonly linux: readonly Observation[];
}

export interface BatchResult {
  readonly side: Side;
  readonly seed: number;
  readonly cases: number;
  readonly steps: number;
  /** Cases that agree once a timer may be two jiffies off. */
  readonly byTiming: number;
  readonly found: readonly Found[];
  /** Real time, s. */
  readonly seconds: number;
}

export interface BatchOptions {
  readonly side: Side;
  readonly seed: number;
  readonly count: number;
  /** First case of the batch. */
  readonly from?: number;
  /** Stops after so many differences. */
  readonly foundMax?: number;
  /** Shows what differs as it was drawn, without a search for the shortest case. */
  readonly whole?: boolean;
  /** Called after each case. */
  readonly onCase?: (done: number, found: number) => void;
}

const FOUND_MAX = 10;

/** Plays cases `from` to `from + count - 1` of a seed. */
export function playBatch(judge: Judge, explained: Explanations, options: BatchOptions): BatchResult {
  const { side, seed, count, from = 0, foundMax = FOUND_MAX, whole = false } = options;
  const startNs = process.hrtime.bigint();
  const found: Found[] = [];
  let [steps, byTiming, cases] = [0, 0, 0];
  for (let index = from; index < from + count && found.length < foundMax; index++) {
    const one = generate(side, seed, index);
    steps += one.steps.length;
    cases++;
    const verdict = judge.judge(one, explained.explains);
    if (verdict.byTiming && verdict.difference === null) byTiming++;
    const { difference, engine, linux } = verdict;
    if (difference !== null) {
      const shown = whole ? { one, difference, engine, linux } : shortest(judge, explained, one, verdict);
      found.push({ side, seed, index, ...shown });
    }
    options.onCase?.(cases, found.length);
  }
  const seconds = Number(process.hrtime.bigint() - startNs) / 1e9;
  return { side, seed, cases, steps, byTiming, found, seconds };
}

type Differing = Omit<Found, 'side' | 'seed' | 'index'>;

/** Shrinks a case. When the short one agrees by the time it is shown, the long one is shown. */
export function shortest(
  judge: Judge,
  explained: Explanations,
  one: Case,
  first: ReturnType<Judge['judge']>,
): Differing {
  const difference = first.difference as Difference;
  const short = shrink(
    one,
    difference.step,
    (candidate) => judge.judge(candidate, explained.explains).difference?.step ?? null,
  );
  const again = judge.judge(short, explained.explains);
  if (again.difference !== null)
    return { one: short, difference: again.difference, engine: again.engine, linux: again.linux };
  return { one, difference, engine: first.engine, linux: first.linux };
}
