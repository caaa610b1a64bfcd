// Which task has which CPU. A host has one run queue, first in first out; a task that was woken takes an idle CPU at
// once, the one it was on before if that is idle. Softirq comes before tasks. What a CPU does ends with an event in the
// world's queue, unless something interrupts it.
//
// @kernel select_idle_sibling kernel/sched/fair.c v6.18 simplified: the CPU before, else the first idle one
// @kernel wakeup_preempt kernel/sched/core.c v6.18 simplified: only a task whose slice is used up gives way

import { enqueue } from '../event-queue.ts';
import { addTo } from '../histogram.ts';
import { noteOut } from '../note-sleep.ts';
import type { ProcessState } from '../process.ts';
import type { World } from '../world.ts';
import { book } from './book.ts';
import type { Costs } from './costs.ts';
import { accountOf, type Cpu, type HostCpus, type TaskCpu } from './cpu-state.ts';
import { baseSlice, sliceEnd } from './slice.ts';

export const cpusOf = (world: World, host: number): HostCpus => world.state.cpus[host] as HostCpus;

export const costsOf = (world: World, host: number): Costs => {
  const { cpus } = world.scenario.hosts[host] as World['scenario']['hosts'][number];
  if (cpus === null) throw new Error('a host without CPUs has no costs');
  return cpus.costs.costs;
};

export const taskOf = (world: World, process: number): TaskCpu =>
  (world.state.processes[process] as ProcessState).cpu as TaskCpu;

/** The CPU is at this for `ns` from now on; an event tells when it ends. */
export function occupy(world: World, host: number, cpu: Cpu, doing: Cpu['doing'], ns: number): void {
  const index = cpusOf(world, host).cpus.indexOf(cpu);
  cpu.doing = doing;
  cpu.sinceNs = world.now;
  cpu.endNs = world.now + ns;
  cpu.ticket++;
  enqueue(world.state.queue, cpu.endNs, { type: 'cpu', host, cpu: index, ticket: cpu.ticket });
}

export function goIdle(world: World, cpu: Cpu): void {
  cpu.doing = 'idle';
  cpu.sinceNs = world.now;
  cpu.endNs = Number.POSITIVE_INFINITY;
  cpu.softirqSinceNs = -1;
  cpu.ticket++;
}

/** Its task must make room: others wait, and its slice is over. */
export function sliceIsOver(world: World, host: number, cpu: Cpu): boolean {
  const { runQueue, cpus } = cpusOf(world, host);
  return runQueue.length > 0 && world.now >= sliceEnd(costsOf(world, host), cpus.length, cpu.sliceStartNs);
}

/** Lets the task of this CPU go on with what it is at, no longer than its slice allows while others wait. */
export function runTask(world: World, host: number, cpu: Cpu): void {
  const { runQueue, cpus } = cpusOf(world, host);
  const task = taskOf(world, cpu.task);
  const endsNs = sliceEnd(costsOf(world, host), cpus.length, cpu.sliceStartNs);
  const mayNs = runQueue.length > 0 ? Math.max(0, endsNs - world.now) : Number.POSITIVE_INFINITY;
  occupy(world, host, cpu, 'task', Math.min(task.leftNs, mayNs));
}

/** Gives this CPU to the task that has waited longest; without one it idles. */
export function takeNext(world: World, host: number, cpu: Cpu): void {
  const next = cpusOf(world, host).runQueue.shift();
  if (next === undefined) goIdle(world, cpu);
  else switchIn(world, host, cpu, next);
}

/** @kernel __schedule kernel/sched/core.c v6.18: the time from ready to running is run-queue delay (sched_info_arrive) */
function switchIn(world: World, host: number, cpu: Cpu, process: number): void {
  const cpus = cpusOf(world, host);
  const costs = costsOf(world, host);
  const task = taskOf(world, process);
  const delayNs = world.now - task.readySinceNs;
  addTo(cpus.delay, delayNs);
  accountOf(cpus, task).runQueueDelayNs += delayNs;
  const index = cpus.cpus.indexOf(cpu);
  const isCold = cpu.lastTask !== process || task.last !== index;
  const pays =
    (task.slept ? costs.wake : 0) + costs.switch + (isCold && cpu.lastTask !== -1 ? costs.cold : 0);
  task.phase = 'switch';
  task.leftNs = pays;
  task.on = index;
  task.last = index;
  task.slept = false;
  cpu.task = process;
  cpu.lastTask = process;
  cpu.sliceStartNs = world.now;
  runTask(world, host, cpu);
}

