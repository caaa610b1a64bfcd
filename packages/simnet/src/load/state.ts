// What workloads know, as plain data of the world, and what their threads may ask of whoever runs them: the simulated
// world, or a process on the real kernel.

import { type RandomState, seedRandom } from '@halfopen/engine';
import type { Actor } from '../actor.ts';
import type { Scenario } from '../scenario.ts';
import { type Ledger, newLedger } from './ledger.ts';
import type { LoadPlan, LoadUnit } from './plan.ts';
import { newPool, type Pool } from './pool.ts';

export interface UnitState {
  readonly ledger: Ledger;
  /** Sessions that have chosen a destination. */
  chosen: number;
  /** By destination. */
  readonly pools: Pool[];
}

export interface WorkloadState {
  /** Index of its host. */
  readonly host: number;
  /** The task whose descriptors its threads share. */
  readonly task: number;
  readonly random: RandomState;
  /** Sessions begun, or connections to be held. */
  begun: number;
}

export interface LoadState {
  readonly workloads: WorkloadState[];
  readonly units: UnitState[];
}

/** Keeps the random streams of workloads apart from those of hosts, links and processes. */
const LOAD_STREAM = 3072;

const newUnit = ({ traffic }: LoadUnit): UnitState => ({
  ledger: newLedger(),
  chosen: 0,
  pools: (traffic?.pool == null ? [] : traffic.to).map(newPool),
});

/** `newTask` asks a host for a task with so many descriptors. */
export function newLoadState(
  plan: LoadPlan,
  { seed, hosts }: Scenario,
  newTask: (host: number, nofile: number) => number,
): LoadState {
  const workloads = plan.workloads.map(({ spec }, i) => {
    const host = hosts.findIndex((h) => h.name === spec.host);
    const random = seedRandom(seed * 4096 + LOAD_STREAM + i);
    return { host, task: newTask(host, spec.nofile), random, begun: 0 };
  });
  return { workloads, units: plan.units.map(newUnit) };
}

export interface LoadEnv {
  readonly plan: LoadPlan;
  readonly load: LoadState;
  readonly nowNs: number;
  /** The thread whose turn it is. */
  readonly self: number;
  /** Starts another thread of the same process. */
  spawn(actor: Actor): void;
  /** Ends the wait of a thread in its futex call. */
  wake(thread: number): void;
  log(text: string): void;
}
