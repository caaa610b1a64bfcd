// A scenario as this machine's kernel would run it: its profile, and the settings of its fresh namespaces where the
// scenario names none.

import type { Scenario } from '@halfopen/simnet';
import type { HostKernel } from './host-kernel.ts';

export const likeHost = (scenario: Scenario, kernel: HostKernel): Scenario => ({
  ...scenario,
  kernel: kernel.profile,
  hosts: scenario.hosts.map((host) => ({
    ...host,
    kernel: null,
    sysctls: { ...kernel.sysctls, ...host.sysctls },
  })),
});
