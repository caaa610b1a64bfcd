// Which local ports are in use towards one place (local address, remote address and port), as bits: made for a place when
// a search for a port gets long, kept in step by established.ts, and dropped when searches are short again. With it a
// search that Linux makes port by port, and that we must count port by port, costs a few dozen steps.
//
// This is ours; Linux has no such thing and pays for each look. What the search finds and counts is the same (a property
// test holds the two against each other for every era).

import { type Addr, sameAddr } from '../addr.ts';
import { blockCount, hasPort, newPortSet, type PortSet, putPort } from './port-set.ts';

export interface Destination {
  readonly local: Addr;
  readonly remote: Addr;
  readonly rport: number;
  /** Ports whose state is known: [low, high]; others may miss members. Empty when high < low. */
  low: number;
  high: number;
  /** In use by a connection or a request. */
  readonly connected: PortSet;
  /** In use by a TIME-WAIT record; and those among them that may not be recycled yet. */
  readonly timeWait: PortSet;
  readonly waiting: PortSet;
  /** Ports of `waiting` that nobody asked yet when they will be ripe. */
  fresh: number[];
  /** Those asked: uptime ns from which a port may be recycled, and the port, in turn, by time; done with up to `ripeFrom`. */
  ripening: number[];
  ripeFrom: number;
  /** net.ipv4.tcp_tw_reuse and tcp_tw_reuse_delay that `waiting` was made by. */
  reuse: number;
  delay: number;
  /** Short searches in a row, and when the last search was, in searches. */
  easy: number;
  usedAt: number;
}

/** By a hash of the place. Of two places with one hash the later one gets no record. */
export type Destinations = Map<number, Destination>;

export const newDestination = (local: Addr, remote: Addr, rport: number): Destination => ({
  local,
  remote,
  rport,
  low: 1,
  high: 0,
  connected: newPortSet(),
  timeWait: newPortSet(),
  waiting: newPortSet(),
  fresh: [],
  ripening: [],
  ripeFrom: 0,
  reuse: -1,
  delay: -1,
  easy: 0,
  usedAt: 0,
});

export const isPlace = (d: Destination, local: Addr, remote: Addr, rport: number): boolean =>
  d.rport === rport && sameAddr(d.local, local) && sameAddr(d.remote, remote);

/** What holds a port towards the place. */
export type Holder = 'nobody' | 'connection' | 'time-wait';

/** Unasked TIME-WAIT records that are kept one by one; beyond it, all are asked again. */
const FRESH_MAX = 4096;

/** Notes who holds a port now. A TIME-WAIT record that changed is noted again. */
export function noteHolder(d: Destination, port: number, holder: Holder): void {
  putPort(d.connected, port, holder === 'connection');
  putPort(d.timeWait, port, holder === 'time-wait');
  putPort(d.waiting, port, holder === 'time-wait');
  if (holder !== 'time-wait') return;
  if (d.fresh.length < FRESH_MAX) d.fresh.push(port);
  else d.reuse = -1;
}

/** Uptime ns from which the TIME-WAIT record on a port may be recycled; Infinity: not as it is. */
export type RipeAt = (port: number) => number;

/** Every TIME-WAIT record is asked again. */
function askAll(d: Destination): void {
  d.fresh = [];
  d.ripening = [];
  d.ripeFrom = 0;
  const { bits } = d.timeWait;
  for (let word = 0; word < bits.length; word++) {
    if (bits[word] === 0) continue;
    for (let port = word << 5; port < (word + 1) << 5; port++) {
      if (!hasPort(d.timeWait, port)) continue;
      putPort(d.waiting, port, true);
      d.fresh.push(port);
    }
  }
}

/** Puts a time into the list, which is nearly always at its end: records come in the order in which they get ripe. */
function ripenLater(d: Destination, atNs: number, port: number): void {
  const list = d.ripening;
  let at = list.length;
  list.push(0, 0);
  for (; at > d.ripeFrom && list[at - 2]! > atNs; at -= 2) {
    list[at] = list[at - 2]!;
    list[at + 1] = list[at - 1]!;
  }
  list[at] = atNs;
  list[at + 1] = port;
}

function ask(d: Destination, port: number, uptimeNs: number, ripeAt: RipeAt): void {
  if (!hasPort(d.waiting, port)) return;
  const atNs = ripeAt(port);
  if (atNs <= uptimeNs) putPort(d.waiting, port, false);
  else if (atNs !== Number.POSITIVE_INFINITY) ripenLater(d, atNs, port);
}

/** Entries of `ripening` that may be done with before the list is made shorter. */
const DONE_MAX = 1024;

/** Takes out of `waiting` what may be recycled by now. */
export function ripen(d: Destination, reuse: number, delay: number, uptimeNs: number, ripeAt: RipeAt): void {
  if (d.reuse !== reuse || d.delay !== delay) {
    d.reuse = reuse;
    d.delay = delay;
    askAll(d);
  }
  if (d.fresh.length > 0) {
    const { fresh } = d;
    d.fresh = [];
    for (const port of fresh) ask(d, port, uptimeNs, ripeAt);
  }
  while (d.ripeFrom < d.ripening.length && d.ripening[d.ripeFrom]! <= uptimeNs) {
    const port = d.ripening[d.ripeFrom + 1]!;
    d.ripeFrom += 2;
    ask(d, port, uptimeNs, ripeAt);
  }
  if (d.ripeFrom < DONE_MAX && d.ripeFrom < d.ripening.length) return;
  d.ripening = d.ripening.slice(d.ripeFrom);
  d.ripeFrom = 0;
}

/** Ports in use in the block of `port`, counted as the search would. */
export const blockInUse = (d: Destination, port: number, step: number): number =>
  blockCount(d.connected, port, step) + blockCount(d.waiting, port, step);
