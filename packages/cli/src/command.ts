// What a command is: a name, a line about it, help, and a function from its words to an outcome. The registry in
// commands/index.ts lists them all.

import type { Io } from './io.ts';
import type { Lang, Messages } from './messages/index.ts';
import type { Outcome } from './outcome.ts';
import type { ColorChoice, Paint } from './render/paint.ts';

export interface Context {
  readonly io: Io;
  readonly lang: Lang;
  readonly m: Messages;
  readonly color: ColorChoice;
  /** For stdout. */
  readonly paint: Paint;
}

export interface Command {
  readonly name: string;
  /** Three ways to use it at most, for the help without arguments. */
  readonly examples: readonly string[];
  readonly summary: (m: Messages) => string;
  /** Lines of its `--help` under the summary. */
  readonly help: (m: Messages) => readonly string[];
  readonly run: (argv: readonly string[], context: Context) => Promise<Outcome>;
}
