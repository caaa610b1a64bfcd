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

export const EXPLANATIONS: readonly Explanation[] = [
  {
    scenario: '*',
    what: '* TcpExtTCPRcvCoalesce',
    reason:
      'System calls of the simulation take no time, so data and the FIN behind it arrive at the same instant and are ' +
      'merged in the receive queue. On the real kernel the reader usually takes the data before the FIN comes.',
    chance: true,
  },
];
