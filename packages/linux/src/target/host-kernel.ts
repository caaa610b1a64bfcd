// The kernel of this machine as the engine sees kernels: the nearest profile, HZ, and the settings of a fresh namespace.

import { closeSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import {
  PROFILE_NAMES,
  type Profile,
  SYSCTLS,
  type SysctlName,
  type Sysctls,
  sysctlSize,
} from '@halfopen/engine';
import { HostError } from '../libc.ts';
import { loadCalls } from './calls.ts';
import { inFreshNamespace, readSysctl } from './namespace.ts';

export interface HostKernel {
  /** As uname prints it. */
  readonly release: string;
  /** The newest profile that is not newer than the kernel, or the oldest. */
  readonly profile: string;
  /** Jiffies a second; 0 when neither /proc/config.gz nor /boot tells. */
  readonly hz: Profile['hz'];
  /** What a fresh network namespace starts with. */
  readonly sysctls: Partial<Sysctls>;
}

const numbersOf = (version: string): readonly number[] => version.split('.').map(Number);

/** Whether version `a` is at least `b`, part by part. */
function atLeast(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, part] of b.entries()) {
    const own = a[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

/** The name of the profile for a release such as `6.18.44-fc-v595`. */
export function profileFor(kernel: string, names: readonly string[] = PROFILE_NAMES): string {
  const version = numbersOf(/^\d+(\.\d+)*/.exec(kernel)?.[0] ?? '0');
  return names.find((name) => atLeast(version, numbersOf(name))) ?? (names[names.length - 1] as string);
}

/** CONFIG_HZ in the text of a kernel configuration; 0 when it does not say, or says what the engine does not know. */
export function hzIn(config: string): Profile['hz'] {
  const hz = Number(/^CONFIG_HZ=(\d+)$/m.exec(config)?.[1]);
  return hz === 100 || hz === 250 || hz === 300 || hz === 1000 ? hz : 0;
}

function kernelConfig(): string {
  for (const read of [
    () => gunzipSync(readFileSync('/proc/config.gz')).toString(),
    () => readFileSync(`/boot/config-${release()}`, 'utf8'),
  ]) {
    try {
      return read();
    } catch {
      // The next place.
    }
  }
  return '';
}

/** The value of a sysctl as the engine's table has it; null when the text does not fit. */
export function sysctlValue(name: SysctlName, text: string): number | string | number[] | null {
  const size = sysctlSize(SYSCTLS[name]);
  if (size === 0) return text;
  const values = text.split(/\s+/).map(Number);
  if (values.length !== size || !values.every(Number.isInteger)) return null;
  return size === 1 ? (values[0] as number) : values;
}

/** CONFIG_HZ of this kernel; 0 when neither /proc/config.gz nor /boot tells. */
export const hostHz = (): Profile['hz'] => hzIn(kernelConfig());

function freshSysctls(): Partial<Sysctls> {
  const own = new Map(Object.keys(SYSCTLS).map((name) => [name, readSysctl(name)]));
  return inFreshNamespace(loadCalls(), (fd) => {
    closeSync(fd);
    const out: Record<string, number | string | number[]> = {};
    for (const name of Object.keys(SYSCTLS) as SysctlName[]) {
      const text = readSysctl(name) ?? own.get(name);
      const value = text == null ? null : sysctlValue(name, text);
      if (value !== null) out[name] = value;
    }
    return out as Partial<Sysctls>;
  });
}

/** Throws HostError when this is not Linux, or when this user may not make a namespace to look at. */
export function readHostKernel(): HostKernel {
  if (process.platform !== 'linux') {
    throw new HostError('not-linux', `this needs Linux, and this is ${process.platform}`);
  }
  const kernel = release();
  return { release: kernel, profile: profileFor(kernel), hz: hostHz(), sysctls: freshSysctls() };
}
