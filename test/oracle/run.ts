// Runs rows on a target. Schedules take virtual time on the engine; on the real kernel they run all at once.

import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type EngineTarget, engineTarget } from '../../packages/linux/src/raw/engine-target.ts';
import { openLinuxTarget } from '../../packages/linux/src/raw/linux-target.ts';
import { loadCalls } from '../../packages/linux/src/target/calls.ts';
import { monotonicNs, realTimePriority } from '../../packages/linux/src/target/clock.ts';
import type { OracleCase, RawTarget, ScheduleCase, Sent } from './case.ts';

/** What a row gave, or what it threw. */
export type Outcome = { readonly value: unknown } | { readonly thrown: unknown };

/** How often the devices are read while schedules run, ms: what a time read there may be late. */
const TICK_MS = 4;
/** A stall that can make a schedule fail, ms. */
const STALL_MS = 80;
/** Of SCHED_FIFO, the lowest that comes before every ordinary process. */
const PRIORITY = 1;

export function runCase(target: RawTarget, row: OracleCase): Outcome {
  target.fresh();
  try {
    return { value: row.run(target) };
  } catch (thrown) {
    return { thrown };
  }
}

/** On the real kernel, before every ordinary process, so that the times of a row are what they should be. */
export function runCaseOnLinux(target: RawTarget, row: OracleCase): Outcome {
  const calls = loadCalls();
  // Refused to some roots (containers): then a busy machine may show in times.
  realTimePriority(calls, PRIORITY);
  try {
    return runCase(target, row);
  } finally {
    realTimePriority(calls, 0);
  }
}

/** One schedule on its way: what it waits for, and what was sent meanwhile. */
class Course {
  outcome: Outcome | undefined;
  private readonly target: RawTarget;
  private readonly steps: Generator<number, unknown, Sent[]>;
  private readonly startNs: number;
  private seen: Sent[] = [];
  private due = 0;

  constructor(target: RawTarget, row: ScheduleCase) {
    this.target = target;
    target.fresh();
    this.startNs = target.now();
    this.steps = row.schedule(target);
    this.step();
  }

  /** ms until the next step; Infinity after the last. */
  left(): number {
    return this.outcome === undefined
      ? this.due - (this.target.now() - this.startNs) / 1e6
      : Number.POSITIVE_INFINITY;
  }

  look(): void {
    this.seen.push(...this.target.output());
    if (this.left() <= 0) this.step();
  }

  private step(): void {
    const sent = this.seen;
    this.seen = [];
    try {
      const next = this.steps.next(sent);
      if (next.done === true) this.outcome = { value: next.value };
      else this.due = next.value;
    } catch (thrown) {
      this.outcome = { thrown };
    }
  }
}

export function runScheduleOnEngine(target: EngineTarget, row: ScheduleCase): Outcome {
  const course = new Course(target, row);
  while (course.outcome === undefined) {
    target.wait(Math.max(course.left(), 0));
    course.look();
  }
  return course.outcome;
}

/** One batch, and how long this thread did not come to look at most, ms. */
async function runBatch(rows: readonly ScheduleCase[]): Promise<{ outcomes: Outcome[]; stallMs: number }> {
  const targets: RawTarget[] = [];
  const calls = loadCalls();
  try {
    for (const _ of rows) targets.push(await openLinuxTarget());
    // Refused to some roots (containers): then a busy machine is only noticed.
    realTimePriority(calls, PRIORITY);
    const courses = rows.map((row, i) => new Course(targets[i] as RawTarget, row));
    let stallMs = 0;
    while (courses.some(({ outcome }) => outcome === undefined)) {
      const before = monotonicNs();
      await sleep(TICK_MS);
      for (const course of courses) if (course.outcome === undefined) course.look();
      stallMs = Math.max(stallMs, (monotonicNs() - before) / 1e6);
    }
    return { outcomes: courses.map(({ outcome }) => outcome as Outcome), stallMs };
  } finally {
    realTimePriority(calls, 0);
    for (const target of targets) target.end();
  }
}

const holds = (row: ScheduleCase, outcome: Outcome | undefined): boolean =>
  outcome !== undefined && 'value' in outcome && isDeepStrictEqual(outcome.value, row.expected);

/**
 * All of them at once in real time, each in a namespace of its own. What does not hold is run once more when the machine
 * had no time for us meanwhile. Nothing is left behind. Throws HostError.
 */
export async function runSchedulesOnLinux(
  rows: readonly ScheduleCase[],
): Promise<Map<ScheduleCase, Outcome>> {
  const { outcomes, stallMs } = await runBatch(rows);
  const results = new Map(rows.map((row, i) => [row, outcomes[i] as Outcome]));
  const wrong = rows.filter((row) => !holds(row, results.get(row)));
  if (wrong.length > 0 && stallMs > STALL_MS) {
    console.log(
      `${wrong.length} schedules once more: this process stood still for ${Math.round(stallMs)} ms`,
    );
    const again = await runBatch(wrong);
    wrong.forEach((row, i) => {
      results.set(row, again.outcomes[i] as Outcome);
    });
  }
  return results;
}

/** The engine as the sheet's machine: Linux 6.18 at HZ 250. */
export const engine = (): EngineTarget => engineTarget({ kernel: '6.18', hz: 250 });
