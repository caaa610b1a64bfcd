// Everything the command has of the world outside, so that tests can give it another one.

import { readFileSync, writeFileSync } from 'node:fs';

export interface Io {
  /** Answers go here. */
  readonly stdout: (text: string) => void;
  /** Talk goes here: errors, hints, progress. */
  readonly stderr: (text: string) => void;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws what node:fs throws. */
  readonly readText: (path: string) => string;
  readonly writeBytes: (path: string, bytes: Uint8Array) => void;
  /** Milliseconds of a clock that only moves forward: for progress, never for results. */
  readonly clockMs: () => number;
}

export const nodeIo = (): Io => ({
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  stdoutIsTerminal: process.stdout.isTTY === true,
  stderrIsTerminal: process.stderr.isTTY === true,
  env: process.env,
  readText: (path) => readFileSync(path, 'utf8'),
  writeBytes: (path, bytes) => writeFileSync(path, bytes),
  clockMs: () => performance.now(),
});

/** `ENOENT: no such file or directory`, without the call and the path that follow in Node's message. */
export const whyOf = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/, \w+ '.*'$/, '');
};
