// The shortest case that still differs: steps after the difference go first, then whatever can be left out, then
// settings. Each candidate is played on both kernels.

import type { Case, CaseSettings, Step } from './case.ts';

/** Plays at most, so that a stubborn case ends. */
const PLAYS_MAX = 400;

/** Says at which step a case differs, null when it does not. */
export type Differs = (one: Case) => number | null;

/** `one` differs at step `at`. Gives a case that differs too and from which nothing can be left out. */
export function shrink(one: Case, at: number, differs: Differs): Case {
  let plays = 0;
  let best = cut(one, at);
  const attempt = (candidate: Case): boolean => {
    if (plays++ >= PLAYS_MAX) return false;
    const found = differs(candidate);
    if (found === null) return false;
    best = cut(candidate, found);
    return true;
  };
  for (let smaller = true; smaller; ) {
    smaller = dropSteps(() => best, attempt);
    for (const settings of simplerSettings(best.settings))
      smaller = attempt({ ...best, settings }) || smaller;
  }
  return best;
}

/** Nothing after the difference matters. */
const cut = (one: Case, at: number): Case => ({ ...one, steps: one.steps.slice(0, at + 1) });

/** Tries to leave out runs of steps, long ones first. True when one was left out. */
function dropSteps(best: () => Case, attempt: (candidate: Case) => boolean): boolean {
  let dropped = false;
  for (
    let size = Math.ceil(best().steps.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = best().steps.length - size; from >= 0; from--) {
      const { settings, steps } = best();
      if (from + size > steps.length) continue;
      const kept: Step[] = [...steps.slice(0, from), ...steps.slice(from + size)];
      if (kept.length > 0 && attempt({ settings, steps: kept })) dropped = true;
    }
  }
  return dropped;
}

function simplerSettings(settings: CaseSettings): CaseSettings[] {
  const without = <T extends object>(record: T, name: string): T => {
    const { [name as keyof T]: _, ...rest } = record;
    return rest as T;
  };
  return [
    ...Object.keys(settings.sysctls).map((name) => ({
      ...settings,
      sysctls: without(settings.sysctls, name),
    })),
    ...Object.keys(settings.options).map((name) => ({
      ...settings,
      options: without(settings.options, name),
    })),
  ];
}
