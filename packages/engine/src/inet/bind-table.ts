// Who holds which local port: one bucket a port, and inside it one bucket a local address. Owners are full sockets and
// TIME-WAIT records, by handle. A listener's port may have 10^5 owners (its children), so adding and removing one costs
// the same however many there are, and a conflict check looks only at addresses that can overlap.
//
// @kernel inet_bind_bucket, inet_bind2_bucket include/net/inet_hashtables.h v6.18. Kernels before 6.1 kept one list of
// owners a port; the answers are the same. Left out: l3mdev and bound devices.
//
// `fastReuse` and `fastReusePort` are the kernel's fields. Both -1 mean: only sockets whose port connect() chose are
// here, so connect() may share the port for other destinations. 0 means that somebody used bind(). For SO_REUSEPORT, 1
// and 2 are FASTREUSEPORT_ANY and FASTREUSEPORT_STRICT.

import { type Addr, ANY6, sameAddr } from '../addr.ts';
import { handleOf, SOCK } from '../handle.ts';
import { InvariantError } from '../invariant.ts';
import type { Sock } from '../sock.ts';
import { type ClosedPorts, newClosedPorts } from './closed-ports.ts';
import { putPort } from './port-set.ts';

/** Owner flags. The last four describe a TIME-WAIT record, whose socket is gone; a full socket is asked itself. */
const OWNER_CONNECT = 1;
export const OWNER_TIME_WAIT = 2;
export const OWNER_REUSE = 4;
export const OWNER_REUSEPORT = 8;
export const OWNER_V6ONLY = 16;

/** Owners of one port on one address. The first owner stands in the record itself: most ports have one. */
export interface AddrBucket {
  readonly addr: Addr;
  fastReuse: number;
  fastReusePort: number;
  /** Handle and flags of one owner, 0 = none. */
  first: number;
  firstFlags: number;
  /** Flags of all other owners, by handle. */
  more: Map<number, number> | null;
  /** Owners, and those among them whose port connect() chose. */
  count: number;
  connects: number;
}

export interface PortBucket {
  readonly port: number;
  fastReuse: number;
  fastReusePort: number;
  /** Owner, address and V6ONLY of the SO_REUSEPORT socket that the fast path compares with. */
  fastUid: number;
  fastAddr: Addr;
  fastV6Only: boolean;
  readonly addrs: AddrBucket[];
}

export interface BindTable {
  /**
   * By the high byte of the port, then by the low one; null for none. Not a Map: one whose keys come and go while many
   * stay keeps the removed entries in its chains.
   */
  readonly pages: ((PortBucket | null)[] | null)[];
  /** A bucket becomes -1 again when the last bind() user leaves (6.18). */
  flipsBack: boolean;
  /** Ports that connect() passes over, as bits; null until a search was long. */
  closed: ClosedPorts | null;
}

/** Pages, and ports of a page. */
const PAGES = 256;

export const newBindTable = (flipsBack: boolean): BindTable => ({
  pages: new Array<null>(PAGES).fill(null),
  flipsBack,
  closed: null,
});

export function bindBucket(table: BindTable, port: number): PortBucket | undefined {
  const page = table.pages[port >> 8]!;
  return page === null ? undefined : (page[port & 0xff] ?? undefined);
}

function setBucket(table: BindTable, port: number, bucket: PortBucket | null): void {
  const { pages } = table;
  pages[port >> 8] ??= new Array<null>(PAGES).fill(null);
  pages[port >> 8]![port & 0xff] = bucket;
}

/** Every bucket, in the order of ports. */
export const allBuckets = (table: BindTable): PortBucket[] =>
  table.pages.flatMap((page) => page?.filter((bucket) => bucket !== null) ?? []);

/** Somebody used bind() on the port: connect() does not look further. */
export const isClosed = (bucket: PortBucket): boolean => bucket.fastReuse >= 0 || bucket.fastReusePort >= 0;

/** Called whenever a bucket may have become closed or open. */
export function noteBucket(table: BindTable, bucket: PortBucket): void {
  if (table.closed !== null) putPort(table.closed.bound, bucket.port, isClosed(bucket));
}

