// Where the kernel's count of jiffies stands against CLOCK_MONOTONIC. The engine lets both begin together; a real machine
// begins to count jiffies with its first tick, some tenths of a second later, which moves the granules of the timer wheel.

import { readFileSync } from 'node:fs';
import type { Profile } from '@halfopen/engine';
import { monotonicNs } from './clock.ts';

/** Jiffies are 0 after so many seconds. @kernel INITIAL_JIFFIES include/linux/jiffies.h v6.18 */
const BEFORE_ZERO_S = 300;
/** Readings that must fall within one jiffy, and how many are tried for that. */
const WANTED = 3;
const TRIES_MAX = 20;

export interface Reading {
  /** CLOCK_MONOTONIC before and after, ns. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Text of /proc/timer_list. */
  readonly text: string;
}

/** Jiffies since boot by that text; null when it does not say. @kernel print_cpu kernel/time/timer_list.c v6.18 */
export function jiffiesIn(text: string, hz: number): number | null {
  const counts = [...text.matchAll(/^jiffies: (\d+)$/gm)].map((found) => Number(found[1]));
  if (counts.length === 0) return null;
  return Math.max(...counts) - (2 ** 32 - BEFORE_ZERO_S * hz);
}

/** Jiffies by which the count lags; null when a jiffy ended during the reading. */
export function lagIn({ fromNs, toNs, text }: Reading, hz: number): number | null {
  const jiffies = (ns: number): number => Math.floor((ns * hz) / 1e9);
  const counted = jiffiesIn(text, hz);
  return counted === null || jiffies(fromNs) !== jiffies(toNs) ? null : jiffies(fromNs) - counted;
}

function read(): Reading | null {
  const fromNs = monotonicNs();
  try {
    const text = readFileSync('/proc/timer_list', 'utf8');
    return { fromNs, toNs: monotonicNs(), text };
  } catch {
    return null;
  }
}

/**
 * How much later than CLOCK_MONOTONIC jiffies began to count, ns; 0 when only the administrator of the machine may know.
 * The least of several readings: a CPU that slept may not have counted the last jiffy yet.
 */
export function jiffiesLagNs(hz: Profile['hz']): number {
  if (hz === 0) return 0;
  const lags: number[] = [];
  for (let i = 0; i < TRIES_MAX && lags.length < WANTED; i++) {
    const reading = read();
    if (reading === null) return 0;
    const lag = lagIn(reading, hz);
    if (lag !== null) lags.push(lag);
  }
  return lags.length === 0 ? 0 : (Math.min(...lags) * 1e9) / hz;
}
