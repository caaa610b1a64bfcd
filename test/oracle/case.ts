// One row of a fact sheet: a claim, what is done on a RAW harness, and what the sheet says comes of it. The same body runs
// on the engine and on the real kernel. Numbers in segments: see packages/linux/src/raw/raw-target.ts.

import type { RawTarget, Sent } from '../../packages/linux/src/raw/raw-target.ts';

export type { RawTarget, Sent } from '../../packages/linux/src/raw/raw-target.ts';
export { ack, data, states, syn } from '../../packages/linux/src/raw/raw-target.ts';

interface Row {
  /** Section of the sheet: `4.4` of the server sheet, `client 1.5` of the client sheet. */
  readonly cite: string;
  /** A claim; no two are alike in one section. */
  readonly name: string;
  /** What `run` gives. Plain data. */
  readonly expected: unknown;
}

/** Over at once, or after a few seconds of `wait()`. */
export interface OracleCase extends Row {
  readonly run: (target: RawTarget) => unknown;
}

/**
 * Takes its time: yields the ms since its start at which it goes on, and is given what was sent meanwhile. On the real
 * kernel all of these run at once, each on a target of its own.
 */
export interface ScheduleCase extends Row {
  readonly schedule: (target: RawTarget) => Generator<number, unknown, Sent[]>;
}

export interface Sheet {
  readonly name: 'server' | 'client';
  readonly cases: readonly OracleCase[];
  readonly schedules: readonly ScheduleCase[];
  /** What each section is about, in English and in Chinese. The keys are what rows cite. */
  readonly sections: ReadonlyMap<string, readonly [en: string, zh: string]>;
}

export type Counters = { readonly [name: string]: number };

/** Counters that moved since the last look; TcpInSegs is left out, as in the sheet. */
export function moved(target: RawTarget): { [name: string]: number } {
  const { TcpInSegs: _, ...rest } = target.moved();
  return rest;
}

/** Replies without the value of our clock in timestamps. */
export const untimed = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/TS val \d+/, 'TS val *'));

/** The first `n` of the ports that peers use. */
export const ports = (n: number, first = 1): number[] => Array.from({ length: n }, (_, i) => first + i);

/** How many sockets but listeners are in this state. */
export const count = (target: RawTarget, state: string): number =>
  target.sockets().filter((row) => row.split(' ')[1] === state).length;

/** State of the connection with a peer port, `gone` when there is none. */
export const stateOf = (target: RawTarget, port: number): string =>
  target
    .sockets()
    .find((row) => row.startsWith(`${port} `))
    ?.split(' ')[1] ?? 'gone';

/** accept() until it fails: the peers' ports in order. */
export function acceptAll(target: RawTarget, listener: number): number[] {
  const peers: number[] = [];
  for (;;) {
    const fd = target.accept(listener);
    if (typeof fd === 'string') return peers;
    peers.push(target.getpeername(fd) as number);
  }
}

/** A handshake with one peer port, and the accepted socket. Throws when there is none. */
export function accepted(target: RawTarget, listener: number, port: number): number {
  target.segment(port, 'S 1000:1000(0) win 65535 <mss 1460>');
  target.segment(port, '. 1001:1001(0) ack 1 win 65535');
  const fd = target.accept(listener);
  if (typeof fd === 'string') throw new Error(`accept: ${fd}`);
  return fd;
}

/** The timer wheel rounds up by as much as an eighth, and a loaded machine adds a little. */
const LATE = 0.13;
const SLACK_S = 0.25;

/**
 * Times (s) at which something was sent to a port, each replaced by the nominal time in its place when it is that or at
 * most a timer wheel's rounding later, so that it can be compared with the sheet.
 */
export function nominal(
  sent: readonly Sent[],
  port: number,
  fromNs: number,
  times: readonly number[],
): number[] {
  const seen = sent.filter((packet) => packet.port === port).map(({ atNs }) => (atNs - fromNs) / 1e9);
  return seen.map((at, i) => {
    const due = times[i];
    const fits = due !== undefined && at >= due - 0.01 && at <= due * (1 + LATE) + SLACK_S;
    return fits ? due : Math.round(at * 1000) / 1000;
  });
}
