// Interfaces, routes, and what `ip route get` answers: whether a destination is ours, by which device it is reached, from
// which source address, with which MTU. Connected prefixes follow from the interface addresses; every namespace has `lo`
// with 127.0.0.0/8 and ::1, whether or not the list names it.
//
// @kernel ip_route_output_key_hash_rcu net/ipv4/route.c v6.18 simplified, ip6_route_output net/ipv6/route.c v6.18
// simplified. One table; metrics, rules, scopes and neighbours are left out, and so are IPv6 temporary addresses (the
// source address is the longest prefix match of the device, rule 8 of RFC 6724).

import {
  type Addr,
  addr,
  isAny,
  isBroadcast,
  isLoopback,
  isMulticast,
  isV4,
  LOOPBACK4,
  LOOPBACK6,
  sameAddr,
} from '../addr.ts';
import { type Failure, fail } from '../errno.ts';
import type { Segment } from '../wire/segment.ts';

export interface InterfaceAddr {
  readonly addr: Addr;
  /** 0..32 for IPv4, 0..128 for IPv6. */
  readonly prefixLen: number;
}

export interface Interface {
  readonly name: string;
  mtu: number;
  addrs: InterfaceAddr[];
  up: boolean;
}

export interface Route {
  readonly dst: Addr;
  /** 0..32 for IPv4, 0..128 for IPv6; 0 = default route of dst's family. */
  readonly prefixLen: number;
  readonly via?: Addr | null;
  /** Ignored unless the route is unicast. */
  readonly dev: string;
  readonly type: 'unicast' | 'unreachable' | 'prohibit' | 'blackhole' | 'throw';
  /** Source address of packets that take this route (`src`). */
  readonly source?: Addr | null;
  /** MTU of the route, bytes; absent = that of the device. */
  readonly mtu?: number;
}

export interface RouteResult {
  readonly ok: true;
  /** TCP refuses what is neither local nor unicast with ENETUNREACH. */
  readonly type: 'local' | 'unicast' | 'broadcast' | 'multicast';
  /** Where the packets really go: a wildcard destination means this host. */
  readonly destination: Addr;
  readonly source: Addr;
  readonly mtu: number;
  /** Delivered to ourselves. */
  readonly local: boolean;
  readonly dev: string;
}

/** MTU of `lo`. Source: loopback_setup drivers/net/loopback.c v6.18 (64 kB). */
const LOOPBACK_MTU = 65536;

const wordInPrefix = (difference: number, bits: number): boolean =>
  bits <= 0 || (bits >= 32 ? difference : difference >>> (32 - bits)) === 0;

/** True when the first `length` bits of two addresses of one family agree. */
export function inPrefix(a: Addr, prefix: Addr, length: number): boolean {
  const v4 = isV4(a);
  if (v4 !== isV4(prefix)) return false;
  if (v4) return wordInPrefix(a.w3 ^ prefix.w3, length);
  return (
    wordInPrefix(a.w0 ^ prefix.w0, length) &&
    wordInPrefix(a.w1 ^ prefix.w1, length - 32) &&
    wordInPrefix(a.w2 ^ prefix.w2, length - 64) &&
    wordInPrefix(a.w3 ^ prefix.w3, length - 96)
  );
}

function deviceNamed(interfaces: readonly Interface[], name: string): Interface | null {
  for (const device of interfaces) if (device.name === name) return device;
  return null;
}

function loopbackIsUp(interfaces: readonly Interface[]): boolean {
  const lo = deviceNamed(interfaces, 'lo');
  return lo === null || lo.up;
}

interface Owned {
  readonly device: Interface;
  readonly entry: InterfaceAddr;
}

/** A device that is down keeps its IPv4 addresses, `lo` and IPv6 lose theirs. */
const hidesAddrs = (device: Interface, a: Addr): boolean => !device.up && (!isV4(a) || device.name === 'lo');

/** The interface that has an address. */
function ownerOf(interfaces: readonly Interface[], a: Addr): Owned | null {
  for (const device of interfaces) {
    if (hidesAddrs(device, a)) continue;
    for (const entry of device.addrs) if (sameAddr(entry.addr, a)) return { device, entry };
  }
  return null;
}

