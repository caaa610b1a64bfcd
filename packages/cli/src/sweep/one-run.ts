// One run of a sweep, on whichever thread: a scenario in, its numbers out. A run that breaks is an answer too, so that
// one of them does not take the others with it.

import { type Measured, measureScenario, type Quantity, type Scenario } from '@halfopen/simnet';
import { whyOf } from '../io.ts';

export type Answer =
  | { readonly ok: true; readonly measured: Measured }
  | { readonly ok: false; readonly why: string };

/** What a worker is asked, and what it says. */
export interface Task {
  readonly index: number;
  readonly scenario: Scenario;
}
export interface TaskDone {
  readonly index: number;
  readonly answer: Answer;
}

export async function answerOf(scenario: Scenario, quantities: readonly Quantity[]): Promise<Answer> {
  try {
    return { ok: true, measured: await measureScenario(scenario, quantities) };
  } catch (error) {
    return { ok: false, why: whyOf(error) };
  }
}
