// Rows about volume: what workloads got done, and what it cost the CPUs. Of such runs only samples of connects and
// packets are at hand, which these numbers stand for.

import type { CpuRecord, HostResult, RunResult, WorkloadRecord } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { hostsWithCpus, messagesOf, percent } from '../cpus.ts';
import { duration } from '../duration.ts';
import { type Row, row } from './row.ts';

type Runs = readonly RunResult[];
type Cell = string | null;

/** Whether the lists of connects and packets are samples. */
export const isSampled = (runs: Runs): boolean => runs.some((run) => run.workloads.length > 0);

/** Each once, in the order of their first occurrence. */
const names = (runs: Runs, of: (run: RunResult) => readonly string[]): string[] => [
  ...new Set(runs.flatMap(of)),
];

const failures = (w: WorkloadRecord): number => Object.values(w.failed).reduce((a, b) => a + b, 0);
const perSecond = (count: number, ns: number): string => String(Math.round((count * 1e9) / ns));

/** Those who ask; what their servers counted is the same seen from the other side. */
const asks = (w: WorkloadRecord): boolean => w.connect.count > 0 || failures(w) > 0;

/** Errnos of a workload in any of the runs. */
const errnos = (runs: Runs, name: string): string[] =>
  names(runs, (run) => run.workloads.flatMap((w) => (w.name === name ? Object.keys(w.failed) : [])));

export function workloadRows(runs: Runs, m: Messages): Row[] {
  const v = m.variants;
  return names(runs, (run) => run.workloads.filter(asks).map((w) => w.name)).flatMap((name) => {
    const cells = (of: (w: WorkloadRecord, run: RunResult) => Cell): Cell[] =>
      runs.map((run) => {
        const found = run.workloads.find((w) => w.name === name);
        return found === undefined ? null : of(found, run);
      });
    const latency = (statistic: 'p50' | 'p99' | 'max', label: string): Row =>
      row(
        `${name}: ${v.requestLatency(label)}`,
        cells((w) => (w.request.count === 0 ? null : duration(w.request[statistic]))),
      );
    return [
      row(
        v.perSecond(name),
        cells((w, run) => perSecond(w.completed, run.endedNs)),
      ),
      row(
        `${name}: ${v.failedAll}`,
        cells((w) => String(failures(w))),
        true,
      ),
      ...errnos(runs, name).map((errno) =>
        row(
          `${name}: ${v.failed(errno)}`,
          cells((w) => String(w.failed[errno] ?? 0)),
        ),
      ),
      ...(['p50', 'p99'] as const).map((statistic) =>
        row(
          `${name}: ${v.connectLatency(statistic)}`,
          cells((w) => (w.connect.count === 0 ? null : duration(w.connect[statistic]))),
        ),
      ),
      latency('p50', 'p50'),
      latency('p99', 'p99'),
      latency('max', v.max),
    ];
  });
}

type Host = HostResult & { readonly cpu: CpuRecord };

const spentNs = ({ cpu }: Host): number => cpu.userNs + cpu.systemNs + cpu.softirqNs + cpu.switchNs;
const switches = ({ cpu }: Host): number => cpu.voluntarySwitches + cpu.involuntarySwitches;

export function cpuRows(runs: Runs, m: Messages): Row[] {
  const v = m.variants;
  return names(runs, hostsWithCpus).flatMap((name) => {
    const cells = (of: (host: Host) => Cell): Cell[] =>
      runs.map((run) => {
        const host = run.hosts[name];
        return host == null || host.cpu === null ? null : of({ ...host, cpu: host.cpu });
      });
    const each = (of: (host: Host) => number, text: (value: number) => string): Cell[] =>
      cells((host) => {
        const messages = messagesOf(host.processes);
        return messages === 0 ? null : text(of(host) / messages);
      });
    return [
      row(
        v.busy(name),
        cells(({ cpu }) => percent(cpu.utilisation)),
      ),
      row(
        v.runQueue(name),
        cells(({ cpu }) => duration(cpu.runQueueDelay.p99)),
      ),
      row(
        v.cpuEach(name),
        each(spentNs, (ns) => duration(Math.round(ns))),
      ),
      row(
        v.switchesEach(name),
        each(switches, (n) => n.toFixed(3)),
      ),
    ];
  });
}