/** Packets to this address are for ourselves. @kernel inet_addr_type == RTN_LOCAL net/ipv4/fib_frontend.c v6.18 */
export function isLocalAddr(interfaces: readonly Interface[], a: Addr): boolean {
  if (isLoopback(a) && loopbackIsUp(interfaces)) return true;
  for (const device of interfaces) {
    if (hidesAddrs(device, a)) continue;
    for (const entry of device.addrs) if (sameAddr(entry.addr, a)) return true;
  }
  return false;
}

/** The first address of the prefix on the device: Linux calls the others secondary. */
function primaryOf({ device, entry }: Owned): Addr {
  const first = device.addrs.find(
    (other) => other.prefixLen === entry.prefixLen && inPrefix(other.addr, entry.addr, entry.prefixLen),
  );
  return (first ?? entry).addr;
}

/** Source of packets to one of our own addresses, as the local table's `src` says. */
function localSource(interfaces: readonly Interface[], dst: Addr): Addr {
  if (!isV4(dst)) return dst;
  const owned = ownerOf(interfaces, dst);
  if (owned !== null) return primaryOf(owned);
  return isLoopback(dst) ? LOOPBACK4 : dst;
}

/** The last address of a connected IPv4 prefix (31 and 32 bits have none). */
function isSubnetBroadcast(entry: InterfaceAddr, dst: Addr): boolean {
  if (!isV4(dst) || !isV4(entry.addr) || entry.prefixLen > 30) return false;
  const host = -1 >>> entry.prefixLen;
  return dst.w3 === (entry.addr.w3 | host | 0);
}

/** Leading bits in which two addresses agree, up to `limit`. */
function commonBits(a: Addr, b: Addr, limit: number): number {
  let bits = 0;
  while (bits < limit && inPrefix(a, b, bits + 1)) bits++;
  return bits;
}

/** IPv6: the longest match with the destination; of equals the one added last, as the kernel's list is ordered. */
function source6(device: Interface, dst: Addr): Addr | null {
  let best: Addr | null = null;
  let bestBits = -1;
  for (const { addr: own, prefixLen } of device.addrs) {
    if (isV4(own)) continue;
    const bits = commonBits(own, dst, prefixLen);
    if (bits < bestBits) continue;
    best = own;
    bestBits = bits;
  }
  return best;
}

/** IPv4: the primary address of the prefix that holds the next hop, else the first. @kernel inet_select_addr */
function source4(device: Interface, hop: Addr): Addr | null {
  let first: Addr | null = null;
  for (const { addr: own, prefixLen } of device.addrs) {
    if (!isV4(own)) continue;
    if (inPrefix(hop, own, prefixLen)) return own;
    first ??= own;
  }
  return first;
}

/** A device without an address of the family borrows the first of any other device that is up. */
function chooseSource(
  interfaces: readonly Interface[],
  device: Interface,
  dst: Addr,
  hop: Addr,
): Addr | null {
  const v4 = isV4(dst);
  const own = v4 ? source4(device, hop) : source6(device, dst);
  if (own !== null) return own;
  for (const other of interfaces) {
    if (!other.up || other.name === 'lo') continue;
    const borrowed = v4 ? source4(other, hop) : source6(other, dst);
    if (borrowed !== null) return borrowed;
  }
  return null;
}

/** The winner of `longestMatch`: a scratch record, good until the next lookup. No device: a route that refuses. */
const match: { device: Interface | null; route: Route | null } = { device: null, route: null };

/** Longest prefix first; of equals the connected one, then the earlier route. Devices that are down do not count. */
function longestMatch(interfaces: readonly Interface[], routes: readonly Route[], dst: Addr): boolean {
  let longest = -1;
  for (const device of interfaces) {
    if (!device.up || device.name === 'lo') continue;
    for (const { addr: own, prefixLen } of device.addrs) {
      if (prefixLen <= longest || !inPrefix(dst, own, prefixLen)) continue;
      longest = prefixLen;
      match.device = device;
      match.route = null;
    }
  }
  for (const route of routes) {
    if (route.prefixLen <= longest || !inPrefix(dst, route.dst, route.prefixLen)) continue;
    const device = route.type === 'unicast' ? deviceNamed(interfaces, route.dev) : null;
    if (route.type === 'unicast' && device?.up !== true) continue;
    longest = route.prefixLen;
    match.device = device;
    match.route = route;
  }
  return longest >= 0;
}

