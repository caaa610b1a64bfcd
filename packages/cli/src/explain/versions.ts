// What a sysctl is on each kernel, from the profiles of the engine: nothing of it is typed by hand.

import { kernelsWith, linux, profileSysctls, type SysctlName } from '@halfopen/engine';

export interface KernelDefault {
  /** Newest first. */
  readonly kernels: readonly string[];
  readonly value: string;
}

/** Defaults, neighbours of the same value together; kernels that do not have the sysctl are left out. */
export function defaultsOf(name: SysctlName): KernelDefault[] {
  const out: { kernels: string[]; value: string }[] = [];
  for (const kernel of kernelsWith(name)) {
    const profile = linux(kernel);
    if (profile === null) continue;
    const own = profileSysctls(profile)[name];
    const value = typeof own === 'object' ? own.join(' ') : String(own);
    const last = out[out.length - 1];
    if (last?.value === value) last.kernels.push(kernel);
    else out.push({ kernels: [kernel], value });
  }
  return out;
}
