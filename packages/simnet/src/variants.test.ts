import { describe, expect, it } from 'vitest';
import {
  evaluateComparison,
  formatIssue,
  joinVariants,
  parseComparison,
  type RunResult,
  readDocument,
  readScenario,
  runScenario,
  ScenarioError,
} from './index.ts';

const BASE = {
  format: 1,
  name: 'two-ways',
  title: 'Two ways',
  duration: '3s',
  hosts: {
    client: { address: '10.0.0.1' },
    server: { address: '10.0.0.2', sysctls: { 'net.core.somaxconn': 1 }, kernel: '5.15' },
  },
  processes: [
    { host: 'server', program: 'server', port: 80, reply: 10, acceptFrom: '200ms' },
    {
      host: 'client',
      name: 'users',
      program: 'client',
      to: 'server:80',
      count: 5,
      interval: '10ms',
      reply: 10,
    },
  ],
};

const document = (set: object, more: object = {}): object => ({
  ...BASE,
  ...more,
  variants: [
    { name: 'before', set: {} },
    { name: 'after', set },
  ],
});

const after = (set: object) => readDocument(document(set)).variants[1]?.scenario;

function issuesOf(data: unknown): string[] {
  try {
    readDocument(data);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.map(formatIssue);
  }
}

describe('variants of a scenario', () => {
  it('leave the scenario itself as it stands', () => {
    const { variants: _, ...alone } = document({ seed: 7 }, { expect: ['requests == 5'] }) as {
      variants: unknown;
    };
    const read = readDocument(
      document({ seed: 7 }, { expect: ['requests == 5', 'after requests == before'] }),
    );
    expect(read.scenario).toEqual(readScenario(alone));
    expect(read.comparisons).toEqual(['after requests == before']);
  });

  it('change what a key names: sysctl, kernel, seed, or a path with a number or the name of a process', () => {
    expect(after({ 'server:net.core.somaxconn': 128 })?.hosts[1]?.sysctls).toEqual({
      'net.core.somaxconn': 128,
    });
    expect(after({ kernel: '4.4' })).toMatchObject({
      kernel: '4.4',
      hosts: [{ kernel: null }, { kernel: null }],
    });
    expect(after({ 'hosts.client.kernel': '4.4' })?.hosts.map((h) => h.kernel)).toEqual(['4.4', '5.15']);
    expect(after({ seed: 7 })?.seed).toBe(7);
    expect(after({ 'processes.users.count': 9 })?.processes[1]?.program).toMatchObject({ count: 9 });
    expect(after({ 'processes[0].backlog': 9 })?.processes[0]?.program).toMatchObject({ backlog: 9 });
    expect(after({ processes: [] })?.processes).toEqual([]);
    expect(after({ duration: '1s' })?.durationNs).toBe(1e9);
  });

  it('take a key away with null', () => {
    const scenario = after({ 'processes.users.interval': null, 'processes.users.gap': '1ms' });
    expect(scenario?.processes[1]?.program).toMatchObject({ pace: { kind: 'sequential', gapNs: 1e6 } });
  });

  it('expect what the document expects of all, and what they add; but no comparison', () => {
    const { variants } = readDocument({
      ...document({}, { expect: ['requests == 5', 'after requests == before'] }),
      variants: [
        { name: 'before', expect: ['max request latency > 1s'] },
        { name: 'after', set: { seed: 2 } },
      ],
    });
    expect(variants.map((v) => v.scenario.expect)).toEqual([
      ['requests == 5', 'max request latency > 1s'],
      ['requests == 5'],
    ]);
  });

  it('come with the document that makes them, so that it can be changed further', () => {
    const [, variant] = readDocument(
      document({ 'processes.users.count': 2 }, { expect: ['requests == 2'] }),
    ).variants;
    expect(readScenario(variant?.document)).toEqual(variant?.scenario);
  });
});

