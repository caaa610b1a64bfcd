// A CPU has done what it was at: what comes of it, and what it does next. Softirq first, then its task, then the task
// that has waited longest.

import type { Host } from '../host.ts';
import type { World } from '../world.ts';
import { book } from './book.ts';
import type { Cpu, TaskPhase } from './cpu-state.ts';
import { cpusOf, goIdle, preempt, runTask, sliceIsOver, takeNext, taskOf } from './scheduler.ts';
import { beginSoftirq, finishSoftirq, tasksFirst } from './softirq.ts';
import { enterCall, finishCall, finishCompute, finishExit, goOnFromSwitch, standStill } from './task-turn.ts';

/** Handles the end of what a CPU was at, unless it was interrupted meanwhile. */
export function cpuEvent(
  world: World,
  hostIndex: number,
  cpuIndex: number,
  ticket: number,
): true | Promise<void> {
  const host = world.hosts[hostIndex] as Host;
  const cpus = cpusOf(world, hostIndex);
  const cpu = cpus.cpus[cpuIndex] as Cpu;
  if (cpu.ticket !== ticket) return true;
  book(world, cpus, cpu);
  const { doing } = cpu;
  cpu.doing = 'between';
  if (doing === 'softirq') {
    // A CPU with nothing else to do may take the task that its softirq wakes.
    if (cpu.task < 0 && cpu.softirq.length === 0 && cpus.runQueue.length === 0) goIdle(world, cpu);
    finishSoftirq(world, host, cpu);
  }
  return goOn(world, host, cpu);
}

/** What a CPU that has just finished something does next. */
function goOn(world: World, host: Host, cpu: Cpu): true | Promise<void> {
  if (cpu.doing !== 'between') return true;
  if (cpu.softirq.length > 0 && !tasksFirst(world, host.index, cpu)) {
    beginSoftirq(world, host, cpu);
    return true;
  }
  if (cpu.softirq.length === 0) cpu.softirqSinceNs = -1;
  if (cpu.task < 0) {
    takeNext(world, host.index, cpu);
    return true;
  }
  const task = taskOf(world, cpu.task);
  if (task.leftNs === 0) return finishPhase(world, host, cpu, task.phase);
  if (sliceIsOver(world, host.index, cpu)) {
    preempt(world, host.index, cpu);
    takeNext(world, host.index, cpu);
  } else runTask(world, host.index, cpu);
  return true;
}

/** The task of a CPU has spent the time of its phase. */
function finishPhase(world: World, host: Host, cpu: Cpu, phase: TaskPhase): true | Promise<void> {
  if (phase === 'enter' && sliceIsOver(world, host.index, cpu)) {
    preempt(world, host.index, cpu);
    takeNext(world, host.index, cpu);
    return true;
  }
  if (phase === 'enter' && standStill(world, host, cpu)) return goOn(world, host, cpu);
  const work = finish(world, host, cpu, phase);
  if (work === true) return goOn(world, host, cpu);
  return work.then(() => {
    const more = goOn(world, host, cpu);
    return more === true ? undefined : more;
  });
}

function finish(world: World, host: Host, cpu: Cpu, phase: TaskPhase): true | Promise<void> {
  switch (phase) {
    case 'switch':
      return goOnFromSwitch(world, cpu.task);
    case 'enter':
      return enterCall(world, host, cpu.task);
    case 'user':
      return finishCompute(world, host, cpu.task);
    case 'system':
      return finishCall(world, host, cpu);
    case 'exit':
      return finishExit(world, host, cpu);
  }
}
