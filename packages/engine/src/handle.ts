// One int32 that names any record the lookup table or the timer wheel can hold: kind in bits 28..30, slot below.
// Zero is never a handle.

export const SOCK = 1;
export const REQUEST4 = 2;
export const REQUEST6 = 3;
export const TIMEWAIT4 = 4;
export const TIMEWAIT6 = 5;
export const TIMER = 6;

const KIND_SHIFT = 28;
const SLOT_MASK = (1 << KIND_SHIFT) - 1;

export const handleOf = (kind: number, slot: number): number => (kind << KIND_SHIFT) | slot;
export const kindOf = (handle: number): number => handle >>> KIND_SHIFT;
export const slotOf = (handle: number): number => handle & SLOT_MASK;
