// Records of int32 words in chunked Int32Arrays: where many small sockets and timers live. A record is named by its
// slot; words are read through chunk arrays so that growing never copies what is there. The first three words of every
// slab record are the links and the deadline of the timer wheel (timer-wheel.ts).

import { InvariantError } from './invariant.ts';

export const TIMER_NEXT = 0;
export const TIMER_PREV = 1;
export const TIMER_DEADLINE = 2;

/** log2 of the records of one chunk. */
const CHUNK_BITS = 12;
const CHUNK_SIZE = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_SIZE - 1;

export interface Slab {
  /** Words a record. */
  readonly stride: number;
  readonly chunks: Int32Array[];
  /** Records ever taken; slots below it exist. */
  top: number;
  /** Live records. */
  used: number;
  /** Head of the list of free slots (linked through word 0), or -1. */
  free: number;
}

export const newSlab = (stride: number): Slab => ({ stride, chunks: [], top: 0, used: 0, free: -1 });

/** Takes a slot with all words zero. */
export function slabTake(slab: Slab): number {
  let slot = slab.free;
  if (slot >= 0) {
    const chunk = slab.chunks[slot >> CHUNK_BITS]!;
    const base = (slot & CHUNK_MASK) * slab.stride;
    slab.free = chunk[base]!;
    chunk.fill(0, base, base + slab.stride);
  } else {
    slot = slab.top++;
    if (slot >> CHUNK_BITS === slab.chunks.length) slab.chunks.push(new Int32Array(CHUNK_SIZE * slab.stride));
  }
  slab.used++;
  return slot;
}

/** Gives a slot back. The caller must hold no other name of it. */
export function slabGive(slab: Slab, slot: number): void {
  if (slot < 0 || slot >= slab.top) throw new InvariantError(`slot ${slot} was never taken`);
  slab.chunks[slot >> CHUNK_BITS]![(slot & CHUNK_MASK) * slab.stride] = slab.free;
  slab.free = slot;
  slab.used--;
}

export const slabGet = (slab: Slab, slot: number, word: number): number =>
  slab.chunks[slot >> CHUNK_BITS]![(slot & CHUNK_MASK) * slab.stride + word]!;

export function slabSet(slab: Slab, slot: number, word: number, value: number): void {
  slab.chunks[slot >> CHUNK_BITS]![(slot & CHUNK_MASK) * slab.stride + word] = value;
}

/** The words that hold a record, for a cursor; the record begins at `slabBase()`. */
export const slabWords = (slab: Slab, slot: number): Int32Array => slab.chunks[slot >> CHUNK_BITS]!;
export const slabBase = (slab: Slab, slot: number): number => (slot & CHUNK_MASK) * slab.stride;