/** Errors of the route types that carry nothing. @kernel fib_props net/ipv4/fib_semantics.c v6.18 */
const REFUSALS = {
  unreachable: fail('EHOSTUNREACH'),
  prohibit: fail('EACCES'),
  blackhole: fail('EINVAL'),
  throw: fail('ENETUNREACH'),
} as const;

/** Largest IPv4 packet. @kernel IP_MAX_MTU include/net/ip.h v6.18 */
const IP_MAX_MTU = 65535;

/** lo has one byte more than an IPv4 packet can have. @kernel ip_dst_mtu_maybe_forward include/net/ip.h v6.18 */
const usableMtu = (dst: Addr, mtu: number): number => (isV4(dst) ? Math.min(mtu, IP_MAX_MTU) : mtu);

function toOurselves(interfaces: readonly Interface[], destination: Addr, source: Addr | null): RouteResult {
  return {
    ok: true,
    type: 'local',
    destination,
    source: source ?? localSource(interfaces, destination),
    mtu: usableMtu(destination, deviceNamed(interfaces, 'lo')?.mtu ?? LOOPBACK_MTU),
    local: true,
    dev: 'lo',
  };
}

/** An IPv4 address of more than one host, whatever the subnets are. */
const isForMany = (a: Addr): boolean => isV4(a) && (isMulticast(a) || isBroadcast(a));

/** A bound source leads multicast and broadcast to its device without a look at the routes. @kernel ip_route_output_key_hash_rcu net/ipv4/route.c v6.18 */
const toEverybody = (device: Interface, destination: Addr, source: Addr): RouteResult => ({
  ok: true,
  type: typeOf(device, destination),
  destination,
  source,
  mtu: usableMtu(destination, device.mtu),
  local: false,
  dev: device.name,
});

function typeOf(device: Interface, dst: Addr): 'unicast' | 'broadcast' | 'multicast' {
  if (isMulticast(dst)) return 'multicast';
  if (isBroadcast(dst)) return 'broadcast';
  for (const entry of device.addrs) if (isSubnetBroadcast(entry, dst)) return 'broadcast';
  return 'unicast';
}

/** What a wildcard destination stands for: the bound IPv4 source, else loopback. */
function wildcardOf(dst: Addr, source: Addr | null): Addr {
  if (isV4(dst)) return source ?? LOOPBACK4;
  return source !== null && isV4(source) ? LOOPBACK4 : LOOPBACK6;
}

/**
 * The way to `dst` for a socket bound to `source` (null or a wildcard: not bound). ENETUNREACH without a route,
 * EHOSTUNREACH, EACCES, EINVAL as the route type says, EINVAL for a loopback source that would leave the host,
 * EADDRNOTAVAIL when no address of the family exists.
 */
export function routeLookup(
  interfaces: readonly Interface[],
  routes: readonly Route[],
  dst: Addr,
  source: Addr | null,
): RouteResult | Failure {
  const bound = source === null || isAny(source) ? null : source;
  const to = isAny(dst) ? wildcardOf(dst, bound) : dst;
  if (isLocalAddr(interfaces, to)) return toOurselves(interfaces, to, bound);
  if (isLoopback(to)) return fail('ENETUNREACH');
  const owner = bound !== null && isForMany(to) ? ownerOf(interfaces, bound) : null;
  if (owner !== null) return toEverybody(owner.device, to, owner.entry.addr);
  if (!longestMatch(interfaces, routes, to)) return fail('ENETUNREACH');
  const { device, route } = match;
  if (device === null) return REFUSALS[(route as Route).type as keyof typeof REFUSALS];
  if (bound !== null && isLoopback(bound)) return fail('EINVAL');
  const chosen = bound ?? route?.source ?? chooseSource(interfaces, device, to, route?.via ?? to);
  if (chosen === null) return fail('EADDRNOTAVAIL');
  const mtu = usableMtu(to, route?.mtu ?? device.mtu);
  return {
    ok: true,
    type: typeOf(device, to),
    destination: to,
    source: chosen,
    mtu,
    local: false,
    dev: device.name,
  };
}

