// A claim with its verdicts and scenarios, as plain data: the JSON document has it, and the text is drawn from it.

import { PROFILE_NAMES } from '@halfopen/engine';
import type { Text } from '../explain/entry.ts';
import type { Io } from '../io.ts';
import type { Lang } from '../messages/index.ts';
import { libraryFile, libraryNames } from '../scenario-file/library.ts';
import { parseYaml } from '../scenario-file/yaml-document.ts';
import { CLAIMS } from './index.ts';
import type { Verdict } from './play.ts';
import { VERDICTS } from './verdicts.ts';

export interface DescribedClaim {
  readonly name: string;
  readonly says: Readonly<Record<Lang, string>>;
  readonly holds: Readonly<Record<Lang, string>>;
  readonly kernel: string;
  /** Newest kernel first; neighbours of the same verdict together. null: not tested there. */
  readonly verdicts: readonly { readonly verdict: Verdict | null; readonly kernels: readonly string[] }[];
  /** How it was tested: what was expected of which scenario. */
  readonly probes: readonly {
    readonly part: Readonly<Record<Lang, string>> | null;
    /** null: a document of the claim's own. */
    readonly scenario: string | null;
    readonly variant: string | null;
    readonly expect: readonly string[];
  }[];
  readonly scenarios: readonly string[];
}

const both = ([en, zh]: Text): Readonly<Record<Lang, string>> => ({ en, zh });

const LETTERS: Readonly<Record<string, Verdict | null>> = {
  t: 'true',
  p: 'partly',
  f: 'false',
  '-': null,
};

/** `N21=fffffttt`: a letter for each kernel, newest first; written by `npm run claims`. */
const written: ReadonlyMap<string, string> = new Map(
  VERDICTS.split('\n').flatMap((line) => {
    const [id, letters] = line.split('=');
    return id === undefined || letters === undefined ? [] : [[id, letters] as const];
  }),
);

export const letterOf = (verdict: Verdict | null): string =>
  verdict === null ? '-' : (verdict[0] as string);

/** A verdict for each kernel, newest first. */
export const writtenVerdicts = (id: string): (Verdict | null)[] =>
  PROFILE_NAMES.map((_, i) => LETTERS[written.get(id)?.[i] ?? '-'] ?? null);

function verdictsOf(id: string): DescribedClaim['verdicts'] {
  const out: { verdict: Verdict | null; kernels: string[] }[] = [];
  const all = writtenVerdicts(id);
  for (const [i, kernel] of PROFILE_NAMES.entries()) {
    const verdict = all[i] ?? null;
    const last = out[out.length - 1];
    if (last?.verdict === verdict) last.kernels.push(kernel);
    else out.push({ verdict, kernels: [kernel] });
  }
  return out;
}

function notesOf(name: string, io: Pick<Io, 'readText'>): readonly unknown[] {
  const file = libraryFile(name);
  const yaml = file === null ? null : parseYaml(io.readText(file));
  const notes = yaml?.ok === true ? (yaml.data as { notes?: unknown }).notes : null;
  return Array.isArray(notes) ? notes : [];
}

/** Scenarios whose `notes` name the claim, and those that its probes play. */
export function scenariosOfClaim(id: string, io: Pick<Io, 'readText'>): string[] {
  const played = (CLAIMS[id]?.probes ?? []).flatMap(({ scenario }) =>
    typeof scenario === 'string' ? [scenario] : [],
  );
  return libraryNames().filter((name) => played.includes(name) || notesOf(name, io).includes(id));
}

/** A claim that exists. */
export function describeClaim(id: string, io: Pick<Io, 'readText'>): DescribedClaim {
  const claim = CLAIMS[id];
  if (claim === undefined) throw new Error(`no claim ${id}`);
  return {
    name: id,
    says: both(claim.says),
    holds: both(claim.holds),
    kernel: claim.kernel,
    verdicts: verdictsOf(id),
    probes: claim.probes.map(({ part, scenario, variant, expect }) => ({
      part: part === undefined ? null : both(part),
      scenario: typeof scenario === 'string' ? scenario : null,
      variant: variant ?? null,
      expect,
    })),
    scenarios: scenariosOfClaim(id, io),
  };
}
