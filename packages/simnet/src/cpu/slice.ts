// How long a task may run while others wait. EEVDF lets it use up its base slice and looks at the next tick whether
// somebody else is owed the CPU; with tasks of equal weight that are all ready, that is taking turns.
//
// @kernel update_deadline kernel/sched/fair.c v6.18 simplified: one run queue for the host, first in first out; no lag,
// no weights, no load balancing, no latency-nice slices, no preemption before the slice is used up.

import type { Costs } from './costs.ts';

/** @kernel get_update_sysctl_factor kernel/sched/fair.c v6.18: grows with the CPUs up to 8 of them */
export const baseSlice = (costs: Costs, cpus: number): number =>
  costs.slice * (1 + Math.floor(Math.log2(Math.min(cpus, 8))));

/** When a task that was switched in at `startNs` must go if others wait: at the first tick after its slice. */
export function sliceEnd(costs: Costs, cpus: number, startNs: number): number {
  const atNs = startNs + baseSlice(costs, cpus);
  return costs.tick === 0 ? atNs : Math.ceil(atNs / costs.tick) * costs.tick;
}
