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
/** How often a schedule is played at most. */
const PLAYS = 3;
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
  target.fresh();
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
    // A namespace takes its time: all of them are there before the first course starts.
    for (const _ of rows) targets.push(await openLinuxTarget());
    for (const target of targets) target.fresh();
    // Refused to some roots (containers): then a busy machine is only noticed.
    realTimePriority(calls, PRIORITY);
    const courses: Course[] = [];
    let stallMs = 0;
    do {
      const before = monotonicNs();
      // One at a time, so that those on their way do not wait for the first calls of all the others.
      if (courses.length < rows.length)
        courses.push(new Course(targets[courses.length] as RawTarget, rows[courses.length] as ScheduleCase));
      else await sleep(TICK_MS);
      for (const course of courses) if (course.outcome === undefined) course.look();
      stallMs = Math.max(stallMs, (monotonicNs() - before) / 1e6);
    } while (courses.length < rows.length || courses.some(({ outcome }) => outcome === undefined));
    return { outcomes: courses.map(({ outcome }) => outcome as Outcome), stallMs };
  } finally {
    realTimePriority(calls, 0);
    for (const target of targets) target.end();
  }
}

const holds = (row: ScheduleCase, outcome: Outcome | undefined): boolean =>
  outcome !== undefined && 'value' in outcome && isDeepStrictEqual(outcome.value, row.expected);

/**
 * All of them at once in real time, each in a namespace of its own. What does not hold is played again, among fewer
 * others, since times also depend on what else the machine does. Nothing is left behind. Throws HostError.
 */
export async function runSchedulesOnLinux(
  rows: readonly ScheduleCase[],
): Promise<Map<ScheduleCase, Outcome>> {
  const results = new Map<ScheduleCase, Outcome>();
  let left = rows;
  for (let play = 1; play <= PLAYS && left.length > 0; play++) {
    const { outcomes, stallMs } = await runBatch(left);
    for (const [i, row] of left.entries()) results.set(row, outcomes[i] as Outcome);
    left = left.filter((row) => !holds(row, results.get(row)));
    if (left.length > 0)
      console.log(
        `play ${play} of the schedules: ${left.length} do not hold, this process stood still for ${Math.round(stallMs)} ms: ` +
          left.map(({ cite, name }) => `${cite} ${name}`).join('; '),
      );
  }
  return results;
}

/** The engine as the sheet's machine: Linux 6.18 at HZ 250. */
export const engine = (): EngineTarget => engineTarget({ kernel: '6.18', hz: 250 });
