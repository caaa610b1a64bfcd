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
  readonly profile: { readonly behaviour: Pick<Behaviour, 'bindZero'> };
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

/**
 * Kernels to 3.10: one pass from a random start; when all ports are taken, SO_REUSEADDR sockets share the port with the
 * fewest owners. @kernel inet_csk_get_port net/ipv4/inet_connection_sock.c v3.10 simplified
 */
function searchFromRover(t: PortTables, sock: Sock): number {
  const { low, high } = localPortRange(t.sysctl['net.ipv4.ip_local_port_range'], sock.options);
  const size = high - low + 1;
  const start = randomBelow(t.random, size);
  let best = 0;
  let fewest = Infinity;
  for (let i = 0; i < size; i++) {
    const port = low + ((start + i) % size);
    if (isReservedPort(t.reservedPorts, port)) continue;
    if (isOpen(t, sock, port, AUTO)) return port;
    const owners = bindBucket(t.binds, port)!.addrs.reduce((n, entry) => n + entry.count, 0);
    if (owners < fewest && isOpen(t, sock, port, EXPLICIT)) {
      best = port;
      fewest = owners;
    }
  }
  return best;
}

/** A port for bind(0), or 0 when the range is used up. */
function findOpenPort(t: PortTables, sock: Sock): number {
  if (t.profile.behaviour.bindZero === 'rover') return searchFromRover(t, sock);
  const port = searchHalves(t, sock, AUTO);
  if (port !== 0 || t.sysctl['net.ipv4.ip_autobind_reuse'] === 0) return port;
  return searchHalves(t, sock, AUTO_RELAXED);
}

const mayTake = (t: PortTables, sock: Sock, bucket: PortBucket): boolean =>
  reusePortMatches(bucket, sock) || !bindConflict(t.socks, sock, bucket, EXPLICIT);

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
  updateFastReuse(bucket, ensureAddr(bucket, sock.local, 0), sock);
  noteBucket(t.binds, bucket);
  if (!sock.bound) bindPut(t.binds, sock, chosen, false);
  return ok(chosen);
}