describe('mistakes in variants', () => {
  it.each([
    [
      'one alone',
      { ...BASE, variants: [{ name: 'only' }] },
      ['variants: expected two to 12 variants, got a list'],
    ],
    [
      'a name twice',
      { ...BASE, variants: [{ name: 'a' }, { name: 'a' }] },
      ['variants[1].name: expected a name that no other variant has, got "a"'],
    ],
    [
      'the name of a host, and of an expectation',
      { ...BASE, variants: [{ name: 'client' }, { name: 'segments' }] },
      [
        'variants[0].name: expected a name that no host and no kind of expectation has, got "client"',
        'variants[1].name: expected a name that no host and no kind of expectation has, got "segments"',
      ],
    ],
    [
      'an unknown key',
      { ...BASE, variants: [{ name: 'a', sets: {} }, { name: 'b' }] },
      ['variants[0].sets: expected one of the keys name, title, set, expect, got "sets" (did you mean set?)'],
    ],
    [
      'an unknown host',
      document({ 'sever:net.core.somaxconn': 1 }),
      [
        'variants[1].set["sever:net.core.somaxconn"]: expected one of the hosts client, server, got "sever" (did you mean server?)',
      ],
    ],
    [
      'an unknown sysctl',
      document({ 'server:net.core.somaxcon': 1 }),
      [
        'variants[1].set["server:net.core.somaxcon"]: expected the full name of a sysctl that the engine has, got "net.core.somaxcon" (did you mean net.core.somaxconn?)',
      ],
    ],
    [
      'a wrong value, at the variant and not at the scenario',
      document({ duration: '3', 'processes.users.count': 0 }),
      [
        'variants[1].set.duration: expected a duration such as 1s, 250ms, 20us or 1m30s, got "3"',
        'variants[1].set["processes.users.count"]: expected connections from 1 to 10000, got 0',
      ],
    ],
    [
      'a path to nowhere',
      document({ 'processes.user.count': 1, 'process.users.count': 1, 'duration.x': 1 }),
      [
        'variants[1].set["processes.user.count"]: expected an entry of processes, 0 to 1 (server, users), got "processes.user.count" (did you mean users?)',
        'variants[1].set["process.users.count"]: expected HOST:SYSCTL, kernel, seed, or a path that begins with timers, duration, hosts, links, faults, processes, workloads, inject, changes, signals, got "process.users.count" (did you mean processes?)',
        'variants[1].set["duration.x"]: expected the end of the path: duration is a plain value, got "duration.x"',
      ],
    ],
    [
      'the same thing changed twice',
      document({ 'processes.users': {}, 'processes.1.count': 2 }),
      [
        'variants[1].set["processes.1.count"]: expected something that no other key of this set changes, got "processes.1.count"',
      ],
    ],
    [
      'an expectation of its own',
      { ...BASE, variants: [{ name: 'a' }, { name: 'b', expect: ['requests == 5', 'requets == 5'] }] },
      [
        'variants[1].expect[1]: expected a host (client, server), connect, request, segments, max, min, mean or total (at column 1), got "requets == 5" (did you mean requests?)',
      ],
    ],
    [
      'a comparison',
      document({ seed: 2 }, { expect: ['after requests == befor'] }),
      [
        'expect[0]: expected a variant (before, after) (at column 19), got "after requests == befor" (did you mean before?)',
      ],
    ],
  ])('%s', (_, data, issues) => {
    expect(issuesOf(data)).toEqual(issues);
  });
});

const VARIANTS = ['before', 'after'];
const HOSTS = ['client', 'server'];

describe('a comparison', () => {
  it.each([
    ['after max request latency < before', 'max request latency', 1],
    ['after max request latency <= before max connect latency', 'max connect latency', 1],
    ['before mean connect latency > 2.5 times after', 'mean connect latency', 2.5],
    ['after segments "S." from server == before segments "S" from client', 'segments "S" from client', 1],
  ])('%s', (line, right, times) => {
    const parsed = parseComparison(line, VARIANTS, HOSTS);
    expect(parsed).toMatchObject({ ok: true, comparison: { times, right: { quantity: { text: right } } } });
  });

  it.each([
    ['after requests', 15, 'a comparison: == != < <= > >='],
    ['after requests == 5', 19, 'a variant (before, after)'],
    ['after requests == 0 times before', 19, 'a number above 0'],
    [
      'after reqests == before',
      7,
      'a host (client, server), connect, request, segments, max, min, mean or total',
    ],
    [
      'after requests == before max request latency',
      26,
      'the same kind of quantity on both sides: a count, a time or a share',
    ],
    ['after connect 1 syns == before', 7, 'a count, a time or a share at the end of a run'],
    ['after at 1s server TcpInSegs == before', 7, 'a count, a time or a share at the end of a run'],
  ])('%s cannot be read from column %i', (line, column, expected) => {
    expect(parseComparison(line, VARIANTS, HOSTS)).toMatchObject({ ok: false, column, expected });
  });

  const run = (latencies: readonly number[]): RunResult =>
    ({
      hosts: {},
      workloads: [],
      requests: latencies.map((latencyNs) => ({ latencyNs, startNs: 0, errno: null })),
    }) as unknown as RunResult;
  const runs = new Map([
    ['before', run([3e9, 1e9])],
    ['after', run([1e9])],
  ]);

  it.each([
    ['after max request latency < before', true, '1s, 3s'],
    ['before max request latency >= 3 times after', true, '3s, 1s'],
    ['before max request latency > 3 times after', false, '3s, 1s'],
    ['before requests == 2 times after', true, '2, 1'],
    ['before requests != after', true, '2, 1'],
    ['after request 2 latency <= before', false, 'nothing, 1s'],
  ])('%s: %s', (line, ok, actual) => {
    expect(evaluateComparison(line, runs)).toEqual({ text: line, ok, actual });
  });
});

describe('the record of a scenario with variants', () => {
  it('has every run, and every expectation with the variant that it is about', async () => {
    const read = readDocument({
      ...document({}, { expect: ['requests == 5', 'after max request latency < before'] }),
      variants: [
        { name: 'before', title: 'short', set: { kernel: '6.18' }, expect: ['requests slower than 1s == 3'] },
        { name: 'after', set: { kernel: '5.15', 'server:net.core.somaxconn': 9 } },
      ],
    });
    const results = await Promise.all(read.variants.map((v) => runScenario(v.scenario)));
    const joined = joinVariants(read, results);
    expect(joined).toMatchObject({ scenario: 'two-ways', title: 'Two ways', seed: 1 });
    expect(joined.kernel).toBe('before=6.18 after=5.15');
    expect(joined.variants).toEqual([
      { name: 'before', title: 'short', result: results[0] },
      { name: 'after', title: '', result: results[1] },
    ]);
    expect(joined.expectations.map(({ variant, text, ok }) => [variant, text, ok])).toEqual([
      ['before', 'requests == 5', true],
      ['before', 'requests slower than 1s == 3', true],
      ['after', 'requests == 5', true],
      [null, 'after max request latency < before', true],
    ]);
  });
});
