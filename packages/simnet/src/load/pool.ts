// A pool of connections to one destination, as clients in front of a database have it: a connection with nothing to do is
// taken, or a new one is opened while there are fewer than its size, or the thread waits until one comes back.

import type { PoolSpec } from './spec.ts';

export interface Pool {
  /** Descriptors of connections with nothing to do; the last one used is taken first. */
  readonly idle: number[];
  /** Connections that are open or being opened. */
  open: number;
  /** Threads that wait, in the order of their coming. */
  readonly waiting: number[];
  /** What a thread that was woken got: a descriptor, or OPEN_ONE. */
  readonly grants: Map<number, number>;
}

export const newPool = (): Pool => ({ idle: [], open: 0, waiting: [], grants: new Map() });

/** Instead of a descriptor: there is room for another connection. */
export const OPEN_ONE = -1;

/** A descriptor, OPEN_ONE, or null: the thread now waits. */
export function takeFrom(pool: Pool, { size }: PoolSpec, thread: number): number | null {
  const fd = pool.idle.pop();
  if (fd !== undefined) return fd;
  if (pool.open < size) {
    pool.open++;
    return OPEN_ONE;
  }
  pool.waiting.push(thread);
  return null;
}

/** What the thread was woken for; null: nothing yet. */
export function grantOf(pool: Pool, thread: number): number | null {
  const grant = pool.grants.get(thread) ?? null;
  pool.grants.delete(thread);
  return grant;
}

/** Gives a connection back. `wake`: the thread that got it; `keep` false: it is to be closed. */
export function giveBack(
  pool: Pool,
  { idle }: PoolSpec,
  fd: number,
): { readonly keep: boolean; readonly wake: number | null } {
  const next = pool.waiting.shift();
  if (next !== undefined) {
    pool.grants.set(next, fd);
    return { keep: true, wake: next };
  }
  if (pool.idle.length < idle) {
    pool.idle.push(fd);
    return { keep: true, wake: null };
  }
  pool.open--;
  return { keep: false, wake: null };
}

/** A connection of the pool is gone; gives the thread that may open another in its place. */
export function dropFrom(pool: Pool): number | null {
  const next = pool.waiting.shift();
  if (next === undefined) {
    pool.open--;
    return null;
  }
  pool.grants.set(next, OPEN_ONE);
  return next;
}
