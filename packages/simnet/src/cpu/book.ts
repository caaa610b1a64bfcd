// Books time: what a CPU did since the last look, for whom, and how busy it was.

import type { ProcessState } from '../process.ts';
import type { World } from '../world.ts';
import { accountOf, type Cpu, type HostCpus } from './cpu-state.ts';

/** Intervals into which a run is cut for the series of busy times. */
const INTERVALS = 120;

export const intervalNs = (durationNs: number): number => Math.max(1, Math.ceil(durationNs / INTERVALS));

/** Adds a busy span to the intervals that it touches. */
export function addBusy(busy: number[], interval: number, fromNs: number, untilNs: number): void {
  for (let at = fromNs; at < untilNs; ) {
    const index = Math.floor(at / interval);
    const end = Math.min(untilNs, (index + 1) * interval);
    while (busy.length <= index) busy.push(0);
    busy[index] = (busy[index] as number) + end - at;
    at = end;
  }
}

export const isBusy = (cpu: Cpu): boolean => cpu.doing === 'softirq' || cpu.doing === 'task';

function bookTask(world: World, cpus: HostCpus, cpu: Cpu, ns: number): void {
  const process = world.state.processes[cpu.task] as ProcessState;
  const task = process.cpu;
  if (task === null) return;
  task.leftNs = Math.max(0, task.leftNs - ns);
  const account = accountOf(cpus, task);
  if (task.phase === 'user') {
    cpus.userNs += ns;
    account.userNs += ns;
  } else if (task.phase === 'switch') cpus.switchNs += ns;
  else {
    cpus.systemNs += ns;
    account.systemNs += ns;
  }
}

/** Books what this CPU has done until now. */
export function book(world: World, cpus: HostCpus, cpu: Cpu): void {
  const ns = world.now - cpu.sinceNs;
  if (ns > 0 && isBusy(cpu)) {
    addBusy(cpus.busy, intervalNs(world.scenario.durationNs), cpu.sinceNs, world.now);
    if (cpu.doing === 'softirq') cpus.softirqNs += ns;
    else bookTask(world, cpus, cpu, ns);
  }
  cpu.sinceNs = world.now;
}
