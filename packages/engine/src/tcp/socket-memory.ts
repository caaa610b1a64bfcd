// Memory that a socket has reserved by whole pages for both directions. What is reserved and not in use decides whether
// header prediction may take a segment. Left out: pressure, and limits for all sockets together.

import type { Sock } from '../sock.ts';

/** Bytes. */
const PAGE = 4096;

/** Reserves pages until `size` bytes may be taken. @kernel __sk_mem_schedule, sk_forced_mem_schedule net v6.18 */
export function scheduleMemory({ path }: Sock, size: number): void {
  if (path.forwardAlloc < size) path.forwardAlloc += Math.ceil((size - path.forwardAlloc) / PAGE) * PAGE;
}

/** Takes memory, reserving more pages if need be. @kernel sk_mem_charge include/net/sock.h v6.18 */
export function chargeMemory(sk: Sock, size: number): void {
  scheduleMemory(sk, size);
  sk.path.forwardAlloc -= size;
}

/** Gives memory back; whole pages return to the pool. @kernel sk_mem_uncharge include/net/sock.h v6.18 */
export function unchargeMemory(sk: Sock, size: number): void {
  sk.path.forwardAlloc = (sk.path.forwardAlloc + size) % PAGE;
}
