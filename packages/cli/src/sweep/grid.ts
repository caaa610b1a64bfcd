// The grid of a sweep: every combination of the values, the last key moving fastest, each with its scenarios.

import {
  concerns,
  overrideScenario,
  readScenario,
  type Scenario,
  ScenarioError,
  type ScenarioIssue,
  withValue,
} from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import type { Problem } from '../outcome.ts';
import { type LoadedScenario, problemOf } from '../scenario-file/load.ts';
import type { Axis, Change } from './axis.ts';

export interface Cell {
  /** One for each key, as typed. */
  readonly values: readonly string[];
  /** One for each seed. */
  readonly runs: readonly Scenario[];
}

export interface Grid {
  readonly cells: readonly Cell[];
  /** What is wrong with the values; then cells are missing. */
  readonly problems: readonly Problem[];
}

/** Mistakes that are shown at once. */
const PROBLEMS_MAX = 10;

export const cellCount = (axes: readonly Axis[]): number =>
  axes.reduce((cells, { values }) => cells * values.length, 1);

/** Which value of each axis stands in a cell. */
function placeOf(cell: number, axes: readonly Axis[]): number[] {
  const place: number[] = [];
  let rest = cell;
  for (const { values } of [...axes].reverse()) {
    place.unshift(rest % values.length);
    rest = Math.floor(rest / values.length);
  }
  return place;
}

/** The scenario with these changes. Throws ScenarioError. */
function changed({ scenario, document }: LoadedScenario, changes: readonly Change[]): Scenario {
  const values = changes.flatMap((c) => (c.kind === 'value' ? [c] : []));
  const edited = values.reduce((doc, { path, value }) => withValue(doc, path, value), document);
  return overrideScenario(values.length === 0 ? scenario : readScenario(edited), {
    set: changes.flatMap((c) => (c.kind === 'set' ? [c.item] : [])),
    kernel: changes.flatMap((c) => (c.kind === 'kernel' ? [c.name] : []))[0],
    seed: changes.flatMap((c) => (c.kind === 'seed' ? [c.seed] : []))[0],
  });
}

const isAbout = (issue: ScenarioIssue, change: Change): boolean => {
  if (change.kind === 'set') return issue.path[0] === '--set' && issue.path[1] === change.item;
  if (change.kind === 'value') return concerns(issue, change.path);
  return issue.path[0] === `--${change.kind}`;
};

/** A refusal by the scenario's own checks, with the options that led to it. */
function problemIn(
  issue: ScenarioIssue,
  changes: readonly Change[],
  options: readonly string[],
  m: Messages,
): Problem {
  const own = options.filter((_, i) => isAbout(issue, changes[i] as Change));
  const path = String(issue.path[0]).startsWith('--') ? [] : issue.path;
  const problem = problemOf({ ...issue, path }, null, m);
  return { ...problem, message: `${(own.length > 0 ? own : options).join(' ')}: ${problem.message}` };
}

const withSeeds = (scenario: Scenario, seeds: number): Scenario[] =>
  Array.from({ length: seeds }, (_, i) => ({ ...scenario, seed: scenario.seed + i }));

/** All cells in the order of the grid. */
export function makeGrid(loaded: LoadedScenario, axes: readonly Axis[], seeds: number, m: Messages): Grid {
  const cells: Cell[] = [];
  const problems = new Map<string, Problem>();
  for (let i = 0; i < cellCount(axes) && problems.size < PROBLEMS_MAX; i++) {
    const place = placeOf(i, axes);
    const values = axes.map((axis, a) => axis.values[place[a] as number] as string);
    const changes = axes.map((axis, a) => axis.changes[place[a] as number] as Change);
    try {
      cells.push({ values, runs: withSeeds(changed(loaded, changes), seeds) });
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      const options = axes.map(({ key }, a) => `--vary ${key}=${values[a]}`);
      for (const issue of error.issues) {
        const problem = problemIn(issue, changes, options, m);
        problems.set(problem.message, problem);
      }
    }
  }
  return { cells, problems: [...problems.values()] };
}
