import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, readScenario, type Scenario, ScenarioError } from '../index.ts';

const document = (...workloads: unknown[]): unknown => ({
  format: 1,
  name: 'load',
  duration: '1s',
  hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
  processes: [{ host: 'server', program: 'server', port: 1, name: 'taken' }],
  workloads,
});

/** `path: expected` of each mistake. */
function mistakes(data: unknown): string[] {
  try {
    readScenario(data);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.map(({ path, expected }) => `${formatPath(path)}: ${expected}`);
  }
}

const OPEN = { name: 'users', host: 'client', to: 'server:80', rate: 10 };
const SERVE = { name: 'web', host: 'server', serve: 80 };

describe('a mistake is named with its path', () => {
  it.each([
    [{ name: 'x', host: 'client' }, 'workloads[0]: one of the keys rate, users, hold, serve'],
    [{ ...OPEN, users: 3 }, 'workloads[0].users: only one of rate, users, hold, serve'],
    [{ ...OPEN, rate: 0 }, 'workloads[0].rate: sessions a second, such as 200 or 200/s'],
    [{ ...OPEN, rate: '200' }, 'workloads[0].rate: sessions a second, such as 200 or 200/s'],
    [
      {
        ...OPEN,
        rate: [
          { from: '1s', perSecond: 5 },
          { from: '1s', perSecond: 6 },
        ],
      },
      'workloads[0].rate[1].from: a time after that of the step before',
    ],
    [{ ...OPEN, to: [] }, 'workloads[0].to: 1 to 10000 destinations'],
    [{ ...OPEN, to: 'sever:80' }, 'workloads[0].to: a host of the scenario (client, server) or an address'],
    [{ ...OPEN, pool: 3, connection: 'short' }, 'workloads[0].pool: no pool beside connection: short'],
    [{ ...OPEN, pool: { size: 2, idle: 3 } }, 'workloads[0].pool.idle: connections from 0 to 2'],
    [{ ...OPEN, name: 'taken' }, 'workloads[0].name: a name that nothing else has'],
    [{ ...OPEN, stall: [{ every: '1s', for: '2s' }] }, 'workloads[0].stall[0].every: longer than for'],
    [
      { ...OPEN, stall: [{ at: '1s', every: '1s', for: '2ms' }] },
      'workloads[0].stall[0].at: either at or every',
    ],
    [{ ...OPEN, cpuMax: { quota: '0s' } }, 'workloads[0].cpuMax.quota: a duration above 0'],
    [
      { name: 'users', host: 'client', to: 'server:80', users: 5 },
      'workloads[0].think: a think time, or a count, for users that only connect',
    ],
    [
      { ...SERVE, calls: { to: 'client:1', name: 'web' } },
      'workloads[0].calls: a name that nothing else has',
    ],
    [{ ...SERVE, calls: [{ request: 5 }] }, 'workloads[0].calls[0].to: text'],
    [{ ...SERVE, style: 'events', calls: [] }, 'workloads[0].calls: no calls beside style: events'],
    [{ ...SERVE, keepAlive: 0 }, 'workloads[0].keepAlive: true, false, or requests from 1 to 100000000'],
  ])('%j', (workload, mistake) => {
    expect(mistakes(document(workload))).toEqual([mistake]);
  });
});

it('all mistakes of several workloads come at once', () => {
  expect(mistakes(document({ ...OPEN, host: 'sever' }, { ...SERVE, serve: 0 }))).toHaveLength(2);
});

it('calls are named after the server and their destination', () => {
  const { workloads } = readScenario(document({ ...SERVE, calls: { to: 'client:6379' } })) as Scenario;
  expect(workloads[0]).toMatchObject({ calls: [{ name: 'web-client' }] });
});

it('a scenario with workloads keeps a summary, unless it says otherwise', () => {
  expect(readScenario(document(OPEN)).record).toBe('summary');
  expect(readScenario(document()).record).toBe('all');
  expect(readScenario({ ...(document(OPEN) as object), record: 'all' }).record).toBe('all');
});

it('whatever stands in a document, the reader gives a scenario or names a path inside workloads', () => {
  const value = fc.oneof(
    fc.constantFrom(
      '1s',
      '200/s',
      'server:80',
      'client',
      'poisson',
      'pooled',
      true,
      false,
      null,
      0,
      -1,
      1.5,
      80,
      'x y',
    ),
    fc.array(fc.constantFrom('server:80', 1, null), { maxLength: 2 }),
    fc.record({ size: fc.integer(), idle: fc.integer() }),
    fc.record({ at: fc.constant('1s'), for: fc.constantFrom('1s', 1) }),
  );
  const keys = [
    'name',
    'host',
    'to',
    'rate',
    'users',
    'hold',
    'serve',
    'pool',
    'connection',
    'think',
    'calls',
    'stall',
    'cpuMax',
    'close',
    'requests',
    'arrivals',
    'nofile',
  ];
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (entry) => {
      for (const mistake of mistakes(document({ ...OPEN, ...entry }))) {
        expect(mistake).toMatch(/^workloads\[0\]/);
      }
    }),
    { numRuns: 500 },
  );
});

describe('expect lines about workloads', () => {
  const lines = (expect: string[]): unknown => ({ ...(document(OPEN, SERVE) as object), expect });

  it.each([
    'users started == 10',
    'users completed > 5',
    'users connected != 0',
    'users failed == 0',
    'users failed EADDRNOTAVAIL > 0',
    'users failed EOF == 0',
    'users p99 request latency < 50ms',
    'users max connect latency ~ 1s within 5%',
  ])('%s', (line) => {
    expect(mistakes(lines([line]))).toEqual([]);
  });

  it.each([
    [
      'users complete == 1',
      'expect[0]: one of started, completed, connected, failed, min, mean, max, p50, p90, p99, p999 (at column 7)',
    ],
    ['users failed EAGAN == 1', 'expect[0]: a comparison: == != < <= > >= or ~ (at column 14)'],
    ['users p99 latency < 1s', "expect[0]: 'request' or 'connect' (at column 11)"],
    ['at 1s users failed == 0', "expect[0]: a counter, sockets or a queue after 'at TIME' (at column 7)"],
    [
      'nobody failed == 0',
      'expect[0]: a host (client, server), connect, request, segments, max, min, mean or total (at column 1)',
    ],
  ])('%s', (line, mistake) => {
    expect(mistakes(lines([line]))).toEqual([mistake]);
  });

  it('a host and a workload may have one name', () => {
    const same = {
      ...(document({ ...OPEN, name: 'client' }) as object),
      expect: ['client failed == 0', 'client TcpActiveOpens == 0'],
    };
    expect(mistakes(same)).toEqual([]);
  });
});
