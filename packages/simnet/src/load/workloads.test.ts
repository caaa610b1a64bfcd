import { describe, expect, it } from 'vitest';
import {
  createWorld,
  type RunResult,
  readScenario,
  runScenario,
  type WorkloadRecord,
  worldResult,
} from '../index.ts';

const BASE = {
  format: 1,
  name: 'load',
  duration: '20s',
  hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
  links: [{ between: ['client', 'server'], latency: '1ms' }],
};
const WEB = { name: 'web', host: 'server', serve: 80, workers: 8, request: 100, reply: 200 };
const USERS = { name: 'users', host: 'client', to: 'server:80', request: 100, reply: 200 };

const run = (workloads: readonly object[], over: object = {}): Promise<RunResult> =>
  runScenario(readScenario({ ...BASE, workloads, ...over }));

const of = (result: RunResult, name: string): WorkloadRecord =>
  result.workloads.find((w) => w.name === name) as WorkloadRecord;

describe('an open loop', () => {
  it('begins sessions at its rate; each connects, asks and is answered', async () => {
    const result = await run([WEB, { ...USERS, rate: 100, for: '5s' }]);
    const users = of(result, 'users');
    expect(users).toMatchObject({ started: 500, completed: 500, connected: 500, failed: {} });
    expect(of(result, 'web')).toMatchObject({ started: 500, completed: 500, connected: 500 });
    // Two ways for the handshake, two for request and answer.
    expect(users.request.min).toBe(4e6);
    expect(users.connect).toMatchObject({ min: 2e6, max: 2e6 });
    expect(result.hosts.client?.counters.TcpActiveOpens).toBe(500);
    expect(users.series.reduce((n, s) => n + s.completed, 0)).toBe(500);
  });

  it('keeps its rate when the server is slow, so that requests wait from when they were due', async () => {
    const slow = { ...WEB, workers: 1, think: '100ms' };
    const result = await run([slow, { ...USERS, rate: 20, count: 20 }]);
    // 20 requests in 1 s at 10 a second: the last waits for the ten that it does not get done meanwhile.
    expect(of(result, 'users').request.max).toBeGreaterThan(900e6);
    expect(of(result, 'users').completed).toBe(20);
  });

  it('with Poisson arrivals begins about as many, at uneven times', async () => {
    const result = await run([WEB, { ...USERS, rate: 200, arrivals: 'poisson', for: '10s' }]);
    const { started } = of(result, 'users');
    // Standard deviation is the root of 2000; five of them.
    expect(Math.abs(started - 2000)).toBeLessThan(225);
    expect(started).not.toBe(2000);
  });

  it('counts failures by errno', async () => {
    const result = await run([{ ...USERS, rate: 10, count: 10, timeout: '2s' }]);
    expect(of(result, 'users')).toMatchObject({ started: 10, completed: 0, failed: { ECONNREFUSED: 10 } });
  });

  it('runs out of descriptors at its limit', async () => {
    const deaf = { name: 'deaf', host: 'server', serve: 80, workers: 1, acceptFrom: '1h', backlog: 100 };
    const result = await run([deaf, { ...USERS, rate: 1000, count: 30, nofile: 13 }]);
    expect(of(result, 'users').failed).toEqual({ EMFILE: 20 });
  });
});

describe('a closed loop', () => {
  it('has one session a user at a time, with think time between', async () => {
    const result = await run([WEB, { ...USERS, users: 5, think: '96ms', for: '10s' }]);
    // 4 ms a session and 96 ms between: ten a second for each user.
    expect(of(result, 'users').started).toBe(500);
  });

  it('makes several requests on a connection, and holds it', async () => {
    const result = await run([
      { ...WEB, keepAlive: true },
      { ...USERS, users: 2, requests: 10, gap: '10ms', count: 4, keepOpen: '1s' },
    ]);
    expect(of(result, 'users')).toMatchObject({ started: 40, completed: 40, connected: 4 });
    expect(of(result, 'web')).toMatchObject({ completed: 40, connected: 4 });
  });

  it('a user whose connect() fails at once does not spin', async () => {
    const result = await run([{ ...USERS, host: 'server', users: 1 }], { duration: '1s' });
    expect(of(result, 'users').failed.ECONNREFUSED).toBeLessThanOrEqual(1001);
  });
});

