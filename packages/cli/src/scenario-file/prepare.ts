// A scenario, and each of its variants, with what the options of a command change in it.

import {
  type CostProfile,
  overrideScenario,
  type Scenario,
  type ScenarioDocument,
  ScenarioError,
} from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { type Outcome, wrong } from '../outcome.ts';
import { type LoadedScenario, problemOf } from './load.ts';

export interface Changes {
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly kernel: string | undefined;
  readonly hz: string | undefined;
  readonly costs?: CostProfile | undefined;
  /** The command that was used, for hints. */
  readonly command: string;
}

const SEED_MAX = 0xffffffff;

const seedOf = (text: string): number | null =>
  /^\d{1,10}$/.test(text) && Number(text) <= SEED_MAX ? Number(text) : null;

/** The changed scenario and variants, or what is wrong with the changes. */
export function prepare(
  changes: Changes,
  { scenario, variants, comparisons }: LoadedScenario,
  m: Messages,
): ScenarioDocument | Outcome {
  const seed = changes.seed === undefined ? undefined : seedOf(changes.seed);
  if (seed === null) {
    const hint = m.errors.seeHelp(`halfopen ${changes.command}`);
    return wrong(m.errors.badInteger('--seed', changes.seed ?? ''), hint);
  }
  const { kernel, hz, set, costs } = changes;
  const changed = (one: Scenario): Scenario => overrideScenario(one, { seed, kernel, hz, set, costs });
  try {
    return {
      scenario: changed(scenario),
      variants: variants.map((v) => ({ ...v, scenario: changed(v.scenario) })),
      comparisons,
    };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return {
      kind: 'wrong',
      problems: error.issues.map((issue) => {
        const problem = problemOf({ ...issue, path: [] }, null, m);
        return { ...problem, message: `${issue.path.join(' ')}: ${problem.message}` };
      }),
    };
  }
}
