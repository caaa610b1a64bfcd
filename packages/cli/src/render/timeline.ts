// How full a listener's queues were over the whole run, in one line each, with what was dropped and resent under them:
// the reader sees the queue fill, the SYNs fall, and the resends come a second later.

import type { ListenerRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { duration } from './duration.ts';
import { listenerOf } from './ladder/queues.ts';
import type { Paint } from './paint.ts';
import { padEnd } from './text.ts';

const LABEL = 16;
const INDENT = 2;
/** Digits that a cell can show; more is `+`. */
const DIGIT_MAX = 9;

const digit = (n: number): string => (n === 0 ? '.' : n > DIGIT_MAX ? '+' : String(n));

/** The greatest length in each of `cells` equal spans of [0, endNs). */
export function peaks(
  series: readonly (readonly [number, number])[],
  endNs: number,
  cells: number,
): number[] {
  const out = new Array<number>(cells).fill(0);
  const cellOf = (ns: number): number => Math.min(cells - 1, Math.floor((ns / endNs) * cells));
  series.forEach(([fromNs, length], i) => {
    const untilNs = series[i + 1]?.[0] ?? endNs;
    for (let cell = cellOf(fromNs); cell <= cellOf(Math.max(fromNs, untilNs - 1)); cell++) {
      out[cell] = Math.max(out[cell] as number, length);
    }
  });
  return out;
}

/** How many of these moments fall into each span. */
function counts(timesNs: readonly number[], endNs: number, cells: number): number[] {
  const out = new Array<number>(cells).fill(0);
  for (const ns of timesNs) {
    const cell = Math.min(cells - 1, Math.floor((ns / endNs) * cells));
    out[cell] = (out[cell] as number) + 1;
  }
  return out;
}

/** A handshake or two need no chart. */
const eventful = (l: ListenerRecord): boolean => l.drops > 0 || l.maxAcceptQueue > 1 || l.maxRequestQueue > 1;

function chart(
  result: RunResult,
  host: string,
  listener: ListenerRecord,
  columns: number,
  m: Messages,
): string[] {
  const cells = columns - INDENT - LABEL;
  const { endedNs } = result;
  const toIt = result.segments.filter(
    (s) => s.to === host && listenerOf(result, host, s.destination) === listener,
  );
  const dropped = toIt.filter((s) => s.fate === 'dropped').map((s) => s.arrivedNs ?? s.sentNs);
  const resent = toIt.filter((s) => s.retransmission && s.flags === 'S').map((s) => s.sentNs);
  const rows: [string, number[]][] = [
    [m.ladder.acceptQueue, peaks(listener.acceptQueue, endedNs, cells)],
    [m.ladder.requestQueue, peaks(listener.requestQueue, endedNs, cells)],
  ];
  if (dropped.length > 0) rows.push([m.report.droppedRow, counts(dropped, endedNs, cells)]);
  if (resent.length > 0) rows.push([m.report.resentRow, counts(resent, endedNs, cells)]);
  return rows.map(([label, values]) => `  ${padEnd(label, LABEL)}${values.map(digit).join('')}`);
}

/** A chart for each listener where something went on. */
export function timelines(result: RunResult, columns: number, m: Messages, paint: Paint): string[][] {
  const cellNs = result.endedNs / (columns - INDENT - LABEL);
  return Object.entries(result.hosts).flatMap(([name, host]) =>
    host.listeners
      .filter(eventful)
      .map((listener) => [
        paint.strong(m.report.queues(`${name} ${listener.local}`, listener.backlog, duration(cellNs))),
        ...chart(result, name, listener, columns, m),
      ]),
  );
}