describe('who closes first', () => {
  it.each([
    ['the server after its answer', {}, { closes: 'server' }, 'server'],
    ['the client, where the server keeps connections alive', { keepAlive: true }, {}, 'client'],
  ])('%s is left in TIME-WAIT', async (_, server, client, holds) => {
    const result = await run([
      { ...WEB, ...server },
      { ...USERS, ...client, rate: 10, count: 10 },
    ]);
    const waiting = Object.entries(result.hosts).map(([name, h]) => [name, h.socketStates['TIME-WAIT'] ?? 0]);
    expect(Object.fromEntries(waiting)).toEqual({ client: 0, server: 0, [holds]: 10 });
  });

  it('close: reset leaves nobody in TIME-WAIT', async () => {
    const result = await run([
      { ...WEB, keepAlive: true },
      { ...USERS, rate: 10, count: 10, close: 'reset' },
    ]);
    expect(result.hosts.client?.socketStates).toEqual({});
    expect(result.hosts.client?.counters.TcpOutRsts).toBe(10);
  });
});

describe('a pool', () => {
  it('opens no more connections than its size, and requests wait for one', async () => {
    const result = await run([
      { ...WEB, keepAlive: true, think: '8ms', workers: 10 },
      { ...USERS, users: 10, count: 100, pool: 2 },
    ]);
    const users = of(result, 'users');
    expect(users).toMatchObject({ completed: 100, connected: 2, failed: {} });
    // Ten users share two connections of 10 ms each: all but the first two wait for four rounds before theirs.
    expect(users.request.max).toBeGreaterThanOrEqual(50e6);
  });

  it('closes what it does not keep idle', async () => {
    const result = await run([
      { ...WEB, keepAlive: true, workers: 60, think: '50ms' },
      { ...USERS, rate: [{ from: '0s', perSecond: 1000 }], count: 50, pool: { size: 50, idle: 1 } },
    ]);
    expect(of(result, 'users').connected).toBeGreaterThan(10);
    expect(result.hosts.client?.socketStates.ESTAB).toBe(1);
  });

  it('opens another connection for who waits when one is gone', async () => {
    const result = await run([WEB, { ...USERS, users: 3, count: 30, pool: 1 }]);
    const users = of(result, 'users');
    // The server closes after each answer: every second request finds a dead connection.
    expect(users.started).toBe(30);
    expect(users.completed + Object.values(users.failed).reduce((a, b) => a + b, 0)).toBe(30);
    expect(users.completed).toBeGreaterThanOrEqual(15);
  });
});

describe('destinations', () => {
  const servers = {
    client: { address: '10.0.0.1' },
    s1: { address: '10.0.0.2' },
    s2: { address: '10.0.0.3' },
    s3: { address: '10.0.0.4' },
  };
  const all = ['s1', 's2', 's3'].map((host) => ({ ...WEB, name: `web-${host}`, host }));
  const to = ['s1:80', 's2:80', 's3:80'];

  it.each([
    ['round-robin', [100, 100, 100]],
    ['hash', null],
    ['random', null],
  ])('%s', async (choose, exactly) => {
    const result = await run([...all, { ...USERS, to, choose, rate: 300, count: 300 }], {
      hosts: servers,
      links: [{ between: ['client', 's1', 's2', 's3'] }],
    });
    const counts = ['s1', 's2', 's3'].map((s) => of(result, `web-${s}`).completed);
    expect(counts.reduce((a, b) => a + b, 0)).toBe(300);
    if (exactly !== null) expect(counts).toEqual(exactly);
    else for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(42);
  });
});

describe('hold', () => {
  it('opens so many connections and keeps them', async () => {
    const result = await run([
      { ...WEB, style: 'threads', workers: 2 },
      { name: 'held', host: 'client', to: 'server:80', hold: 500, parallel: 20 },
    ]);
    expect(of(result, 'held')).toMatchObject({ completed: 500, connected: 500 });
    expect(result.hosts.client?.socketStates).toEqual({ ESTAB: 500 });
    expect(result.hosts.server?.socketStates).toEqual({ LISTEN: 1, ESTAB: 500 });
  });
});

