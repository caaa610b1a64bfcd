// What of a scenario runs in which process of the machine, and what cannot run on a real kernel.

import { type Instance, instancesOf, type Scenario } from '@halfopen/simnet';
import { HostError } from '../libc.ts';

/** The instances of each declaration: they run in one child, each in a thread of its own. */
export function groupsOf(instances: readonly Instance[]): number[][] {
  const groups = new Map<Instance['spec'], number[]>();
  instances.forEach((instance, i) => {
    const group = groups.get(instance.spec) ?? [];
    groups.set(instance.spec, [...group, i]);
  });
  return [...groups.values()];
}

/** Threads that one child may have: each takes some megabytes and a twentieth of a second to start. */
const THREADS_MAX = 256;

/** Throws HostError for a scenario that cannot run on the real kernel. */
export function refuse(scenario: Scenario): void {
  const custom = scenario.processes.find((p) => p.program.program === 'custom');
  if (custom !== undefined) {
    throw new HostError(
      'wrong-use',
      `${custom.name}: a program given as a function cannot run in a process of its own`,
    );
  }
  const workload = scenario.workloads[0];
  if (workload !== undefined) {
    throw new HostError(
      'system-call',
      `workload ${workload.name}: workloads run on the simulated kernel only`,
      'leave out --on linux',
    );
  }
  const large = groupsOf(instancesOf(scenario)).find((group) => group.length > THREADS_MAX);
  if (large !== undefined)
    throw new HostError(
      'wrong-use',
      `${large.length} processes of one kind: at most ${THREADS_MAX} run at once`,
    );
}
