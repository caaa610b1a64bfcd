// What of a scenario runs in which process of the machine, and what cannot run on a real kernel.

import { type Instance, instancesOf, type Scenario, type WorkloadSpec } from '@halfopen/simnet';
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

/** Connections that a workload may have at once, or make in all, on the real kernel: the wire is a program of ours. */
const CONNECTIONS_MAX = 20_000;

/** Sessions that a workload will make at most, as far as that can be told before. */
export function sessionsOf(spec: WorkloadSpec, durationNs: number): number {
  if (spec.kind === 'hold') return spec.count;
  if (spec.kind === 'serve') return 0;
  if (spec.count !== null) return spec.count;
  if (spec.kind === 'closed') return spec.users;
  const seconds = Math.min(spec.forNs ?? durationNs, durationNs) / 1e9;
  return Math.max(...spec.rate.map((step) => step.perSecond)) * seconds;
}

/** Throws HostError for a workload that the wire cannot carry. */
function refuseLarge({ workloads, durationNs }: Scenario): void {
  for (const spec of workloads) {
    const sessions = Math.ceil(sessionsOf(spec, durationNs));
    if (sessions <= CONNECTIONS_MAX) continue;
    throw new HostError(
      'system-call',
      `workload ${spec.name}: about ${sessions} connections; the real kernel is given at most ${CONNECTIONS_MAX}`,
      'make it smaller with count, for or rate, or run it on the engine',
    );
  }
}

/** Throws HostError for a scenario that cannot run on the real kernel. */
export function refuse(scenario: Scenario): void {
  const custom = scenario.processes.find((p) => p.program.program === 'custom');
  if (custom !== undefined) {
    throw new HostError(
      'wrong-use',
      `${custom.name}: a program given as a function cannot run in a process of its own`,
    );
  }
  refuseLarge(scenario);
  const large = groupsOf(instancesOf(scenario)).find((group) => group.length > THREADS_MAX);
  if (large !== undefined)
    throw new HostError(
      'wrong-use',
      `${large.length} processes of one kind: at most ${THREADS_MAX} run at once`,
    );
}
