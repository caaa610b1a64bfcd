// The one table in which full sockets, requests and TIME-WAIT records are found by their 4-tuple, as in Linux since 4.4.
// Open addressing over one Int32Array of handles: linear probing, at most half full, backward-shift delete. It holds no
// copy of the tuple; that is read from the record a handle names. Both ends of a tuple are of one family; IPv4 hashes three
// words, IPv6 nine.
//
// @kernel inet_hashinfo.ehash include/net/inet_hashtables.h v6.18 simplified: one growing table a namespace, no chains,
// no locks; devices are not part of the key.

import { type Addr, V4_MAPPED_W2 } from '../addr.ts';
import { handleOf, kindOf, REQUEST6, SOCK, slotOf, TIMEWAIT4, TIMEWAIT6 } from '../handle.ts';
import { InvariantError } from '../invariant.ts';
import { MINI_LOCAL, MINI_PORTS, MINI_REMOTE, MINI6_WORDS } from '../mini.ts';
import { type Slab, slabGet } from '../slab.ts';
import type { Sock } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';
import {
  type Destination,
  type Destinations,
  type Holder,
  isPlace,
  newDestination,
  noteHolder,
} from './destination.ts';

/** Slots of an empty table; it never shrinks below this. */
const MIN_SLOTS = 512;

export interface Established {
  /** Handles, 0 = free; the length is a power of two. */
  index: Int32Array;
  count: number;
  /** Secret of the hash. */
  key0: number;
  key1: number;
  /** Places whose ports are kept as bits too; null for none. */
  destinations: Destinations | null;
}

/** What the table needs to read the tuple of a handle; Netns satisfies it. */
export interface Tables {
  readonly slabs: readonly Slab[];
  readonly socks: ReadonlyMap<number, Sock>;
  readonly established: Established;
}

export const newEstablished = (key0: number, key1: number): Established => ({
  index: new Int32Array(MIN_SLOTS),
  count: 0,
  key0: key0 | 0,
  key1: key1 | 0,
  destinations: null,
});

/** The tuple that is looked for: a scratch record of the calls below, never kept between them. */
const want = { l0: 0, l1: 0, l2: 0, l3: 0, r0: 0, r1: 0, r2: 0, r3: 0, ports: 0 };

function mix(h: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const x = h ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0xe6546b64) | 0;
}

