// Differences that are known and have a reason. A run fails when one of them stops occurring, so the list cannot go
// stale.

export interface Explanation {
  /** Name of the scenario; `*`: any. */
  readonly scenario: string;
  /** The difference, as the comparison names it; `*` stands for any text. */
  readonly what: string;
  readonly reason: string;
  /** Chance decides on the real kernel whether it occurs, so it may be missing. */
  readonly chance: boolean;
}

export const EXPLANATIONS: readonly Explanation[] = [];
