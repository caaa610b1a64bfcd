// CPU time of calls, in ns of the calling thread's own clock, so that other work of the machine is left out as far as
// the kernel can tell it apart. What a call through koffi costs by itself is measured and taken off.

import type { TimedCalls } from './calls.ts';

// include/uapi/linux/time.h v6.18
const CLOCK_PROCESS_CPUTIME_ID = 2;
const CLOCK_THREAD_CPUTIME_ID = 3;
/** Calls before anything is timed: V8 has compiled them by then. */
const WARM_CALLS = 20_000;
const FLOOR_CALLS = 20_000;
const FLOOR_ROUNDS = 9;

/** What a batch of calls cost: ns for each, in each of several rounds. */
export interface Timing {
  /** The least: the call on a quiet machine with warm caches. */
  readonly minNs: number;
  readonly medianNs: number;
}

const clockBytes = new Uint8Array(16);
const clockView = new DataView(clockBytes.buffer);

type Clock = Pick<TimedCalls, 'clock_gettime'>;

/** CPU time of this thread, ns. */
export const threadCpuNs = (calls: Clock): number => read(calls, CLOCK_THREAD_CPUTIME_ID);

/** CPU time of all threads of this process, ns. */
export const processCpuNs = (calls: Clock): number => read(calls, CLOCK_PROCESS_CPUTIME_ID);

function read(calls: Clock, clock: number): number {
  calls.clock_gettime(clock, clockBytes);
  return Number(clockView.getBigInt64(0, true)) * 1e9 + Number(clockView.getBigInt64(8, true));
}

export function timingOf(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  return { minNs: sorted[0] ?? 0, medianNs: sorted[sorted.length >> 1] ?? 0 };
}

/** Less something, but never below zero. */
export const less = (a: Timing, b: Timing | number): Timing =>
  typeof b === 'number'
    ? { minNs: Math.max(0, a.minNs - b), medianNs: Math.max(0, a.medianNs - b) }
    : { minNs: Math.max(0, a.minNs - b.minNs), medianNs: Math.max(0, a.medianNs - b.medianNs) };

export const share = (a: Timing, parts: number): Timing => ({
  minNs: a.minNs / parts,
  medianNs: a.medianNs / parts,
});

export class Stopwatch {
  readonly calls: TimedCalls;
  /** What a call through koffi costs that does nothing, ns. */
  readonly floorNs: number;

  constructor(calls: TimedCalls) {
    this.calls = calls;
    for (let i = 0; i < WARM_CALLS; i++) calls.labs(i, 0, 0, 0);
    const floor = Array.from({ length: FLOOR_ROUNDS }, () =>
      this.once(FLOOR_CALLS, (i) => calls.labs(i, 0, 0, 0), 0),
    );
    this.floorNs = timingOf(floor).minNs;
  }

  /** CPU time of one of `count` calls, ns, without koffi's share. */
  once(count: number, call: (i: number) => unknown, floorNs = this.floorNs): number {
    const start = threadCpuNs(this.calls);
    for (let i = 0; i < count; i++) call(i);
    return (threadCpuNs(this.calls) - start) / count - floorNs;
  }

  /** The same in rounds. */
  repeat(count: number, rounds: number, call: (i: number) => unknown): Timing {
    return timingOf(Array.from({ length: rounds }, () => this.once(count, call)));
  }
}
