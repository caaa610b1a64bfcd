import { beforeAll, describe, expect, it } from 'vitest';
import {
  evaluateExpectation,
  parseExpectation,
  type RunResult,
  readScenario,
  runScenario,
} from '../index.ts';

/** 100 requests of 2 ms CPU each in the first of two seconds. */
const SCENARIO = {
  format: 1,
  name: 'busy-half',
  duration: '2s',
  hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24', cpus: 1 } },
  processes: [
    { host: 'server', program: 'server', name: 'api', port: 80, request: 10, reply: 20, cpu: '2ms' },
    {
      host: 'client',
      program: 'client',
      to: 'server:80',
      count: 100,
      interval: '10ms',
      request: 10,
      reply: 20,
    },
  ],
};

let result: RunResult;
beforeAll(async () => {
  result = await runScenario(readScenario(SCENARIO));
});

const actual = (line: string): string => {
  const { ok, actual } = evaluateExpectation(line, result);
  return `${ok} ${actual}`;
};

describe('the record of a host with CPUs', () => {
  it('adds up: the parts make the utilisation, and the series too', () => {
    const cpu = result.hosts.server?.cpu;
    if (cpu == null) throw new Error('no record');
    const busyNs = cpu.userNs + cpu.systemNs + cpu.softirqNs + cpu.switchNs;
    expect(cpu.userNs).toBe(100 * 2e6);
    expect(cpu.utilisation).toBeCloseTo(busyNs / 2e9, 5);
    const seriesNs = cpu.series.reduce((sum, [startNs, share], i) => {
      return sum + share * ((cpu.series[i + 1]?.[0] ?? 2e9) - startNs);
    }, 0);
    expect(seriesNs / busyNs).toBeCloseTo(1, 3);
    expect(cpu.series.length).toBeLessThanOrEqual(120);
    expect(result.hosts.client).toMatchObject({ cpu: null, processes: [] });
  });

  it('has the calls of a process, the most system time first', () => {
    const [api] = result.hosts.server?.processes ?? [];
    expect(api).toMatchObject({ name: 'api', processes: 1, userNs: 200e6 });
    const calls = api?.calls ?? [];
    expect(calls.map((c) => c.systemNs)).toEqual(calls.map((c) => c.systemNs).sort((a, b) => b - a));
    expect(calls.find((c) => c.call === 'close')).toMatchObject({ calls: 100, errors: 0 });
    expect(calls.find((c) => c.call === 'recvfrom')?.calls).toBe(100);
    // One switch a request: when it is woken in accept(), the request is there too.
    expect(api?.voluntarySwitches).toBe(101);
  });
});

describe('claims about CPUs', () => {
  it('look at the whole run or a part of it', () => {
    expect(actual('server cpu ~ 10% within 1%')).toMatch(/^true 10\.\d+%$/);
    expect(actual('server cpu from 0s to 1s ~ 20% within 2%')).toMatch(/^true 2\d\.\d+%$/);
    expect(actual('server cpu from 1s to 2s == 0%')).toMatch(/^(?:true|false) 0(?:\.0\d)?%$/);
    expect(actual('server cpu > 15%')).toMatch(/^false/);
    expect(actual('server cpu ~ 15% within 3%')).toMatch(/^false/);
    expect(actual('client cpu > 0%')).toBe('false no CPU model');
  });

  it('look at switches, delays and calls', () => {
    expect(actual('server context switches == 101')).toBe('true 101');
    expect(actual('server context switches per message ~ 1 within 5%')).toBe('true 1.01');
    expect(actual('server process api calls accept == 100')).toBe('true 100');
    expect(actual('server process api close share > 99%')).toMatch(/^false \d+(?:\.\d+)?%$/);
    expect(actual('server process none calls accept == 1')).toBe('false no process none');
    expect(actual('server run queue delay max < 1ms')).toMatch(/^true/);
    const cpu = result.hosts.server?.cpu;
    const spentUs = ((cpu?.utilisation ?? 0) * 2e9) / 100 / 1e3;
    expect(spentUs).toBeGreaterThan(2000);
    expect(actual(`server cpu per message ~ ${spentUs.toFixed(0)}us within 0.1%`)).toMatch(/^true 2\.\d+ms$/);
    expect(actual('client cpu per message < 1ms')).toBe('false no CPU model');
  });

  it('that cannot be read say where and why', () => {
    const refuse = (line: string) => {
      const parsed = parseExpectation(line, ['server']);
      return parsed.ok ? null : `${parsed.column}: ${parsed.expected}`;
    };
    expect(refuse('server cpu ~ 15 within 3%')).toBe('14: a share such as 15%');
    expect(refuse('server cpu from 2s to 1s > 5%')).toBe('23: a time after the first');
    expect(refuse('server run queue delay p95 < 1ms')).toContain('min, mean, max, p50');
    expect(refuse('server process api connect > 5%')).toBe("28: 'share'");
  });
});