function forgetBucket(table: BindTable, bucket: PortBucket): void {
  setBucket(table, bucket.port, null);
  if (table.closed !== null) putPort(table.closed.bound, bucket.port, false);
}

/** The closed ports as bits. */
export function closedPorts(table: BindTable): ClosedPorts {
  if (table.closed === null) {
    table.closed = newClosedPorts();
    for (const bucket of allBuckets(table)) noteBucket(table, bucket);
  }
  return table.closed;
}

function findAddr(bucket: PortBucket, addr: Addr): AddrBucket | undefined {
  for (const entry of bucket.addrs) if (sameAddr(entry.addr, addr)) return entry;
  return undefined;
}

/** The bucket of a port, made when missing. @kernel inet_bind_bucket_create net/ipv4/inet_hashtables.c v6.18 */
export function ensureBucket(table: BindTable, port: number, fast: 0 | -1): PortBucket {
  let bucket = bindBucket(table, port);
  if (bucket === undefined) {
    bucket = {
      port,
      fastReuse: fast,
      fastReusePort: fast,
      fastUid: 0,
      fastAddr: ANY6,
      fastV6Only: false,
      addrs: [],
    };
    setBucket(table, port, bucket);
    noteBucket(table, bucket);
  }
  return bucket;
}

/** The bucket of an address in a port, made when missing. @kernel inet_bind2_bucket_create */
export function ensureAddr(bucket: PortBucket, addr: Addr, fast: 0 | -1): AddrBucket {
  let entry = findAddr(bucket, addr);
  if (entry === undefined) {
    entry = {
      addr,
      fastReuse: fast,
      fastReusePort: fast,
      first: 0,
      firstFlags: 0,
      more: null,
      count: 0,
      connects: 0,
    };
    bucket.addrs.push(entry);
  }
  return entry;
}

function addOwner(entry: AddrBucket, handle: number, flags: number): void {
  if (entry.first === handle || entry.more?.has(handle))
    throw new InvariantError(`owner ${handle} is there already`);
  if (entry.first === 0) {
    entry.first = handle;
    entry.firstFlags = flags;
  } else {
    entry.more ??= new Map();
    entry.more.set(handle, flags);
  }
  entry.count++;
  entry.connects += flags & OWNER_CONNECT;
}

/** Takes an owner out and gives back its flags. */
function dropOwner(entry: AddrBucket, handle: number): number {
  let flags: number | undefined;
  if (entry.first === handle) {
    flags = entry.firstFlags;
    entry.first = 0;
  } else {
    flags = entry.more?.get(handle);
    if (flags === undefined) throw new InvariantError(`owner ${handle} is not in the bind table`);
    entry.more!.delete(handle);
    if (entry.more!.size === 0) entry.more = null;
  }
  entry.count--;
  entry.connects -= flags & OWNER_CONNECT;
  return flags;
}

const isAuto = (b: { readonly fastReuse: number; readonly fastReusePort: number }): boolean =>
  b.fastReuse === -1 && b.fastReusePort === -1;

/**
 * Drops empty buckets, and lets a bucket be shared by connect() again when only such users are left.
 * @kernel inet_bind2_bucket_destroy, inet_bind_bucket_destroy net/ipv4/inet_hashtables.c v6.18
 */
function settle(table: BindTable, bucket: PortBucket, entry: AddrBucket): void {
  if (entry.count === 0) bucket.addrs.splice(bucket.addrs.indexOf(entry), 1);
  else if (table.flipsBack && entry.connects === entry.count) {
    entry.fastReuse = -1;
    entry.fastReusePort = -1;
  }
  if (bucket.addrs.length === 0) forgetBucket(table, bucket);
  else if (table.flipsBack && !isAuto(bucket) && bucket.addrs.every(isAuto)) {
    bucket.fastReuse = -1;
    bucket.fastReusePort = -1;
    noteBucket(table, bucket);
  }
}

