// A term with everything that is computed for it, as plain data: the JSON document has it, and the text is drawn from it.

import { ERRNO, type Errno, isSysctl, SYSCTLS, type SysctlInfo } from '@halfopen/engine';
import { correctionOf } from '../claims/myths.ts';
import type { Io } from '../io.ts';
import type { Lang } from '../messages/index.ts';
import { COUNTER_MEANINGS_EN, COUNTER_MEANINGS_ZH } from '../messages/kernel-words.ts';
import { type Entry, inLang, type Text } from './entry.ts';
import { ERRNO_ENTRIES } from './errnos.ts';
import type { Group, Term } from './groups.ts';
import { type LogName, type LogVariant, variantsOf } from './log-lines.ts';
import { notModelled, scenariosOf } from './shown-by.ts';
import { defaultsOf, type KernelDefault } from './versions.ts';

/** The words of an entry in one language; null where there is nothing to say. */
export interface Words {
  /** What the table of `halfopen run` says beside the counter. */
  readonly short: string | null;
  readonly means: string;
  readonly when: string;
  readonly mistaken: readonly string[];
  readonly todo: string | null;
  readonly versions: string | null;
}

export interface Described {
  readonly name: string;
  readonly group: Group;
  readonly modelled: boolean;
  readonly kernel: string;
  /** First kernel that has it, where that is known and matters. */
  readonly since: string | null;
  readonly sysctl: {
    readonly min: number;
    readonly max: number;
    readonly unit: string;
    readonly defaults: readonly KernelDefault[];
  } | null;
  readonly errno: { readonly number: number; readonly says: string } | null;
  readonly log: readonly LogVariant[];
  readonly scenarios: readonly string[];
  readonly see: readonly string[];
  readonly text: Readonly<Record<Lang, Words>>;
}

function wordsOf(entry: Entry, short: string | undefined, lang: Lang): Words {
  const maybe = (text: Text | undefined): string | null => (text === undefined ? null : inLang(text, lang));
  const own = maybe(entry.mistaken);
  const myths = (entry.myths ?? []).map((id) =>
    lang === 'zh' ? `${correctionOf(id)[1]}（${id}）` : `${correctionOf(id)[0]} (${id})`,
  );
  return {
    short: short ?? null,
    means: inLang(entry.means, lang),
    when: inLang(entry.when, lang),
    mistaken: own === null ? myths : [own, ...myths],
    todo: maybe(entry.todo),
    versions: maybe(entry.versions),
  };
}

function sysctlOf({ name }: Term): Described['sysctl'] {
  if (!isSysctl(name)) return null;
  const { min, max, unit }: SysctlInfo = SYSCTLS[name];
  return { min, max, unit, defaults: defaultsOf(name) };
}

function errnoOf({ group, name }: Term): Described['errno'] {
  if (group !== 'errno') return null;
  return { number: ERRNO[name as Errno], says: ERRNO_ENTRIES[name as Errno].says };
}

export function describeTerm(term: Term, io: Io): Described {
  const { group, name, entry } = term;
  const key = name as keyof typeof COUNTER_MEANINGS_EN;
  return {
    name,
    group,
    modelled: !notModelled(term),
    kernel: entry.kernel,
    since: entry.since ?? null,
    sysctl: sysctlOf(term),
    errno: errnoOf(term),
    log: group === 'log' ? variantsOf(name as LogName) : [],
    scenarios: scenariosOf(term, io),
    see: entry.see ?? [],
    text: {
      en: wordsOf(entry, COUNTER_MEANINGS_EN[key], 'en'),
      zh: wordsOf(entry, COUNTER_MEANINGS_ZH[key], 'zh'),
    },
  };
}
