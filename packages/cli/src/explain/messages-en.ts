// What `halfopen explain` says around its entries, in English. The type of this object is the catalogue.

import type { Verdict } from '../claims/play.ts';
import type { Group } from './groups.ts';

const GROUP_NAMES: Readonly<Record<Group, string>> = {
  sysctl: 'sysctl',
  counter: 'counter of nstat',
  errno: 'errno',
  state: 'TCP state of ss',
  column: 'column of ss',
  option: 'socket option',
  log: 'line of the kernel log',
};

const WHEN: Readonly<Record<Group, string>> = {
  sysctl: 'When it counts',
  counter: 'When it moves',
  errno: 'Who gives it',
  state: 'When',
  column: 'When it moves',
  option: 'When it counts',
  log: 'When it is written',
};

export const explainEn = {
  summary: 'Explain a sysctl, counter, errno, state, socket option or log line',
  ofTerm: 'A name, a pasted log line, or a claim such as N21 or M4; without it: the list',
  group: (group: Group) => GROUP_NAMES[group],
  when: (group: Group) => WHEN[group],
  means: 'What it means',
  kernel: (symbols: string) => `Kernel: ${symbols}`,
  notModelledCounter: 'Not modelled: the engine never moves this counter.',
  notModelled: 'Not modelled: the engine accepts it, and nothing reads it.',
  notAnOption: 'Not modelled: the engine does not have it.',
  values: 'Values',
  texts: 'Text',
  range: (min: string, max: string, unit: string) => `${min} to ${max} (${unit})`,
  emptyList: 'an empty list',
  byDefault: (value: string, kernels: string) => `default ${value}: Linux ${kernels}`,
  absentBefore: (version: string) => `not there before ${version}`,
  errno: (number: number, says: string) => `errno ${number}, "${says}"`,
  text: (text: string, kernels: string) => `Linux ${kernels}: ${text}`,
  mistaken: 'Often mistaken',
  todo: 'What to do',
  versions: 'Versions',
  scenarios: 'Scenarios that show it (halfopen run NAME)',
  more: (n: number) => `and ${n} more`,
  noScenario: 'none of the library yet',
  see: 'See also',
  columns: { group: 'group', count: 'terms', example: 'for example' },
  hint: 'Explain one: halfopen explain TERM; all names: halfopen explain --json',
  unknown: (term: string) => `nothing is known about ${term}`,
  nearest: (names: string) => `the nearest names: ${names}`,
  seeList: 'halfopen explain lists what can be explained',
  unit: (unit: string): string => unit,
  claim: (myth: boolean): string => (myth ? 'a popular claim' : 'a statement of the study notes'),
  verdicts: 'Verdict by runs',
  verdict: (verdict: Verdict | null, kernels: string) =>
    `Linux ${kernels}: ${verdict === null ? 'not tested' : verdict}`,
  holds: 'What holds',
  tested: 'How it was tested: it is true where these lines hold',
  ownRun: 'a run of its own',
};

export type ExplainMessages = typeof explainEn;
