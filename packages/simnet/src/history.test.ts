import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL } from './example-scenarios.ts';
import {
  createWorld,
  forkWorld,
  type Program,
  readScenario,
  restoreWorld,
  type Scenario,
  takeSnapshot,
  type World,
  worldResult,
} from './index.ts';

const OPTIONS = { history: true, capture: true };

const trace = (world: World): string => JSON.stringify(worldResult(world));

async function steps(world: World, count: number): Promise<void> {
  for (let i = 0; i < count && world.nextAt() <= world.scenario.durationNs; i++) await world.step();
}

/** The run without a break, and the run that is saved at `at`, thrown away and restored from JSON. */
async function bothWays(scenario: Scenario, at: number): Promise<[string, string]> {
  const whole = createWorld(scenario, OPTIONS);
  await whole.run();
  const first = createWorld(scenario, OPTIONS);
  await steps(first, at % (whole.state.steps + 1));
  const saved = JSON.parse(JSON.stringify(takeSnapshot(first)));
  await first.run();
  const second = await restoreWorld(scenario, OPTIONS, saved);
  await second.run();
  expect(trace(first)).toBe(trace(whole));
  expect(second.capture.length).toBe(whole.capture.length);
  return [trace(whole), trace(second)];
}

const ms = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}ms`);

const servers = fc.record({
  host: fc.constant('server'),
  program: fc.constant('server'),
  port: fc.constant(80),
  backlog: fc.integer({ min: 0, max: 4 }),
  style: fc.constantFrom('serial', 'events', 'epoll', 'threads'),
  acceptFrom: ms(0, 2000),
  request: fc.constant(50),
  think: ms(0, 100),
  reply: fc.integer({ min: 1, max: 30_000 }),
  keepAlive: fc.boolean(),
});

const clients = fc.record({
  host: fc.constant('client'),
  program: fc.constant('client'),
  to: fc.constant('server:80'),
  count: fc.integer({ min: 1, max: 5 }),
  interval: ms(0, 300),
  request: fc.constant(50),
  reply: fc.integer({ min: 1, max: 30_000 }),
  hold: ms(0, 500),
  timeout: ms(100, 5000),
  close: fc.constantFrom('close', 'reset', 'never'),
});

const links = fc.record({
  between: fc.constant(['client', 'server']),
  latency: ms(0, 100),
  jitter: ms(0, 20),
  bandwidth: fc.constantFrom('1Mbit', '100Mbit'),
  queue: fc.integer({ min: 1, max: 50 }),
  loss: fc.constantFrom('0%', '5%', '30%'),
  duplicate: fc.constantFrom('0%', '10%'),
  reorder: fc.constantFrom('0%', '10%'),
});

/** Hosts with and without CPUs; dear costs, so that calls are cut short by softirq, slices and snapshots. */
const cpus = fc.oneof(
  fc.constant({}),
  fc.record({
    cpus: fc.integer({ min: 1, max: 3 }),
    costs: fc.constantFrom('default', { syscall: '2ms', packetIn: '1ms', slice: '3ms', tick: '0' }),
  }),
);

const traffic = {
  to: fc.constantFrom('server:80', 'server:8080'),
  request: fc.constant(50),
  reply: fc.integer({ min: 1, max: 5000 }),
  requests: fc.integer({ min: 1, max: 3 }),
  gap: ms(0, 50),
  pool: fc.constantFrom(undefined, 1, { size: 3, idle: 1 }),
  close: fc.constantFrom('close', 'reset', 'never'),
  timeout: ms(100, 2000),
};

const loads = fc.record({
  open: fc.record({
    ...traffic,
    name: fc.constant('open'),
    host: fc.constant('client'),
    rate: fc.integer({ min: 1, max: 20 }),
    arrivals: fc.constantFrom('constant', 'poisson'),
  }),
  closed: fc.record({
    ...traffic,
    name: fc.constant('closed'),
    host: fc.constant('client'),
    users: fc.integer({ min: 1, max: 5 }),
    think: ms(1, 500),
    arrivals: fc.constantFrom('constant', 'poisson'),
  }),
  serve: fc.record({
    name: fc.constant('web'),
    host: fc.constant('server'),
    serve: fc.constant(8080),
    style: fc.constantFrom('workers', 'threads', 'events'),
    workers: fc.integer({ min: 1, max: 3 }),
    request: fc.constant(50),
    reply: fc.integer({ min: 1, max: 5000 }),
    cpu: ms(0, 5),
    keepAlive: fc.constantFrom(true, false, 2),
    stall: fc.constantFrom([], [{ every: '1s', for: '300ms' }]),
    calls: fc.constantFrom([], [{ to: 'client:7', request: 10, reply: 10, pool: 2 }]),
  }),
});

/** An event loop makes no calls. */
const served = <T extends { style: string }>(serve: T): object =>
  serve.style === 'events' ? { ...serve, calls: undefined } : serve;

const scenarios = fc
  .record({
    server: servers,
    client: clients,
    link: links,
    load: loads,
    record: fc.constantFrom('all', 'summary'),
    seed: fc.nat(),
    clientCpus: cpus,
    serverCpus: cpus,
    cpu: ms(0, 20),
  })
  .map((parts) =>
    readScenario({
      format: 1,
      name: 'random',
      duration: '8s',
      seed: parts.seed,
      hosts: {
        client: { address: '10.0.0.1', ...parts.clientCpus },
        server: { address: '10.0.0.2', ...parts.serverCpus },
      },
      links: [parts.link],
      faults: [{ reorder: 'data', every: 7 }],
      processes: [
        { ...parts.server, cpu: parts.cpu },
        { ...parts.client, cpu: parts.cpu },
        { host: 'client', program: 'echo', port: 7 },
      ],
      workloads: [served(parts.load.serve), parts.load.open, parts.load.closed],
      record: parts.record,
      inject: [
        {
          at: '1s',
          from: '203.0.113.1:1000',
          to: 'server:80',
          segment: 'S 0:0(0) win 1000',
          count: 3,
          interval: '1s',
          step: { port: 1 },
        },
      ],
      expect: ['at 4s server accept queue == 0'],
    }),
  );

describe('a snapshot', () => {
  it('taken at any event of any scenario and restored goes on as if nothing had been', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, fc.nat(), async (scenario, at) => {
        const [whole, restored] = await bothWays(scenario, at);
        expect(restored).toBe(whole);
      }),
      { numRuns: 40 },
    );
  }, 120_000);

  it('can be taken at every event of a run', async () => {
    const scenario = readScenario({ ...ACCEPT_QUEUE_FULL, duration: '3s' });
    const whole = createWorld(scenario, OPTIONS);
    await whole.run();
    for (let at = 0; at <= whole.state.steps; at += 7) {
      const [want, got] = await bothWays(scenario, at);
      expect(got).toBe(want);
    }
  }, 60_000);

  it('forks: two worlds go on from one, apart from each other', async () => {
    const scenario = readScenario(ACCEPT_QUEUE_FULL);
    const world = createWorld(scenario, OPTIONS);
    await world.run(300e6);
    const fork = await forkWorld(world);
    fork.host('server')?.kernel.setSysctl('net.ipv4.tcp_abort_on_overflow', 1);
    await world.run();
    await fork.run();
    const plain = createWorld(scenario, OPTIONS);
    await plain.run();
    expect(trace(world)).toBe(trace(plain));
    expect(fork.now).toBe(world.now);
  });

  it('repeats random numbers and logs nothing twice', async () => {
    const program: Program = async (sys) => {
      for (let i = 0; i < 20; i++) {
        await sys.sleep(Math.floor(sys.random() * 1e6));
        sys.log(`${i} at ${sys.now()}`);
      }
    };
    const scenario = readScenario({
      format: 1,
      name: 'dice',
      duration: '1s',
      hosts: { a: { address: '10.0.0.1' } },
      processes: [{ host: 'a', program: 'custom', call: 'dice' }],
    });
    const options = { ...OPTIONS, programs: { dice: program } };
    const world = createWorld(scenario, options);
    await steps(world, 9);
    const other = await restoreWorld(scenario, options, takeSnapshot(world));
    await world.run();
    await other.run();
    expect(trace(other)).toBe(trace(world));
    expect(world.state.recorder.events.filter((e) => e.type === 'log')).toHaveLength(20);
  });

  it('names a program that does not repeat its calls', async () => {
    let runs = 0;
    const fickle: Program = async (sys) => {
      runs++;
      if (runs === 1) await sys.sleep(5);
      await sys.socket();
      await sys.sleep(1e9);
    };
    const scenario = readScenario({
      format: 1,
      name: 'fickle',
      duration: '1s',
      hosts: { a: { address: '10.0.0.1' } },
      processes: [{ host: 'a', program: 'custom', call: 'fickle' }],
    });
    const options = { ...OPTIONS, programs: { fickle } };
    const world = createWorld(scenario, options);
    await steps(world, 3);
    await expect(restoreWorld(scenario, options, takeSnapshot(world))).rejects.toThrow(
      /process custom: .*not deterministic/,
    );
  });

  it('needs a world that keeps history', () => {
    const world = createWorld(readScenario(ACCEPT_QUEUE_FULL));
    expect(() => takeSnapshot(world)).toThrow('history: true');
  });
});
