// Runs all scenarios of a sweep on several threads. Answers stand in the order of the scenarios, whichever thread was
// faster; what a thread could not do (it did not start, or died) is done here.

import { Worker } from 'node:worker_threads';
import type { Quantity, Scenario } from '@halfopen/simnet';
import { type Answer, answerOf, type Task, type TaskDone } from './one-run.ts';

const SELF = import.meta.url;
const FROM_SOURCE = SELF.endsWith('.ts');
const WORKER = new URL(FROM_SOURCE ? './from-source.mjs' : './worker.js', SELF);
/** In the repository packages resolve to their sources. */
const SOURCE_FLAGS = ['--conditions=halfopen-source'];

export interface PoolOptions {
  readonly jobs: number;
  readonly worker?: URL;
  /** Called after each run with how many are done, and whether a thread did this one. */
  readonly onDone?: (done: number, onThread: boolean) => void;
}

interface Hands {
  readonly take: () => Task | null;
  readonly put: (done: TaskDone) => void;
}

function startWorker(quantities: readonly Quantity[], file: URL): Worker | null {
  try {
    return new Worker(file, {
      workerData: quantities,
      ...(FROM_SOURCE ? { execArgv: SOURCE_FLAGS } : {}),
    });
  } catch {
    return null;
  }
}

/** Feeds one thread until nothing is left or it dies. */
function serve(quantities: readonly Quantity[], file: URL, { take, put }: Hands): Promise<void> {
  const worker = startWorker(quantities, file);
  if (worker === null) return Promise.resolve();
  return new Promise((resolve) => {
    const next = (): void => {
      const task = take();
      if (task === null) void worker.terminate();
      else worker.postMessage(task);
    };
    worker.on('message', (done: TaskDone) => {
      put(done);
      next();
    });
    // 'exit' follows; its task has no answer and is done here.
    worker.on('error', () => {});
    worker.on('exit', () => resolve());
    next();
  });
}

/** One answer for each scenario, in their order. */
export async function runAll(
  scenarios: readonly Scenario[],
  quantities: readonly Quantity[],
  { jobs, worker = WORKER, onDone }: PoolOptions,
): Promise<Answer[]> {
  const answers = new Map<number, Answer>();
  let taken = 0;
  const keep = ({ index, answer }: TaskDone, onThread: boolean): void => {
    answers.set(index, answer);
    onDone?.(answers.size, onThread);
  };
  const put = (done: TaskDone): void => keep(done, true);
  const take = (): Task | null => {
    const index = taken++;
    const scenario = scenarios[index];
    return scenario === undefined ? null : { index, scenario };
  };
  if (jobs > 1)
    await Promise.all(Array.from({ length: jobs }, () => serve(quantities, worker, { take, put })));
  for (const [index, scenario] of scenarios.entries()) {
    if (!answers.has(index)) keep({ index, answer: await answerOf(scenario, quantities) }, false);
  }
  return scenarios.map((_, index) => answers.get(index) as Answer);
}
