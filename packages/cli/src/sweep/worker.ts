// The thread that runs tasks of a sweep: one at a time, until nobody sends another.

import { parentPort, workerData } from 'node:worker_threads';
import type { Quantity } from '@halfopen/simnet';
import { answerOf, type Task, type TaskDone } from './one-run.ts';

const quantities = workerData as readonly Quantity[];

parentPort?.on('message', async ({ index, scenario }: Task) => {
  const done: TaskDone = { index, answer: await answerOf(scenario, quantities) };
  parentPort?.postMessage(done);
});
