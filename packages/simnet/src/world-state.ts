// Everything that a world knows besides its kernels and the running programs, as one tree of plain data: a snapshot is
// a copy of it.

import type { Packet } from '@halfopen/engine';
import { type HostCpus, newHostCpus, newTaskCpu } from './cpu/cpu-state.ts';
import { type EventQueue, newEventQueue } from './event-queue.ts';
import type { LastSent } from './inject.ts';
import { type Instance, instancesOf } from './instances.ts';
import type { LoadPlan } from './load/plan.ts';
import { type LoadState, newLoadState } from './load/state.ts';
import { type NetworkState, newNetwork, type Parcel } from './network.ts';
import type { ProcessState } from './process.ts';
import { newRecorder, type Recorder } from './recorder.ts';
import type { HostResult } from './result.ts';
import type { Scenario } from './scenario.ts';
import { newSequenceTracker, type SequenceTracker } from './sequence-numbers.ts';
import type { SignalTable } from './signal.ts';
import { firstLoadThreads } from './threads.ts';
import { newWaits, type Waits } from './wait-queue.ts';

/** What can happen next. */
export type WorldEvent =
  | { readonly type: 'arrive'; readonly host: number; readonly parcel: Parcel }
  /** A process takes its turn. */
  | { readonly type: 'turn'; readonly process: number }
  /** The wait of a process's call number `call` is over. */
  | { readonly type: 'timeout'; readonly process: number; readonly call: number }
  /** A packet held back by a rule goes on. */
  | { readonly type: 'release'; readonly id: number }
  /** A CPU has done what it was at, unless something interrupted it: then its ticket is another. */
  | { readonly type: 'cpu'; readonly host: number; readonly cpu: number; readonly ticket: number }
  | { readonly type: 'inject'; readonly index: number; readonly n: number }
  | { readonly type: 'change'; readonly index: number }
  | { readonly type: 'signal'; readonly index: number }
  /** An expectation looks at the hosts. */
  | { readonly type: 'probe' };

/** A packet as it passed a host's device, for a capture file. */
export interface CapturedPacket {
  readonly atNs: number;
  readonly host: string;
  readonly direction: 'in' | 'out';
  readonly packet: Packet;
  /** Why it came to nothing, else null. */
  readonly comment: string | null;
}

export interface Probe {
  readonly atNs: number;
  readonly hosts: { readonly [name: string]: HostResult };
}

export interface WorldState {
  nowNs: number;
  /** Events handled so far. */
  steps: number;
  readonly queue: EventQueue<WorldEvent>;
  readonly network: NetworkState;
  readonly tracker: SequenceTracker;
  readonly lastSent: LastSent;
  readonly recorder: Recorder;
  readonly probes: Probe[];
  /** Index in `capture` of the outgoing packet of each segment record, to add a comment when it is lost. */
  readonly capture: { -readonly [K in keyof CapturedPacket]: CapturedPacket[K] }[];
  /** Instances in the order of the document, then threads of workloads. */
  readonly processes: ProcessState[];
  /** By host; null without a CPU model. */
  readonly cpus: (HostCpus | null)[];
  /** Places in `processes` of threads that have ended. */
  readonly freeThreads: number[];
  readonly load: LoadState;
  /** Wait queues and epoll instances by host. */
  readonly waits: Waits[];
  /** What processes have asked for on each host, by task. */
  readonly signals: Map<number, SignalTable>[];
  /** Processes that sleep in a close() with SO_LINGER. */
  readonly lingering: Set<number>;
}

/** Keeps the random streams of processes apart from those of hosts. */
const PROCESS_STREAM = 2048;

/** Asks the kernel of a host for a task; `nofile` null: with its usual limit. */
export type NewTask = (host: number, nofile: number | null) => number;

/** Gives each instance its task. */
function newProcesses(
  scenario: Scenario,
  instances: readonly Instance[],
  history: boolean,
  newTask: NewTask,
): ProcessState[] {
  let task = 0;
  const hasCpus = ({ host }: Instance): boolean => (scenario.hosts[host]?.cpus ?? null) !== null;
  return instances.map((instance, i) => {
    if (!instance.shares) task = newTask(instance.host, null);
    return {
      name: instance.name,
      host: instance.host,
      task,
      startNs: instance.startNs,
      status: 'ready',
      started: false,
      pending: null,
      calls: 0,
      timeoutOf: 0,
      sleepsOn: [],
      wokenNs: null,
      signals: null,
      killedBy: null,
      seed: scenario.seed * 4096 + PROCESS_STREAM + i,
      cpu: hasCpus(instance) ? newTaskCpu(scenario.processes.indexOf(instance.spec)) : null,
      actor: null,
      log: history ? [] : null,
    };
  });
}

export function newWorldState(
  scenario: Scenario,
  plan: LoadPlan,
  history: boolean,
  newTask: NewTask,
): WorldState {
  const queue = newEventQueue<WorldEvent>();
  const instances = instancesOf(scenario);
  const state: WorldState = {
    nowNs: 0,
    steps: 0,
    queue,
    network: newNetwork(scenario),
    tracker: newSequenceTracker(),
    lastSent: new Map(),
    recorder: newRecorder(),
    probes: [],
    capture: [],
    processes: newProcesses(scenario, instances, history, newTask),
    cpus: scenario.hosts.map(({ cpus }) => (cpus === null ? null : newHostCpus(cpus.count))),
    freeThreads: [],
    load: newLoadState(plan, scenario, newTask),
    waits: scenario.hosts.map(newWaits),
    signals: scenario.hosts.map(() => new Map()),
    lingering: new Set(),
  };
  firstLoadThreads(state, plan);
  return state;
}
