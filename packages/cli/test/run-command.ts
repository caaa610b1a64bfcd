// Runs the command inside the test: what it prints, and its exit code.

import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../src/cli.ts';

export interface CommandRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly written: ReadonlyMap<string, Uint8Array>;
}

export interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  /** Files that are not on the disk. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A path in this folder. */
export const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export async function runCommand(argv: readonly string[], world: World = {}): Promise<CommandRun> {
  let stdout = '';
  let stderr = '';
  const written = new Map<string, Uint8Array>();
  const exitCode = await runCli(argv, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdoutIsTerminal: world.terminal ?? false,
    stderrIsTerminal: false,
    env: world.env ?? {},
    readText: (path) => world.files?.[path] ?? readFileSync(isAbsolute(path) ? path : at(path), 'utf8'),
    writeBytes: (path, bytes) => void written.set(path, bytes),
    clockMs: () => 0,
  });
  return { stdout, stderr, exitCode, written };
}
