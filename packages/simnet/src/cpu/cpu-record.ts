// What the CPUs of a host did, for the record of a run. Looking changes nothing: work under way is added up to now.

import { summarise } from '../histogram.ts';
import type { Host } from '../host.ts';
import type { CallRecord, CpuRecord, ProcessRecord } from '../result.ts';
import type { CpusSpec } from '../scenario.ts';
import type { World } from '../world.ts';
import { addBusy, intervalNs, isBusy } from './book.ts';
import { declarationOfWorkload, type HostCpus, type TaskAccount } from './cpu-state.ts';

interface Totals {
  userNs: number;
  systemNs: number;
  softirqNs: number;
  switchNs: number;
  busy: number[];
}

/** Totals with what the CPUs have done since the last booking. */
function totals(world: World, cpus: HostCpus): Totals {
  const { userNs, systemNs, softirqNs, switchNs } = cpus;
  const out: Totals = { userNs, systemNs, softirqNs, switchNs, busy: [...cpus.busy] };
  for (const cpu of cpus.cpus) {
    const ns = world.now - cpu.sinceNs;
    if (ns <= 0 || !isBusy(cpu)) continue;
    addBusy(out.busy, intervalNs(world.scenario.durationNs), cpu.sinceNs, world.now);
    const phase = world.state.processes[cpu.task]?.cpu?.phase;
    if (cpu.doing === 'softirq') out.softirqNs += ns;
    else if (phase === 'user') out.userNs += ns;
    else if (phase === 'switch') out.switchNs += ns;
    else out.systemNs += ns;
  }
  return out;
}

const share = (part: number, whole: number): number =>
  whole <= 0 ? 0 : Math.round((part / whole) * 1e6) / 1e6;

/** Start of each interval and how busy the CPUs were in it; the last one may be cut short by the end. */
function series(busy: readonly number[], interval: number, cpus: number, nowNs: number): [number, number][] {
  const count = Math.ceil(nowNs / interval);
  return Array.from({ length: count }, (_, i) => {
    const lastsNs = Math.min(nowNs, (i + 1) * interval) - i * interval;
    return [i * interval, share(busy[i] ?? 0, lastsNs * cpus)];
  });
}

/** null on a host without a CPU model. */
export function cpuRecord(world: World, host: Host): CpuRecord | null {
  const cpus = world.state.cpus[host.index] ?? null;
  if (cpus === null) return null;
  const spec = host.spec.cpus as CpusSpec;
  const { busy, userNs, systemNs, softirqNs, switchNs } = totals(world, cpus);
  return {
    cpus: spec.count,
    costs: spec.costs.name,
    userNs,
    systemNs,
    softirqNs,
    switchNs,
    utilisation: share(userNs + systemNs + softirqNs + switchNs, spec.count * world.now),
    series: series(busy, intervalNs(world.scenario.durationNs), spec.count, world.now),
    voluntarySwitches: cpus.voluntary,
    involuntarySwitches: cpus.involuntary,
    runQueueDelay: summarise(cpus.delay),
    backlogDrops: cpus.dropped,
  };
}

const byTime = (a: CallRecord, b: CallRecord): number =>
  b.systemNs - a.systemNs || b.calls - a.calls || (a.call < b.call ? -1 : 1);

const processRecord = (name: string, processes: number, account: TaskAccount): ProcessRecord => ({
  name,
  processes,
  userNs: account.userNs,
  systemNs: account.systemNs,
  voluntarySwitches: account.voluntary,
  involuntarySwitches: account.involuntary,
  runQueueDelayNs: account.runQueueDelayNs,
  calls: [...account.calls].map(([call, sums]) => ({ call, ...sums })).sort(byTime),
});

/**
 * One for each declaration of processes that ran, then one for each workload, in the order of the scenario; empty without
 * a CPU model.
 */
export function processRecords(world: World, host: Host): ProcessRecord[] {
  const cpus = world.state.cpus[host.index] ?? null;
  if (cpus === null) return [];
  const { processes, workloads } = world.scenario;
  const declared = processes.flatMap((spec, declaration) => {
    const account = cpus.accounts.get(declaration);
    const count = world.instances.filter((instance) => instance.spec === spec).length;
    return account === undefined ? [] : [processRecord(spec.name, count, account)];
  });
  const loads = workloads.flatMap(({ name }, workload) => {
    const account = cpus.accounts.get(declarationOfWorkload(workload));
    return account === undefined ? [] : [processRecord(name, 1, account)];
  });
  return [...declared, ...loads];
}
