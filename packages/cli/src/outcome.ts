// How a command ended, and the exit code that this makes. Exit codes are part of the interface; only this file knows them.

/** What a user did wrong, in one place of a file or of the command line. */
export interface Problem {
  /** `file:line:column`, or null for the command line. */
  readonly at: string | null;
  readonly message: string;
  readonly hint: string | null;
}

export type Outcome =
  | { readonly kind: 'ok' }
  /** Expectations failed, or something was found. The answer is on stdout. */
  | { readonly kind: 'findings' }
  /** Wrong use of the command, or a wrong scenario: nothing ran. */
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }
  /** A file could not be read or written, a right is missing, or we have a bug. */
  | { readonly kind: 'unable'; readonly problems: readonly Problem[] };

export function exitCodeOf(outcome: Outcome): 0 | 1 | 2 | 3 {
  switch (outcome.kind) {
    case 'ok':
      return 0;
    case 'findings':
      return 1;
    case 'wrong':
      return 2;
    case 'unable':
      return 3;
  }
}

export const wrong = (message: string, hint: string | null = null): Outcome => ({
  kind: 'wrong',
  problems: [{ at: null, message, hint }],
});

export const unable = (message: string, hint: string | null = null): Outcome => ({
  kind: 'unable',
  problems: [{ at: null, message, hint }],
});
