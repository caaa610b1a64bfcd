// What the rows about a connecting socket have in common: how they get one, and what they look at.

import { moved, type OracleCase, type RawTarget, stateOf } from '../case.ts';

/** A claim, what is done, and what must come of it. */
export type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

export const rowsOf = (cite: string, rows: readonly Row[]): readonly OracleCase[] =>
  rows.map(([name, run, expected]) => ({ cite, name, run, expected }));

/** The peer's port that rows connect to, and our own port, so that segments find it. */
export const PEER = 9;
export const OWN = 80;

/** A socket bound to OWN. */
export function bound(t: RawTarget): number {
  const fd = t.socket();
  const result = t.bind(fd, OWN);
  if (result !== 0) throw new Error(`bind: ${result}`);
  return fd;
}

/** Starts connecting to PEER: the SYN is out, and counters begin anew. */
export function start(t: RawTarget, fd: number): void {
  const result = t.connect(fd, PEER);
  if (result !== 'EINPROGRESS') throw new Error(`connect: ${result}`);
  sent(t);
  moved(t);
}

/** A socket in SYN-SENT on OWN. */
export function connecting(t: RawTarget): number {
  const fd = bound(t);
  start(t, fd);
  return fd;
}

/** The peer's answers without options to the last SYN. */
export const SYN_ACK = 'S. 1000:1000(0) ack 1 win 65535 <mss 1460>';
export const RST_ACK = 'R. 0:0(0) ack 1 win 0';
export const SYN = 'S 1000:1000(0) win 65535 <mss 1460>';
/** In the window: of the connection that SYN_ACK opened. */
export const RST = 'R 1001:1001(0) win 0';

/** A connection without options, its third ACK sent, and connect() not called again. */
export function open(t: RawTarget): number {
  const fd = connecting(t);
  t.segment(PEER, SYN_ACK);
  moved(t);
  return fd;
}

/** A socket in SYN-RECV: both ends sent a SYN. */
export function crossed(t: RawTarget): number {
  const fd = connecting(t);
  t.segment(PEER, SYN);
  moved(t);
  return fd;
}

/** A connection attempt that a RST ended. */
export function refused(t: RawTarget): number {
  const fd = connecting(t);
  t.segment(PEER, RST_ACK);
  moved(t);
  return fd;
}

/** Lines without the value of our clock in timestamps. */
export const still = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/TS val \d+/, 'TS val *'));

/** What was sent since the last look. */
export const sent = (t: RawTarget): string[] => still(t.output().map(({ text }) => text));

/** What answers a segment of the peer. */
export const answer = (t: RawTarget, text: string): string[] => still(t.segment(PEER, text));

/** The socket's TCP state; `UNCONN` when the table of connections has it no more. */
export const state = (t: RawTarget, fd: number): string => {
  const info = t.getsockopt(fd, 'TCP_INFO');
  return typeof info === 'string' ? info : info.state;
};

/** State of the connection, poll mask, what select() finds ready. */
export const ready = (t: RawTarget, fd: number): string[] => [stateOf(t, PEER), t.poll(fd), t.select(fd)];

/** The same, SO_ERROR, and the poll mask after SO_ERROR was read. */
export const look = (t: RawTarget, fd: number): unknown[] => [
  ...ready(t, fd),
  t.getsockopt(fd, 'SO_ERROR'),
  t.poll(fd),
];

/** The port of `192.0.2.1:40000`. */
export const portOf = (name: string): number => Number(name.slice(name.lastIndexOf(':') + 1));

// Poll masks of the sheet.
export const NOTHING = '-';
/** A socket that is not connected. */
export const CLOSED = 'OUT,HUP,WRNORM';
export const OPEN = 'OUT,WRNORM';
/** Disconnected, the error not read yet. */
export const DROPPED = 'OUT,ERR,HUP,WRNORM';
/** A failed attempt, its error not read yet; and when it was. */
export const FAILED = 'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP';
export const OVER = 'IN,OUT,HUP,RDNORM,WRNORM,RDHUP';

/** The peer's answer with timestamps, SACK and scaling to the last SYN, and what its later segments carry. */
export const TIMED = {
  synAck: 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 1000,nop,wscale 7>',
  options: '<nop,nop,TS val 100 ecr 1000>',
};

/** The same without timestamps: numbers stay readable. */
export const SACKED = {
  synAck: 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>',
};

/** A connection whose SYN is answered so, after `rttMs`. Its timers start from that round trip. */
export function openWith(t: RawTarget, { synAck }: { readonly synAck: string }, rttMs = 1): number {
  const fd = connecting(t);
  t.wait(rttMs);
  t.segment(PEER, synAck);
  moved(t);
  return fd;
}
