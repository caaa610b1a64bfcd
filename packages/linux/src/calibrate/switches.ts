// What it costs to put a thread to sleep, wake another and switch to it on the same CPU: two threads that hand a byte to
// and fro through pipes, less what the same reads and writes cost a thread that never sleeps (sheet: client 7.4).

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HostError } from '../libc.ts';
import { monotonicNs } from '../target/clock.ts';
import type { TimedCalls } from './calls.ts';
import { less, processCpuNs, share, type Timing, threadCpuNs, timingOf } from './timing.ts';

const SELF = import.meta.url;
const PONG = fileURLToPath(new URL(SELF.endsWith('.ts') ? './pong.ts' : './pong.js', SELF));
const O_CLOEXEC = 0o2000000;
const WARM_ROUNDS = 1000;
const ROUNDS = 9;
const HANDS = 4000;
const MASK_BYTES = 128;

/** What the other thread is given. */
export interface PongData {
  readonly cpu: number;
  readonly from: number;
  readonly to: number;
  readonly rounds: number;
}

/** Keeps the calling thread on one CPU; false when that is refused. */
export function pin(calls: TimedCalls, cpu: number | null): boolean {
  const mask = new Uint8Array(MASK_BYTES);
  if (cpu === null) mask.fill(0xff);
  else mask[cpu >> 3] = 1 << (cpu & 7);
  return calls.sched_setaffinity(0, MASK_BYTES, mask) === 0;
}

function pipe(calls: TimedCalls): [number, number] {
  const ends = [-1, -1];
  if (calls.pipe2(ends, O_CLOEXEC) !== 0) throw new HostError('system-call', `pipe2: ${calls.errno()}`);
  return ends as [number, number];
}

export interface SwitchCosts {
  /** One sleep, wake-up and switch on one CPU. */
  readonly pair: Timing;
  /** The part of it that the waker pays. */
  readonly wake: Timing;
  /** How much longer it takes at least when both run on CPUs of their own; null on a machine with one. */
  readonly otherCpuNs: number | null;
}

interface Pipes {
  readonly there: [number, number];
  readonly back: [number, number];
}

/** ns for a byte there and back, by a clock. */
function hands(calls: TimedCalls, write: number, read: number, clock: () => number): Timing {
  const byte = new Uint8Array(1);
  const hand = (): void => {
    calls.write(write, byte, 1);
    calls.read(read, byte, 1);
  };
  for (let i = 0; i < WARM_ROUNDS; i++) hand();
  const round = (): number => {
    const start = clock();
    for (let i = 0; i < HANDS; i++) hand();
    return (clock() - start) / HANDS;
  };
  return timingOf(Array.from({ length: ROUNDS }, round));
}

/** The same with another thread, on that CPU, that gives the byte back: by each of these clocks in turn. */
async function together(
  calls: TimedCalls,
  { there, back }: Pipes,
  cpu: number,
  clocks: readonly (() => number)[],
): Promise<Timing[]> {
  const rounds = clocks.length * (WARM_ROUNDS + ROUNDS * HANDS);
  const data: PongData = { cpu, from: there[0], to: back[1], rounds };
  const other = new Worker(PONG, { workerData: data });
  await once(other, 'message');
  const timings = clocks.map((clock) => hands(calls, there[1], back[0], clock));
  await once(other, 'exit');
  return timings;
}

const pairOf = (both: Timing, alone: Timing): Timing => share(less(both, share(alone, 1 / 2)), 2);

/**
 * CPU time of both threads where they take turns on one CPU: what a switch costs is booked to one of them. How long a
 * CPU takes to come out of idle is no CPU time of anybody, so that is the least wall time.
 */
export async function measureSwitch(calls: TimedCalls): Promise<SwitchCosts> {
  const pipes: Pipes = { there: pipe(calls), back: pipe(calls) };
  const cpu = calls.sched_getcpu();
  const cpus = availableParallelism();
  const mine = (): number => threadCpuNs(calls);
  const ours = (): number => processCpuNs(calls);
  try {
    if (!pin(calls, cpu)) throw new HostError('system-call', `sched_setaffinity: ${calls.errno()}`);
    const alone = hands(calls, pipes.there[1], pipes.there[0], mine);
    const [both, own] = (await together(calls, pipes, cpu, [ours, mine])) as [Timing, Timing];
    const pair = pairOf(both, alone);
    const apart = cpus < 2 ? undefined : (await together(calls, pipes, (cpu + 1) % cpus, [monotonicNs]))[0];
    return {
      pair,
      // What this thread pays beyond its reads and writes: it wakes once and goes to sleep once a round.
      wake: share(less(own, alone), 2),
      otherCpuNs: apart === undefined ? null : pairOf(apart, alone).minNs - pair.minNs,
    };
  } finally {
    pin(calls, null);
    for (const fd of [...pipes.there, ...pipes.back]) calls.close(fd);
  }
}
