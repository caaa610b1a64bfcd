import { readScenario, runScenario } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { PLAIN } from './paint.ts';
import { width } from './text.ts';
import { workloadLines } from './workloads.ts';

/** A server that stands still for a while; connections beyond its queue are refused by nobody, they wait. */
const result = runScenario(
  readScenario({
    format: 1,
    name: 'load',
    duration: '10s',
    hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
    links: [{ between: ['client', 'server'], latency: '1ms' }],
    workloads: [
      {
        name: 'web',
        host: 'server',
        serve: 80,
        backlog: 10,
        request: 10,
        reply: 10,
        stall: [{ at: '2s', for: '2s' }],
      },
      { name: 'users', host: 'client', to: 'server:80', request: 10, reply: 10, rate: 50, for: '9s' },
      { name: 'lost', host: 'client', to: 'server:81', rate: 5 },
    ],
  }),
);

test('says how many, how they failed, how long they took, and how that went', async () => {
  expect(workloadLines(await result, 78, CATALOGUES.en, PLAIN).join('\n')).toMatchInlineSnapshot(`
    "workload  host    connections  started  completed  failed
    web       server          450      450        450       0
    users     client          450      450        450       0
    lost      client            0       51          0      50
    lost failed with ECONNREFUSED 50
    how long it took      p50     p90  p99  p99.9  max
    users connect()   2.03 ms  1.01 s  2 s    2 s  2 s
    users request     4.06 ms  1.91 s  2 s    2 s  2 s
    users over the run; @ is the number on the right
    completed  |:::::::::::           @****::::::::::::::::::::::      | 21
    max latency|...........           @@@@@......................      | 2 s
    lost over the run; @ is the number on the right
    failed     |@@@@@@@@@@@@ @@@@@@@@@@@ @@@@@@@@@@@ @@@@@@@@@@@ @@@@@ | 1"
  `);
});

test.each(['en', 'zh'] as const)('%s: no line is wider than its columns', async (lang) => {
  const lines = workloadLines(await result, 78, CATALOGUES[lang], PLAIN);
  expect(lines.length).toBeGreaterThan(8);
  expect(lines.filter((line) => width(line) > 78)).toEqual([]);
});

test('without workloads there is nothing to say', async () => {
  expect(workloadLines({ ...(await result), workloads: [] }, 78, CATALOGUES.en, PLAIN)).toEqual([]);
});
