// How a search for a local port looks at the ports of its plan: one by one as Linux does, or, when that gets long, over
// bits (destination.ts, closed-ports.ts) with the same answer and the same counts.
//
// @kernel __inet_hash_connect net/ipv4/inet_hashtables.c v6.18: the loop over the ports

import { InvariantError } from '../invariant.ts';
import type { Sock } from '../sock.ts';
import type { Sysctls } from '../sysctl.ts';
import { type BindTable, bindBucket, closedPorts, isClosed } from './bind-table.ts';
import { type ClosedPorts, followReserved } from './closed-ports.ts';
import { type Destination, noteHolder, type RipeAt, ripen } from './destination.ts';
import {
  addDestination,
  dropDestination,
  findDestination,
  holderOfTuple,
  type Tables,
} from './established.ts';
import { scanPorts } from './indexed-search.ts';
import { newProbes, type PortProbes } from './port-probes.ts';
import { isReservedPort } from './port-range.ts';

/**
 * What the established table says about the 4-tuple with a port: free; free once its TIME-WAIT record goes; taken by a
 * connection; taken by a TIME-WAIT record that may not go yet.
 */
export type TupleCheck = 'unique' | 'recycle' | 'taken' | 'time-wait';

/** What the rules of TCP say about the 4-tuple with a port. */
export interface TupleView {
  readonly check: (port: number) => TupleCheck;
  readonly ripeAt: RipeAt;
}

export interface PortSearch extends Tables {
  readonly binds: BindTable;
  readonly ports: { readonly patience: number };
  readonly reservedPorts: readonly number[];
  readonly sysctl: Pick<Sysctls, 'net.ipv4.tcp_tw_reuse' | 'net.ipv4.tcp_tw_reuse_delay'>;
}

export interface Searched {
  /** 0 when there is none. */
  readonly port: number;
  /** Ports between the start of the pass and this one: what the era adds to its state. */
  readonly distance: number;
  readonly probes: PortProbes;
}

/**
 * The plan: runs of ports, each `first, count, distance of the first from the start of its pass`, and one step for all.
 * A scratch record of the calls below, never kept between searches.
 */
const plan = { runs: [] as number[], step: 2 };

/** `passes` times every `step`th of `size` ports from `low + offset` on, going back by `size` at `end`. */
export function planPasses(
  low: number,
  end: number,
  size: number,
  offset: number,
  step: number,
  passes: number,
): void {
  plan.runs.length = 0;
  plan.step = step;
  for (let pass = 0; pass < passes; pass++) {
    let port = low + offset + pass;
    for (let i = 0; i < size; ) {
      if (port >= end) port -= size;
      const count = Math.min(Math.ceil((end - port) / step), Math.ceil((size - i) / step));
      plan.runs.push(port, count, i);
      port += count * step;
      i += count * step;
    }
  }
}

const U32 = 2 ** 32;

/** `size` ports, the i-th at `low + (u32)(sum + i) % size`. */
export function planSum(low: number, size: number, sum: number): void {
  plan.runs.length = 0;
  plan.step = 1;
  for (let i = 0; i < size; ) {
    const at = (sum + i) >>> 0;
    const count = Math.min(size - (at % size), size - i, U32 - at);
    plan.runs.push(low + (at % size), count, i);
    i += count;
  }
}

/** May connect() take this port? Counts what it met. */
function probe(t: PortSearch, port: number, view: TupleView, probes: PortProbes): boolean {
  if (isReservedPort(t.reservedPorts, port)) {
    probes.reserved++;
    return false;
  }
  const bucket = bindBucket(t.binds, port);
  if (bucket === undefined) {
    probes.free++;
    return true;
  }
  if (isClosed(bucket)) {
    probes.bound++;
    return false;
  }
  const verdict = view.check(port);
  if (verdict === 'unique' || verdict === 'recycle') {
    probes.shared++;
    return true;
  }
  if (verdict === 'taken') probes.established++;
  else probes.timeWait++;
  return false;
}

/** Looks at the planned ports one by one; null when `patience` of them did not do. */
function searchOneByOne(t: PortSearch, view: TupleView, patience: number): Searched | null {
  const { runs, step } = plan;
  const probes = newProbes();
  let left = patience;
  for (let r = 0; r < runs.length; r += 3) {
    let port = runs[r]!;
    for (let k = 0; k < runs[r + 1]!; k++, port += step) {
      if (left-- <= 0) return null;
      if (probe(t, port, view, probes)) return { port, distance: runs[r + 2]! + k * step, probes };
    }
  }
  return { port: 0, distance: 0, probes };
}

/** Learns who holds the ports of the plan that the record does not know yet. */
function cover(t: PortSearch, sock: Sock, d: Destination): void {
  let low = 65536;
  let high = 0;
  for (let r = 0; r < plan.runs.length; r += 3) {
    low = Math.min(low, plan.runs[r]!);
    high = Math.max(high, plan.runs[r]! + (plan.runs[r + 1]! - 1) * plan.step);
  }
  if (low >= d.low && high <= d.high) return;
  if (d.high >= d.low) {
    low = Math.min(low, d.low);
    high = Math.max(high, d.high);
  }
  for (let port = low; port <= high; port++) {
    if (port < d.low || port > d.high)
      noteHolder(d, port, holderOfTuple(t, sock.local, port, sock.remote, sock.rport));
  }
  d.low = low;
  d.high = high;
}

function searchBits(t: PortSearch, closed: ClosedPorts, d: Destination, view: TupleView): Searched {
  const { runs, step } = plan;
  const probes = newProbes();
  for (let r = 0; r < runs.length; r += 3) {
    const first = runs[r]!;
    const port = scanPorts(closed, d, first, runs[r + 1]!, step, probes);
    if (port === 0) continue;
    if (!probe(t, port, view, probes))
      throw new InvariantError(`port ${port} is in use and its bit is not set`);
    return { port, distance: runs[r + 2]! + port - first, probes };
  }
  return { port: 0, distance: 0, probes };
}

/** Short searches in a row after which a place's bits are dropped, and what is short. */
const EASY_MAX = 4096;
const EASY_PORTS = 32;

/** Keeps the bits of a place only while searches there are long. */
function weigh(t: PortSearch, d: Destination, { probes }: Searched): void {
  const looks = probes.established + probes.timeWait + probes.bound + probes.reserved;
  d.easy = looks >= EASY_PORTS ? 0 : d.easy + 1;
  if (d.easy > EASY_MAX) dropDestination(t.established, d);
}

/** Looks at the planned ports for `sock`, whose addresses and remote port are set. */
export function searchPorts(t: PortSearch, sock: Sock, uptimeNs: number, view: TupleView): Searched {
  const { established } = t;
  const { patience } = t.ports;
  let d = findDestination(established, sock.local, sock.remote, sock.rport);
  if (d === undefined || patience === Number.POSITIVE_INFINITY) {
    const soon = searchOneByOne(t, view, patience);
    if (soon !== null) return soon;
    d = addDestination(established, sock.local, sock.remote, sock.rport) ?? undefined;
    if (d === undefined) return searchOneByOne(t, view, Number.POSITIVE_INFINITY) as Searched;
  }
  const closed = closedPorts(t.binds);
  followReserved(closed, t.reservedPorts);
  cover(t, sock, d);
  const { 'net.ipv4.tcp_tw_reuse': reuse, 'net.ipv4.tcp_tw_reuse_delay': delay } = t.sysctl;
  ripen(d, reuse, delay, uptimeNs, view.ripeAt);
  const found = searchBits(t, closed, d, view);
  d.usedAt = uptimeNs;
  weigh(t, d, found);
  return found;
}
