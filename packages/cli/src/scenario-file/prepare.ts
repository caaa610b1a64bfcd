// A scenario with what the options of a command change in it.

import { type CostProfile, overrideScenario, type Scenario, ScenarioError } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { type Outcome, wrong } from '../outcome.ts';
import { type Loaded, problemOf } from './load.ts';

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

/** The changed scenario, or what is wrong with the changes. */
export function prepare(changes: Changes, loaded: Loaded & { ok: true }, m: Messages): Scenario | Outcome {
  const seed = changes.seed === undefined ? undefined : seedOf(changes.seed);
  if (seed === null) {
    const hint = m.errors.seeHelp(`halfopen ${changes.command}`);
    return wrong(m.errors.badInteger('--seed', changes.seed ?? ''), hint);
  }
  try {
    const { kernel, hz, set, costs } = changes;
    return overrideScenario(loaded.value.scenario, { seed, kernel, hz, set, costs });
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
