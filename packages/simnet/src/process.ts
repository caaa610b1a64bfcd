// A process: an async function over Sys, run in turns. The world resumes it with the result of its call, then lets
// microtasks run until it has made its next call or has ended; a program that awaits anything else never gets there,
// and is named. What a process is, between two turns, is plain data: its blocked call, and the log of the results it
// was given, from which it can be started afresh and brought to the same point (history.ts).

import { type RandomState, randomUnit, seedRandom } from '@halfopen/engine';
import type { Actor } from './actor.ts';
import { newPending, type Pending } from './blocking.ts';
import { type Call, formatCall, type Outcome } from './call.ts';
import type { TaskCpu } from './cpu/cpu-state.ts';
import { makeSys } from './make-sys.ts';
import type { Report } from './report.ts';
import type { SignalName } from './signal.ts';
import { type Program, SysError } from './sys.ts';

/** The part of a process that a snapshot carries. */
export interface ProcessState {
  readonly name: string;
  /** Index of its host. */
  readonly host: number;
  /** The kernel's task id, shared by the workers of one process. */
  readonly task: number;
  /** When its program began to run, ns; until then, when it is to. */
  startNs: number;
  /** `ready`: its turn is in the event queue. */
  status: 'ready' | 'blocked' | 'done';
  /** Its program has run. */
  started: boolean;
  pending: Pending | null;
  /** Calls made so far; tells a stale time-out from a live one. */
  calls: number;
  /** The call that has a time-out in the event queue. */
  timeoutOf: number;
  /** Wait queues on which it stands. */
  sleepsOn: number[];
  /** When it was woken, ns, until it runs; null when nobody writes that down. */
  wokenNs: number | null;
  /** Signals that wait for this thread to handle them; null: none does. */
  signals: SignalName[] | null;
  /** The signal that ends it as soon as it runs; null: none does. */
  killedBy: SignalName | null;
  readonly seed: number;
  /** What the CPUs of its host know of it; null without a CPU model. */
  readonly cpu: TaskCpu | null;
  /** What it does, as data; null: it is an async program. */
  readonly actor: Actor | null;
  /** Results so far, oldest first; null when no history is kept, and for an actor, which needs none. */
  log: LoggedCall[] | null;
}

export interface LoggedCall {
  readonly call: string;
  /** When it returned, ns. */
  readonly atNs: number;
  readonly outcome: Outcome;
}

/** A program that broke the rules, or that fell over. */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';
  readonly process: string;

  constructor(process: string, message: string, cause?: unknown) {
    super(`process ${process}: ${message}`, cause === undefined ? undefined : { cause });
    this.process = process;
  }
}

/** Microtask turns that a program may take between two calls: each `async` function between them costs a few. */
const TURNS_MAX = 1000;

export interface ProcessHooks {
  nowNs(): number;
  log(text: string): void;
  readonly report: Report;
}

/** The running side of a process: its promise. Not data; made anew by a restore. */
export class ProcessRun {
  readonly state: ProcessState;
  private readonly hooks: ProcessHooks;
  private resolve: ((value: unknown) => void) | null = null;
  private reject: ((error: unknown) => void) | null = null;
  private running = false;
  private ended = false;
  private failure: unknown = null;
  private violation: string | null = null;
  /** Entries of the log still to be given again, and the time of the last one. */
  private replayLeft: LoggedCall[] = [];
  private replayNs = 0;
  private replaying = false;
  private last = 'its start';
  /** Drawn from by `sys.random()`: replayed with the program, so it is no part of the state. */
  private readonly random: RandomState;

  constructor(state: ProcessState, hooks: ProcessHooks) {
    this.state = state;
    this.hooks = hooks;
    this.random = seedRandom(state.seed);
  }

  /** Runs the program to its first call. */
  async start(program: (report: Report) => Program): Promise<void> {
    this.running = true;
    this.launch(program(this.hooks.report));
    await this.settle();
  }

  /** Starts the program afresh and gives it the logged results, up to the call that it now waits in. */
  async replay(program: (report: Report) => Program): Promise<void> {
    this.replayLeft = [...(this.state.log ?? [])];
    this.replayNs = this.state.startNs;
    this.replaying = true;
    this.running = true;
    this.launch(program(silentWhile(() => this.replaying, this.hooks.report)));
    await this.settle();
  }

