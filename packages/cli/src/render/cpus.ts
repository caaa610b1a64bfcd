// The CPUs of a host: how busy over time, switches, how long tasks waited, and a table for each group of processes as
// `strace -c -p` prints it.

import {
  type CpuRecord,
  formatShare,
  type HostResult,
  type ProcessRecord,
  type RunResult,
} from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { duration } from './duration.ts';
import type { Paint } from './paint.ts';
import { clip, padEnd } from './text.ts';

const BARS = ' \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588';

/** Mean of the series in each of `cells` equal spans. */
export function means(series: CpuRecord['series'], endNs: number, cells: number): number[] {
  return Array.from({ length: cells }, (_, cell) => {
    const fromNs = (cell * endNs) / cells;
    const toNs = ((cell + 1) * endNs) / cells;
    let sum = 0;
    series.forEach(([startNs, share], i) => {
      const ns = Math.min(series[i + 1]?.[0] ?? endNs, toNs) - Math.max(startNs, fromNs);
      if (ns > 0) sum += ns * share;
    });
    return sum / (toNs - fromNs);
  });
}

/** One bar a value from 0 to 1; anything above 0 shows. */
export const sparkline = (values: readonly number[]): string =>
  values.map((v) => BARS[v <= 0 ? 0 : Math.min(8, Math.max(1, Math.round(v * 8)))]).join('');

/** Names of the hosts that have a CPU model. */
export const hostsWithCpus = ({ hosts }: RunResult): string[] =>
  Object.entries(hosts).flatMap(([name, { cpu }]) => (cpu === null ? [] : [name]));

export const percent = (share: number): string => formatShare(Math.round(share * 1000) / 1000);

/** A message is a send() that succeeded. */
export const messagesOf = (processes: readonly ProcessRecord[]): number =>
  processes.flatMap((p) => p.calls).reduce((n, c) => (c.call === 'sendto' ? n + c.calls - c.errors : n), 0);

/** Lines about the CPUs themselves. */
function cpuLines(
  host: HostResult & { readonly cpu: CpuRecord },
  endedNs: number,
  columns: number,
  m: Messages,
): string[] {
  const { cpu, processes } = host;
  const whole = Math.max(1, cpu.cpus * endedNs);
  const parts = m.cpu.parts(
    percent(cpu.userNs / whole),
    percent(cpu.systemNs / whole),
    percent(cpu.softirqNs / whole),
    percent(cpu.switchNs / whole),
  );
  const cells = columns - 2;
  const delay = cpu.runQueueDelay;
  const switches = cpu.voluntarySwitches + cpu.involuntarySwitches;
  const messages = messagesOf(processes);
  const each = messages === 0 ? null : (switches / messages).toFixed(2);
  const lines = [
    m.cpu.mean(percent(cpu.utilisation), parts),
    `|${sparkline(means(cpu.series, endedNs, cells))}|`,
    m.cpu.scale(duration(endedNs / cells)),
    m.cpu.switches(cpu.voluntarySwitches, cpu.involuntarySwitches, each),
  ];
  if (delay.count > 0) lines.push(m.cpu.delay(duration(delay.p50), duration(delay.p99), duration(delay.max)));
  if (cpu.backlogDrops > 0) lines.push(m.cpu.backlogDrops(cpu.backlogDrops));
  return lines.map((line) => clip(line, columns));
}

const HEAD = '% time     seconds  usecs/call     calls    errors syscall';
const RULE = '------ ----------- ----------- --------- --------- ----------------';

const seconds = (ns: number): string => (ns / 1e9).toFixed(6).padStart(11);
const none = (n: number): string => (n === 0 ? '' : String(n)).padStart(9);

/** As `strace -c` prints it, the system call with the most time first. */
export function straceLines({ calls }: ProcessRecord): string[] {
  const all = calls.reduce((ns, c) => ns + c.systemNs, 0);
  const row = (name: string, part: number, ns: number, n: number, errors: number): string =>
    `${(part * 100).toFixed(2).padStart(6)} ${seconds(ns)} ${String(n === 0 ? 0 : Math.floor(ns / n / 1000)).padStart(11)} ` +
    `${String(n).padStart(9)} ${none(errors)} ${name}`;
  const sum = (of: 'calls' | 'errors'): number => calls.reduce((n, c) => n + c[of], 0);
  const rows = calls.map((c) => row(c.call, all === 0 ? 0 : c.systemNs / all, c.systemNs, c.calls, c.errors));
  return [HEAD, RULE, ...rows, RULE, row('total', 1, all, sum('calls'), sum('errors'))];
}

/** The sections of a host with CPUs; none without. */
export function cpuSections(
  name: string,
  host: HostResult,
  endedNs: number,
  columns: number,
  m: Messages,
  paint: Paint,
): string[][] {
  const { cpu } = host;
  if (cpu === null) return [];
  const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
  const head = paint.strong(clip(m.cpu.title(name, cpu.cpus, cpu.costs), columns));
  const tables = host.processes
    .filter((p) => p.calls.length > 0)
    .map((p) => [
      paint.strong(clip(m.cpu.process(name, p.name, p.processes), columns)),
      ...indent(straceLines(p)).map((line, i) => (i === 0 ? paint.dim(padEnd(line, 0)) : line)),
    ]);
  return [[head, ...indent(cpuLines({ ...host, cpu }, endedNs, columns - 2, m))], ...tables];
}
