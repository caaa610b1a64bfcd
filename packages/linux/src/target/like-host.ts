// A scenario as this machine's kernel would run it: its profile, its timer rounding, and the settings of its fresh
// namespaces where the scenario names none.

import type { Scenario } from '@halfopen/simnet';
import type { HostKernel } from './host-kernel.ts';

/** `bootedNs`: since when all hosts are up, where a run on this kernel has shown it; it says how their timer wheels stand. */
export const likeHost = (
  scenario: Scenario,
  kernel: HostKernel,
  bootedNs: number | null = null,
): Scenario => ({
  ...scenario,
  kernel: kernel.profile,
  timers: kernel.hz === 0 ? 'exact' : `hz${kernel.hz}`,
  hosts: scenario.hosts.map((host) => ({
    ...host,
    kernel: null,
    bootedNs: bootedNs ?? host.bootedNs,
    sysctls: { ...kernel.sysctls, ...host.sysctls },
  })),
});

/** Longer than a process takes to wake and answer, ns. */
export const GAP_NS = 1e6;

/**
 * The scenario over links that carry one packet at a time, for a comparison: between two packets that leave at once a
 * simulated process, whose calls take no time, answers both or none, and a real one as chance will have it.
 */
export const spaced = (scenario: Scenario): Scenario => ({
  ...scenario,
  links: scenario.links.map((link) => ({ ...link, gapNs: GAP_NS })),
});
