// Rows in which the engine is known to do something else than Linux, and facts of the sheets that no test here can
// state. A difference that has gone must be taken out: the tests fail otherwise.

import { CLIENT_OMISSIONS } from './omissions-client.ts';
import { SERVER_OMISSIONS } from './omissions-server.ts';

/** The engine gives `engine` where the real kernel gives what the row expects. */
export interface Difference {
  readonly cite: string;
  readonly name: string;
  readonly engine: unknown;
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [];

/** A fact marked [live] that is in no row, and why. */
export interface Omission {
  readonly cite: string;
  readonly what: string;
  readonly reason: string;
  /** Where it is tested instead, if anywhere. */
  readonly instead?: string;
  /** `what` and `reason` for the Chinese page. */
  readonly zh: readonly [what: string, reason: string];
}

export const OMISSIONS: readonly Omission[] = [...SERVER_OMISSIONS, ...CLIENT_OMISSIONS];
