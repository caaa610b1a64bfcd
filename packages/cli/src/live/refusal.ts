// What is wrong with the words of a command line, thrown while they are read and caught where reading began.

import { type Outcome, wrong } from '../outcome.ts';

export class Refusal extends Error {
  readonly outcome: Outcome;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.outcome = wrong(message, hint);
  }
}
