// What the rows about a connecting socket look at.

import { moved, type RawTarget, stateOf } from '../case.ts';

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

/** A socket in SYN-SENT: its SYN is out, and counters begin anew. */
export function connecting(t: RawTarget): number {
  const fd = bound(t);
  const result = t.connect(fd, PEER);
  if (result !== 'EINPROGRESS') throw new Error(`connect: ${result}`);
  sent(t);
  moved(t);
  return fd;
}

/** The peer's answer without options to the last SYN. */
export const SYN_ACK = 'S. 1000:1000(0) ack 1 win 65535';

/** A connection without options, its third ACK sent, and connect() not called again. */
export function open(t: RawTarget): number {
  const fd = connecting(t);
  t.segment(PEER, SYN_ACK);
  moved(t);
  return fd;
}

/** What was sent since the last look, without the value of our clock in timestamps. */
export const sent = (t: RawTarget): string[] =>
  t.output().map(({ text }) => text.replace(/TS val \d+/, 'TS val *'));

/** State, poll mask, SO_ERROR, and the poll mask after SO_ERROR was read. */
export const look = (t: RawTarget, fd: number): unknown[] => [
  stateOf(t, PEER),
  t.poll(fd),
  t.getsockopt(fd, 'SO_ERROR'),
  t.poll(fd),
];

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
