// What the user felt: how long each request or connect() took, the slow ones and the failed ones named as such.

import type { RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { clock, duration } from './duration.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { isSlow, SLOW_NS, type Wait, waitsOf } from './waits.ts';

/** Slow ones that are listed before the rest is only counted. */
const LISTED_MAX = 10;

const seconds = (ns: number): string => String(Number(clock(ns, 3)));

/** Requests have bare numbers; a connect() beside them has a `c`. */
function cells(wait: Wait, mixed: boolean, m: Messages): string[] {
  const verdict =
    wait.errno !== null ? m.report.failed : wait.latencyNs >= SLOW_NS ? m.report.slow : m.report.ok;
  const result = wait.errno === null ? verdict : `${verdict} ${wait.errno}`;
  const syns = wait.synsNs.length === 0 ? '' : `${wait.synsNs.map(seconds).join(' ')} s`;
  return [
    mixed && wait.kind === 'connect' ? `c${wait.id}` : String(wait.id),
    `${clock(wait.startNs, 3)} s`,
    duration(wait.latencyNs),
    duration(wait.connectNs),
    result,
    syns,
  ];
}

const range = (waits: readonly Wait[]): [string, string] => {
  const times = waits.map((w) => w.latencyNs);
  return [duration(Math.min(...times)), duration(Math.max(...times))];
};

/** Empty when nobody asked for anything. */
export function feltLines(
  result: RunResult,
  full: boolean,
  columns: number,
  m: Messages,
  paint: Paint,
): string[] {
  const waits = waitsOf(result);
  if (waits.length === 0) return [];
  const counts = [
    { n: waits.filter((w) => w.kind === 'request').length, noun: m.report.requests },
    { n: waits.filter((w) => w.kind === 'connect').length, noun: m.report.connects },
  ];
  const what = counts.flatMap(({ n, noun }) => (n > 0 ? [noun(n)] : [])).join(', ');
  const bad = waits.filter(isSlow);
  const good = waits.filter((w) => w.errno === null);
  const listed = full || waits.length <= LISTED_MAX ? waits : bad.slice(0, LISTED_MAX);
  const others = waits.filter((w) => !listed.includes(w));
  const head = m.report.columns;
  const heads = [
    { head: head.id, align: 'right' },
    { head: head.start, align: 'right' },
    { head: head.latency, align: 'right' },
    { head: head.connect, align: 'right' },
    { head: head.result },
    { head: head.syns },
  ] as const;
  const lines = [m.report.summary(what, ...range(good.length > 0 ? good : waits))];
  if (bad.length > 0) lines.push(paint.bad(m.report.slowCount(bad.length, waits.length)));
  if (listed.length > 0) {
    const [first, ...rows] = table(
      heads,
      listed.map((w) => cells(w, result.requests.length > 0, m)),
      columns,
    );
    lines.push(paint.dim(first as string));
    lines.push(...rows.map((row, i) => (isSlow(listed[i] as Wait) ? paint.bad(row) : row)));
  }
  if (others.length > 0) lines.push(m.report.rest(others.length, ...range(others), others.some(isSlow)));
  return lines;
}
