// The counters of a network namespace: /proc/net/snmp and /proc/net/netstat under the names that nstat prints. The files
// stay open, since an open file keeps showing the namespace in which it was opened.

import { closeSync, openSync, readSync } from 'node:fs';
import { COUNTER_NAMES } from '@halfopen/engine';

export type Counters = ReadonlyMap<string, number>;

/** Settings that stand among the counters. @kernel snmp4_tcp_list net/ipv4/proc.c v6.18 */
const NOT_COUNTERS: ReadonlySet<string> = new Set([
  'TcpRtoAlgorithm',
  'TcpRtoMin',
  'TcpRtoMax',
  'TcpMaxConn',
  'IpForwarding',
  'IpDefaultTTL',
]);

/** Reads pairs of lines, names and values: `Tcp: ActiveOpens …` and `Tcp: 1 …`. */
export function parseCounters(text: string, into: Map<string, number> = new Map()): Map<string, number> {
  const lines = text.split('\n');
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = (lines[i] as string).split(' ');
    const values = (lines[i + 1] as string).split(' ');
    const prefix = (names[0] as string).slice(0, -1);
    for (let n = 1; n < names.length; n++) {
      const name = prefix + names[n];
      if (!NOT_COUNTERS.has(name)) into.set(name, Number(values[n]));
    }
  }
  return into;
}

/** A number that goes up and down, so it is shown as it is and not as a difference. */
const isGauge = (name: string): boolean => name === 'TcpCurrEstab';

/** The lines with the values: what has to be kept of a reading. */
export const valueLines = (text: string): string =>
  text
    .split('\n')
    .filter((_, i) => i % 2 === 1)
    .join('\n');

/** A reading, from its value lines and the whole text of another reading. */
export function withValues(text: string, values: string): Map<string, number> {
  const names = text.split('\n').filter((_, i) => i % 2 === 0);
  return parseCounters(
    values
      .split('\n')
      .flatMap((line, i) => [names[i] ?? '', line])
      .join('\n'),
  );
}

/** What moved from one reading to the next, by nstat name; gauges as they are after it. */
export function countersSince(before: Counters, after: Counters): { [name: string]: number } {
  const moved: { [name: string]: number } = {};
  for (const [name, value] of after) {
    const by = isGauge(name) ? value : value - (before.get(name) ?? 0);
    if (by !== 0) moved[name] = by;
  }
  return moved;
}

const KNOWN: ReadonlySet<string> = new Set(COUNTER_NAMES);

/** Only the counters that the engine has too, gauges as differences. */
export function knownMoves(before: Counters, after: Counters): { [name: string]: number } {
  const moved: { [name: string]: number } = {};
  for (const [name, value] of after) {
    const by = value - (before.get(name) ?? 0);
    if (by !== 0 && KNOWN.has(name)) moved[name] = by;
  }
  return moved;
}

/** More than both files together hold. */
const FILE_MAX = 65536;

/** The counters of the namespace in which the calling thread is when it opens them. */
export class CounterFiles {
  private readonly fds: readonly number[];
  private readonly buffer = Buffer.alloc(FILE_MAX);

  /** Throws what node:fs throws. */
  constructor() {
    this.fds = ['snmp', 'netstat'].map((name) => openSync(`/proc/thread-self/net/${name}`, 'r'));
  }

  /** The text of both files: about 40 microseconds, so it is read now and parsed when there is time. */
  readText(): string {
    return this.fds.map((fd) => this.readAll(fd)).join('');
  }

  read(): Counters {
    return parseCounters(this.readText());
  }

  private readAll(fd: number): string {
    let length = 0;
    for (;;) {
      const n = readSync(fd, this.buffer, length, FILE_MAX - length, length);
      if (n === 0 || length + n >= FILE_MAX) return this.buffer.toString('latin1', 0, length + n);
      length += n;
    }
  }

  close(): void {
    for (const fd of this.fds) closeSync(fd);
  }
}
