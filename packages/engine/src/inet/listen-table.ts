// Listening sockets by local address and port, and the SO_REUSEPORT groups they form.
//
// @kernel inet_hashinfo.lhash2 include/net/inet_hashtables.h v6.18, __inet_lookup_listener net/ipv4/inet_hashtables.c
// v6.18. Left out: bound devices, SO_INCOMING_CPU, BPF (sk_lookup and reuseport programs).

import { type Addr, V4_MAPPED_W2 } from '../addr.ts';
import type { Sock } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';

/** Listeners of one address and port in the order they are asked; `::` and 0.0.0.0 share a chain, as in Linux. */
interface ListenChain {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly socks: number[];
}

export interface ListenTable {
  /** Chains by port. */
  readonly ports: Map<number, ListenChain[]>;
  /** SO_REUSEPORT groups by id, members in the order the group's hash sees them. */
  readonly groups: Map<number, number[]>;
  /** Group of each listener that set SO_REUSEPORT before listen(). */
  readonly groupOf: Map<number, number>;
  /** Group of each member that was closed with tcp_migrate_req on, while the group lives. */
  readonly closed: Map<number, number>;
  nextGroup: number;
}

export const newListenTable = (): ListenTable => ({
  ports: new Map(),
  groups: new Map(),
  groupOf: new Map(),
  closed: new Map(),
  nextGroup: 1,
});

/** Word 2 of the chain of an address: the two wildcards are one. @kernel ipv6_portaddr_hash include/net/ipv6.h v6.18 */
const chainWord2 = (w0: number, w1: number, w2: number, w3: number): number =>
  (w0 | w1 | w3) === 0 && w2 === V4_MAPPED_W2 ? 0 : w2;

function findChain(
  chains: readonly ListenChain[],
  w0: number,
  w1: number,
  w2: number,
  w3: number,
): ListenChain | undefined {
  const word2 = chainWord2(w0, w1, w2, w3);
  for (const chain of chains)
    if (chain.w3 === w3 && chain.w2 === word2 && chain.w1 === w1 && chain.w0 === w0) return chain;
  return undefined;
}

function chainFor(table: ListenTable, a: Addr, port: number): ListenChain {
  let chains = table.ports.get(port);
  if (chains === undefined) {
    chains = [];
    table.ports.set(port, chains);
  }
  const found = findChain(chains, a.w0, a.w1, a.w2, a.w3);
  if (found !== undefined) return found;
  const chain = { w0: a.w0, w1: a.w1, w2: chainWord2(a.w0, a.w1, a.w2, a.w3), w3: a.w3, socks: [] };
  chains.push(chain);
  return chain;
}

/** Two listeners share a group: family, V6ONLY, owner and address agree. @kernel inet_reuseport_add_sock */
const sameGroup = (a: Sock, b: Sock): boolean =>
  b.options.reusePort &&
  a.family === b.family &&
  a.options.v6Only === b.options.v6Only &&
  a.options.uid === b.options.uid &&
  a.local.w2 === b.local.w2;

/** Enters a socket into the group of its peers, or starts one. @kernel reuseport_add_sock net/core/sock_reuseport.c v6.18 */
function joinGroup(
  table: ListenTable,
  socks: ReadonlyMap<number, Sock>,
  sock: Sock,
  chain: ListenChain,
): void {
  let group = 0;
  for (const id of chain.socks) {
    const other = socks.get(id);
    const otherGroup = table.groupOf.get(id);
    if (other === undefined || otherGroup === undefined || !sameGroup(sock, other)) continue;
    group = otherGroup;
    break;
  }
  if (group === 0) {
    group = table.nextGroup++;
    table.groups.set(group, []);
  }
  table.groups.get(group)!.push(sock.id);
  table.groupOf.set(sock.id, group);
}

/**
 * Enters a listener: in front of the others of its address, an IPv6 SO_REUSEPORT listener behind them.
 * @kernel __inet_hash net/ipv4/inet_hashtables.c v6.18
 */
export function insertListener(table: ListenTable, socks: ReadonlyMap<number, Sock>, sock: Sock): void {
  const chain = chainFor(table, sock.local, sock.lport);
  table.closed.delete(sock.id);
  if (sock.options.reusePort) joinGroup(table, socks, sock, chain);
  if (sock.options.reusePort && sock.family === 6) chain.socks.push(sock.id);
  else chain.socks.unshift(sock.id);
}

/** The last member takes the place of the one that leaves. @kernel __reuseport_detach_sock net/core/sock_reuseport.c v6.18 */
function leaveGroup(table: ListenTable, id: number): void {
  const group = table.groupOf.get(id);
  if (group === undefined) return;
  table.groupOf.delete(id);
  const members = table.groups.get(group)!;
  const last = members.pop()!;
  if (last !== id) members[members.indexOf(id)] = last;
  if (members.length > 0) return;
  table.groups.delete(group);
  for (const [member, of] of table.closed) if (of === group) table.closed.delete(member);
}

