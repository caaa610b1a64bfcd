// Timers of full sockets and of mini sockets. All live in one wheel; a full socket's three timers are records of the
// timer slab (socket id, which timer, true deadline in two words, how late that is), so that nothing holds a closure.
// Deadlines are exact to 1 us (rounded up); with `profile.hz` set they follow Linux's timer wheel, whose jiffies begin with
// CLOCK_MONOTONIC, so that when the host was booted says where in a granule the wheel stands.

import { handleOf, slotOf, TIMER } from '../handle.ts';
import { jiffyAsked, roundToWheel } from '../jiffies.ts';
import { slabGet, slabGive, slabSet, slabTake } from '../slab.ts';
import type { Sock } from '../sock.ts';
import { wheelArm, wheelCancel } from '../timer-wheel.ts';
import type { Netns } from './netns.ts';

export type TimerName = 'retransmit' | 'delack' | 'keepalive';

const TIMER_SOCK = 3;
const TIMER_WHICH = 4;
/** The deadline in ns as high and low part, base 2^32. */
const TIMER_HIGH = 5;
const TIMER_LOW = 6;
/** Jiffies by which the wheel lets it fire later than was asked. */
const TIMER_LATE = 7;
export const TIMER_STRIDE = 8;

const NAMES: readonly TimerName[] = ['retransmit', 'delack', 'keepalive'];

/** Handle of one of a socket's timers. Fields by name: a computed key is a slow way into a record this wide. */
function timerOf(sk: Sock, name: TimerName): number {
  if (name === 'retransmit') return sk.retransmitTimer;
  return name === 'delack' ? sk.delackTimer : sk.keepaliveTimer;
}

function setTimerOf(sk: Sock, name: TimerName, handle: number): void {
  if (name === 'retransmit') sk.retransmitTimer = handle;
  else if (name === 'delack') sk.delackTimer = handle;
  else sk.keepaliveTimer = handle;
}

/** The wheel takes delays below 2^31 us; longer timers are armed in hops of half an hour. */
const HOP_NS = 1800e9;

/** Jiffies are 0 this long after boot, so that code which cannot stand their wrap is found early. @kernel INITIAL_JIFFIES include/linux/jiffies.h v6.18 */
const JIFFIES_ZERO_NS = 300e9;

/** What the clock of jiffies is ahead of ours, ns. */
const jiffiesAhead = (net: Netns): number => net.bootedAt - JIFFIES_ZERO_NS;

/** When a timer asked for now with this delay (ns) will fire. @kernel mod_timer kernel/time/timer.c v6.18 */
function deadlineAfter(net: Netns, delayNs: number): number {
  const { hz, behaviour } = net.profile;
  if (hz === 0) return net.now + delayNs;
  const ahead = jiffiesAhead(net);
  return roundToWheel(ahead + net.now, delayNs, hz, behaviour.timerWheel) - ahead;
}

/**
 * Jiffies from the one that a timer armed now asks for to its deadline (ns), as `deadlineAfter` gave it; 0 without jiffies.
 */
export function jiffiesLate(net: Netns, delayNs: number, deadlineNs: number): number {
  const { hz } = net.profile;
  if (hz === 0) return 0;
  const ahead = jiffiesAhead(net);
  return Math.round(((ahead + deadlineNs) * hz) / 1e9) - jiffyAsked(ahead + net.now, delayNs, hz);
}

/**
 * ns until the time for which a timer asked, as sock_diag tells it: in whole jiffies, and 0 once it has passed, although
 * the wheel may not have come by yet. @kernel inet_sk_diag_fill net/ipv4/inet_diag.c v6.18
 */
export function leftOf(net: Netns, deadlineNs: number, late: number): number {
  const { hz } = net.profile;
  if (hz === 0) return Math.max(deadlineNs - net.now, 0);
  const ahead = jiffiesAhead(net);
  const jiffies = (ns: number): number => ((ahead + ns) * hz) / 1e9;
  const left = Math.round(jiffies(deadlineNs)) - late - Math.floor(jiffies(net.now) + 1e-6);
  return Math.max(Math.round((left * 1e9) / hz), 0);
}

function armHandle(net: Netns, handle: number, deadlineNs: number): void {
  const hop = Math.min(deadlineNs, net.now + HOP_NS);
  wheelArm(net.wheel, net.slabs, handle, Math.ceil(hop / 1000));
}

/** Arms a mini socket's timer; the delay is in ns and at most 120 s. Gives the deadline, ns. */
export function armMini(net: Netns, handle: number, delayNs: number): number {
  const deadline = deadlineAfter(net, delayNs);
  wheelArm(net.wheel, net.slabs, handle, Math.ceil(deadline / 1000));
  return deadline;
}

