// When two sockets may not share a port. Rules in order: addresses must overlap; SO_REUSEADDR on both and the other one
// not listening is fine; SO_REUSEPORT on both and one owner is fine; everything else is a conflict.
//
// @kernel inet_csk_bind_conflict net/ipv4/inet_connection_sock.c v6.18. Left out: bound devices, SK_FORCE_REUSE (TCP_REPAIR)
// and a newcomer that already belongs to a SO_REUSEPORT group (BPF attached before bind).

import { type Addr, isAny, isV4, sameAddr } from '../addr.ts';
import { slotOf } from '../handle.ts';
import { InvariantError } from '../invariant.ts';
import type { Sock } from '../sock.ts';
import {
  type AddrBucket,
  OWNER_REUSE,
  OWNER_REUSEPORT,
  OWNER_TIME_WAIT,
  OWNER_V6ONLY,
  type PortBucket,
} from './bind-table.ts';

/**
 * True when two local addresses overlap. `wild1`, `wild2`: a wildcard on that side covers the other address. `::` covers
 * IPv4 unless its socket is V6ONLY; an IPv6 address never meets an IPv4 one.
 * @kernel ipv6_rcv_saddr_equal net/ipv4/inet_connection_sock.c v6.18
 */
function addressesOverlap(
  a1: Addr,
  v6Only1: boolean,
  a2: Addr,
  v6Only2: boolean,
  wild1: boolean,
  wild2: boolean,
): boolean {
  const v41 = isV4(a1);
  const v42 = isV4(a2);
  if (v41 && v42) return sameAddr(a1, a2) || (wild1 && isAny(a1)) || (wild2 && isAny(a2));
  const any1 = !v41 && isAny(a1);
  const any2 = !v42 && isAny(a2);
  if (any1 && any2) return true;
  if (any2 && wild2 && !(v6Only2 && v41)) return true;
  if (any1 && wild1 && !(v6Only1 && v42)) return true;
  return sameAddr(a1, a2);
}

export interface ConflictMode {
  /** SO_REUSEADDR on both sides helps (explicit port), or not (port chosen by the kernel). */
  readonly relax: boolean;
  /** The same for SO_REUSEPORT. */
  readonly reusePortOk: boolean;
}

/** An explicit port. */
export const EXPLICIT: ConflictMode = Object.freeze({ relax: true, reusePortOk: true });
/** A port that the kernel looks for, and the same in the second pass of ip_autobind_reuse. */
export const AUTO: ConflictMode = Object.freeze({ relax: false, reusePortOk: false });
export const AUTO_RELAXED: ConflictMode = Object.freeze({ relax: true, reusePortOk: false });

/** What the rules ask about the other owner. */
interface Other {
  reuse: boolean;
  reusePort: boolean;
  v6Only: boolean;
  listening: boolean;
  /** SO_REUSEPORT trusts a TIME-WAIT record whoever owned it. */
  sameOwner: boolean;
}

const other: Other = { reuse: false, reusePort: false, v6Only: false, listening: false, sameOwner: false };

function describe(socks: ReadonlyMap<number, Sock>, sock: Sock, handle: number, flags: number): void {
  if ((flags & OWNER_TIME_WAIT) !== 0) {
    other.reuse = (flags & OWNER_REUSE) !== 0;
    other.reusePort = (flags & OWNER_REUSEPORT) !== 0;
    other.v6Only = (flags & OWNER_V6ONLY) !== 0;
    other.listening = false;
    other.sameOwner = true;
    return;
  }
  const owner = socks.get(slotOf(handle));
  if (owner === undefined)
    throw new InvariantError(`socket ${slotOf(handle)} owns a port and does not exist`);
  other.reuse = owner.options.reuseAddr;
  other.reusePort = owner.options.reusePort;
  other.v6Only = owner.options.v6Only;
  other.listening = owner.state === 'LISTEN';
  other.sameOwner = owner.options.uid === sock.options.uid;
}

/** The verdict on `other`, addresses apart. @kernel inet_bind_conflict net/ipv4/inet_connection_sock.c v6.18 */
function clashes(sock: Sock, mode: ConflictMode): boolean {
  const shareable = sock.options.reusePort && other.reusePort && other.sameOwner;
  if (sock.options.reuseAddr && other.reuse && !other.listening)
    return !mode.relax || (!mode.reusePortOk && shareable);
  return !mode.reusePortOk || !shareable;
}

