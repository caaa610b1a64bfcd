// Two runs of one scenario, by the engine and by the real kernel, side by side.

import type { RunResult } from '@halfopen/simnet';
import type { Compared, Difference } from './difference.ts';
import { EXPLANATIONS, type Explanation } from './explained.ts';
import { compareCounters, compareErrnos, compareStates } from './host-state.ts';
import { comparePorts, type PortRanges, type PortStep } from './ports.ts';
import { compareSegments } from './segments.ts';

/** Version of this document's shape; raised when a field changes its meaning or goes. */
export const COMPARISON_SCHEMA_VERSION = 1;

export interface Part {
  readonly compared: number;
  /** Explained ones included. */
  readonly different: number;
  /** Those without an explanation. */
  readonly differences: readonly Difference[];
}

interface PortsPart extends Part {
  readonly steps: readonly PortStep[];
}

export interface Comparison {
  readonly schemaVersion: typeof COMPARISON_SCHEMA_VERSION;
  readonly scenario: string;
  readonly engine: string;
  readonly linux: string;
  readonly segments: Part;
  readonly counters: Part;
  readonly errnos: Part;
  readonly states: Part;
  readonly ports: PortsPart;
  readonly explained: readonly (Difference & { readonly reason: string })[];
  /** Explanations of this scenario that nothing needs any more. */
  readonly stale: readonly Explanation[];
  /** Runs on the real kernel that were compared. */
  readonly runs: number;
  /** Differences of the last run that another run did not show: chance, or other work of the machine. */
  readonly unsteady: readonly Difference[];
}

export const PART_NAMES = ['segments', 'counters', 'errnos', 'states', 'ports'] as const;
type PartName = (typeof PART_NAMES)[number];

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Whether `what` is meant by a pattern in which `*` stands for any text. */
export const isMeant = (pattern: string, what: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(what);

/** `hz`: jiffies a second of the kernel that both runs stand for; `ranges`: from where their hosts take local ports. */
export function compareRuns(
  engine: RunResult,
  linux: RunResult,
  hz: number,
  explanations: readonly Explanation[] = EXPLANATIONS,
  ranges: PortRanges = {},
): Comparison {
  const known = explanations.filter((e) => e.scenario === '*' || e.scenario === engine.scenario);
  const used = new Set<Explanation>();
  const explained: (Difference & { reason: string })[] = [];
  const part = ({ compared, differences }: Compared): Part => {
    const open = differences.filter((difference) => {
      const explanation = known.find((e) => isMeant(e.what, difference.what));
      if (explanation === undefined) return true;
      used.add(explanation);
      explained.push({ ...difference, reason: explanation.reason });
      return false;
    });
    return { compared, different: differences.length, differences: open };
  };
  const ports = comparePorts(engine, linux, ranges);
  const parts = {
    segments: part(compareSegments(engine.segments, linux.segments, hz)),
    counters: part(compareCounters(engine, linux)),
    errnos: part(compareErrnos(engine, linux)),
    states: part(compareStates(engine, linux, hz)),
    ports: { ...part(ports), steps: ports.steps },
  };
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    scenario: engine.scenario,
    engine: engine.kernel,
    linux: linux.kernel,
    ...parts,
    explained,
    stale: known.filter((e) => !e.chance && !used.has(e)),
    runs: 1,
    unsteady: [],
  };
}

/** Times, and what a connect() cost: measured anew by each run, so no two runs have the same. */
const MEASURED = /\d+\.\d{3}(?= m?s\b)|\d+(?:\.\d+)?(?= times$)/g;
const withoutTimes = (text: string): string => text.replace(MEASURED, '#');

const sameDifference = (a: Difference, b: Difference): boolean =>
  a.what === b.what &&
  withoutTimes(a.engine) === withoutTimes(b.engine) &&
  withoutTimes(a.linux) === withoutTimes(b.linux);

/**
 * Comparisons of several runs of the real kernel as one: a difference counts when every run shows it with the same
 * values; in times, when every run shows one in that place. The last run gives the rest.
 */
export function steady(comparisons: readonly [Comparison, ...Comparison[]]): Comparison {
  const last = comparisons[comparisons.length - 1] as Comparison;
  const unsteady: Difference[] = [];
  const part = (name: PartName): Part => {
    const { compared, different, differences } = last[name];
    const lasting = differences.filter((d) =>
      comparisons.every((c) => c[name].differences.some((o) => sameDifference(d, o))),
    );
    unsteady.push(...differences.filter((d) => !lasting.includes(d)));
    return { compared, different: different - (differences.length - lasting.length), differences: lasting };
  };
  const parts = {
    segments: part('segments'),
    counters: part('counters'),
    errnos: part('errnos'),
    states: part('states'),
    ports: { ...part('ports'), steps: last.ports.steps },
  };
  const stale = last.stale.filter((e) => comparisons.every((c) => c.stale.includes(e)));
  return { ...last, ...parts, stale, runs: comparisons.length, unsteady };
}

/** Nothing unexplained differs, and every explanation is still needed. */
export const agrees = (c: Comparison): boolean =>
  c.stale.length === 0 && PART_NAMES.every((name) => c[name].differences.length === 0);
