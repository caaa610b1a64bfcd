// bind()'s and listen()'s way to a port: an explicit one, or one that the kernel looks for.
//
// @kernel inet_csk_get_port, inet_csk_find_open_port net/ipv4/inet_connection_sock.c v6.18

import { fail, ok, type Result } from '../errno.ts';
import type { Behaviour } from '../profile.ts';
import { type RandomState, randomBelow } from '../random.ts';
import type { Sock } from '../sock.ts';
import type { Sysctls } from '../sysctl.ts';
import {
  AUTO,
  AUTO_RELAXED,
  bindConflict,
  type ConflictMode,
  EXPLICIT,
  reuseMatches,
  reusePortMatches,
  updateFastReuse,
} from './bind-conflict.ts';
import {
  type BindTable,
  bindBucket,
  bindPut,
  dropEmptyBucket,
  ensureAddr,
  ensureBucket,
  noteBucket,
  type PortBucket,
} from './bind-table.ts';
import { isReservedPort, localPortRange } from './port-range.ts';

/** What the search needs; Netns satisfies it. */
export interface PortTables {
  readonly socks: ReadonlyMap<number, Sock>;
  readonly binds: BindTable;
  readonly random: RandomState;
  readonly reservedPorts: readonly number[];
  readonly sysctl: Pick<Sysctls, 'net.ipv4.ip_local_port_range' | 'net.ipv4.ip_autobind_reuse'>;
  readonly profile: { readonly behaviour: Pick<Behaviour, 'bindZero' | 'remembersReuse'> };
}

/** Nobody stands in the way of `sock` on this port. */
function isOpen(t: PortTables, sock: Sock, port: number, mode: ConflictMode): boolean {
  const bucket = bindBucket(t.binds, port);
  return bucket === undefined || !bindConflict(t.socks, sock, bucket, mode);
}

/**
 * One half of the search: ports of one parity from a random start on, then those of the other; the odd distance from
 * `low` comes first, because connect() prefers the even one. Returns 0 when no port is open.
 */
function searchByParity(t: PortTables, sock: Sock, low: number, high: number, mode: ConflictMode): number {
  let remaining = high - low;
  if (remaining > 1) remaining &= ~1;
  const start = randomBelow(t.random, remaining) | 1;
  for (const offset of [start, start - 1]) {
    let port = low + offset;
    for (let i = 0; i < remaining; i += 2, port += 2) {
      if (port >= high) port -= remaining;
      if (!isReservedPort(t.reservedPorts, port) && isOpen(t, sock, port, mode)) return port;
    }
  }
  return 0;
}

/** A range this small is not split in halves. Source: inet_csk_find_open_port. */
const LEAST_TO_SPLIT = 4;

/** SO_REUSEADDR sockets look in the lower half of the range first. */
function searchHalves(t: PortTables, sock: Sock, mode: ConflictMode): number {
  const { low, high } = localPortRange(t.sysctl['net.ipv4.ip_local_port_range'], sock.options);
  const end = high + 1;
  if (!sock.options.reuseAddr || end - low < LEAST_TO_SPLIT) return searchByParity(t, sock, low, end, mode);
  const half = low + (((end - low) >> 2) << 1);
  return searchByParity(t, sock, low, half, mode) || searchByParity(t, sock, half, end, mode);
}

/** A part of the range, both ends included. */
interface Part {
  readonly low: number;
  readonly high: number;
}

const ownersOf = (bucket: PortBucket): number => bucket.addrs.reduce((n, entry) => n + entry.count, 0);

/** An open port of the part, or else the one with the fewest owners among those that only sharers have; 0 for none. */
interface RoverFound {
  readonly open: number;
  readonly shared: number;
}

