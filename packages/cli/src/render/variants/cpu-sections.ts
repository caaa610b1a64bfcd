// CPUs of the variants over time, one bar each, and where the processes spent their system time: `strace -c` tables with
// a column for each variant.

import type { ProcessRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { hostsWithCpus, means, percent, sparkline } from '../cpus.ts';
import { clip, padEnd, width } from '../text.ts';
import { type Row, row } from './row.ts';
import { sideBySide } from './side-by-side.ts';

interface Named {
  readonly name: string;
  readonly result: RunResult;
}

const PERCENT_COLUMNS = 7;
/** Calls below this share of every variant say nothing. */
const SHARE_MIN = 0.01;

const each = <T>(variants: readonly Named[], of: (result: RunResult) => readonly T[]): T[] => [
  ...new Set(variants.flatMap(({ result }) => of(result))),
];

function bars(host: string, variants: readonly Named[], columns: number): string[] {
  const left = Math.max(...variants.map(({ name }) => width(name))) + 2;
  const cells = columns - left - 2 - PERCENT_COLUMNS;
  return variants.flatMap(({ name, result }) => {
    const cpu = result.hosts[host]?.cpu ?? null;
    if (cpu === null) return [];
    const bar = sparkline(means(cpu.series, result.endedNs, cells));
    return [`${padEnd(name, left)}|${bar}|${percent(cpu.utilisation).padStart(PERCENT_COLUMNS)}`];
  });
}

const systemNs = (process: ProcessRecord | undefined): number =>
  process?.calls.reduce((ns, c) => ns + c.systemNs, 0) ?? 0;

/** `98.9 % 1418 us x 3996`: share of the system time, time a call, calls. */
function cell(process: ProcessRecord | undefined, call: string): string | null {
  const found = process?.calls.find((c) => c.call === call);
  if (found === undefined) return null;
  const all = systemNs(process);
  const us = Math.floor(found.systemNs / Math.max(1, found.calls) / 1000);
  return `${percent(all === 0 ? 0 : found.systemNs / all)} ${us} us x ${found.calls}`;
}

function callRows(host: string, name: string, variants: readonly Named[], m: Messages): Row[] {
  const records = variants.map(({ result }) => result.hosts[host]?.processes.find((p) => p.name === name));
  const calls = [...new Set(records.flatMap((p) => p?.calls.map((c) => c.call) ?? []))];
  const share = (call: string): number =>
    Math.max(
      ...records.map(
        (p) => (p?.calls.find((c) => c.call === call)?.systemNs ?? 0) / Math.max(1, systemNs(p)),
      ),
    );
  const rows = calls
    .filter((call) => share(call) >= SHARE_MIN)
    .map((call) =>
      row(
        call,
        records.map((p) => cell(p, call)),
      ),
    );
  const seconds = records.map((p) => (p === undefined ? null : `${(systemNs(p) / 1e9).toFixed(3)} s`));
  return rows.length === 0 ? [] : [...rows, row(m.variants.systemTime, seconds)];
}

/** For each host with CPUs its bars, then a table for each of its processes. */
export function cpuSections(
  variants: readonly Named[],
  columns: number,
  m: Messages,
): { readonly head: string; readonly lines: readonly string[] }[] {
  const names = variants.map(({ name }) => name);
  return each(variants, hostsWithCpus).flatMap((host) => {
    const processes = each(variants, (result) => result.hosts[host]?.processes.map((p) => p.name) ?? []);
    const tables = processes.flatMap((name) => {
      const rows = callRows(host, name, variants, m);
      const lines = sideBySide(names, rows, columns).flatMap((part) => [...part.heads, ...part.rows]);
      return rows.length === 0 ? [] : [{ head: m.variants.strace(host, name), lines }];
    });
    return [
      { head: clip(m.variants.cpuOver(host), columns), lines: bars(host, variants, columns) },
      ...tables,
    ];
  });
}
