// What the tests on real traffic share: a network namespace of their own, the command under test inside it, and the
// reason why a machine cannot run them. Nothing stays behind: processes are ended by their id, the namespace is deleted.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const PATH = [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);
/** A command that takes longer is ended and fails its test. */
const COMMAND_MS = 60_000;

function found(program: string): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasKoffi(): boolean {
  try {
    createRequire(join(root, 'packages/linux/package.json'))('koffi');
    return true;
  } catch {
    return false;
  }
}

/** Whether this process may make network namespaces, as root in some containers may not. */
function mayUnshare(): boolean {
  return spawnSync('unshare', ['-n', 'true'], { env: { ...process.env, PATH } }).status === 0;
}

function whyNot(programs: readonly string[]): string | null {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  if (!hasKoffi()) return 'koffi is not installed';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  const missing = programs.filter((program) => !found(program));
  if (missing.length > 0) return `${missing.join(', ')} not found`;
  return mayUnshare() ? null : 'no right to make a network namespace';
}

/** A group of tests that needs root, a TUN device and these programs; it is skipped with the reason in its name. */
export function describeLive(name: string, programs: readonly string[], tests: () => void): void {
  const reason = whyNot(['ip', 'unshare', ...programs]);
  if (reason === null) {
    describe(name, tests);
    return;
  }
  console.log(`skipped: ${name}: ${reason}`);
  describe.skip(`${name} (skipped: ${reason})`, tests);
}

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A process whose output is collected. */
export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  private readonly out: Buffer[] = [];
  private readonly err: Buffer[] = [];

  constructor(command: string, args: readonly string[], limitMs = COMMAND_MS) {
    this.child = spawn(command, args, {
      env: { ...process.env, PATH, NO_COLOR: '1', LC_ALL: 'C' },
      timeout: limitMs,
    });
    this.child.stdout?.on('data', (data: Buffer) => this.out.push(data));
    this.child.stderr?.on('data', (data: Buffer) => this.err.push(data));
    this.finished = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  get stdout(): Buffer {
    return Buffer.concat(this.out);
  }

  get stderr(): string {
    return Buffer.concat(this.err).toString();
  }

  /** The match of a pattern in stdout, as soon as it is there. Fails when the process ends first or time runs out. */
  async saw(pattern: RegExp, limitMs = 20_000): Promise<RegExpExecArray> {
    const end = performance.now() + limitMs;
    for (;;) {
      const match = pattern.exec(this.stdout.toString());
      if (match !== null) return match;
      if (this.child.exitCode !== null || performance.now() > end) {
        throw new Error(`never saw ${pattern}; exit ${this.child.exitCode}\n${this.stdout}\n${this.stderr}`);
      }
      await sleep(20);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
    if (this.child.exitCode === null) this.child.kill(signal);
    return this.finished;
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let counter = 0;

/** One network namespace with `lo` up, and a folder for files. */
export class Namespace {
  readonly name = `halfopen-test-${process.pid}-${++counter}`;
  readonly folder = mkdtempSync(join(tmpdir(), 'halfopen-live-'));
  private readonly started: Running[] = [];

  constructor() {
    this.ip('netns', 'add', this.name);
    this.ip('-n', this.name, 'link', 'set', 'lo', 'up');
  }

  /** Starts a program inside. */
  start(command: string, ...args: string[]): Running {
    const running = new Running('ip', ['netns', 'exec', this.name, command, ...args]);
    this.started.push(running);
    return running;
  }

  /** Runs a program inside to its end. */
  run(command: string, ...args: string[]): Promise<Finished> {
    return this.start(command, ...args).finished;
  }

  /** Starts `halfopen live` from the sources. */
  live(...args: string[]): Running {
    return this.start(...liveCommand(args));
  }

  /** Starts a live server that prints JSON lines, and waits until it listens. */
  async serve(...args: string[]): Promise<Running> {
    const running = this.live('--json', ...args);
    await running.saw(/"event":"listening"/);
    return running;
  }

  /** Names of the devices inside, without `lo`. */
  devices(): string[] {
    const names = this.ip('-n', this.name, '-br', 'link').split('\n');
    return names.map((line) => line.split(/\s+/)[0] ?? '').filter((name) => name !== '' && name !== 'lo');
  }

  async remove(): Promise<void> {
    for (const running of this.started) await running.stop('SIGKILL');
    this.ip('netns', 'del', this.name);
    rmSync(this.folder, { recursive: true });
  }

  private ip(...args: string[]): string {
    const result = spawnSync('ip', args, { encoding: 'utf8', env: { ...process.env, PATH } });
    if (result.status !== 0) throw new Error(`ip ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }
}

/** The words that run `halfopen live` from the sources. */
export function liveCommand(args: readonly string[]): [string, ...string[]] {
  const main = join(root, 'packages/cli/src/main.ts');
  const tsx = createRequire(import.meta.url).resolve('tsx');
  return [process.execPath, '--conditions=halfopen-source', '--import', tsx, main, 'live', ...args];
}

/** Runs a test in a namespace of its own. */
export const inNamespace = (test: (ns: Namespace) => Promise<void>) => async (): Promise<void> => {
  const ns = new Namespace();
  try {
    await test(ns);
  } finally {
    await ns.remove();
  }
};

export type JsonEvent = { readonly event: string; readonly atNs: number } & Record<string, unknown>;

/** The JSON lines that a live run printed. */
export const eventsOf = (stdout: Buffer): JsonEvent[] =>
  stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as JsonEvent);

/** The counters of the `ended` event. */
export function countersOf(stdout: Buffer): Readonly<Record<string, number>> {
  const ended = eventsOf(stdout).find((e) => e.event === 'ended');
  if (ended === undefined) throw new Error(`no ended event in ${stdout}`);
  return ended.counters as Record<string, number>;
}
