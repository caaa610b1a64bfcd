// A hierarchical timing wheel over microseconds: 4 levels of 256 slots, after Varghese and Lauck (1987). Timers are the
// first three words of slab records, linked into the slots, so a million timers cost no allocation.
//
// The level is the highest byte in which base and deadline differ. So a timer only ever moves down when the base enters
// its slot, and equal deadlines stand in one list: they fire in the order of their arming, or, as Linux's own wheel has it
// since 4.8, the last armed first. Deadlines are kept as int32 words modulo 2^32: a deadline must lie less than 2^31 us
// (35 minutes) after the base; longer delays are the callers' business.
//
// Links are handles. A record is armed when its TIMER_PREV is not zero: the first of a list holds -(slot + 1) there, the
// last holds the same in TIMER_NEXT. A record fresh from the slab is all zero, which is not armed.
//
// Not modelled here: jiffies. The rounding of Linux's own wheels is in tcp/timers.ts, when a profile asks for it.

import { kindOf, slotOf } from './handle.ts';
import { InvariantError } from './invariant.ts';
import { type Slab, slabGet, slabSet, TIMER_DEADLINE, TIMER_NEXT, TIMER_PREV } from './slab.ts';

const LEVELS = 4;
const LEVEL_BITS = 8;
const SLOTS = 1 << LEVEL_BITS;
const SLOT_MASK = SLOTS - 1;
/** Words of the occupancy bitmap of one level. */
const MAP_WORDS = SLOTS >> 5;
/** Deadlines lie nearer than this, us. */
const WHEEL_SPAN_US = 2 ** 31;

export interface TimerWheel {
  /** Time of the last timer popped, or of the last look that found none due, us. */
  base: number;
  /** Armed timers. */
  count: number;
  /** Of equal deadlines the last armed fires first. @kernel enqueue_timer kernel/time/timer.c v6.18 simplified (one CPU; a timer of a coarser level comes first in Linux) */
  readonly lastFirst: boolean;
  /** First and last handle of each slot, level by level; 0 = none. */
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  /** One bit a slot that is not empty. */
  readonly bitmap: Int32Array;
}

export const newTimerWheel = (lastFirst = false): TimerWheel => ({
  base: 0,
  count: 0,
  lastFirst,
  heads: new Int32Array(LEVELS * SLOTS),
  tails: new Int32Array(LEVELS * SLOTS),
  bitmap: new Int32Array(LEVELS * MAP_WORDS),
});

const read = (slabs: readonly Slab[], handle: number, word: number): number =>
  slabGet(slabs[kindOf(handle)]!, slotOf(handle), word);

function write(slabs: readonly Slab[], handle: number, word: number, value: number): void {
  slabSet(slabs[kindOf(handle)]!, slotOf(handle), word, value);
}

export const isArmed = (slabs: readonly Slab[], handle: number): boolean =>
  read(slabs, handle, TIMER_PREV) !== 0;

function levelOf(base: number, deadline: number): number {
  const differ = base ^ deadline;
  if (differ >>> LEVEL_BITS === 0) return 0;
  if (differ >>> (2 * LEVEL_BITS) === 0) return 1;
  return differ >>> (3 * LEVEL_BITS) === 0 ? 2 : 3;
}

/** Index of the slot of a deadline. */
function slotFor(wheel: TimerWheel, deadline: number): number {
  const level = levelOf(wheel.base | 0, deadline);
  return (level << LEVEL_BITS) | ((deadline >>> (level * LEVEL_BITS)) & SLOT_MASK);
}

/** Puts a record before all others of a slot that has some. */
function prepend(wheel: TimerWheel, slabs: readonly Slab[], handle: number, index: number): void {
  const first = wheel.heads[index]!;
  write(slabs, first, TIMER_PREV, handle);
  write(slabs, handle, TIMER_NEXT, first);
  write(slabs, handle, TIMER_PREV, -(index + 1));
  wheel.heads[index] = handle;
}

/** Appends a record to a slot. */
function append(wheel: TimerWheel, slabs: readonly Slab[], handle: number, index: number): void {
  const last = wheel.tails[index]!;
  if (last === 0) {
    wheel.heads[index] = handle;
    wheel.bitmap[index >> 5]! |= 1 << (index & 31);
    write(slabs, handle, TIMER_PREV, -(index + 1));
  } else {
    write(slabs, last, TIMER_NEXT, handle);
    write(slabs, handle, TIMER_PREV, last);
  }
  wheel.tails[index] = handle;
  write(slabs, handle, TIMER_NEXT, -(index + 1));
}

/** Takes a record out of its slot and marks it as not armed. */
function unlink(wheel: TimerWheel, slabs: readonly Slab[], handle: number): void {
  const next = read(slabs, handle, TIMER_NEXT);
  const prev = read(slabs, handle, TIMER_PREV);
  if (next < 0) wheel.tails[-next - 1] = prev < 0 ? 0 : prev;
  else write(slabs, next, TIMER_PREV, prev);
  if (prev < 0) {
    const index = -prev - 1;
    wheel.heads[index] = next < 0 ? 0 : next;
    if (next < 0) wheel.bitmap[index >> 5]! &= ~(1 << (index & 31));
  } else write(slabs, prev, TIMER_NEXT, next);
  write(slabs, handle, TIMER_NEXT, 0);
  write(slabs, handle, TIMER_PREV, 0);
}

