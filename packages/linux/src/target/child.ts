// A child process of a run: a process of the scenario, or the observer. It is started with its namespaces as inherited
// descriptors, gets its task and then the start time on stdin, and tells what happens on descriptor 3. It dies with its
// parent (PR_SET_PDEATHSIG), and at the end of the run the parent kills it.

import { closeSync, openSync, writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { instancesOf } from '@halfopen/simnet';
import { type Calls, loadCalls } from './calls.ts';
import { liftHelpers, monotonicNs, readLineSync, realTimePriority } from './clock.ts';
import { FdTable, LOAD_FILES_MAX, NOFILE } from './fd-table.ts';
import { prepareLoad } from './load-run.ts';
import { observe } from './observer.ts';
import { prepareInstance } from './process-run.ts';
import { type Message, NAMESPACE_FD, REPORT_FD, type Start, type Task } from './protocol.ts';
import { defaultActions, threadId } from './real-signals.ts';
import { warmCalls } from './warm-up.ts';

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const CLONE_NEWNET = 0x40000000;

/** A thread runs one small program, MB. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 64 };

/** What a worker thread is told. */
interface ThreadData {
  readonly task: Task & { role: 'process' };
  readonly instance: number;
  /** Shared by the workers of one process. */
  readonly table: SharedArrayBuffer;
}

/** One write a line: lines of several threads do not mix. */
const tell = (message: Message): void => {
  writeSync(REPORT_FD, `${JSON.stringify(message)}\n`);
};

/** Runs calls once that the scenario should not be the first to make. */
async function warm(calls: Calls): Promise<void> {
  const nowhere = openSync('/dev/null', 'w');
  await warmCalls(calls, (line) => void writeSync(nowhere, line), monotonicNs);
  closeSync(nowhere);
}

function enterNamespace(calls: Calls, fd: number): void {
  if (calls.setns(fd, CLONE_NEWNET) !== 0) throw new Error(`setns: ${calls.errno()}`);
}

/** The kernel kills this process when its parent ends; one that has ended already cannot be waited for. */
function dieWith(calls: Calls, parent: number): void {
  calls.prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (process.ppid !== parent) process.exit(1);
}

const nextLine = <T>(): T | null => {
  const line = readLineSync(0);
  return line === null ? null : (JSON.parse(line) as T);
};

interface StartedThread {
  readonly worker: Worker;
  /** What the kernel calls it. */
  readonly id: number;
}

/** Starts a thread for a further process; resolves when it is ready to begin. */
function startThread(
  task: Task & { role: 'process' },
  instance: number,
  table: FdTable,
): Promise<StartedThread> {
  const data: ThreadData = { task, instance, table: table.buffer };
  const worker = new Worker(new URL(import.meta.url), { workerData: data, resourceLimits: THREAD_LIMITS });
  return new Promise((resolve, reject) => {
    worker.once('message', (id: number) => resolve({ worker, id }));
    worker.once('error', reject);
  });
}

const ended = (worker: Worker): Promise<void> =>
  new Promise((resolve) => worker.once('exit', () => resolve()));

/** Threads that start at the same time. */
const STARTING_MAX = 4;

/** One thread for each instance but the first. Workers of one process share its descriptors. */
async function startThreads(task: Task & { role: 'process' }, first: FdTable): Promise<StartedThread[]> {
  const threads: StartedThread[] = [];
  const shares = instancesOf(task.scenario).map((instance) => instance.shares);
  let table = first;
  let starting: Promise<StartedThread>[] = [];
  for (const instance of task.instances.slice(1)) {
    if (!shares[instance]) table = new FdTable();
    starting.push(startThread(task, instance, table));
    if (starting.length < STARTING_MAX) continue;
    threads.push(...(await Promise.all(starting)));
    starting = [];
  }
  return [...threads, ...(await Promise.all(starting))];
}

async function runProcess(calls: Calls, task: Task & { role: 'process' }): Promise<void> {
  const table = new FdTable();
  const threads = await startThreads(task, table);
  await warm(calls);
  enterNamespace(calls, NAMESPACE_FD);
  realTimePriority(calls, task.priority);
  liftHelpers(calls, true);
  defaultActions(calls);
  const run = prepareInstance(calls, table, task.scenario, task.instances[0] as number, tell);
  tell({ t: 'ready', threads: [threadId(calls), ...threads.map(({ id }) => id)] });
  const start = nextLine<Start>();
  if (start === null) return;
  for (const { worker } of threads) worker.postMessage(start);
  const ends = threads.map(({ worker }) => ended(worker));
  await run(start);
  await Promise.all(ends);
}

/** RLIMIT_NOFILE. Source: include/uapi/asm-generic/resource.h v6.18. */
const RLIMIT_NOFILE = 7;
/** Descriptors that Node itself needs. */
const NODE_FILES = 64;

/** Room for as many descriptors as the workload may have, as far as this user may. */
function raiseLimit(calls: Calls, nofile: number): void {
  const limit = new Uint8Array(16);
  calls.prlimit(0, RLIMIT_NOFILE, null, limit);
  const view = new DataView(limit.buffer);
  const wanted = BigInt(nofile + NODE_FILES);
  if (view.getBigUint64(0, true) >= wanted) return;
  const hard = view.getBigUint64(8, true);
  view.setBigUint64(0, hard < wanted ? hard : wanted, true);
  calls.prlimit(0, RLIMIT_NOFILE, limit, null);
}

async function runLoad(calls: Calls, task: Task & { role: 'load' }): Promise<void> {
  const nofile = Math.min(task.scenario.workloads[task.workload]?.nofile ?? NOFILE, LOAD_FILES_MAX);
  raiseLimit(calls, nofile);
  await warm(calls);
  enterNamespace(calls, NAMESPACE_FD);
  realTimePriority(calls, task.priority);
  liftHelpers(calls, true);
  const table = new FdTable(nofile);
  const run = prepareLoad(calls, table, task.scenario, task.workload, task.p, tell);
  tell({ t: 'ready', threads: [] });
  const start = nextLine<Start>();
  if (start === null) return;
  run(start.zeroNs);
  // Its sockets stay open until the parent has looked at them and ends it.
  nextLine();
}

async function runThread({ task, instance, table }: ThreadData): Promise<void> {
  const calls = loadCalls();
  await warm(calls);
  enterNamespace(calls, NAMESPACE_FD);
  realTimePriority(calls, task.priority);
  const run = prepareInstance(calls, new FdTable(table), task.scenario, instance, tell);
  const start = new Promise<Start>((resolve) => parentPort?.once('message', resolve));
  parentPort?.postMessage(threadId(calls));
  await run(await start);
}

async function runMain(): Promise<void> {
  const task = nextLine<Task>();
  if (task === null) return;
  const calls = loadCalls();
  dieWith(calls, task.parent);
  if (task.role === 'process') await runProcess(calls, task);
  else if (task.role === 'load') await runLoad(calls, task);
  else {
    observe(calls, task, {
      tell,
      enter: (host) => enterNamespace(calls, NAMESPACE_FD + host),
      start: () => {
        realTimePriority(calls, task.priority);
        liftHelpers(calls, true);
        return nextLine<Start>();
      },
    });
  }
}

async function main(): Promise<void> {
  try {
    if (isMainThread) await runMain();
    else await runThread(workerData as ThreadData);
  } catch (error) {
    tell({ t: 'broken', text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  if (isMainThread) process.exit(0);
}

await main();
