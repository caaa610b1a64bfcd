import { readScenario, runScenario } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { followLines } from './follow.ts';

/** A thread waits for a connection, then twice for data, of which the first packet is too little. */
const result = runScenario(
  readScenario({
    format: 1,
    name: 'follow',
    duration: '1s',
    hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2', cpus: 1 } },
    links: [{ between: ['client', 'server'], latency: '1ms' }],
    processes: [
      {
        host: 'server',
        name: 'one',
        program: 'steps',
        steps: [
          { socket: 's' },
          { bind: { fd: 's', port: 80 } },
          { listen: { fd: 's', backlog: 8 } },
          { accept: { fd: 's', as: 'c' } },
          { recv: { fd: 'c', bytes: 20, flags: ['MSG_WAITALL'], expect: 20 } },
          { sleep: '10ms' },
        ],
      },
      { host: 'server', name: 'batch', program: 'steps', steps: [{ compute: '200ms' }] },
      {
        host: 'client',
        program: 'steps',
        steps: [
          { sleep: '20ms' },
          { socket: 's' },
          { connect: { fd: 's', to: 'server:80' } },
          { sleep: '5ms' },
          { send: { fd: 's', bytes: 10 } },
          { sleep: '20ms' },
          { send: { fd: 's', bytes: 10 } },
          { sleep: '900ms' },
        ],
      },
    ],
  }),
);

const textOf = async (processes: readonly string[], columns = 78): Promise<string> =>
  followLines(await result, processes, columns, CATALOGUES.en)
    .map(({ host, process, lines }) => [`${process} on ${host}`, ...lines].join('\n'))
    .join('\n');

test('one process from call to call, with softirq, wake-ups and switches in the order of time', async () => {
  expect((await result).expectations).toEqual([]);
  expect(await textOf(['one'])).toMatchInlineSnapshot(`
    "one on server
    0.0000049  socket(AF_INET, SOCK_STREAM) = 3
    0.0000099  bind(3, 0.0.0.0:80) = 0
    0.0000111  listen(3, 8) = 0
    0.0000111  accept(3) has to wait: onto the wait queue of 0.0.0.0:80, exclusive
    0.0000131  leaves the CPU to batch
    0.0230030  softirq takes the CPU: . 1:1(0) ack 1 win 63 from 10.0.0.1:45676
    0.0230043  woken, key POLLIN|POLLPRI|POLLRDNORM: onto the run queue
    0.0230097  switched in, 5.4 us after the wake-up
    0.0230097  accept(3) = 4, 10.0.0.1:45676
    0.0230097  recv(4, 20, MSG_WAITALL) has to wait: onto the wait queue of
                 10.0.0.2:80 > 10.0.0.1:45676, not exclusive
    0.0230101  leaves the CPU to batch
    0.0280030  softirq takes the CPU: P. 1:11(10) ack 1 win 63 from 10.0.0.1:45676
    0.0280060  woken, key POLLIN|POLLPRI|POLLRDNORM: onto the run queue
    0.0280114  switched in, 5.4 us after the wake-up
    0.0280114  recv(4, 20, MSG_WAITALL) still has to wait: onto the wait queue of
                 10.0.0.2:80 > 10.0.0.1:45676, not exclusive
    0.0280114  leaves the CPU to batch
    0.0480030  softirq takes the CPU: P. 11:21(10) ack 1 win 63 from
                 10.0.0.1:45676
    0.0480060  woken, key POLLIN|POLLPRI|POLLRDNORM: onto the run queue
    0.0480114  switched in, 5.4 us after the wake-up
    0.0480117  recv(4, 20, MSG_WAITALL) = 20
    0.0480117  sleep(10ms) waits for time to pass
    0.0480129  leaves the CPU to batch
    0.0580127  woken by the end of its wait: onto the run queue
    0.0580181  switched in, 5.4 us after the wake-up
    0.0580181  sleep(10ms) = 0"
  `);
});

test('the wake-up names the packet that did it', async () => {
  const { events, segments } = await result;
  const woken = events.flatMap((e) =>
    e.type === 'wake' && e.process === 'one' && e.by === 'softirq' ? e : [],
  );
  const packets = woken.map((e) => segments.find((s) => s.id === e.segment));
  // The third packet of the handshake, and each of the two with data.
  expect(packets.map((s) => s?.length)).toEqual([0, 10, 10]);
  for (const [i, e] of woken.entries()) expect(packets[i]?.arrivedNs).toBeLessThan(e.atNs);
});

test('a process that must make room says to whom', async () => {
  const { events } = await result;
  const outs = events.flatMap((e) => (e.type === 'out' && e.process === 'batch' ? e : []));
  expect(outs.length).toBeGreaterThan(2);
  for (const e of outs) expect(e).toMatchObject({ voluntary: false, next: 'one' });
});

test('nothing of a process that never slept, or that there is not', async () => {
  expect(await textOf(['batch', 'nobody'])).toBe('');
});