describe('an event loop', () => {
  const loop = { ...WEB, style: 'events', workers: 1, keepAlive: true };

  it('serves many connections at once with one thread', async () => {
    const result = await run([
      { ...loop, think: '20ms' },
      { ...USERS, users: 50, requests: 5, count: 200, gap: '5ms' },
    ]);
    expect(of(result, 'users')).toMatchObject({ completed: 1000, connected: 200, failed: {} });
    // No request waits for another: 20 ms and the way there and back, with or without connect().
    expect(of(result, 'users').request.min).toBe(22e6);
    expect(of(result, 'users').request.max).toBe(24e6);
  });

  it('accepts all that wait before it serves one', async () => {
    const result = await runScenario(
      readScenario({
        format: 1,
        name: 'burst',
        duration: '1s',
        hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2', cpus: 1 } },
        workloads: [
          { ...loop, cpu: '1ms' },
          { ...USERS, users: 50, count: 50 },
        ],
      }),
    );
    const [web] = result.hosts.server?.processes ?? [];
    // All come while the first is accepted or served, so the queue is found empty only a few times.
    const accept = web?.calls.find((c) => c.call === 'accept4' || c.call === 'accept');
    expect(accept?.calls).toBe(50 + (accept?.errors ?? 0));
    expect(accept?.errors).toBeLessThan(5);
  });

  it('computes for one connection at a time', async () => {
    const result = await run([
      { ...loop, cpu: '10ms' },
      { ...USERS, users: 10, count: 10 },
    ]);
    expect(of(result, 'users').request.max).toBeGreaterThanOrEqual(100e6);
  });

  it('shares a listener with others, closes first where it is told to, and sends more than fits', async () => {
    const result = await run([
      { ...loop, workers: 4, keepAlive: 2, reply: '1MB' },
      { ...USERS, users: 20, requests: 2, count: 60, reply: '1MB', closes: 'server' },
    ]);
    expect(of(result, 'users')).toMatchObject({ completed: 120, connected: 60, failed: {} });
    expect(result.hosts.server?.socketStates).toEqual({ LISTEN: 1, 'TIME-WAIT': 60 });
  });

  it('lets go of connections whose client gave up while the answer waited', async () => {
    const result = await run([
      { ...loop, think: '5s' },
      { ...USERS, rate: 10, count: 10, timeout: '1s', close: 'reset' },
      { ...USERS, name: 'later', start: '10s', rate: 10, count: 10 },
    ]);
    expect(of(result, 'users').failed).toEqual({ EAGAIN: 10 });
    expect(of(result, 'later').completed).toBe(10);
    expect(result.hosts.server?.socketStates.ESTAB ?? 0).toBe(0);
  });
});

describe('a server that asks another', () => {
  const hosts = {
    client: { address: '10.0.0.1' },
    app: { address: '10.0.0.2', sysctls: { 'net.ipv4.ip_local_port_range': [40000, 40019] } },
    redis: { address: '10.0.0.3' },
  };
  const links = [{ between: ['client', 'app', 'redis'], latency: '1ms' }];
  const redis = {
    name: 'redis',
    host: 'redis',
    serve: 6379,
    style: 'threads',
    keepAlive: true,
    request: 50,
    reply: 50,
  };
  const app = (calls: object) => ({ ...WEB, name: 'web', host: 'app', workers: 10, calls });
  const users = { ...USERS, to: 'app:80', rate: 20, count: 60 };

  it('over short connections runs out of ports, and its clients see the end of theirs', async () => {
    const result = await run([redis, app({ to: 'redis:6379', request: 50, reply: 50 }), users], {
      hosts,
      links,
    });
    const calls = of(result, 'web-redis');
    // 20 ports, each in TIME-WAIT for 60 s.
    expect(calls).toMatchObject({ started: 60, completed: 20, failed: { EADDRNOTAVAIL: 40 } });
    expect(of(result, 'web')).toMatchObject({ completed: 20, failed: { EADDRNOTAVAIL: 40 } });
    expect(of(result, 'users')).toMatchObject({ completed: 20, failed: { EOF: 40 } });
  });

  it('over a pool does not', async () => {
    const calls = { name: 'cache', to: 'redis:6379', pool: 5, request: 50, reply: 50 };
    const result = await run([redis, app(calls), users], { hosts, links });
    expect(of(result, 'cache')).toMatchObject({ completed: 60, connected: 1, failed: {} });
    expect(of(result, 'users')).toMatchObject({ completed: 60, failed: {} });
  });
});

describe('a stall', () => {
  it('lets connections wait in the accept queue, and nothing is served meanwhile', async () => {
    const web = { ...WEB, stall: [{ at: '1s', for: '2s' }] };
    const result = await run([web, { ...USERS, rate: 10, for: '5s' }]);
    expect(of(result, 'users')).toMatchObject({ completed: 50, failed: {} });
    expect(of(result, 'users').request.max).toBeGreaterThan(1.9e9);
  });
});

it('the same seed gives the same bytes, another seed others', async () => {
  const scenario = { ...BASE, workloads: [WEB, { ...USERS, rate: 50, arrivals: 'poisson', for: '5s' }] };
  const text = async (seed: number): Promise<string> =>
    JSON.stringify(await runScenario(readScenario({ ...scenario, seed })));
  expect(await text(1)).toBe(await text(1));
  expect((await text(1)).replace('"seed":1', '')).not.toBe((await text(2)).replace('"seed":2', ''));
});

it('threads that have ended make room for others', async () => {
  const world = createWorld(readScenario({ ...BASE, workloads: [WEB, { ...USERS, rate: 100, for: '5s' }] }));
  await world.run();
  expect(worldResult(world).workloads.find((w) => w.name === 'users')?.completed).toBe(500);
  expect(world.state.processes.length).toBeLessThan(30);
});