function ownerConflicts(
  socks: ReadonlyMap<number, Sock>,
  sock: Sock,
  entry: AddrBucket,
  handle: number,
  flags: number,
  mode: ConflictMode,
): boolean {
  if ((flags & OWNER_TIME_WAIT) === 0 && slotOf(handle) === sock.id) return false;
  describe(socks, sock, handle, flags);
  if (!clashes(sock, mode)) return false;
  return addressesOverlap(sock.local, sock.options.v6Only, entry.addr, other.v6Only, true, true);
}

/** True when an address of the bucket could overlap at all; saves looking at its owners. */
const mayOverlap = (a: Addr, b: Addr): boolean => sameAddr(a, b) || isAny(a) || isAny(b);

/** True when `sock`, under its present address and options, cannot have the bucket's port. */
export function bindConflict(
  socks: ReadonlyMap<number, Sock>,
  sock: Sock,
  bucket: PortBucket,
  mode: ConflictMode,
): boolean {
  for (const entry of bucket.addrs) {
    if (!mayOverlap(sock.local, entry.addr)) continue;
    if (entry.first !== 0 && ownerConflicts(socks, sock, entry, entry.first, entry.firstFlags, mode))
      return true;
    if (entry.more === null) continue;
    for (const [handle, flags] of entry.more)
      if (ownerConflicts(socks, sock, entry, handle, flags, mode)) return true;
  }
  return false;
}

/**
 * The newcomer fits the SO_REUSEPORT sockets that are here already, so that no owner needs to be looked at.
 * @kernel sk_reuseport_match net/ipv4/inet_connection_sock.c v6.18
 */
export function reusePortMatches(bucket: PortBucket, sock: Sock): boolean {
  if (bucket.fastReusePort <= 0 || !sock.options.reusePort || bucket.fastUid !== sock.options.uid)
    return false;
  if (bucket.fastReusePort === FAST_REUSE_PORT_ANY) return true;
  return addressesOverlap(bucket.fastAddr, bucket.fastV6Only, sock.local, sock.options.v6Only, true, false);
}

/** SO_REUSEADDR, unless the socket listens: what a bucket remembers and what it lets in. */
const reuses = (sock: Sock): boolean => sock.options.reuseAddr && sock.state !== 'LISTEN';

/** All who ever came to the port, and the newcomer, set SO_REUSEADDR: no owner is looked at. Never since 6.8. */
export const reuseMatches = (bucket: PortBucket, sock: Sock): boolean => bucket.fastReuse > 0 && reuses(sock);

/** FASTREUSEPORT_ANY, FASTREUSEPORT_STRICT. Source: include/net/inet_hashtables.h v6.18. */
const FAST_REUSE_PORT_ANY = 1;
const FAST_REUSE_PORT_STRICT = 2;

/**
 * Notes in the buckets what kind of user came. 6.8 and later call this with the address bucket already in place, so the
 * branch for an empty bucket never runs: `fastReuse` cannot become 1 and FASTREUSEPORT_ANY is never set (seen live on
 * 6.18: clearing SO_REUSEADDR on the first of two sharers refuses the next one). `first`: nobody has the port yet, and
 * the kernel is an older one. FASTREUSEPORT_STRICT is set for kernels before 4.11 too, which had no such value.
 * @kernel inet_csk_update_fastreuse net/ipv4/inet_connection_sock.c v6.18
 */
export function updateFastReuse(bucket: PortBucket, entry: AddrBucket, sock: Sock, first: boolean): void {
  if (first) {
    bucket.fastReuse = reuses(sock) ? 1 : 0;
    bucket.fastReusePort = sock.options.reusePort ? FAST_REUSE_PORT_ANY : 0;
    bucket.fastUid = sock.options.uid;
    bucket.fastAddr = sock.local;
    bucket.fastV6Only = sock.options.v6Only;
  }
  if (!reuses(sock)) bucket.fastReuse = 0;
  if (!sock.options.reusePort) bucket.fastReusePort = 0;
  else if (!reusePortMatches(bucket, sock)) {
    bucket.fastReusePort = FAST_REUSE_PORT_STRICT;
    bucket.fastUid = sock.options.uid;
    bucket.fastAddr = sock.local;
    bucket.fastV6Only = sock.options.v6Only;
  }
  entry.fastReuse = bucket.fastReuse;
  entry.fastReusePort = bucket.fastReusePort;
}
