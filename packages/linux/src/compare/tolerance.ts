// How far apart the times of two right runs may be.

/** Processes wake, packets cross from one CPU to another: milliseconds on a busy small machine, ns. */
export const BASE_NS = 6e6;
/** Jiffies that a level of Linux's timer wheel holds, and how much coarser each level is. kernel/time/timer.c v6.18 */
const LEVEL_JIFFIES = 64;
const LEVEL_FACTOR = 8;

/**
 * Both runs may have waited this differently where one waited `ns`: a timer fires at the next tick of its wheel level,
 * and where in a tick it was set is chance. `hz` 0 counts as 250.
 */
export function toleranceNs(ns: number, hz: number): number {
  const jiffyNs = 1e9 / (hz || 250);
  let granularity = 1;
  let reach = LEVEL_JIFFIES;
  while (ns / jiffyNs >= reach) {
    granularity *= LEVEL_FACTOR;
    reach *= LEVEL_FACTOR;
  }
  return BASE_NS + jiffyNs * (granularity + 1);
}
