// All entries under one roof: the groups, in the order in which they are listed, and the terms of each.

import {
  COUNTER_NAMES,
  type CounterName,
  ERRNO,
  type Errno,
  SYSCTLS,
  type SysctlInfo,
  type SysctlName,
} from '@halfopen/engine';
import { COUNTER_ENTRIES } from './counters.ts';
import type { Entry } from './entry.ts';
import { ERRNO_ENTRIES } from './errnos.ts';
import { LOG_ENTRIES } from './log-lines.ts';
import { OPTION_ENTRIES } from './options.ts';
import { COLUMN_ENTRIES, STATE_ENTRIES } from './states.ts';
import { SYSCTL_ENTRIES } from './sysctls.ts';

export const GROUPS = ['sysctl', 'counter', 'errno', 'state', 'column', 'option', 'log'] as const;
export type Group = (typeof GROUPS)[number];

export interface Term {
  readonly group: Group;
  /** The full name, under which it is listed. */
  readonly name: string;
  readonly entry: Entry;
}

const termsOf = (group: Group, entries: Readonly<Record<string, Entry>>): Term[] =>
  Object.entries(entries).map(([name, entry]) => ({ group, name, entry }));

const sysctls = (Object.keys(SYSCTLS) as SysctlName[]).map((name): Term => {
  const info: SysctlInfo = SYSCTLS[name];
  return { group: 'sysctl', name, entry: { ...SYSCTL_ENTRIES[name], kernel: info.source } };
});

/** Every term, group by group, each group in the order of its table. */
export const TERMS: readonly Term[] = [
  ...sysctls,
  ...COUNTER_NAMES.map(
    (name: CounterName): Term => ({ group: 'counter', name, entry: COUNTER_ENTRIES[name] }),
  ),
  ...(Object.keys(ERRNO) as Errno[]).map(
    (name): Term => ({ group: 'errno', name, entry: ERRNO_ENTRIES[name] }),
  ),
  ...termsOf('state', STATE_ENTRIES),
  ...termsOf('column', COLUMN_ENTRIES),
  ...termsOf('option', OPTION_ENTRIES),
  ...termsOf('log', LOG_ENTRIES),
];