/** Removes a listener, under the address and port it was entered with. @kernel inet_unhash net/ipv4/inet_hashtables.c v6.18 */
export function removeListener(table: ListenTable, sock: Sock): void {
  leaveGroup(table, sock.id);
  const chains = table.ports.get(sock.lport);
  if (chains === undefined) return;
  const chain = findChain(chains, sock.local.w0, sock.local.w1, sock.local.w2, sock.local.w3);
  const at = chain === undefined ? -1 : chain.socks.indexOf(sock.id);
  if (chain === undefined || at < 0) return;
  chain.socks.splice(at, 1);
  if (chain.socks.length === 0) chains.splice(chains.indexOf(chain), 1);
  if (chains.length === 0) table.ports.delete(sock.lport);
}

/** Keeps in mind to which group a closed listener belonged. @kernel __reuseport_add_closed_sock net/core/sock_reuseport.c v6.18 */
export function keepClosed(table: ListenTable, id: number, group: number): void {
  if (table.groups.has(group)) table.closed.set(id, group);
}

/** Group of a closed listener, or 0. */
export const closedGroupOf = (table: ListenTable, id: number): number => table.closed.get(id) ?? 0;

/** Group of a listener, or 0. Ask before `removeListener`. */
export const groupOfListener = (table: ListenTable, id: number): number => table.groupOf.get(id) ?? 0;

/** [0, n) from a 32-bit hash. @kernel reciprocal_scale include/linux/kernel.h v6.18 */
export const reciprocalScale = (hash: number, n: number): number => Math.floor(((hash >>> 0) * n) / 2 ** 32);

/**
 * Member of a group that a hash picks, or 0 when the group is gone. Whether its queue is full plays no part.
 * @kernel reuseport_select_sock_by_hash net/core/sock_reuseport.c v6.18
 */
export function pickFromGroup(table: ListenTable, group: number, hash: number): number {
  const members = table.groups.get(group);
  return members === undefined ? 0 : members[reciprocalScale(hash, members.length)]!;
}

/** How well a listener of the chain fits, -1 for not at all. @kernel compute_score net/ipv4/inet_hashtables.c v6.18 */
function score(sock: Sock, v4: boolean): number {
  if (!v4) return sock.family === 6 ? 1 : -1;
  if (sock.family === 4) return 2;
  return sock.options.v6Only ? -1 : 1;
}

/** @kernel inet_lhash2_lookup net/ipv4/inet_hashtables.c v6.18 */
function searchChain(
  table: ListenTable,
  socks: ReadonlyMap<number, Sock>,
  chain: ListenChain,
  v4: boolean,
  hash: number,
): number {
  let best = 0;
  let bestScore = 0;
  for (const id of chain.socks) {
    const sock = socks.get(id)!;
    const points = score(sock, v4);
    if (points <= bestScore) continue;
    const group = sock.options.reusePort ? table.groupOf.get(id) : undefined;
    if (group !== undefined) return pickFromGroup(table, group, hash);
    best = id;
    bestScore = points;
  }
  return best;
}

/** Listener for a destination given as words; see `lookupListener`. */
function lookupWords(
  table: ListenTable,
  socks: ReadonlyMap<number, Sock>,
  w0: number,
  w1: number,
  w2: number,
  w3: number,
  port: number,
  hash: number,
): number {
  const chains = table.ports.get(port);
  if (chains === undefined) return 0;
  const v4 = w2 === V4_MAPPED_W2 && (w0 | w1) === 0;
  const specific = findChain(chains, w0, w1, w2, w3);
  if (specific !== undefined) {
    const id = searchChain(table, socks, specific, v4, hash);
    if (id !== 0) return id;
  }
  const any = findChain(chains, 0, 0, 0, 0);
  return any === undefined ? 0 : searchChain(table, socks, any, v4, hash);
}

/**
 * The listener that takes a segment to `dst`:`port`, or 0: its own address before the wildcards; an IPv4 socket before a
 * dual-stack one; then the most recent listen(). `hash` picks within a SO_REUSEPORT group.
 * @kernel __inet_lookup_listener net/ipv4/inet_hashtables.c v6.18
 */
export const lookupListener = (
  table: ListenTable,
  socks: ReadonlyMap<number, Sock>,
  dst: Addr,
  port: number,
  hash: number,
): number => lookupWords(table, socks, dst.w0, dst.w1, dst.w2, dst.w3, port, hash);

/** `lookupListener` for an arriving segment, without making an address record. */
export const lookupListenerOf = (
  table: ListenTable,
  socks: ReadonlyMap<number, Sock>,
  seg: Segment,
  hash: number,
): number => lookupWords(table, socks, seg.d0, seg.d1, seg.d2, seg.d3, seg.dport, hash);