/** What one packet needs to know of its way; a scratch record, good until the next lookup. */
export const way = { local: false, mtu: 0 };

/** Addresses of the packet that is routed: scratch records too, so that a packet allocates nothing. */
const to = { w0: 0, w1: 0, w2: 0, w3: 0 };
const from = { w0: 0, w1: 0, w2: 0, w3: 0 };

function setWords(a: typeof to, w0: number, w1: number, w2: number, w3: number): void {
  a.w0 = w0;
  a.w1 = w1;
  a.w2 = w2;
  a.w3 = w3;
}

/** `routeLookup` of `to` and `from`: fills `way`, or gives the failure. */
function findWay(interfaces: readonly Interface[], routes: readonly Route[]): Failure | null {
  if (isAny(to) || isAny(from)) {
    const found = routeLookup(interfaces, routes, { ...to }, { ...from });
    if (!found.ok) return found;
    way.local = found.local;
    way.mtu = found.mtu;
    return null;
  }
  way.local = isLocalAddr(interfaces, to);
  if (way.local) {
    way.mtu = usableMtu(to, deviceNamed(interfaces, 'lo')?.mtu ?? LOOPBACK_MTU);
    return null;
  }
  if (isLoopback(to)) return fail('ENETUNREACH');
  const owner = isForMany(to) ? ownerOf(interfaces, from) : null;
  if (owner !== null) {
    way.mtu = usableMtu(to, owner.device.mtu);
    return null;
  }
  if (!longestMatch(interfaces, routes, to)) return fail('ENETUNREACH');
  const { device, route } = match;
  if (device === null) return REFUSALS[(route as Route).type as keyof typeof REFUSALS];
  if (isLoopback(from)) return fail('EINVAL');
  way.mtu = usableMtu(to, route?.mtu ?? device.mtu);
  return null;
}

/** Looks up the way of a segment that is to be sent: fills `way`, or gives the failure of `routeLookup`. */
export function routeSegment(
  interfaces: readonly Interface[],
  routes: readonly Route[],
  seg: Segment,
): Failure | null {
  setWords(to, seg.d0, seg.d1, seg.d2, seg.d3);
  setWords(from, seg.s0, seg.s1, seg.s2, seg.s3);
  return findWay(interfaces, routes);
}

/** `routeSegment` for an answer to a segment that came. */
export function routeReply(
  interfaces: readonly Interface[],
  routes: readonly Route[],
  seg: Segment,
): Failure | null {
  setWords(to, seg.s0, seg.s1, seg.s2, seg.s3);
  setWords(from, seg.d0, seg.d1, seg.d2, seg.d3);
  return findWay(interfaces, routes);
}

/** 255.255.255.255, or the broadcast address of a subnet of ours. @kernel inet_addr_type == RTN_BROADCAST net/ipv4/fib_frontend.c v6.18 */
export const isBroadcastTo = (interfaces: readonly Interface[], a: Addr): boolean =>
  isBroadcast(a) ||
  interfaces.some((device) => device.up && device.addrs.some((entry) => isSubnetBroadcast(entry, a)));

/** `isLocalAddr` of a segment's destination. */
export function isForUs(interfaces: readonly Interface[], seg: Segment): boolean {
  setWords(to, seg.d0, seg.d1, seg.d2, seg.d3);
  return isLocalAddr(interfaces, to);
}

/** `lo` as a fresh namespace has it, but up. */
export const loopbackInterface = (): Interface => ({
  name: 'lo',
  mtu: LOOPBACK_MTU,
  addrs: [
    { addr: LOOPBACK4, prefixLen: 8 },
    { addr: LOOPBACK6, prefixLen: 128 },
  ],
  up: true,
});

/** The network address of a prefix: host bits cleared. */
export function networkOf(a: Addr, prefixLen: number): Addr {
  const bits = isV4(a) ? 96 + prefixLen : prefixLen;
  const mask = (word: number): number => {
    const n = Math.min(Math.max(bits - 32 * word, 0), 32);
    return n === 0 ? 0 : -1 << (32 - n);
  };
  return addr(a.w0 & mask(0), a.w1 & mask(1), a.w2 & mask(2), a.w3 & mask(3));
}
