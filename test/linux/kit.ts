// What the tests on the real kernel share: the command, the reason why a machine cannot run them, and a
// look at everything that a run could leave behind.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Times on a real kernel depend on what else the machine does: a test that fails is played again so many times. */
const RETRIES = 2;
/** A command that takes longer is ended and fails its test. */
const COMMAND_MS = 60_000;

function hasKoffi(): boolean {
  try {
    createRequire(join(root, 'packages/linux/package.json'))('koffi');
    return true;
  } catch {
    return false;
  }
}

function whyNot(): string | null {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  if (!hasKoffi()) return 'koffi is not installed';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const mayUnshare = spawnSync('unshare', ['-n', 'true']).status === 0;
  return mayUnshare ? null : 'no right to make a network namespace';
}

/** A group of tests that need the real kernel; it is skipped with the reason in its name. */
export function describeLinux(name: string, tests: () => void): void {
  const reason = whyNot();
  if (reason === null) {
    describe(name, { retry: RETRIES }, tests);
    return;
  }
  console.log(`skipped: ${name}: ${reason}`);
  describe.skip(`${name} (skipped: ${reason})`, tests);
}

/**
 * The words that run the command. It is the built one, since Node 20 gives a translated source no threads; `npm test`
 * builds before it tests.
 */
const commandLine = (args: readonly string[]): string[] => [
  process.execPath,
  join(root, 'packages/cli/bin/halfopen.js'),
  ...args,
];

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts `halfopen` with these words; `before` are words in front of it, such as setpriv's. */
export function start(args: readonly string[], before: readonly string[] = []): Running {
  const [command = '', ...rest] = [...before, ...commandLine(args)];
  const child = spawn(command, rest, {
    env: { ...process.env, NO_COLOR: '1', LC_ALL: 'C' },
    timeout: COMMAND_MS,
    killSignal: 'SIGKILL',
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => {
    out.stdout += data;
  });
  child.stderr.on('data', (data: Buffer) => {
    out.stderr += data;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...out }));
  });
  return { child, finished };
}

export const run = (...args: string[]): Promise<Finished> => start(args).finished;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every process, and its parent. */
function processes(): Map<number, number> {
  const out = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [, , parent] = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/\(.*\)/, '()')
        .split(' ')
        .slice(1);
      out.set(Number(name), Number(parent));
    } catch {
      // It has ended meanwhile.
    }
  }
  return out;
}

/** The processes that descend from this one. */
export function descendants(of: number): number[] {
  const all = processes();
  const found = [of];
  for (const pid of found) for (const [child, parent] of all) if (parent === pid) found.push(child);
  return found.slice(1);
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Network namespaces in which these processes are, or which they have open. */
export function namespacesOf(pids: readonly number[]): Set<string> {
  const out = new Set<string>();
  const add = (path: string): void => {
    try {
      const target = readlinkSync(path);
      if (target.startsWith('net:')) out.add(target);
    } catch {
      // It has ended, or closed the file, meanwhile.
    }
  };
  for (const pid of pids) {
    add(`/proc/${pid}/ns/net`);
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) add(`/proc/${pid}/fd/${fd}`);
    } catch {
      // The same.
    }
  }
  return out;
}

/** Waits until none of these processes is left; those that still are. */
export async function survivors(pids: readonly number[], limitMs = 5000): Promise<number[]> {
  const end = performance.now() + limitMs;
  while (pids.some(isAlive) && performance.now() < end) await sleep(20);
  return pids.filter(isAlive);
}