  /** Ends the blocked call with its outcome and runs the program to its next call. */
  async resume(outcome: Outcome): Promise<void> {
    this.check();
    const { state } = this;
    const call = state.pending?.call;
    const { resolve, reject } = this;
    if (call === undefined || resolve === null || reject === null)
      throw new ProcessError(state.name, 'resumed without a call');
    state.pending = null;
    this.last = formatCall(call);
    state.log?.push({ call: call.name, atNs: this.hooks.nowNs(), outcome });
    this.running = true;
    if (outcome.ok) resolve(outcome.value);
    else reject(new SysError(outcome.errno, call.name));
    await this.settle();
  }

  get done(): boolean {
    return this.ended;
  }

  /** The SysError that ended the program, or null. */
  get error(): SysError | null {
    return this.failure instanceof SysError ? this.failure : null;
  }

  /** Throws when the program has broken the rules since its last turn. */
  check(): void {
    if (this.ended && this.state.pending !== null) {
      this.violation ??= `ended while ${formatCall(this.state.pending.call)} was still under way`;
    }
    if (this.violation !== null) throw new ProcessError(this.state.name, this.violation);
  }

  private launch(program: Program): void {
    const sys = makeSys({
      now: () => (this.replaying ? this.replayNs : this.hooks.nowNs()),
      random: () => randomUnit(this.random),
      log: (text) => {
        if (!this.replaying) this.hooks.log(text);
      },
      invoke: (call) => this.invoke(call),
    });
    program(sys).then(
      () => {
        this.ended = true;
      },
      (error: unknown) => {
        this.ended = true;
        this.failure = error;
      },
    );
  }

  private invoke(call: Call): Promise<unknown> {
    const { state } = this;
    if (state.pending !== null && !this.replaying) {
      this.violation ??= `called ${formatCall(call)} while ${formatCall(state.pending.call)} was still under way`;
    }
    if (!this.running) this.violation ??= `called ${formatCall(call)} out of turn, after ${this.last}`;
    if (this.violation !== null) return new Promise(() => {});
    if (this.replayLeft.length > 0) return this.again(call);
    const restored = this.replaying;
    this.replaying = false;
    if (!restored || state.pending === null) {
      state.pending = newPending(call, this.hooks.nowNs());
      state.calls++;
    } else if (state.pending.call.name !== call.name) {
      this.violation = `called ${formatCall(call)} where it called ${formatCall(state.pending.call)} before`;
    }
    this.running = false;
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The logged result of a call that was made before. */
  private again(call: Call): Promise<unknown> {
    const entry = this.replayLeft.shift() as LoggedCall;
    if (entry.call !== call.name) {
      this.violation = `called ${formatCall(call)} where it called ${entry.call} before: it is not deterministic`;
      return new Promise(() => {});
    }
    this.replayNs = entry.atNs;
    this.last = formatCall(call);
    const { outcome } = entry;
    return outcome.ok
      ? Promise.resolve(outcome.value)
      : Promise.reject(new SysError(outcome.errno, call.name));
  }

  /** Lets microtasks run until the program has made its next call or has ended. */
  private async settle(): Promise<void> {
    const turns = TURNS_MAX + 4 * this.replayLeft.length * TURNS_MAX;
    for (let i = 0; i < turns && this.running && !this.ended && this.violation === null; i++) await null;
    this.check();
    const { name } = this.state;
    if (this.ended && this.failure !== null && !(this.failure instanceof SysError)) {
      const text = this.failure instanceof Error ? this.failure.message : String(this.failure);
      throw new ProcessError(name, `${text} (after ${this.last})`, this.failure);
    }
    if (this.running && !this.ended) {
      throw new ProcessError(name, `awaits something that is not a call of Sys, after ${this.last}`);
    }
    this.running = false;
  }
}

const silentWhile = (quiet: () => boolean, report: Report): Report => ({
  request: (record) => (quiet() ? undefined : report.request(record)),
  mismatch: (text, actual) => (quiet() ? undefined : report.mismatch(text, actual)),
});