/** Re-inserts the timers of one slot, in their order; the base has just entered it. */
function cascade(wheel: TimerWheel, slabs: readonly Slab[], index: number): void {
  let handle = wheel.heads[index]!;
  wheel.heads[index] = 0;
  wheel.tails[index] = 0;
  wheel.bitmap[index >> 5]! &= ~(1 << (index & 31));
  while (handle > 0) {
    const next = read(slabs, handle, TIMER_NEXT);
    append(wheel, slabs, handle, slotFor(wheel, read(slabs, handle, TIMER_DEADLINE)));
    handle = next;
  }
}

/** Moves the base forward; no timer may be due before `target`. */
function moveBase(wheel: TimerWheel, slabs: readonly Slab[], target: number): void {
  if (target <= wheel.base) return;
  // A jump over the whole wheel meets no timer: all of them lie within 2^31 us of the old base.
  const level = levelOf(wheel.base | 0, target | 0);
  wheel.base = target;
  if (level === 0) return;
  const index = (level << LEVEL_BITS) | ((target >>> (level * LEVEL_BITS)) & SLOT_MASK);
  if (wheel.heads[index] !== 0) cascade(wheel, slabs, index);
}

/** The first occupied slot of a level, from `from` on and not past `to`; -1 when there is none. */
function scan(wheel: TimerWheel, level: number, from: number, to: number): number {
  const first = level * MAP_WORDS;
  for (let word = from >> 5; word <= to >> 5; word++) {
    let bits = wheel.bitmap[first + word]!;
    if (word === from >> 5) bits &= -1 << (from & 31);
    if (bits !== 0) {
      const slot = (word << 5) + 31 - Math.clz32(bits & -bits);
      return slot <= to ? slot : -1;
    }
  }
  return -1;
}

/**
 * Start of the earliest occupied slot, us; Infinity when the wheel is empty. In level 0 that is a deadline. Lower levels
 * come before higher ones, because their timers share more leading bytes with the base.
 */
export function wheelNext(wheel: TimerWheel): number {
  if (wheel.count === 0) return Infinity;
  const word = wheel.base | 0;
  for (let level = 0; level < LEVELS; level++) {
    const shift = level * LEVEL_BITS;
    const current = (word >>> shift) & SLOT_MASK;
    let slot = scan(wheel, level, current, SLOT_MASK);
    // Only the top level wraps: the others share all higher bytes with the base.
    if (slot < 0 && level === LEVELS - 1) slot = scan(wheel, level, 0, current);
    if (slot < 0) continue;
    const into = level === LEVELS - 1 ? word >>> 0 : word & ((SLOTS << shift) - 1);
    const start = wheel.base - into + slot * 2 ** shift;
    return slot < current ? start + 2 ** 32 : start;
  }
  throw new InvariantError('a timer is counted and in no slot');
}

/**
 * Arms a timer, anew when it is armed already. A deadline in the past fires at once. With `lastFirst` a timer that is armed
 * again for the same time keeps its place, as in Linux. @kernel mod_timer kernel/time/timer.c v6.18 simplified
 */
export function wheelArm(
  wheel: TimerWheel,
  slabs: readonly Slab[],
  handle: number,
  deadlineUs: number,
): void {
  if (isArmed(slabs, handle)) {
    if (wheel.lastFirst && read(slabs, handle, TIMER_DEADLINE) === (deadlineUs | 0)) return;
    unlink(wheel, slabs, handle);
  } else wheel.count++;
  const lag = deadlineUs - wheel.base - WHEEL_SPAN_US;
  if (lag >= 0) catchUp(wheel, slabs, handle, deadlineUs - WHEEL_SPAN_US + 1);
  const deadline = Math.max(deadlineUs, wheel.base) | 0;
  write(slabs, handle, TIMER_DEADLINE, deadline);
  const index = slotFor(wheel, deadline);
  if (wheel.lastFirst && wheel.heads[index] !== 0) prepend(wheel, slabs, handle, index);
  else append(wheel, slabs, handle, index);
}

/** The base lags when nobody popped for long; it may move as long as no timer waits in between. */
function catchUp(wheel: TimerWheel, slabs: readonly Slab[], handle: number, target: number): void {
  wheel.count--;
  for (let next = wheelNext(wheel); next <= target; next = wheelNext(wheel)) {
    if (next <= wheel.base) throw new InvariantError(`timer of record ${handle} is more than 2^31 us ahead`);
    moveBase(wheel, slabs, next);
  }
  moveBase(wheel, slabs, target);
  wheel.count++;
}

/** Disarms a timer; nothing happens when it is not armed. @kernel timer_delete kernel/time/timer.c v6.18 */
export function wheelCancel(wheel: TimerWheel, slabs: readonly Slab[], handle: number): void {
  if (!isArmed(slabs, handle)) return;
  unlink(wheel, slabs, handle);
  wheel.count--;
}

/** Deadline of an armed timer, us. */
export const wheelDeadline = (wheel: TimerWheel, slabs: readonly Slab[], handle: number): number =>
  wheel.base + ((read(slabs, handle, TIMER_DEADLINE) - (wheel.base | 0)) >>> 0);

/**
 * The next timer due at `nowUs`, disarmed, or 0 when none is. The base follows: to the deadline of what is handed out,
 * or to `nowUs` when nothing is due. @kernel __run_timers kernel/time/timer.c v6.18 simplified
 */
export function wheelPop(wheel: TimerWheel, slabs: readonly Slab[], nowUs: number): number {
  for (;;) {
    const next = wheelNext(wheel);
    if (next > nowUs) {
      moveBase(wheel, slabs, nowUs);
      return 0;
    }
    moveBase(wheel, slabs, next);
    const handle = wheel.heads[next & SLOT_MASK]!;
    if (handle === 0) continue;
    unlink(wheel, slabs, handle);
    wheel.count--;
    return handle;
  }
}
