// Threads of workloads in the simulated world: how they begin, end, wake each other, and stand still.

import type { Actor } from './actor.ts';
import { declarationOfWorkload, newTaskCpu } from './cpu/cpu-state.ts';
import { enqueue } from './event-queue.ts';
import { runnableAt } from './load/pauses.ts';
import type { LoadPlan } from './load/plan.ts';
import { setupThread } from './load/serve-threads.ts';
import type { LoadEnv, LoadState, WorkloadState } from './load/state.ts';
import { firstThreads } from './load/threads.ts';
import type { ProcessState } from './process.ts';
import { wakeProcess, waker } from './wake.ts';
import type { World } from './world.ts';
import type { WorldState } from './world-state.ts';

/** A thread's place among the processes; that of one that has ended is used again. */
function newThread(state: WorldState, plan: LoadPlan, actor: Actor, startNs: number): number {
  const { host, task } = state.load.workloads[actor.workload] as WorkloadState;
  const index = state.freeThreads.pop() ?? state.processes.length;
  const thread: ProcessState = {
    name: (plan.workloads[actor.workload] as LoadPlan['workloads'][number]).spec.name,
    host,
    task,
    startNs,
    status: 'ready',
    started: false,
    pending: null,
    // Goes on counting, so that a time-out of the thread before it is not taken for one of its own.
    calls: state.processes[index]?.calls ?? 0,
    timeoutOf: 0,
    sleepsOn: [],
    wokenNs: null,
    signals: null,
    killedBy: null,
    seed: 0,
    cpu: state.cpus[host] == null ? null : newTaskCpu(declarationOfWorkload(actor.workload)),
    actor,
    log: null,
  };
  state.processes[index] = thread;
  return index;
}

/** The threads that a workload begins with. */
export function firstLoadActors(plan: LoadPlan, workload: number): Actor[] {
  const { spec } = plan.workloads[workload] as LoadPlan['workloads'][number];
  return spec.kind === 'serve' ? [setupThread(workload)] : firstThreads(workload, spec);
}

/** The threads that all workloads begin with. */
export function firstLoadThreads(state: WorldState, plan: LoadPlan): void {
  for (const [workload, { spec }] of plan.workloads.entries()) {
    for (const actor of firstLoadActors(plan, workload)) newThread(state, plan, actor, spec.startNs);
  }
}

/** A thread has ended; its process stays, with what it holds open. */
export function endThread(world: World, index: number): void {
  (world.state.processes[index] as ProcessState).status = 'done';
  world.state.freeThreads.push(index);
}

/** When a thread may run, ns: now, unless its process stands still. */
export function mayRunAt(world: World, { workload }: Actor): number {
  const { spec } = world.plan.workloads[workload] as LoadPlan['workloads'][number];
  return runnableAt(spec.pauses, spec.startNs, world.now);
}

/** What threads ask of the world. */
export class WorldLoadEnv implements LoadEnv {
  readonly plan: LoadPlan;
  private readonly world: World;
  self = 0;

  constructor(world: World) {
    this.world = world;
    this.plan = world.plan;
  }

  get load(): LoadState {
    return this.world.state.load;
  }

  get nowNs(): number {
    return this.world.state.nowNs;
  }

  spawn(actor: Actor): void {
    const { state } = this.world;
    const index = newThread(state, this.plan, actor, state.nowNs);
    enqueue(state.queue, state.nowNs, { type: 'turn', process: index });
  }

  wake(thread: number): void {
    const pending = this.world.state.processes[thread]?.pending;
    if (pending?.call.name !== 'futex') return;
    pending.woken = true;
    wakeProcess(this.world, thread, waker('call'));
  }

  log(text: string): void {
    const { name, host } = this.world.state.processes[this.self] as ProcessState;
    this.world.log(this.world.scenario.hosts[host]?.name ?? '', name, text);
  }
}
