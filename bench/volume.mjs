// Workloads in a whole world: 100,000 short connections with a request and an answer each, by threads that block, over a
// link; and 100,000 connections that are opened and held. Beside them the floor of a handshake (floor.mjs).
import { createWorld, readScenario, worldResult } from '@halfopen/simnet';
import { Floor } from './floor.mjs';
import { nsPerOperation } from './measure.mjs';
import { rateRow } from './table.mjs';

const CONNECTIONS = 100_000;
const FLOOR_BATCH = 5000;
/** Seconds of virtual time, over which the connections are spread. */
const SPREAD_S = 60;

/** Enough hosts that none has to search long for a port: beyond half of the range the search grows long, as in Linux. */
const CLIENTS = ['c1', 'c2', 'c3', 'c4'];
const sysctls = { 'net.ipv4.ip_local_port_range': [1024, 65535] };

const BASE = {
  format: 1,
  name: 'volume',
  hosts: {
    ...Object.fromEntries(CLIENTS.map((name, i) => [name, { address: `10.0.0.${i + 1}`, sysctls }])),
    server: { address: '10.0.0.100' },
  },
  links: [{ between: [...CLIENTS, 'server'], latency: '200us' }],
};

const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

/** @param {readonly object[]} workloads @param {string} duration */
async function play(workloads, duration) {
  const world = createWorld(readScenario({ ...BASE, duration, workloads }));
  const before = cpuNs();
  await world.run();
  const spentNs = cpuNs() - before;
  const result = worldResult(world);
  for (const { name, failed } of result.workloads)
    if (Object.keys(failed).length > 0) throw new Error(`${name} failed: ${JSON.stringify(failed)}`);
  return { world, result, spentNs };
}

const server = {
  name: 'web',
  host: 'server',
  serve: 80,
  workers: 50,
  request: 100,
  reply: 200,
  keepAlive: false,
};

async function shortNs() {
  const users = {
    host: 'c1',
    to: 'server:80',
    request: 100,
    reply: 200,
    closes: 'server',
    arrivals: 'poisson',
  };
  const rate = CONNECTIONS / SPREAD_S;
  const { result, spentNs } = await play(
    [server, { ...users, name: 'users', rate, count: CONNECTIONS }],
    `${SPREAD_S + 10}s`,
  );
  const done = result.workloads.find(({ name }) => name === 'users')?.completed;
  if (done !== CONNECTIONS) throw new Error(`${done} of ${CONNECTIONS} requests were answered`);
  return spentNs / CONNECTIONS;
}

async function held() {
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const threads = { ...server, style: 'threads', workers: 4, keepAlive: true };
  const hold = CONNECTIONS / CLIENTS.length;
  const holders = CLIENTS.map((host) => ({ name: `held-${host}`, host, to: 'server:80', hold }));
  const { world, result, spentNs } = await play([threads, ...holders], '60s');
  const open = result.hosts.server?.socketStates.ESTAB;
  if (open !== CONNECTIONS) throw new Error(`${open} of ${CONNECTIONS} connections are held`);
  const bytes = process.memoryUsage().rss - before;
  if (world.now === 0) throw new Error('the world is needed until here');
  return { bytes, ns: spentNs / CONNECTIONS };
}

export async function volumeRows() {
  const floor = new Floor();
  let n = 0;
  const floorNs = nsPerOperation(() => {
    for (const end = n + FLOOR_BATCH; n < end; n++) floor.connection(n);
  }, FLOOR_BATCH);
  const short = await shortNs();
  const kept = await held();
  return [
    rateRow('workload, 100,000 short connections', short, floorNs, '> 6.7 k/s (15 s)'),
    rateRow('  opened and held', kept.ns, floorNs),
    { what: '  100,000 held: growth of RSS', value: `${Math.round(kept.bytes / 1e6)} MB` },
  ];
}
