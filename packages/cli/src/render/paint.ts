// Colour, put on after everything has been measured. Nothing is said by colour alone: what is painted also has a word or
// a sign of its own.

import { styleText } from 'node:util';

export interface Paint {
  /** Failed, dropped. */
  readonly bad: (text: string) => string;
  readonly good: (text: string) => string;
  /** Slow, resent. */
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly strong: (text: string) => string;
}

type Format = Parameters<typeof styleText>[0];

const colour =
  (format: Format) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false });

const same = (text: string): string => text;

export const PLAIN: Paint = { bad: same, good: same, warn: same, dim: same, strong: same };

export const COLOUR: Paint = {
  bad: colour(['bold', 'red']),
  good: colour('cyan'),
  warn: colour('yellow'),
  dim: colour('dim'),
  strong: colour('bold'),
};

export type ColorChoice = 'auto' | 'always' | 'never';

/** `--color` decides; left at `auto`, NO_COLOR and then FORCE_COLOR do; else colour goes to terminals only. */
export function choosePaint(
  choice: ColorChoice,
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
): Paint {
  if (choice !== 'auto') return choice === 'always' ? COLOUR : PLAIN;
  if ((env.NO_COLOR ?? '') !== '') return PLAIN;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0') return COLOUR;
  return isTerminal && env.TERM !== 'dumb' ? COLOUR : PLAIN;
}
