// What it costs to put a thread to sleep, wake another and switch to it on the same CPU: two threads that hand a byte to
// and fro through pipes, less what the same reads and writes cost a thread that never sleeps (sheet: client 7.4).

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HostError } from '../libc.ts';
import { monotonicNs } from '../target/clock.ts';
import type { TimedCalls } from './calls.ts';
import { less, share, type Timing, threadCpuNs, timingOf } from './timing.ts';

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
  /** How much longer it takes when both run on CPUs of their own; null on a machine with one. */
  readonly otherCpu: Timing | null;
}

interface Pipes {
  readonly there: [number, number];
  readonly back: [number, number];
}

const wall = monotonicNs;

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

/** The same with another thread that gives the byte back: by wall time and by this thread's CPU time. */
async function together(calls: TimedCalls, { there, back }: Pipes, cpu: number): Promise<[Timing, Timing]> {
  const data: PongData = { cpu, from: there[0], to: back[1], rounds: 2 * (WARM_ROUNDS + ROUNDS * HANDS) };
  const other = new Worker(PONG, { workerData: data });
  await once(other, 'message');
  const byWall = hands(calls, there[1], back[0], wall);
  const byCpu = hands(calls, there[1], back[0], () => threadCpuNs(calls));
  await once(other, 'exit');
  return [byWall, byCpu];
}

const pairOf = (both: Timing, alone: Timing): Timing => share(less(both, share(alone, 1 / 2)), 2);

/** Wall time where two threads take turns on one CPU, since the time belongs to both. */
export async function measureSwitch(calls: TimedCalls): Promise<SwitchCosts> {
  const pipes: Pipes = { there: pipe(calls), back: pipe(calls) };
  const cpu = calls.sched_getcpu();
  const cpus = availableParallelism();
  try {
    if (!pin(calls, cpu)) throw new HostError('system-call', `sched_setaffinity: ${calls.errno()}`);
    const alone = hands(calls, pipes.there[1], pipes.there[0], wall);
    const [both, own] = await together(calls, pipes, cpu);
    const pair = pairOf(both, alone);
    const apart = cpus < 2 ? null : (await together(calls, pipes, (cpu + 1) % cpus))[0];
    return {
      pair,
      // What this thread pays beyond its reads and writes: it wakes once and goes to sleep once a round.
      wake: share(less(own, alone), 2),
      otherCpu: apart === null ? null : less(pairOf(apart, alone), pair),
    };
  } finally {
    pin(calls, null);
    for (const fd of [...pipes.there, ...pipes.back]) calls.close(fd);
  }
}
