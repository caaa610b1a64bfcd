// `--costs FILE`: a cost profile, as `halfopen calibrate` writes it. docs/cpu-model.md describes it.

import { type CostProfile, readCostProfile, ScenarioError } from '@halfopen/simnet';
import { type Io, whyOf } from '../io.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, wrong } from '../outcome.ts';
import { problemOf } from './load.ts';

/** The profile in a file, or what is wrong with it; undefined when no file was named. */
export function costProfile(
  file: string | undefined,
  io: Pick<Io, 'readText'>,
  m: Messages,
): CostProfile | Outcome | undefined {
  if (file === undefined) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(io.readText(file));
  } catch (error) {
    return wrong(m.errors.cannotRead(file, whyOf(error)), null);
  }
  try {
    return readCostProfile(data, file);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const problems = error.issues.map((issue) => problemOf({ ...issue, path: issue.path.slice(1) }, file, m));
    return { kind: 'wrong', problems };
  }
}