export function cancelMini(net: Netns, handle: number): void {
  wheelCancel(net.wheel, net.slabs, handle);
}

/** Arms (or re-arms) one of a socket's timers `delayNs` from now. @kernel sk_reset_timer net/core/sock.c v6.18 */
export function armTimer(net: Netns, sk: Sock, name: TimerName, delayNs: number): void {
  const slab = net.slabs[TIMER]!;
  let handle = timerOf(sk, name);
  if (handle === 0) {
    handle = handleOf(TIMER, slabTake(slab));
    setTimerOf(sk, name, handle);
  }
  const slot = slotOf(handle);
  const delay = Math.max(delayNs, 0);
  const deadline = deadlineAfter(net, delay);
  slabSet(slab, slot, TIMER_SOCK, sk.id);
  slabSet(slab, slot, TIMER_WHICH, NAMES.indexOf(name));
  slabSet(slab, slot, TIMER_HIGH, Math.floor(deadline / 4294967296));
  slabSet(slab, slot, TIMER_LOW, (deadline % 4294967296) | 0);
  slabSet(slab, slot, TIMER_LATE, jiffiesLate(net, delay, deadline));
  armHandle(net, handle, deadline);
}

/** Stops one of a socket's timers and frees its record. @kernel sk_stop_timer net/core/sock.c v6.18 */
export function stopTimer(net: Netns, sk: Sock, name: TimerName): void {
  const handle = timerOf(sk, name);
  if (handle === 0) return;
  wheelCancel(net.wheel, net.slabs, handle);
  slabGive(net.slabs[TIMER]!, slotOf(handle));
  setTimerOf(sk, name, 0);
}

/** True while the timer is armed. */
export const timerPending = (sk: Sock, name: TimerName): boolean => timerOf(sk, name) !== 0;

/** ns at which an armed timer fires, or Infinity. */
export function timerDeadline(net: Netns, sk: Sock, name: TimerName): number {
  const handle = timerOf(sk, name);
  if (handle === 0) return Number.POSITIVE_INFINITY;
  const slab = net.slabs[TIMER]!;
  const slot = slotOf(handle);
  return slabGet(slab, slot, TIMER_HIGH) * 4294967296 + (slabGet(slab, slot, TIMER_LOW) >>> 0);
}

/** A span in ns, down to whole jiffies when the profile counts them. */
export function jiffiesDown(net: Netns, ns: number): number {
  const { hz } = net.profile;
  return hz === 0 ? ns : Math.floor(Math.floor(ns / (1e9 / hz) + 1e-6) * (1e9 / hz));
}

/** When the jiffy began that runs now; now itself without jiffies. */
export const jiffyBegan = (net: Netns): number =>
  jiffiesDown(net, jiffiesAhead(net) + net.now) - jiffiesAhead(net);

const lateOf = (net: Netns, handle: number): number => slabGet(net.slabs[TIMER]!, slotOf(handle), TIMER_LATE);

/** The time (ns) for which an armed timer asked; the wheel may let it fire later. */
export function timerExpires(net: Netns, sk: Sock, name: TimerName): number {
  const { hz } = net.profile;
  const late = hz === 0 ? 0 : Math.ceil((lateOf(net, timerOf(sk, name)) * 1e9) / hz);
  return timerDeadline(net, sk, name) - late;
}

/** What sock_diag shows of an armed timer: ns until the time for which it asked. */
export const timerLeft = (net: Netns, sk: Sock, name: TimerName): number =>
  leftOf(net, timerDeadline(net, sk, name), lateOf(net, timerOf(sk, name)));

export function stopAllTimers(net: Netns, sk: Sock): void {
  for (const name of NAMES) stopTimer(net, sk, name);
}

/**
 * Takes a popped timer record apart: which socket and timer fired, or null when the true deadline is still ahead and
 * the record was armed for the next hop. A fired timer's record is freed.
 */
export function timerFired(net: Netns, handle: number): { sock: number; name: TimerName } | null {
  const slab = net.slabs[TIMER]!;
  const slot = slotOf(handle);
  const deadline = slabGet(slab, slot, TIMER_HIGH) * 4294967296 + (slabGet(slab, slot, TIMER_LOW) >>> 0);
  if (Math.ceil(deadline / 1000) * 1000 > net.now) {
    armHandle(net, handle, deadline);
    return null;
  }
  const name = NAMES[slabGet(slab, slot, TIMER_WHICH)]!;
  const id = slabGet(slab, slot, TIMER_SOCK);
  const sk = net.socks.get(id);
  if (sk !== undefined) setTimerOf(sk, name, 0);
  slabGive(slab, slot);
  return { sock: id, name };
}
