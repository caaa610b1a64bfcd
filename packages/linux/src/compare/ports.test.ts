// Attempts written by hand: what is the same must compare as the same, and each kind of change must show as that.
import { type ConnectRecord, type RunResult, readScenario, runScenario } from '@halfopen/simnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { agrees, compareRuns } from './compare-runs.ts';
import { comparePorts, portRangesOf } from './ports.ts';

const RANGES = { client: [40001, 40400] };
const HALF = 200;
const WHERE = 'client>10.0.0.2:80';

let empty: RunResult;
beforeAll(async () => {
  const scenario = readScenario({
    format: 1,
    name: 'ports',
    duration: '1s',
    hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
  });
  empty = await runScenario(scenario);
});

type Attempt = readonly [port: number | null, cpuNs?: number, remote?: string];

const connect = ([port, cpuNs, remote = '10.0.0.2:80']: Attempt, i: number): ConnectRecord => ({
  host: 'client',
  process: `client#${i % 3}`,
  local: port === null ? '' : `10.0.0.1:${port}`,
  remote,
  startNs: i,
  latencyNs: 1,
  errno: port === null ? 'EADDRNOTAVAIL' : null,
  synsNs: [],
  probes: null,
  cpuNs: cpuNs ?? null,
});

const run = (...attempts: Attempt[]): RunResult => ({ ...empty, connects: attempts.map(connect) });
const compare = (a: RunResult, b: RunResult) => comparePorts(a, b, RANGES);

/** Every port of the range once, from `from` on in steps of two as Linux does, then one attempt in vain. */
const filling = (from: number, cheapNs: number, dearNs: number): Attempt[] => [
  ...Array.from({ length: HALF }, (_, i): Attempt => [40001 + ((from + 2 * i) % 400), cheapNs]),
  ...Array.from({ length: HALF }, (_, i): Attempt => [40002 + ((from + 2 * i) % 400), dearNs]),
  [null, dearNs * 2],
];

describe('local ports', () => {
  it('agree whatever ports they are, half by half', () => {
    const found = compare(run(...filling(0, 10, 40)), run(...filling(36, 20, 60)));
    expect(found).toEqual({
      compared: 2 * HALF + 1 + 2,
      differences: [],
      steps: [{ what: WHERE, engine: 201, linux: 201, engineCost: 4, linuxCost: 3 }],
    });
  });

  it('count halves from the low end of the range', () => {
    const [odd, even] = [run([40003]), run([40004])];
    expect(compare(odd, run([40399])).differences).toEqual([]);
    expect(compare(odd, even).differences).toEqual([
      {
        what: `${WHERE} attempt 1`,
        engine: "a port of the low end's parity",
        linux: 'a port of the other parity',
      },
      { what: `${WHERE} first of the other half`, engine: 'none', linux: 'attempt 1' },
    ]);
  });

  it.each<[string, Attempt[], string, string]>([
    ['that one run has not', [[40003], [null]], "a port of the low end's parity", 'EADDRNOTAVAIL'],
    ['outside the range', [[40003], [39999]], "a port of the low end's parity", 'a port outside the range'],
    ['that nobody asked for', [[40003]], "a port of the low end's parity", 'no attempt'],
  ])('%s', (_, attempts, engine, linux) => {
    expect(compare(run([40001], [40003]), run(...attempts)).differences).toEqual([
      { what: `${WHERE} attempt 2`, engine, linux },
    ]);
  });

  it('tell where the other half begins when the runs differ in that', () => {
    const late = filling(0, 10, 40);
    late.splice(200, 0, [40001, 10]);
    const found = compare(run(...filling(0, 10, 40)), run(...late)).differences.map((d) => d.what);
    expect(found).toEqual([
      `${WHERE} attempt 201`,
      `${WHERE} attempt 401`,
      `${WHERE} attempt 402`,
      `${WHERE} first of the other half`,
    ]);
  });
});

describe('what the other half costs', () => {
  it.each([
    [40, 80, null],
    [40, 20, null],
    [40, 81, 'more than 2 times that'],
    [40, 19, 'less than 1/2 of that'],
  ])('%i for 10 in the engine, %i for 10 in Linux: %s', (ours, theirs, linux) => {
    const { differences } = compare(run(...filling(0, 10, ours)), run(...filling(4, 10, theirs)));
    const expected =
      linux === null ? [] : [{ what: `${WHERE} cost of the other half`, engine: '4 times', linux }];
    expect(differences).toEqual(expected);
  });

  it('is not said without a CPU model, or from a few attempts', () => {
    const free = filling(0, 10, 40).map(([port]): Attempt => [port]);
    expect(compare(run(...free), run(...filling(0, 10, 900)))).toMatchObject({
      differences: [],
      steps: [{ engineCost: null, linuxCost: 90 }],
    });
    const few = (ns: number) => run([40001, 10], [40002, ns]);
    expect(compare(few(10), few(900))).toMatchObject({ differences: [], steps: [{ linuxCost: null }] });
  });
});

describe('ports of several destinations', () => {
  const OTHER = '10.0.0.3:80';
  const half = Array.from({ length: HALF }, (_, i): Attempt => [40001 + 2 * i]);

  it('are shared for certain once every port of the half serves another one', () => {
    const shared = run(...half, [40021, 1, OTHER]);
    expect(compare(shared, run(...half, [40111, 1, OTHER])).differences).toEqual([]);
    expect(compare(shared, run(...half, [40002, 1, OTHER])).differences.map((d) => d.linux)).toEqual([
      'a port of the other parity, fresh',
      'attempt 1',
    ]);
  });

  it('may be shared or fresh by chance before', () => {
    const [shared, fresh] = [run([40001], [40001, 1, OTHER]), run([40001], [40003, 1, OTHER])];
    expect(compare(shared, fresh).differences).toEqual([]);
  });
});

it('is part of a comparison, where the range is known', () => {
  const [a, b] = [run([40001]), run([40002])];
  expect(compareRuns(a, b, 250, []).ports).toMatchObject({ compared: 0, differences: [] });
  const found = compareRuns(a, b, 250, [], RANGES);
  expect(found.ports).toMatchObject({ compared: 2, different: 2 });
  expect(agrees(found)).toBe(false);
  expect(agrees(compareRuns(a, run([40009]), 250, [], RANGES))).toBe(true);
});

it('takes the ranges from the hosts of a scenario', () => {
  const scenario = readScenario({
    format: 1,
    name: 'ranges',
    duration: '1s',
    hosts: {
      client: { address: '10.0.0.1', sysctls: { 'net.ipv4.ip_local_port_range': [5000, 5001] } },
      server: { address: '10.0.0.2' },
    },
  });
  expect(portRangesOf(scenario)).toEqual({ client: [5000, 5001] });
});
