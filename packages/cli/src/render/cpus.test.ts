import { readScenario, runScenario } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { cpuSections, means, sparkline, straceLines } from './cpus.ts';
import { PLAIN } from './paint.ts';
import { width } from './text.ts';

test('a bar shows as soon as there is anything, and is full at 1', () => {
  expect(sparkline([0, 0.001, 0.5, 1])).toBe(' ▁▄█');
});

test('a series is spread over columns by time', () => {
  expect(
    means(
      [
        [0, 1],
        [50, 0],
      ],
      100,
      4,
    ),
  ).toEqual([1, 1, 0, 0]);
  expect(
    means(
      [
        [0, 1],
        [25, 0],
      ],
      100,
      2,
    ),
  ).toEqual([0.5, 0]);
});

test('the table has the columns of strace -c', () => {
  const zero = { userNs: 0, systemNs: 0, voluntarySwitches: 0, involuntarySwitches: 0, runQueueDelayNs: 0 };
  const calls = [
    { call: 'connect', calls: 400, errors: 3, systemNs: 900_000_000, wallNs: 0 },
    { call: 'socket', calls: 400, errors: 0, systemNs: 100_000_000, wallNs: 0 },
  ];
  expect(straceLines({ name: 'api', processes: 1, ...zero, calls })).toEqual([
    '% time     seconds  usecs/call     calls    errors syscall',
    '------ ----------- ----------- --------- --------- ----------------',
    ' 90.00    0.900000        2250       400         3 connect',
    ' 10.00    0.100000         250       400           socket',
    '------ ----------- ----------- --------- --------- ----------------',
    '100.00    1.000000        1250       800         3 total',
  ]);
});

test('nothing is wider than 80 columns, in both languages', async () => {
  const result = await runScenario(
    readScenario({
      format: 1,
      name: 'two-hosts',
      duration: '1s',
      hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24', cpus: 2 } },
      processes: [
        { host: 'server', program: 'server', port: 80, request: 10, reply: 20, cpu: '2ms', workers: 3 },
        {
          host: 'client',
          program: 'client',
          to: 'server:80',
          count: 20,
          interval: '1ms',
          request: 10,
          reply: 20,
        },
      ],
    }),
  );
  for (const m of Object.values(CATALOGUES)) {
    const sections = Object.entries(result.hosts).flatMap(([name, host]) =>
      cpuSections(name, host, result.endedNs, 80, m, PLAIN),
    );
    expect(sections).toHaveLength(2);
    const lines = sections.flat();
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toContain('strace -c -p server');
  }
});
