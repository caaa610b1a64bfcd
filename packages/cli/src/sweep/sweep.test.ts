import { readScenario, type Scenario } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { runCommand } from '../../test/run-command.ts';
import { CATALOGUES, type Lang } from '../messages/index.ts';
import { type SweepData, statistics } from './data.ts';
import { SWEEP_CATALOGUES } from './messages.ts';
import { expectedQuantities } from './metrics.ts';
import { runAll } from './pool.ts';
import { readValues } from './values.ts';

const { en } = SWEEP_CATALOGUES;

const NAMED = `
format: 1
name: named
duration: 5s
hosts:
  client: { address: 10.0.0.1/24 }
  server: { address: 10.0.0.2/24, sysctls: { net.core.somaxconn: 2 } }
links:
  - { between: [client, server], latency: 10ms, jitter: 5ms }
processes:
  - { host: server, program: server, port: 80, reply: 100, acceptFrom: 1s }
  - { host: client, program: client, name: users, to: 'server:80', count: 2, interval: 10ms, reply: 100 }
expect:
  - requests == 2
  - max request latency < 2s
`;
const files = { 'my.yaml': NAMED };

const sweep = (line: string, lang: Lang = 'en') =>
  runCommand(['sweep', 'my.yaml', ...line.split(' '), '--lang', lang], { files });

async function dataOf(line: string): Promise<SweepData> {
  const { stdout, stderr } = await sweep(`${line} --jobs 1 --json`);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as SweepData;
}

test('the last key moves fastest, and every value reaches the run', async () => {
  const { cells, metrics } = await dataOf('--vary kernel=6.18,2.6.32 --vary processes.users.count=1,3');
  expect(metrics.map((m) => m.text)).toEqual(['requests', 'max request latency']);
  expect(cells.map((c) => [...c.values, c.metrics[0]?.max])).toEqual([
    ['6.18', '1', 1],
    ['6.18', '3', 3],
    ['2.6.32', '1', 1],
    ['2.6.32', '3', 3],
  ]);
});

test.each([
  ['1,4,8', ['1', '4', '8']],
  ['3..6', ['3', '4', '5', '6']],
  ['1..1000x2', ['1', '2', '4', '8', '16', '32', '64', '128', '256', '512']],
  ['1..27x3', ['1', '3', '9', '27']],
  ['0,5..6,1s', ['0', '5', '6', '1s']],
  ['40000 40010,1 2', ['40000 40010', '1 2']],
])('%s stands for %j', (words, values) => {
  expect(readValues(words, `key=${words}`, en)).toEqual(values);
});

test.each([
  ['1,,2', 'a value is empty'],
  ['5..1', 'ends before it begins'],
  ['0..8x2', 'does not grow'],
  ['1..8x1', 'does not grow'],
  ['1..20000', 'more than 10000 values'],
  ['1,2,1..3', '1 is there twice'],
])('%s: %s', (words, message) => {
  expect(() => readValues(words, `key=${words}`, en)).toThrow(message);
});

test.each([
  ['--vary server:net.core.somaxconn=1', 0],
  ['--vary seed=1..2', 0],
  ['--vary duration=1s,2s', 0],
  ['--vary processes.0.backlog=1', 0],
  ['--vary processes[1].interval=0,1ms', 0],
  ['--vary links.0.loss=0,1%,0.02', 0],
  ['--vary hosts.server.mtu=576', 0],
  ['--vary hosts.server.kernel=5.15,5.10', 2],
  ['--vary hosts.server.kernel=5.15,5.4', 0],
])('%s ends with %i', async (line, code) => {
  const { exitCode, stderr } = await sweep(`${line} --jobs 1`);
  expect(exitCode, stderr).toBe(code);
});

const MISTAKES: readonly (readonly [string, string])[] = [
  ['--seeds 2', 'what should vary?'],
  ['--vary somaxconn', '--vary somaxconn: expected KEY=VALUE'],
  ['--vary somaxconn=1', '--vary somaxconn: expected HOST:SYSCTL, kernel, seed, or a path'],
  ['--vary proceses.0.count=1', 'did you mean processes?'],
  ['--vary expect.0=1', '--vary expect.0: expected HOST:SYSCTL'],
  ['--vary processes.9.count=1', 'processes has no entry 9; it has 0 to 1 (server, users)'],
  ['--vary processes.user.count=1', 'did you mean users?'],
  ['--vary faults.0.first=1', 'faults has no entry 0; it has none'],
  ['--vary hosts.sever.mtu=1', 'there is no host sever; there are client, server'],
  ['--vary links.0.latency.ms=1', 'links[0].latency is a plain value'],
  ['--vary processes..count=1', 'has no entry'],
  ['--vary processes.0.=1', 'a part of the path is empty'],
  [
    '--vary processes.0.__proto__=1',
    '--vary processes.0.__proto__=1: processes[0].__proto__: expected one of',
  ],
  [
    '--vary processes.0.backlok=1',
    '--vary processes.0.backlok=1: processes[0].backlok: expected one of the keys',
  ],
  ['--vary links.0.loss=1,200%', '--vary links.0.loss=200%: links[0].loss: expected a probability'],
  ['--vary server:net.core.somaxconn=1,-1', '--vary server:net.core.somaxconn=-1: expected a whole number'],
  ['--vary sever:net.core.somaxconn=1', '--vary sever:net.core.somaxconn=1: expected one of the hosts'],
  ['--vary kernel=6.18,6.17', '--vary kernel=6.17: expected a kernel profile'],
  ['--vary seed=x', '--vary seed=x: expected a whole number'],
  ['--vary seed=1 --vary seed=2', '--vary seed: given twice'],
  ['--vary seed=1..2 --seeds 2', '--seeds cannot be used with --vary seed'],
  [
    '--vary seed=1..101 --vary duration=1s,2s --vary processes.0.port=1..100',
    '20200 runs are too many; at most 10000',
  ],
  ['--vary kernel=6.18 --seeds 0', '--seeds 0: expected a whole number from 1'],
  ['--vary kernel=6.18 --jobs 1000', '--jobs 1000: expected a whole number from 1 to 256'],
  ['--vary kernel=6.18 --show drops', "--show 'drops': expected a host (client, server)"],
];

