// What is known about one term, in both languages. Facts are those of docs/kernel-notes and of Linux v6.18; what a table of
// the engine says (range, default, unit, kernels) is not repeated here but computed from it.

import type { MythId } from '../claims/myths.ts';
import type { Lang } from '../messages/index.ts';

/** English, then Chinese. */
export type Text = readonly [en: string, zh: string];

export interface Entry {
  /** What it is, in one or two sentences. */
  readonly means: Text;
  /** When it moves, what sets it, when the kernel gives it: the exact condition. */
  readonly when: Text;
  /** Kernel symbols where that happens. */
  readonly kernel: string;
  /** What it is mistaken for, beside the myths. */
  readonly mistaken?: Text;
  readonly myths?: readonly MythId[];
  readonly todo?: Text;
  readonly versions?: Text;
  /** First kernel that has it, as its version number. */
  readonly since?: string;
  /** Related terms, by the names under which they are listed. */
  readonly see?: readonly string[];
}

/** A sysctl: the table of the engine names the kernel symbol. */
export type SysctlEntry = Omit<Entry, 'kernel'>;

export const inLang = (text: Text, lang: Lang): string => (lang === 'zh' ? text[1] : text[0]);
