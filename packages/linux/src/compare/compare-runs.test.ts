// Runs of the simulator stand in for runs of the real kernel: what is the same must compare as the same, and a change of
// one thing must show as that thing.
import { type RunResult, readScenario, runScenario, type SegmentRecord } from '@halfopen/simnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { agrees, type Comparison, compareRuns, isMeant, steady } from './compare-runs.ts';
import { connectionsOf } from './connections.ts';

const document = {
  format: 1,
  name: 'two-connections',
  title: 'Two connections',
  duration: '2s',
  hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24' } },
  links: [{ between: ['client', 'server'], latency: '10ms' }],
  processes: [
    { host: 'server', program: 'server', port: 80, request: 100, reply: 100 },
    {
      host: 'client',
      program: 'client',
      to: 'server:80',
      times: ['10ms', '300ms'],
      request: 100,
      reply: 100,
    },
  ],
};

const runWith = (seed: number): Promise<RunResult> => runScenario(readScenario({ ...document, seed }));
const HZ = 250;
const compare = (a: RunResult, b: RunResult): Comparison => compareRuns(a, b, HZ, []);

let run: RunResult;
let other: RunResult;
beforeAll(async () => {
  run = await runWith(1);
  other = await runWith(2);
});

const withSegment = (result: RunResult, id: number, change: Partial<SegmentRecord>): RunResult => ({
  ...result,
  segments: result.segments.map((s) => (s.id === id ? { ...s, ...change } : s)),
});

describe('two runs with other ports, sequence numbers and clocks', () => {
  it('agree', () => {
    expect(other.segments[0]?.source).not.toBe(run.segments[0]?.source);
    const comparison = compare(run, other);
    expect(comparison).toMatchObject({ explained: [], stale: [] });
    expect(comparison.segments.differences).toEqual([]);
    expect(agrees(comparison)).toBe(true);
    expect(comparison.segments.compared).toBe(run.segments.length);
  });

  it('name their connections by opener, address and number', () => {
    expect(connectionsOf(run.segments).map((c) => c.name)).toEqual([
      'client>server:80 #1',
      'client>server:80 #2',
    ]);
  });
});

describe('one changed thing is found under its name', () => {
  it.each([
    ['window', { window: 1 }, 'client>server:80 #1 -> 1 window'],
    ['options', { text: 'S 0:0(0) win 64240 <mss 1400>' }, 'client>server:80 #1 -> 1 options'],
    ['lost', { fate: 'lost' as const, why: 'loss' }, 'client>server:80 #1 -> 1 lost'],
    ['number', { seq: 7 }, 'client>server:80 #1 -> 1 segment'],
  ])('%s', (_, change, what) => {
    const first = other.segments[0] as SegmentRecord;
    const found = compare(run, withSegment(other, first.id, change)).segments.differences.map((d) => d.what);
    expect(found).toEqual([what]);
  });

  it('a packet that only one run has', () => {
    const without = { ...other, segments: other.segments.slice(0, -1) };
    expect(compare(run, without).segments.differences).toMatchObject([{ linux: 'nothing' }]);
  });

  it('a wait that the timer wheel cannot explain', () => {
    const late = other.segments.map((s) => (s.id >= 4 ? { ...s, sentNs: s.sentNs + 60e6 } : s));
    const found = compare(run, { ...other, segments: late }).segments.differences;
    expect(found.map((d) => d.what)).toEqual(['client>server:80 #1 5 time']);
  });

  it('a counter, an errno, a socket', () => {
    const server = other.hosts.server as RunResult['hosts'][string];
    const changed: RunResult = {
      ...other,
      hosts: {
        ...other.hosts,
        server: {
          ...server,
          counters: { ...server.counters, TcpOutRsts: 1 },
          sockets: server.sockets.slice(1),
        },
      },
      connects: other.connects.map((c, i) => (i === 0 ? { ...c, errno: 'ETIMEDOUT' } : c)),
    };
    const { counters, errnos, states } = compare(run, changed);
    expect(counters.differences).toEqual([{ what: 'server TcpOutRsts', engine: '0', linux: '1' }]);
    expect(errnos.different).toBeGreaterThan(0);
    expect(states.differences).toMatchObject([{ what: 'server listener 0.0.0.0:80', linux: 'none' }]);
  });
});

