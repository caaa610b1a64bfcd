import { readScenario } from '@halfopen/simnet';
import { expect, it } from 'vitest';
import { overloadOf } from './overload.ts';

const scenarioWith = (duration: string, workload: object) =>
  readScenario({
    format: 1,
    name: 'load',
    title: 'Load',
    duration,
    hosts: {
      client: { address: '10.0.0.1/24' },
      one: { address: '10.0.0.2/24' },
      two: { address: '10.0.0.3/24' },
    },
    links: [{ between: ['client', 'one', 'two'], latency: '1ms' }],
    workloads: [{ name: 'w', host: 'client', to: 'one:80', ...workload }],
  });

it.each([
  // SYN, third ACK, request, FIN, ACK of the other FIN
  ['a connection for each request', '1s', { rate: 200 }, null],
  ['one a second more', '1s', { rate: 201 }, { packets: 1005, carried: 1000 }],
  ['reset instead of closed', '1s', { rate: 250, request: 1, reply: 1, close: 'reset' }, null],
  ['requests over a pool', '1s', { rate: 1000, pool: 8 }, null],
  ['later, in less time', '1s', { rate: 300, pool: 8, start: '900ms', for: '50ms' }, null],
  ['connections that are held', '1s', { hold: 501 }, { packets: 1002, carried: 1000 }],
  ['over two hosts', '1s', { hold: 501, to: ['one:80', 'two:80'] }, null],
  [
    'users that ask on',
    '10ms',
    { users: 4, requests: 1000, request: 1, reply: 1 },
    { packets: 12, carried: 10 },
  ],
  ['a few of them', '10ms', { users: 3, requests: 1000, request: 1, reply: 1 }, null],
])('%s', (_, duration, workload, found) => {
  expect(overloadOf(scenarioWith(duration, workload))).toEqual(
    found === null ? null : { workload: 'w', ...found },
  );
});