/** Keyed hash of the wanted tuple (the mixer of MurmurHash3); a v4-mapped tuple takes the short way. */
function hashWanted(key0: number, key1: number): number {
  let h = mix(mix(mix(key0, want.l3), want.r3), want.ports);
  if (want.l2 !== V4_MAPPED_W2 || (want.l0 | want.l1) !== 0) {
    h = mix(mix(mix(h, want.l0), want.l1), want.l2);
    h = mix(mix(mix(h, want.r0), want.r1), want.r2);
  }
  h ^= key1;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function wantTuple(local: Addr, lport: number, remote: Addr, rport: number): void {
  want.l0 = local.w0;
  want.l1 = local.w1;
  want.l2 = local.w2;
  want.l3 = local.w3;
  want.r0 = remote.w0;
  want.r1 = remote.w1;
  want.r2 = remote.w2;
  want.r3 = remote.w3;
  want.ports = (rport << 16) | lport;
}

function wantSegment(seg: Segment): void {
  want.l0 = seg.d0;
  want.l1 = seg.d1;
  want.l2 = seg.d2;
  want.l3 = seg.d3;
  want.r0 = seg.s0;
  want.r1 = seg.s1;
  want.r2 = seg.s2;
  want.r3 = seg.s3;
  want.ports = (seg.sport << 16) | seg.dport;
}

function sockOf(t: Tables, handle: number): Sock {
  const sock = t.socks.get(slotOf(handle));
  if (sock === undefined)
    throw new InvariantError(`socket ${slotOf(handle)} is in the table and does not exist`);
  return sock;
}

function wantHandle(t: Tables, handle: number): void {
  const kind = kindOf(handle);
  if (kind === SOCK) {
    const sock = sockOf(t, handle);
    wantTuple(sock.local, sock.lport, sock.remote, sock.rport);
    return;
  }
  const slab = t.slabs[kind]!;
  const slot = slotOf(handle);
  want.l3 = slabGet(slab, slot, MINI_LOCAL);
  want.r3 = slabGet(slab, slot, MINI_REMOTE);
  want.ports = slabGet(slab, slot, MINI_PORTS);
  const wide = kind === REQUEST6 || kind === TIMEWAIT6;
  const base = slab.stride - MINI6_WORDS;
  want.r0 = wide ? slabGet(slab, slot, base) : 0;
  want.r1 = wide ? slabGet(slab, slot, base + 1) : 0;
  want.r2 = wide ? slabGet(slab, slot, base + 2) : V4_MAPPED_W2;
  want.l0 = wide ? slabGet(slab, slot, base + 3) : 0;
  want.l1 = wide ? slabGet(slab, slot, base + 4) : 0;
  want.l2 = wide ? slabGet(slab, slot, base + 5) : V4_MAPPED_W2;
}

function sockIsWanted(sock: Sock): boolean {
  if (((sock.rport << 16) | sock.lport) !== want.ports) return false;
  const r = sock.remote;
  if (r.w3 !== want.r3 || r.w2 !== want.r2 || r.w1 !== want.r1 || r.w0 !== want.r0) return false;
  const l = sock.local;
  return l.w3 === want.l3 && l.w2 === want.l2 && l.w1 === want.l1 && l.w0 === want.l0;
}

function isWanted(t: Tables, handle: number): boolean {
  const kind = kindOf(handle);
  if (kind === SOCK) return sockIsWanted(sockOf(t, handle));
  const slab = t.slabs[kind]!;
  const slot = slotOf(handle);
  if (slabGet(slab, slot, MINI_REMOTE) !== want.r3 || slabGet(slab, slot, MINI_PORTS) !== want.ports)
    return false;
  if (slabGet(slab, slot, MINI_LOCAL) !== want.l3) return false;
  if (kind !== REQUEST6 && kind !== TIMEWAIT6) return want.l2 === V4_MAPPED_W2 && (want.l0 | want.l1) === 0;
  const base = slab.stride - MINI6_WORDS;
  return (
    slabGet(slab, slot, base) === want.r0 &&
    slabGet(slab, slot, base + 1) === want.r1 &&
    slabGet(slab, slot, base + 2) === want.r2 &&
    slabGet(slab, slot, base + 3) === want.l0 &&
    slabGet(slab, slot, base + 4) === want.l1 &&
    slabGet(slab, slot, base + 5) === want.l2
  );
}

/** Where the wanted tuple stands, or the free place (as -1 - place) where it belongs. */
function place(t: Tables): number {
  const { index, key0, key1 } = t.established;
  const mask = index.length - 1;
  let at = hashWanted(key0, key1) & mask;
  for (let handle = index[at]!; handle !== 0; handle = index[at]!) {
    if (isWanted(t, handle)) return at;
    at = (at + 1) & mask;
  }
  return -1 - at;
}

function find(t: Tables): number {
  const at = place(t);
  return at < 0 ? 0 : t.established.index[at]!;
}

/** The record of a 4-tuple, or 0. @kernel __inet_lookup_established net/ipv4/inet_hashtables.c v6.18 */
export function findTuple(t: Tables, local: Addr, lport: number, remote: Addr, rport: number): number {
  wantTuple(local, lport, remote, rport);
  return find(t);
}

/** The record that an arriving segment belongs to (local = destination), or 0. */
export function findSegment(t: Tables, seg: Segment): number {
  wantSegment(seg);
  return find(t);
}

/** Hash of an arriving segment's 4-tuple: what picks a member of a SO_REUSEPORT group. @kernel inet_ehashfn */
export function segmentHash(e: Established, seg: Segment): number {
  wantSegment(seg);
  return hashWanted(e.key0, e.key1);
}

/** `segmentHash` of a tuple. */
export function tupleHash(e: Established, local: Addr, lport: number, remote: Addr, rport: number): number {
  wantTuple(local, lport, remote, rport);
  return hashWanted(e.key0, e.key1);
}

/** Hash of the place of the wanted tuple: all of it but the local port. */
function hashPlace(key1: number): number {
  let h = mix(mix(mix(key1, want.l3), want.r3), want.ports >>> 16);
  if (want.l2 !== V4_MAPPED_W2) h = mix(mix(mix(h, want.l0), want.l1), want.l2);
  if (want.r2 !== V4_MAPPED_W2) h = mix(mix(mix(h, want.r0), want.r1), want.r2);
  return h;
}

const isWantedPlace = (d: Destination): boolean =>
  d.rport === want.ports >>> 16 &&
  d.remote.w3 === want.r3 &&
  d.local.w3 === want.l3 &&
  d.remote.w2 === want.r2 &&
  d.remote.w1 === want.r1 &&
  d.remote.w0 === want.r0 &&
  d.local.w2 === want.l2 &&
  d.local.w1 === want.l1 &&
  d.local.w0 === want.l0;

/** Tells the record of the wanted tuple's place, when there is one, who holds the local port now. */
function noteWanted(e: Established, holder: Holder): void {
  if (e.destinations === null) return;
  const found = e.destinations.get(hashPlace(e.key1));
  if (found !== undefined && isWantedPlace(found)) noteHolder(found, want.ports & 0xffff, holder);
}

const holderOf = (handle: number): Holder => {
  if (handle === 0) return 'nobody';
  const kind = kindOf(handle);
  return kind === TIMEWAIT4 || kind === TIMEWAIT6 ? 'time-wait' : 'connection';
};

/** What holds a port towards a place. */
export const holderOfTuple = (t: Tables, local: Addr, lport: number, remote: Addr, rport: number): Holder =>
  holderOf(findTuple(t, local, lport, remote, rport));

/** A TIME-WAIT record changed in what decides when it may be recycled. */
export function noteTimeWaitChange(t: Tables, handle: number): void {
  if (t.established.destinations === null) return;
  wantHandle(t, handle);
  noteWanted(t.established, 'time-wait');
}

/** The record of a place, or undefined. */
export function findDestination(
  e: Established,
  local: Addr,
  remote: Addr,
  rport: number,
): Destination | undefined {
  if (e.destinations === null) return undefined;
  wantTuple(local, 0, remote, rport);
  const found = e.destinations.get(hashPlace(e.key1));
  return found !== undefined && isPlace(found, local, remote, rport) ? found : undefined;
}

/** Places with a record of their own, 100 kB each at most. */
const DESTINATIONS_MAX = 128;

/** A new, empty record of a place; null when its hash is taken. The one that was not used for longest may go for it. */
export function addDestination(e: Established, local: Addr, remote: Addr, rport: number): Destination | null {
  e.destinations ??= new Map();
  const { destinations } = e;
  wantTuple(local, 0, remote, rport);
  const hash = hashPlace(e.key1);
  if (destinations.has(hash)) return null;
  if (destinations.size >= DESTINATIONS_MAX) {
    const [oldest] = [...destinations].reduce((a, b) => (b[1].usedAt < a[1].usedAt ? b : a));
    destinations.delete(oldest);
  }
  const made = newDestination(local, remote, rport);
  destinations.set(hash, made);
  return made;
}

export function dropDestination(e: Established, d: Destination): void {
  wantTuple(d.local, 0, d.remote, d.rport);
  e.destinations?.delete(hashPlace(e.key1));
  if (e.destinations?.size === 0) e.destinations = null;
}

/** Puts every handle into a table of another size. */
function resize(t: Tables, slots: number): void {
  const old = t.established.index;
  const index = new Int32Array(slots);
  const { key0, key1 } = t.established;
  for (let i = 0; i < old.length; i++) {
    const handle = old[i]!;
    if (handle === 0) continue;
    wantHandle(t, handle);
    let at = hashWanted(key0, key1) & (slots - 1);
    while (index[at] !== 0) at = (at + 1) & (slots - 1);
    index[at] = handle;
  }
  t.established.index = index;
}

/**
 * Enters a record under the tuple it holds; false when an equal tuple is present (nothing changes then).
 * @kernel inet_ehash_insert net/ipv4/inet_hashtables.c v6.18
 */
export function insertHandle(t: Tables, handle: number): boolean {
  const e = t.established;
  if (2 * (e.count + 1) > e.index.length) resize(t, 2 * e.index.length);
  wantHandle(t, handle);
  const at = place(t);
  if (at >= 0) return false;
  e.index[-1 - at] = handle;
  e.count++;
  noteWanted(e, holderOf(handle));
  return true;
}

/** Closes the gap at `hole`: moves back what was displaced past it. */
function shiftBack(t: Tables, hole: number): void {
  const { index, key0, key1 } = t.established;
  const mask = index.length - 1;
  let gap = hole;
  for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
    wantHandle(t, index[at]!);
    const home = hashWanted(key0, key1) & mask;
    if (((at - home) & mask) >= ((at - gap) & mask)) {
      index[gap] = index[at]!;
      gap = at;
    }
  }
  index[gap] = 0;
}

/** Replaces a record by another of the same tuple, in place (a full socket by its TIME-WAIT record). */
export function replaceHandle(t: Tables, old: number, handle: number): void {
  wantHandle(t, old);
  const { index } = t.established;
  const at = place(t);
  if (at < 0 || index[at] !== old) throw new InvariantError(`handle ${old} is not in the table`);
  index[at] = handle;
  noteWanted(t.established, holderOf(handle));
}

/** Removes a record; its tuple must be unchanged since it was entered. @kernel __sk_nulls_del_node_init_rcu */
export function removeHandle(t: Tables, handle: number): void {
  wantHandle(t, handle);
  const e = t.established;
  const at = place(t);
  if (at < 0 || e.index[at] !== handle) throw new InvariantError(`handle ${handle} is not in the table`);
  noteWanted(e, 'nobody');
  shiftBack(t, at);
  e.count--;
  if (e.index.length > MIN_SLOTS && 8 * e.count < e.index.length) resize(t, e.index.length / 2);
}

/** Handle of a full socket. */
export const sockHandle = (sock: Sock): number => handleOf(SOCK, sock.id);
