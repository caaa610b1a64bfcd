// Starts the child processes of a run and reads what they tell.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { SignalName } from '@halfopen/simnet';
import { HostError } from '../libc.ts';
import { type Message, REPORT_FD, type Start, type Task } from './protocol.ts';

const SELF = import.meta.url;
const CHILD = fileURLToPath(new URL(SELF.endsWith('.ts') ? './child.ts' : './child.js', SELF));
/** What cannot wait until the run is over. JSON.stringify keeps the order in which the fields are written. */
const URGENT = /^\{"t":"(?:ready|broken|probe|load)"/;
/** A child that is not ready by then never will be, ms; each thread takes a share of a busy machine. */
const READY_MS = 20_000;
const READY_THREAD_MS = 2000;

export class Child {
  readonly task: Task;
  readonly ready: Promise<void>;
  /** Real numbers of its threads, in the order of its instances. */
  threads: readonly number[] = [];
  /** Called when a signal has ended it before its time. */
  onKilled: (signal: SignalName) => void = () => {};
  /** It has ended. */
  over = false;
  private ending = false;
  /** Lines that nobody has read yet: reading them while the run goes on would delay the wire. */
  private readonly waiting: string[] = [];
  private readonly onMessage: (message: Message) => void;
  private readonly process: ChildProcess;
  private readonly exited: Promise<void>;

  /** `namespaces` are open files that the child inherits, from descriptor 4 on. */
  constructor(task: Task, namespaces: readonly number[], onMessage: (message: Message) => void) {
    this.task = task;
    this.onMessage = onMessage;
    this.process = spawn(process.execPath, [...process.execArgv, CHILD], {
      stdio: ['pipe', 'ignore', 'inherit', 'pipe', ...namespaces],
    });
    this.exited = new Promise((resolve) => {
      this.process.once('exit', (_code, signal) => {
        this.over = true;
        if (signal !== null && !this.ending) this.onKilled(signal as SignalName);
        resolve();
      });
      this.process.once('error', () => resolve());
    });
    this.ready = this.listen();
    this.write(task);
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  start(start: Start): void {
    this.write(start);
  }

  /** Passes on everything that waits. */
  readAll(): void {
    for (const line of this.waiting.splice(0)) this.onMessage(JSON.parse(line) as Message);
  }

  /** SIGKILL, and wait for the end. */
  async kill(): Promise<void> {
    this.ending = true;
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill('SIGKILL');
    await this.exited;
  }

  private write(document: Task | Start): void {
    const stdin = this.process.stdin as Writable;
    stdin.on('error', () => {});
    stdin.write(`${JSON.stringify(document)}\n`);
  }

  private listen(): Promise<void> {
    const stream = this.process.stdio[REPORT_FD] as Readable;
    return new Promise((resolve, reject) => {
      const threads = this.task.role === 'process' ? this.task.instances.length : 0;
      const limitMs = READY_MS + READY_THREAD_MS * threads;
      const late = setTimeout(() => reject(broken('a child process did not start in time')), limitMs);
      const take = (message: Message): void => {
        if (message.t === 'ready') {
          clearTimeout(late);
          this.threads = message.threads;
          resolve();
        } else this.onMessage(message);
        if (message.t === 'broken') reject(broken(message.text));
      };
      readLines(stream, (line) => {
        if (URGENT.test(line)) take(JSON.parse(line) as Message);
        else this.waiting.push(line);
      });
      this.exited.then(() => {
        clearTimeout(late);
        reject(broken('a child process ended before it began'));
      });
    });
  }
}

const broken = (text: string): HostError => new HostError('system-call', text);

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
