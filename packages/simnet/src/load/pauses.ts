// When the threads of a workload stand still: a garbage collection that stops the world, a cgroup that has used up its
// quota, a stop signal. A thread whose turn comes then takes it when the pause is over. Linux lets a thread finish its
// system call before it stops for a collector; here it stops at once, in the call.

import type { PauseSpec } from './spec.ts';

/** Pauses that may follow each other without a gap; more is a workload that never runs. */
const PAUSES_MAX = 1000;

/** End of the pause that this time lies in, ns; the time itself when it lies in none. */
function endOfPause({ spans, every, cpuMax }: PauseSpec, startNs: number, nowNs: number): number {
  for (const { atNs, forNs } of spans) if (nowNs >= atNs && nowNs < atNs + forNs) return atNs + forNs;
  for (const { everyNs, forNs, fromNs } of every) {
    const into = nowNs - fromNs;
    if (into >= 0 && into % everyNs < forNs) return nowNs - (into % everyNs) + forNs;
  }
  if (cpuMax === null) return nowNs;
  const into = (nowNs - startNs) % cpuMax.periodNs;
  return nowNs < startNs || into < cpuMax.quotaNs ? nowNs : nowNs - into + cpuMax.periodNs;
}

/** When a thread may run: now, or at the end of the pauses. */
export function runnableAt(pauses: PauseSpec, startNs: number, nowNs: number): number {
  let atNs = nowNs;
  for (let n = 0; n < PAUSES_MAX; n++) {
    const next = endOfPause(pauses, startNs, atNs);
    if (next === atNs) return atNs;
    atNs = next;
  }
  return atNs;
}
