// What each workload did: how many requests, how they failed, how long they took, and how that went over time.

import type { RunResult, WorkloadRecord } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { duration } from './duration.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { clip, padEnd, wrap } from './text.ts';

/** Heights of a bar, one character each. */
const BARS = ' .:-=+*#%@';
const LABEL = 11;

const failures = (w: WorkloadRecord): number => Object.values(w.failed).reduce((a, b) => a + b, 0);

function counts(workloads: readonly WorkloadRecord[], columns: number, m: Messages): string[] {
  const head = m.workloads.columns;
  const heads = [
    { head: head.name },
    { head: head.host },
    { head: head.connected, align: 'right' },
    { head: head.started, align: 'right' },
    { head: head.completed, align: 'right' },
    { head: head.failed, align: 'right' },
  ] as const;
  const rows = workloads.map((w) => [
    clip(w.name, 24),
    clip(w.host, 14),
    String(w.connected),
    String(w.started),
    String(w.completed),
    String(failures(w)),
  ]);
  return table(heads, rows, columns);
}

/** Nothing was asked: what a request took is what its connect() took. */
const onlyConnects = ({ connect, request }: WorkloadRecord): boolean =>
  connect.count === request.count && connect.max === request.max && connect.mean === request.mean;

function latencies(workloads: readonly WorkloadRecord[], columns: number, m: Messages): string[] {
  const heads = [
    { head: m.workloads.columns.latency },
    ...['p50', 'p90', 'p99', 'p99.9', 'max'].map((head) => ({ head, align: 'right' as const })),
  ];
  const rows = workloads.flatMap((w) =>
    (['connect', 'request'] as const).flatMap((of) => {
      const h = w[of];
      if (h.count === 0 || (of === 'request' && (h.max === 0 || onlyConnects(w)))) return [];
      const times = [h.p50, h.p90, h.p99, h.p999, h.max].map(duration);
      return [[`${clip(w.name, 24)} ${of === 'connect' ? 'connect()' : m.workloads.request}`, ...times]];
    }),
  );
  return rows.length === 0 ? [] : table(heads, rows, columns);
}

/** Numbers as characters, the highest as `@`; what is above 0 is never blank. */
function bars(values: readonly number[]): string {
  const most = Math.max(...values);
  return values
    .map((v) => (v <= 0 ? ' ' : (BARS[Math.max(1, Math.round((v / most) * (BARS.length - 1)))] as string)))
    .join('');
}

/** The greatest of the values that fall into each of `cells` spans. */
function squeeze(values: readonly number[], all: number, cells: number): number[] {
  const out = new Array<number>(Math.min(cells, all)).fill(0);
  values.forEach((value, i) => {
    const cell = Math.floor((i / all) * out.length);
    out[cell] = Math.max(out[cell] as number, value);
  });
  return out;
}

/** Fewer intervals with anything in them are no course of time. */
const INTERVALS_MIN = 4;

/** Of those that connect: what a server did is what its clients saw. */
const hasCourse = (w: WorkloadRecord): boolean =>
  w.connect.count + failures(w) > 0 && w.series.filter((s) => s.started > 0).length >= INTERVALS_MIN;

/** A line each: how many were done, the greatest latency, and the failures, over the run. */
function overTime(w: WorkloadRecord, { endedNs }: RunResult, columns: number, m: Messages): string[] {
  const cells = columns - LABEL - 12;
  const intervals = Math.max(w.series.length, Math.ceil(endedNs / w.intervalNs));
  const line = (label: string, values: readonly number[], most: string): string[] =>
    Math.max(0, ...values) === 0
      ? []
      : [`${padEnd(label, LABEL)}|${bars(squeeze(values, intervals, cells))}| ${most}`];
  const max = w.series.map((s) => s.maxNs);
  const failed = w.series.map((s) => s.failed);
  const done = w.series.map((s) => s.completed);
  return [
    ...line(m.workloads.completedRow, done, String(Math.max(0, ...done))),
    ...line(m.workloads.latencyRow, max, duration(Math.max(0, ...max))),
    ...line(m.workloads.failedRow, failed, String(Math.max(0, ...failed))),
  ];
}

function errnos(w: WorkloadRecord, columns: number, m: Messages): string[] {
  const all = Object.entries(w.failed).map(([errno, n]) => `${errno} ${n}`);
  return all.length === 0 ? [] : wrap(m.workloads.failedWith(w.name, all.join(', ')), columns, '  ');
}

/** The section about workloads; empty when the scenario has none. */
export function workloadLines(result: RunResult, columns: number, m: Messages, paint: Paint): string[] {
  const { workloads } = result;
  if (workloads.length === 0) return [];
  const [head, ...rows] = counts(workloads, columns, m);
  const [latencyHead, ...latencyRows] = latencies(workloads, columns, m);
  const charts = workloads
    .filter(hasCourse)
    .flatMap((w) => [
      paint.dim(clip(m.workloads.overTime(w.name), columns)),
      ...overTime(w, result, columns, m),
    ]);
  return [
    paint.dim(head as string),
    ...rows,
    ...workloads.flatMap((w) => errnos(w, columns, m)).map(paint.bad),
    ...(latencyHead === undefined ? [] : [paint.dim(latencyHead), ...latencyRows]),
    ...charts,
  ];
}
