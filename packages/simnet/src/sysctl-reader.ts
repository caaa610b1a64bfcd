// Reads sysctl settings by their full kernel names, and checks each value against the kernel's own range.

import {
  defaultSysctls,
  isSysctl,
  kernelsWith,
  SYSCTLS,
  type SysctlInfo,
  type SysctlName,
  type Sysctls,
  type SysctlValue,
  sysctlSize,
  writeSysctl,
} from '@halfopen/engine';
import { entries, meant, type Reader } from './readers.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';

/** A name such as `net.core.somaxconn`. */
export function sysctlName(name: string, path: ScenarioPath): SysctlName {
  if (isSysctl(name)) return name;
  return refuse(
    path,
    'the full name of a sysctl that the engine has',
    name,
    meant(name, Object.keys(SYSCTLS)),
  );
}

/** What a value of this sysctl looks like. */
function expectedValue(info: SysctlInfo): string {
  const size = sysctlSize(info);
  if (size === 0) return `a list of ports from ${info.min} to ${info.max} such as 8080,9000-9010`;
  const range = `from ${info.min} to ${info.max} (${info.unit})`;
  return size === 1 ? `a whole number ${range}` : `a list of ${size} whole numbers ${range}`;
}

/** One number, or as many as the sysctl has; a list of ports is given as the kernel shows it. */
export function sysctlValue(name: SysctlName, value: unknown, path: ScenarioPath): SysctlValue {
  const values = defaultSysctls();
  if (isValue(value) && writeSysctl(values, name, value).ok) return values[name];
  const inverted = name === 'net.ipv4.ip_local_port_range' && isPair(value) && value[0] > value[1];
  return refuse(path, inverted ? 'the first port not above the last' : expectedValue(SYSCTLS[name]), value);
}

const isValue = (value: unknown): value is SysctlValue =>
  typeof value === 'string' || typeof value === 'number' || Array.isArray(value);

const isPair = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((n) => Number.isInteger(n));

const sysctlEntries = entries((key, value, path) => {
  const name = sysctlName(key, path);
  return [name, sysctlValue(name, value, path)] as const;
}, 'a mapping of sysctl names to values');

export const sysctls: Reader<Partial<Sysctls>> = (value, path) =>
  Object.fromEntries(sysctlEntries(value, path)) as Partial<Sysctls>;

/** Refuses a setting that the host's kernel does not have; `path` is that of the settings. Throws ScenarioError. */
export function refuseUnknownTo(kernel: string, settings: Partial<Sysctls>, path: ScenarioPath): void {
  for (const name of Object.keys(settings) as SysctlName[]) {
    const having = kernelsWith(name);
    if (having.includes(kernel)) continue;
    refuse(
      path[0] === '--set' ? path : [...path, name],
      `a sysctl that Linux ${kernel} has (this one: ${having.join(', ')})`,
      name,
    );
  }
}

/** The settings that a kernel has; all of them for null. */
export const knownTo = (kernel: string | null, settings: Partial<Sysctls>): Partial<Sysctls> =>
  kernel === null
    ? settings
    : Object.fromEntries(
        Object.entries(settings).filter(([name]) => kernelsWith(name as SysctlName).includes(kernel)),
      );