/** One walk, port by port from a random one, around the part. */
function walkFromRover(t: PortTables, sock: Sock, { low, high }: Part): RoverFound {
  const alone = t.profile.behaviour.bindZero === 'rover-alone';
  const size = high - low + 1;
  const start = randomBelow(t.random, size);
  let shared = 0;
  let fewest = Infinity;
  for (let i = 0; i < size; i++) {
    const port = low + ((start + i) % size);
    if (isReservedPort(t.reservedPorts, port)) continue;
    const bucket = bindBucket(t.binds, port);
    if (bucket === undefined || (!alone && !bindConflict(t.socks, sock, bucket, AUTO)))
      return { open: port, shared: 0 };
    const owners = ownersOf(bucket);
    if (owners < fewest && (reuseMatches(bucket, sock) || reusePortMatches(bucket, sock))) {
      shared = port;
      fewest = owners;
    }
  }
  return { open: 0, shared };
}

/** Walks that may end at a port whose sharers conflict after all, one of them having cleared its option since. */
const ROVER_ATTEMPTS = 6;

/** The halves of the range have the port in the middle in common. Source: inet_csk_get_port v4.4. */
function roverParts(t: PortTables, sock: Sock): Part[] {
  const { low, high } = localPortRange(t.sysctl['net.ipv4.ip_local_port_range'], sock.options);
  if (t.profile.behaviour.bindZero !== 'rover-halves' || !sock.options.reuseAddr) return [{ low, high }];
  const half = low + ((high - low) >> 1);
  return [
    { low, high: half },
    { low: half, high },
  ];
}

/**
 * Kernels to 4.5. When every port is taken, one is shared with sockets that all set SO_REUSEADDR, or SO_REUSEPORT, as
 * `sock` does. From 4.2 on a SO_REUSEADDR socket shares in the lower half before it looks at the upper one.
 * @kernel inet_csk_get_port net/ipv4/inet_connection_sock.c v4.4 simplified: `bsockets`, by which 2.6.32 shares at once
 * when more sockets are bound than the range has ports
 */
function searchFromRover(t: PortTables, sock: Sock): number {
  for (const part of roverParts(t, sock)) {
    for (let attempt = 0; attempt < ROVER_ATTEMPTS; attempt++) {
      const { open, shared } = walkFromRover(t, sock, part);
      if (open !== 0) return open;
      if (shared === 0) break;
      if (isOpen(t, sock, shared, EXPLICIT)) return shared;
      if (attempt === ROVER_ATTEMPTS - 1) return 0;
    }
  }
  return 0;
}

/** A port for bind(0), or 0 when the range is used up. */
function findOpenPort(t: PortTables, sock: Sock): number {
  if (t.profile.behaviour.bindZero !== 'parity') return searchFromRover(t, sock);
  const port = searchHalves(t, sock, AUTO);
  if (port !== 0 || t.sysctl['net.ipv4.ip_autobind_reuse'] === 0) return port;
  return searchHalves(t, sock, AUTO_RELAXED);
}

const mayTake = (t: PortTables, sock: Sock, bucket: PortBucket): boolean =>
  reuseMatches(bucket, sock) ||
  reusePortMatches(bucket, sock) ||
  !bindConflict(t.socks, sock, bucket, EXPLICIT);

/**
 * Binds `sock` (its address is set already) to `port`, or to one of the kernel's choice when it is 0. Called again by
 * listen(), in state LISTEN, for the port it has: the conflict rules are then stricter. EADDRINUSE on failure.
 */
export function getPort(t: PortTables, sock: Sock, port: number): Result<number> {
  const chosen = port === 0 ? findOpenPort(t, sock) : port;
  if (chosen === 0) return fail('EADDRINUSE');
  const bucket = ensureBucket(t.binds, chosen, 0);
  if (port !== 0 && !mayTake(t, sock, bucket)) {
    dropEmptyBucket(t.binds, bucket);
    return fail('EADDRINUSE');
  }
  const first = t.profile.behaviour.remembersReuse && bucket.addrs.length === 0;
  updateFastReuse(bucket, ensureAddr(bucket, sock.local, 0), sock, first);
  noteBucket(t.binds, bucket);
  if (!sock.bound) bindPut(t.binds, sock, chosen, false);
  return ok(chosen);
}
