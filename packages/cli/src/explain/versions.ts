// What a sysctl is on each kernel, from the profiles of the engine: nothing of it is typed by hand.

import { linux, PROFILE_NAMES, profileSysctls, type SysctlName } from '@halfopen/engine';

export interface KernelDefault {
  /** Newest first. */
  readonly kernels: readonly string[];
  readonly value: string;
}

const numbers = (version: string): number[] => version.split('.').map(Number);

/** Whether a kernel is older than a version. */
export function olderThan(kernel: string, version: string): boolean {
  const a = numbers(kernel);
  const b = numbers(version);
  const at = [0, 1, 2].find((i) => (a[i] ?? 0) !== (b[i] ?? 0));
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}

/** Defaults, neighbours of the same value together; kernels that do not have the sysctl are left out. */
export function defaultsOf(name: SysctlName, since: string | undefined): KernelDefault[] {
  const out: { kernels: string[]; value: string }[] = [];
  for (const kernel of PROFILE_NAMES) {
    const profile = linux(kernel);
    if (profile === null || (since !== undefined && olderThan(kernel, since))) continue;
    const value = String(profileSysctls(profile)[name]).replaceAll(',', ' ');
    const last = out[out.length - 1];
    if (last?.value === value) last.kernels.push(kernel);
    else out.push({ kernels: [kernel], value });
  }
  return out;
}