describe('explanations', () => {
  const explanation = { scenario: 'two-connections', what: '* window', reason: 'a test', chance: false };

  it('take a difference out of the unexplained ones', () => {
    const changed = withSegment(other, (other.segments[0] as SegmentRecord).id, { window: 1 });
    const comparison = compareRuns(run, changed, HZ, [explanation]);
    expect(agrees(comparison)).toBe(true);
    expect(comparison.segments).toMatchObject({ different: 1, differences: [] });
    expect(comparison.explained).toMatchObject([{ reason: 'a test' }]);
  });

  it('fail the comparison when nothing needs them any more, unless chance decides', () => {
    expect(agrees(compareRuns(run, other, HZ, [explanation]))).toBe(false);
    expect(agrees(compareRuns(run, other, HZ, [{ ...explanation, chance: true }]))).toBe(true);
  });

  it('mean names by text in which * stands for anything', () => {
    expect(isMeant('* TcpOutRsts', 'server TcpOutRsts')).toBe(true);
    expect(isMeant('a.b', 'axb')).toBe(false);
  });
});

describe('several runs of the real kernel', () => {
  const first = (): number => (other.segments[0] as SegmentRecord).id;
  const changed = (window: number): Comparison => compare(run, withSegment(other, first(), { window }));

  it('agree on what every one of them shows with the same values', () => {
    const same = steady([changed(1), changed(1)]);
    expect(same).toMatchObject({ runs: 2, unsteady: [], segments: { different: 1 } });
    expect(agrees(same)).toBe(false);
  });

  it('agree on a wait that each of them shows, though not by the same time', () => {
    const late = (ns: number): Comparison =>
      compare(run, {
        ...other,
        segments: other.segments.map((s) => (s.id >= 4 ? { ...s, sentNs: s.sentNs + ns } : s)),
      });
    const same = steady([late(60e6), late(75e6)]);
    expect(same).toMatchObject({ unsteady: [], segments: { different: 1 } });
    expect(same.segments.differences[0]?.what).toBe('client>server:80 #1 5 time');
    expect(agrees(steady([late(60e6), compare(run, other)]))).toBe(true);
  });

  it('agree on a packet that is missing at another time', () => {
    const without = (ns: number): Comparison =>
      compare(
        { ...run, segments: run.segments.map((s) => ({ ...s, sentNs: s.sentNs + ns })) },
        { ...other, segments: other.segments.slice(0, -1) },
      );
    expect(steady([without(0), without(2e6)])).toMatchObject({ unsteady: [], segments: { different: 1 } });
  });

  it('leave to chance what one of them does not show', () => {
    const once = steady([compare(run, other), changed(1)]);
    expect(once).toMatchObject({ segments: { different: 0, differences: [] }, unsteady: [{ linux: '1' }] });
    expect(agrees(once)).toBe(true);
    expect(agrees(steady([changed(2), changed(1)]))).toBe(true);
  });
});

describe('workloads', () => {
  const load = (seed: number, rate: number): Promise<RunResult> =>
    runScenario(
      readScenario({
        ...document,
        seed,
        processes: [],
        workloads: [
          { name: 'web', host: 'server', serve: 80, request: 10, reply: 10 },
          { name: 'users', host: 'client', to: 'server:80', rate, for: '1s', request: 10, reply: 10 },
          { name: 'lost', host: 'client', to: 'server:81', rate: 5, for: '1s' },
        ],
      }),
    );

  it('agree when as many requests were answered and failed, whatever ports they had', async () => {
    const comparison = compare(await load(1, 30), await load(2, 30));
    expect(agrees(comparison)).toBe(true);
    expect(comparison.errnos.compared).toBe(7);
  });

  it('differ by name in what was answered, and in the sockets that are left', async () => {
    const { errnos, states } = compare(await load(1, 30), await load(1, 31));
    expect(errnos.differences.map((d) => d.what)).toContain('workload users completed');
    expect(states.differences.map((d) => d.what)).toEqual(['server sockets TIME-WAIT']);
  });
});
