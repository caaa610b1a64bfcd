// The other thread of switches.ts: gives back each byte that it is handed.

import { parentPort, workerData } from 'node:worker_threads';
import { timedCalls } from './calls.ts';
import { type PongData, pin } from './switches.ts';

const { cpu, from, to, rounds } = workerData as PongData;
const calls = timedCalls();
pin(calls, cpu);
const byte = new Uint8Array(1);
parentPort?.postMessage('ready');
// The message has to leave first.
setImmediate(() => {
  for (let i = 0; i < rounds; i++) {
    if (calls.read(from, byte, 1) !== 1) return;
    calls.write(to, byte, 1);
  }
});