/** Takes the CPU from its task; the task waits with those that are ready. */
export function preempt(world: World, host: number, cpu: Cpu): void {
  const cpus = cpusOf(world, host);
  const task = taskOf(world, cpu.task);
  cpus.involuntary++;
  accountOf(cpus, task).involuntary++;
  if (task.phase !== 'switch') task.interrupted = { phase: task.phase, leftNs: task.leftNs };
  task.on = -1;
  task.readySinceNs = world.now;
  noteOut(world, cpu.task, false, cpus.runQueue[0]);
  cpus.runQueue.push(cpu.task);
  cpu.task = -1;
}

/** The task of this CPU sleeps or is over. */
export function leaveCpu(world: World, host: number, cpu: Cpu, sleeps: boolean): void {
  const cpus = cpusOf(world, host);
  const task = taskOf(world, cpu.task);
  task.on = -1;
  task.slept = sleeps;
  if (sleeps) {
    cpus.voluntary++;
    accountOf(cpus, task).voluntary++;
    noteOut(world, cpu.task, true, cpus.runQueue[0]);
  }
  cpu.task = -1;
}

/** A task that computes stops at once, wherever it stands: it is to end. */
export function cutShort(world: World, process: number): void {
  const state = world.state.processes[process] as ProcessState;
  const task = state.cpu;
  if (task === null) return;
  if (task.interrupted?.phase === 'user') task.interrupted = { phase: 'user', leftNs: 0 };
  if (task.phase !== 'user' || task.on < 0) return;
  const cpus = cpusOf(world, state.host);
  const cpu = cpus.cpus[task.on] as Cpu;
  if (cpu.doing === 'task') book(world, cpus, cpu);
  task.leftNs = 0;
  if (cpu.doing === 'task') runTask(world, state.host, cpu);
}

/** A task is ready; `from` is the CPU that says so, -1 when none does. */
export function makeRunnable(world: World, host: number, process: number, from: number): void {
  const cpus = cpusOf(world, host);
  const task = taskOf(world, process);
  // It was on its way to sleep, on a CPU or preempted: it finds itself woken when it looks.
  // @kernel ttwu_runnable kernel/sched/core.c v6.18
  if (task.on >= 0 || task.interrupted?.phase === 'system') return;
  task.readySinceNs = world.now;
  cpus.runQueue.push(process);
  const before = cpus.cpus[task.last] as Cpu;
  const idle = before.doing === 'idle' ? before : cpus.cpus.find((cpu) => cpu.doing === 'idle');
  if (idle !== undefined) {
    const index = cpus.cpus.indexOf(idle);
    if (from >= 0 && index !== from) occupy(world, host, idle, 'waking', costsOf(world, host).idleWake);
    else takeNext(world, host, idle);
    return;
  }
  makeRoom(world, host);
}

/** The task that has run longest gives way now if its slice is used up, else at the tick after. */
function makeRoom(world: World, host: number): void {
  const cpus = cpusOf(world, host);
  const costs = costsOf(world, host);
  const slice = baseSlice(costs, cpus.cpus.length);
  const over = cpus.cpus.find((cpu) => cpu.doing === 'task' && world.now >= cpu.sliceStartNs + slice);
  if (over !== undefined) {
    book(world, cpus, over);
    preempt(world, host, over);
    takeNext(world, host, over);
    return;
  }
  for (const cpu of cpus.cpus) {
    if (cpu.doing !== 'task' || cpu.endNs <= sliceEnd(costs, cpus.cpus.length, cpu.sliceStartNs)) continue;
    book(world, cpus, cpu);
    runTask(world, host, cpu);
  }
}
