// Both ends in one kernel over loopback: connect, accept, close, 100 at once. The client's end goes through TIME-WAIT,
// which is waited for, because otherwise the ports would run out.
import { LOOPBACK4 } from '@halfopen/engine';
import { Floor } from './floor.mjs';
import { nsPerOperation } from './measure.mjs';
import { rateRow } from './table.mjs';
import { must, newServer } from './world.mjs';

const AT_ONCE = 100;
const BATCH = 5000;
const PORT = 8000;
const TIME_WAIT_NS = 61e9;

/** @param {import('./world.mjs').Server} server */
export function loopbackListener({ kernel, task }) {
  const listener = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
  must(kernel.bind(task, listener, { family: 'AF_INET', address: LOOPBACK4, port: PORT }));
  must(kernel.listen(task, listener, 4096));
  return listener;
}

/** Connects and accepts. @param {import('./world.mjs').Server} server @param {number} listener */
export function newPair({ kernel, task }, listener) {
  const client = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
  kernel.connect(task, client, { family: 'AF_INET', address: LOOPBACK4, port: PORT });
  return { client, server: must(kernel.accept(task, listener, true)).fd };
}

/** ns of a connection, both ends. @param {number} held */
function pairNs(held) {
  const server = newServer();
  const { kernel, task } = server;
  const listener = loopbackListener(server);
  for (let n = 0; n < held; n++) newPair(server, listener);
  return nsPerOperation(() => {
    for (let n = 0; n < BATCH; n += AT_ONCE) {
      const pairs = [];
      for (let i = 0; i < AT_ONCE; i++) pairs.push(newPair(server, listener));
      for (const pair of pairs) must(kernel.close(task, pair.client));
      for (const pair of pairs) must(kernel.close(task, pair.server));
      kernel.takeWakes();
      kernel.advanceTo(kernel.now + TIME_WAIT_NS);
    }
    if (kernel.counter('TcpCurrEstab') !== 2 * held) throw new Error('connections were lost');
  }, BATCH);
}

export function pairRows() {
  const floor = new Floor();
  let n = 0;
  const floorNs = nsPerOperation(() => {
    for (const end = n + BATCH; n < end; n++) floor.connection(n);
  }, BATCH);
  return [
    rateRow('connect + accept + close, both ends', pairNs(0), floorNs),
    rateRow('  10,000 pairs held', pairNs(10_000), floorNs),
  ];
}