test.each(MISTAKES)('%s: %s', async (line, message) => {
  const { exitCode, stdout, stderr } = await sweep(line);
  expect(stderr).toContain(message);
  expect([exitCode, stdout]).toEqual([2, '']);
});

test.each(MISTAKES)('in Chinese: %s', async (line) => {
  const { exitCode, stderr } = await sweep(line, 'zh');
  expect(exitCode).toBe(2);
  expect(stderr).toContain(CATALOGUES.zh.errors.error);
});

test('numbers over seeds: least, lower median, most; other values stay out of them', () => {
  expect(statistics([4, 1, 3, 2])).toEqual({ values: [4, 1, 3, 2], min: 1, median: 2, max: 4 });
  expect(statistics([5, null, 3, 9])).toMatchObject({ min: 3, median: 5, max: 9 });
  expect(statistics(['ok', 'ETIMEDOUT'])).toMatchObject({ min: null, median: null, max: null });
  expect(statistics([null])).toMatchObject({ min: null, median: null, max: null });
});

test('--seeds counts up from the seed of the scenario', async () => {
  const { cells, seedsPerCell } = await dataOf('--vary links.0.jitter=0,5ms --seeds 3');
  expect(seedsPerCell).toBe(3);
  expect(cells.map((c) => c.seeds)).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ]);
  expect(new Set(cells[0]?.metrics[1]?.values).size).toBe(1);
  expect(new Set(cells[1]?.metrics[1]?.values).size).toBe(3);
});

test('a metric may look at a time of its own', async () => {
  const { stdout } = await runCommand(
    ['sweep', 'my.yaml', '--vary', 'processes.users.count=1,2', '--jobs', '1', '--json', '--show'].concat(
      'at 500ms server accept queue',
    ),
    { files },
  );
  const { cells } = JSON.parse(stdout) as SweepData;
  expect(cells.map((c) => c.metrics[0]?.values)).toEqual([[1], [2]]);
});

test('one thread or two: the same bytes', async () => {
  const line = '--vary processes.users.count=1..4 --vary kernel=6.18,5.15 --seeds 2';
  for (const json of ['', ' --json']) {
    const [one, two] = [await sweep(`${line} --jobs 1${json}`), await sweep(`${line} --jobs 2${json}`)];
    expect(two.stderr).toBe('');
    expect(two.stdout).toBe(one.stdout);
  }
});

const scenarioWith = (count: number): Scenario =>
  readScenario({
    format: 1,
    name: 'small',
    duration: '1s',
    hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
    processes: [
      { host: 'server', program: 'server', port: 80 },
      { host: 'client', program: 'client', to: 'server:80', count },
    ],
    expect: ['connects == 1'],
  });

const THREADS = {
  'threads that work': {},
  'threads that are not there': { worker: new URL('./no-such-worker.ts', import.meta.url) },
};

test.each(Object.entries(THREADS))('%s: every scenario is answered, in order', async (name, options) => {
  const scenarios = [1, 2, 3].map(scenarioWith);
  const quantities = expectedQuantities(scenarios[0] as Scenario);
  const done: number[] = [];
  const threads = new Set<boolean>();
  const answers = await runAll(scenarios, quantities, {
    jobs: 2,
    ...options,
    onDone: (n, onThread) => {
      done.push(n);
      threads.add(onThread);
    },
  });
  expect(answers.map((a) => a.ok && a.measured.values[0])).toEqual([1, 2, 3]);
  expect(done).toEqual([1, 2, 3]);
  expect([...threads]).toEqual([name === 'threads that work']);
});

test('a run that breaks off is named, and ends the command with 3', async () => {
  const custom = NAMED.replace(
    'program: server, port: 80, reply: 100, acceptFrom: 1s',
    'program: custom, call: x',
  );
  const { exitCode, stderr, stdout } = await runCommand(
    ['sweep', 'my.yaml', '--vary', 'seed=1,2', '--jobs', '1'],
    { files: { 'my.yaml': custom } },
  );
  expect(stderr).toContain('seed=1: the run broke off');
  expect([exitCode, stdout]).toEqual([3, '']);
});
