// Rows about workloads and CPUs: what a run at volume is compared by, since of its connections only some are kept.

import { formatShare, type HistogramRecord, type RunResult, type WorkloadRecord } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { duration } from '../duration.ts';
import { type Row, row } from './row.ts';

type Runs = readonly RunResult[];
type Cell = string | null;

/** Each once, in the order of their first occurrence. */
const names = (runs: Runs, of: (run: RunResult) => readonly string[]): string[] => [
  ...new Set(runs.flatMap(of)),
];

const failures = (w: WorkloadRecord): number => Object.values(w.failed).reduce((a, b) => a + b, 0);

export const hasWorkloads = (runs: Runs): boolean => runs.some((run) => run.workloads.length > 0);

/** Requests and their times. A server saw what its clients did, so it has no rows; nor has what only connects. */
function workload(runs: Runs, name: string, m: Messages): Row[] {
  const records = runs.map((run) => run.workloads.find((w) => w.name === name));
  const cells = (of: (w: WorkloadRecord) => Cell): Cell[] =>
    records.map((w) => (w === undefined ? null : of(w)));
  const time = (h: HistogramRecord, of: 'p50' | 'p99'): Cell => (h.count === 0 ? null : duration(h[of]));
  const times = (of: 'connect' | 'request'): Row[] =>
    (['p50', 'p99'] as const).map((rank) =>
      row(
        of === 'connect' ? m.variants.workloadConnect(name, rank) : m.variants.workloadRequest(name, rank),
        cells((w) => time(w[of], rank)),
      ),
    );
  const errnos = names(runs, (run) =>
    run.workloads.flatMap((w) => (w.name === name ? Object.keys(w.failed) : [])),
  );
  return [
    row(
      m.variants.completed(name),
      cells((w) => String(w.completed)),
    ),
    row(
      m.variants.workloadFailed(name),
      cells((w) => String(failures(w))),
      true,
    ),
    ...errnos.map((errno) =>
      row(
        m.variants.workloadErrno(name, errno),
        cells((w) => String(w.failed[errno] ?? 0)),
      ),
    ),
    ...times('connect'),
    ...times('request'),
  ];
}

/** Those that make connections and ask something over them. */
const asks = (w: WorkloadRecord): boolean => w.connected > 0 && w.request.max > w.connect.max;

export function workloadRows(runs: Runs, m: Messages): Row[] {
  return names(runs, (run) => run.workloads.filter(asks).map((w) => w.name)).flatMap((name) =>
    workload(runs, name, m),
  );
}

export function cpuRows(runs: Runs, m: Messages): Row[] {
  const hosts = names(runs, (run) =>
    Object.entries(run.hosts).flatMap(([name, host]) => (host.cpu === null ? [] : [name])),
  );
  return hosts.flatMap((host) => {
    const cpus = runs.map((run) => run.hosts[host]?.cpu ?? null);
    const cells = (of: (cpu: NonNullable<(typeof cpus)[number]>) => string): Cell[] =>
      cpus.map((cpu) => (cpu === null ? null : of(cpu)));
    return [
      row(
        m.variants.busy(host),
        cells((cpu) => formatShare(Math.round(cpu.utilisation * 1000) / 1000)),
        true,
      ),
      row(
        m.variants.runQueue(host),
        cells((cpu) => duration(cpu.runQueueDelay.p99)),
      ),
      row(
        m.variants.switches(host),
        cells((cpu) => String(cpu.voluntarySwitches + cpu.involuntarySwitches)),
      ),
    ];
  });
}