/** Removes the bucket of a port that nobody came to own. */
export function dropEmptyBucket(table: BindTable, bucket: PortBucket): void {
  if (bucket.addrs.length === 0) forgetBucket(table, bucket);
}

function bucketsOf(table: BindTable, addr: Addr, port: number): { bucket: PortBucket; entry: AddrBucket } {
  const bucket = bindBucket(table, port);
  const entry = bucket === undefined ? undefined : findAddr(bucket, addr);
  if (bucket === undefined || entry === undefined)
    throw new InvariantError(`nobody is bound to port ${port}`);
  return { bucket, entry };
}

/**
 * Makes a socket an owner of `port` under its present address. `connect`: connect() chose the port.
 * @kernel inet_bind_hash net/ipv4/inet_hashtables.c v6.18
 */
export function bindPut(table: BindTable, sock: Sock, port: number, connect: boolean): void {
  const fast = connect ? -1 : 0;
  const entry = ensureAddr(ensureBucket(table, port, fast), sock.local, fast);
  addOwner(entry, handleOf(SOCK, sock.id), connect ? OWNER_CONNECT : 0);
  sock.lport = port;
  sock.bound = true;
}

/** Gives the port up; `sock.lport` keeps its number, as Linux keeps inet_sport. @kernel inet_put_port */
export function bindRelease(table: BindTable, sock: Sock): void {
  if (!sock.bound) return;
  const { bucket, entry } = bucketsOf(table, sock.local, sock.lport);
  dropOwner(entry, handleOf(SOCK, sock.id));
  settle(table, bucket, entry);
  sock.bound = false;
}

/** Gives up the port of a TIME-WAIT record. @kernel inet_twsk_bind_unhash net/ipv4/inet_timewait_sock.c v6.18 */
export function bindReleaseTimeWait(table: BindTable, handle: number, local: Addr, lport: number): void {
  const { bucket, entry } = bucketsOf(table, local, lport);
  dropOwner(entry, handle);
  settle(table, bucket, entry);
}

/**
 * The TIME-WAIT record takes the socket's place, with what conflicts depend on: SO_REUSEADDR, SO_REUSEPORT, V6ONLY.
 * @kernel inet_twsk_hashdance_schedule net/ipv4/inet_timewait_sock.c v6.18
 */
export function bindTransferToTimeWait(table: BindTable, sock: Sock, handle: number): void {
  const { entry } = bucketsOf(table, sock.local, sock.lport);
  const { reuseAddr, reusePort, v6Only } = sock.options;
  const flags =
    OWNER_TIME_WAIT |
    (reuseAddr ? OWNER_REUSE : 0) |
    (reusePort ? OWNER_REUSEPORT : 0) |
    (v6Only ? OWNER_V6ONLY : 0);
  const connect = dropOwner(entry, handleOf(SOCK, sock.id)) & OWNER_CONNECT;
  addOwner(entry, handle, flags | connect);
  sock.bound = false;
}

/**
 * A child of a listener shares its port, under its own address. False when the listener is not bound any more.
 * @kernel __inet_inherit_port net/ipv4/inet_hashtables.c v6.18 simplified: no TPROXY (child on another port)
 */
export function bindInheritPort(table: BindTable, parent: Sock, child: Sock): boolean {
  if (!parent.bound || parent.lport !== child.lport) return false;
  bindPut(table, child, parent.lport, false);
  return true;
}

/**
 * Changes a socket's local address, and its place in the table when it is bound.
 * @kernel inet_bhash2_update_saddr net/ipv4/inet_hashtables.c v6.18
 */
export function bindMoveAddr(table: BindTable, sock: Sock, addr: Addr): void {
  if (!sock.bound || sameAddr(sock.local, addr)) {
    sock.local = addr;
    return;
  }
  const { bucket, entry } = bucketsOf(table, sock.local, sock.lport);
  const flags = dropOwner(entry, handleOf(SOCK, sock.id));
  addOwner(ensureAddr(bucket, addr, (flags & OWNER_CONNECT) !== 0 ? -1 : 0), handleOf(SOCK, sock.id), flags);
  settle(table, bucket, entry);
  sock.local = addr;
}
