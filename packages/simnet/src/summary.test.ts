import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunResult, readScenario, runScenario } from './index.ts';
import { coarsePoint } from './summary.ts';

/** 40 users at 100 a second meet a server that stands still from 100 ms to 2.1 s, with a backlog of 4. */
const scenario = (over: object = {}): unknown => ({
  format: 1,
  name: 'summary',
  duration: '10s',
  hosts: {
    client: { address: '10.0.0.1' },
    server: { address: '10.0.0.2', sysctls: { 'net.ipv4.tcp_syncookies': 1 } },
  },
  links: [{ between: ['client', 'server'], latency: '1ms' }],
  workloads: [
    {
      name: 'web',
      host: 'server',
      serve: 80,
      backlog: 4,
      request: 10,
      reply: 10,
      stall: [{ at: '100ms', for: '2s' }],
    },
    { name: 'users', host: 'client', to: 'server:80', request: 10, reply: 10, rate: 100, count: 40 },
  ],
  ...over,
});

const run = (over: object = {}): Promise<RunResult> => runScenario(readScenario(scenario(over)));

it('a sampled connect() says what CPU time it took, as in a run that keeps everything', async () => {
  const hosts = {
    client: { address: '10.0.0.1', cpus: 1 },
    server: { address: '10.0.0.2', sysctls: { 'net.ipv4.tcp_syncookies': 1 } },
  };
  const [all, summary] = await Promise.all([run({ hosts, record: 'all' }), run({ hosts })]);
  expect(summary.connects.length).toBeGreaterThan(5);
  for (const sample of summary.connects) {
    const same = all.connects.find((c) => c.local === sample.local && c.startNs === sample.startNs);
    expect(sample.cpuNs).toBeGreaterThan(5000);
    expect(sample.cpuNs).toBe(same?.cpuNs);
  }
});

describe('a run that keeps a summary', () => {
  it('says the same of hosts and workloads as one that keeps everything', async () => {
    const [all, summary] = await Promise.all([run({ record: 'all' }), run()]);
    expect(summary.workloads).toEqual(all.workloads);
    for (const [name, host] of Object.entries(all.hosts)) {
      const { counters, log, socketStates, listeners } = summary.hosts[name] as typeof host;
      expect(counters).toEqual(host.counters);
      expect(log).toEqual(host.log);
      expect(socketStates).toEqual(host.socketStates);
      expect(
        listeners.map(({ maxAcceptQueue, maxRequestQueue, drops, backlog, local }) => ({
          maxAcceptQueue,
          maxRequestQueue,
          drops,
          backlog,
          local,
        })),
      ).toEqual(
        host.listeners.map(({ maxAcceptQueue, maxRequestQueue, drops, backlog, local }) => ({
          maxAcceptQueue,
          maxRequestQueue,
          drops,
          backlog,
          local,
        })),
      );
    }
    expect(summary.hosts.server?.listeners[0]?.maxAcceptQueue).toBe(5);
    expect(summary.hosts.server?.listeners[0]?.drops).toBeGreaterThan(0);
  });

  it('keeps the slowest connects, with their SYNs, as they are in the full record', async () => {
    const [all, summary] = await Promise.all([run({ record: 'all' }), run()]);
    const slowest = [...all.connects].sort((a, b) => b.latencyNs - a.latencyNs).slice(0, 5);
    expect(slowest[0]?.synsNs.length).toBeGreaterThan(1);
    for (const connect of slowest) expect(summary.connects).toContainEqual(connect);
    expect(summary.connects.length).toBeLessThanOrEqual(15);
  });

  it('keeps all segments of the first connections, with their fates', async () => {
    const [all, summary] = await Promise.all([run({ record: 'all' }), run()]);
    const ports = new Set(summary.segments.flatMap((s) => [s.source, s.destination]));
    const same = all.segments.filter((s) => ports.has(s.source) && ports.has(s.destination));
    expect(ports.size).toBe(3);
    expect(summary.segments.map(({ id: _, ...s }) => s)).toEqual(same.map(({ id: _, ...s }) => s));
  });

  it('does not grow with the number of connections', async () => {
    const size = async (count: number): Promise<number> => {
      const web = { name: 'web', host: 'server', serve: 80, request: 10, reply: 10, workers: 4 };
      const users = {
        name: 'users',
        host: 'client',
        to: 'server:80',
        request: 10,
        reply: 10,
        rate: count / 5,
        count,
      };
      const { hosts, ...rest } = await run({ workloads: [web, users] });
      return JSON.stringify(rest).length + JSON.stringify(hosts.server?.listeners).length;
    };
    const few = await size(100);
    expect(await size(1000)).toBeLessThan(few * 1.6);
  });
});

it('a coarse series keeps the peak and the last length of each interval', () => {
  const change = fc.record({
    after: fc.integer({ min: 0, max: 30 }),
    length: fc.integer({ min: 0, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 200 }), (changes) => {
      const width = 100;
      const coarse: [number, number][] = [];
      const exact: [number, number][] = [];
      let at = 0;
      for (const { after, length } of changes) {
        at += after;
        coarsePoint(coarse, at, length, width);
        if (exact[exact.length - 1]?.[1] !== length) exact.push([at, length]);
      }
      const intervals = new Set(exact.map(([ns]) => Math.floor(ns / width)));
      expect(coarse.length).toBeLessThanOrEqual(2 * intervals.size);
      for (const interval of intervals) {
        const inside = (series: [number, number][]) =>
          series.filter(([ns]) => Math.floor(ns / width) === interval).map(([, n]) => n);
        expect(Math.max(...inside(coarse))).toBe(Math.max(...inside(exact)));
        expect(inside(coarse).at(-1)).toBe(inside(exact).at(-1));
      }
    }),
  );
});
