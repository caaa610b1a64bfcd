import { describe, expect, it } from 'vitest';
import { type RunResult, readScenario, runScenario } from './index.ts';

const run = (processes: readonly object[], over: object = {}): Promise<RunResult> =>
  runScenario(
    readScenario({
      format: 1,
      name: 'programs',
      duration: '20s',
      hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
      links: [{ between: ['client', 'server'], latency: '5ms' }],
      processes,
      ...over,
    }),
  );

const SERVER = { host: 'server', program: 'server', port: 80, request: 10, reply: 20 };
const CLIENT = { host: 'client', program: 'client', to: 'server:80', request: 10, reply: 20 };

describe('server', () => {
  it.each(['serial', 'events', 'epoll', 'threads'])('style %s answers every client', async (style) => {
    const result = await run([
      { ...SERVER, style },
      { ...CLIENT, count: 5, interval: '1ms' },
    ]);
    expect(result.requests.map((r) => [r.errno, r.bytes])).toEqual(Array(5).fill([null, 20]));
  });

  it('a serial server keeps the next client waiting, an event loop does not', async () => {
    const processes = (style: string) => [
      { ...SERVER, style, think: '1s' },
      { ...CLIENT, count: 3, interval: '1ms' },
    ];
    const seconds = async (style: string) =>
      (await run(processes(style))).requests.map((r) => Math.floor(r.latencyNs / 1e9));
    expect(await seconds('serial')).toEqual([1, 2, 3]);
    expect(await seconds('events')).toEqual([1, 1, 1]);
    expect(await seconds('epoll')).toEqual([1, 1, 1]);
    expect(await seconds('threads')).toEqual([1, 1, 1]);
  });

  it('stands still in its stalls', async () => {
    const result = await run([
      { ...SERVER, stall: [{ at: '1s', for: '2s' }] },
      { ...CLIENT, count: 4, interval: '600ms' },
    ]);
    const ends = result.requests.map((r) => Math.round((r.startNs + r.latencyNs) / 1e8) / 10);
    expect(ends).toEqual([0, 0.6, 3, 3]);
  });

  it('accepts no faster than acceptEvery, and no more than acceptMax', async () => {
    const result = await run([
      { ...SERVER, acceptEvery: '1s', acceptMax: 3 },
      { ...CLIENT, count: 4, interval: '1ms' },
    ]);
    const accepts = result.events.flatMap((e) =>
      e.type === 'call' && e.call.startsWith('accept') ? [Math.round(e.atNs / 1e8) / 10] : [],
    );
    expect(accepts).toEqual([0, 1, 2]);
    expect(result.hosts.server?.sockets.filter((s) => s.state === 'LISTEN')[0]?.recvQ).toBe(1);
  });

  it.each(['serial', 'events', 'epoll', 'threads'])(
    'keepAlive (%s): many requests on one connection',
    async (style) => {
      const result = await run([
        { ...SERVER, style, keepAlive: true },
        { ...CLIENT, requests: 5 },
      ]);
      expect(result.connects).toHaveLength(1);
      expect(result.requests.map((r) => [r.id, r.bytes, r.connectNs > 0])).toEqual([
        [1, 20, true],
        [2, 20, false],
        [3, 20, false],
        [4, 20, false],
        [5, 20, false],
      ]);
    },
  );

  it('close: reset ends the connection with RST', async () => {
    const result = await run([
      { ...SERVER, close: 'reset' },
      { ...CLIENT, hold: '1s' },
    ]);
    expect(result.segments.some((s) => s.from === 'server' && s.flags === 'R.')).toBe(true);
    expect(result.hosts.server?.sockets.map((s) => s.state)).toEqual(['LISTEN']);
  });

  it('close: never keeps it open', async () => {
    const result = await run([
      { ...SERVER, close: 'never' },
      { ...CLIENT, close: 'never' },
    ]);
    expect(result.hosts.server?.sockets.map((s) => s.state)).toEqual(['LISTEN', 'ESTAB']);
    expect(result.hosts.client?.sockets).toMatchObject([{ state: 'ESTAB', process: 'client' }]);
  });
});

describe('client', () => {
  it('sequential: one connection after the other, in one process', async () => {
    const result = await run([SERVER, { ...CLIENT, count: 3, gap: '1s' }]);
    expect(result.connects.map((c) => [c.process, Math.round(c.startNs / 1e8)])).toEqual([
      ['client', 0],
      ['client', 10],
      ['client', 20],
    ]);
  });

  it('times: each connection at its time, in a process of its own', async () => {
    const result = await run([SERVER, { ...CLIENT, times: ['2s', '1s'] }]);
    expect(result.connects.map((c) => [c.process, c.startNs])).toEqual([
      ['client#2', 1e9],
      ['client#1', 2e9],
    ]);
  });

  it('reports a refused connection as the user felt it', async () => {
    const result = await run([CLIENT]);
    expect(result.requests).toEqual([
      {
        host: 'client',
        process: 'client',
        id: 1,
        startNs: 0,
        latencyNs: 10e6,
        connectNs: 10e6,
        errno: 'ECONNREFUSED',
        bytes: 0,
      },
    ]);
    expect(result.connects).toMatchObject([{ errno: 'ECONNREFUSED', latencyNs: 10e6, synsNs: [0] }]);
  });

  it('gives up after its timeout', async () => {
    const result = await run([
      { ...SERVER, acceptMax: 0 },
      { ...CLIENT, timeout: '3s' },
    ]);
    expect(result.requests[0]).toMatchObject({ errno: 'EAGAIN', latencyNs: 3.01e9, bytes: 0 });
  });

  it('binds where it is told', async () => {
    const result = await run([SERVER, { ...CLIENT, bind: '10.0.0.1:40000' }]);
    expect(result.connects[0]?.local).toBe('10.0.0.1:40000');
  });

  it('waits out the kernel when nobody answers: ETIMEDOUT after all retries', async () => {
    const result = await run([{ ...CLIENT, to: '10.0.0.9:80' }], {
      duration: '200s',
      hosts: {
        client: {
          address: '10.0.0.1',
          sysctls: { 'net.ipv4.tcp_syn_retries': 2, 'net.ipv4.tcp_syn_linear_timeouts': 0 },
        },
      },
      links: [],
    });
    expect(result.connects[0]).toMatchObject({ errno: 'ETIMEDOUT', synsNs: [0, 1e9, 3e9], latencyNs: 7e9 });
  });
});

it('echo sends back what it gets, to all at once', async () => {
  const result = await run([
    { host: 'server', program: 'echo', port: 7 },
    { ...CLIENT, to: 'server:7', request: 200_000, reply: 200_000, count: 3, interval: '1ms' },
  ]);
  expect(result.requests.map((r) => r.bytes)).toEqual([200_000, 200_000, 200_000]);
});

describe('steps', () => {
  it('make the calls as listed', async () => {
    const result = await run([
      {
        host: 'server',
        name: 'server',
        program: 'steps',
        steps: [
          { socket: 's' },
          { setsockopt: { fd: 's', name: 'SO_REUSEADDR', value: 1 } },
          { bind: { fd: 's', port: 80 } },
          { listen: { fd: 's', backlog: 1 } },
          { accept: { fd: 's', as: 'c' } },
          { recv: { fd: 'c', bytes: 100, expect: 5 } },
          { send: { fd: 'c', text: 'world' } },
          { shutdown: { fd: 'c', how: 'SHUT_WR' } },
          { recv: { fd: 'c', bytes: 100, expect: 0 } },
          { close: 'c' },
          { nonblock: 's' },
          { accept: { fd: 's', as: 'd', errno: 'EAGAIN' } },
          { poll: { fd: 's', events: ['POLLIN'], timeout: '10ms', expect: [] } },
          { close: 's' },
          { close: { fd: 's', errno: 'EBADF' } },
        ],
      },
      {
        host: 'client',
        name: 'client',
        program: 'steps',
        steps: [
          { connect: { fd: 'x', to: 'server:80', errno: 'EBADF' } },
          { socket: 's' },
          { connect: { fd: 's', to: 'server:80' } },
          { send: { fd: 's', text: 'hello' } },
          { recv: { fd: 's', bytes: 5, all: true, expect: 5 } },
          { until: '1s' },
          { log: 'closing' },
          { close: 's' },
        ],
      },
    ]);
    expect(result.expectations).toEqual([]);
    expect(result.events).toContainEqual({
      type: 'log',
      atNs: 1e9,
      host: 'client',
      process: 'client',
      text: 'closing',
    });
  });

  const attempts = async (steps: readonly object[]): Promise<unknown[]> => {
    const result = await run([
      { host: 'server', program: 'server', port: 80 },
      { host: 'client', program: 'steps', steps },
    ]);
    expect(result.expectations).toEqual([]);
    return result.connects.map((c) => [c.errno, c.startNs, c.latencyNs]);
  };
  const refused = 'server:81';
  const pollOut = { poll: { fd: 's', events: ['POLLOUT'], timeout: '1s' } };

  it('an attempt that does not block is one entry, with the call that fetches its error', async () => {
    expect(
      await attempts([
        { socket: { fd: 's', nonblock: true } },
        { connect: { fd: 's', to: refused, errno: 'EINPROGRESS' } },
        { connect: { fd: 's', to: refused, errno: 'EALREADY' } },
        pollOut,
        { connect: { fd: 's', to: refused, errno: 'ECONNREFUSED' } },
        { connect: { fd: 's', to: refused, errno: 'EINPROGRESS' } },
        pollOut,
        { sleep: '1s' },
        { connect: { fd: 's', to: refused, errno: 'ECONNREFUSED' } },
      ]),
    ).toEqual([
      ['ECONNREFUSED', 0, 10e6],
      ['ECONNREFUSED', 10e6, 10e6],
    ]);
  });

  it('an attempt that does not block is one entry, with the call that fetches its success', async () => {
    expect(
      await attempts([
        { socket: { fd: 's', nonblock: true } },
        { connect: { fd: 's', to: 'server:80', errno: 'EINPROGRESS' } },
        pollOut,
        { connect: { fd: 's', to: 'server:80' } },
        { connect: { fd: 's', to: 'server:80', errno: 'EISCONN' } },
        { disconnect: 's' },
        { connect: { fd: 's', to: refused, errno: 'EINPROGRESS' } },
        pollOut,
      ]),
    ).toEqual([
      [null, 0, 10e6],
      ['ECONNREFUSED', 10e6, 10e6],
    ]);
  });

  it('an attempt that outlasts SO_SNDTIMEO is one entry', async () => {
    expect(
      await attempts([
        { socket: 's' },
        { setsockopt: { fd: 's', name: 'SO_SNDTIMEO', value: '4ms' } },
        { connect: { fd: 's', to: refused, errno: 'EINPROGRESS' } },
        { sleep: '1s' },
        { connect: { fd: 's', to: refused, errno: 'ECONNREFUSED' } },
      ]),
    ).toEqual([['ECONNREFUSED', 0, 10e6]]);
  });

  it('that end otherwise become failed expectations', async () => {
    const result = await run([
      {
        host: 'client',
        program: 'steps',
        steps: [
          { socket: 's' },
          { connect: { fd: 's', to: 'server:80' } },
          { close: { fd: 's', errno: 'EBADF' } },
          { socket: 's' },
          { poll: { fd: 's', events: ['POLLIN'], timeout: '1s', expect: ['POLLIN'] } },
        ],
      },
    ]);
    expect(result.expectations).toEqual([
      { text: 'steps: step 2, connect, gives success', ok: false, actual: 'ECONNREFUSED' },
      { text: 'steps: step 3, close, gives EBADF', ok: false, actual: 'success' },
      { text: 'steps: step 5, poll, gives POLLIN', ok: false, actual: 'POLLHUP' },
    ]);
  });
});

it('a sysctl can change while the run goes on', async () => {
  const result = await run(
    [
      { ...SERVER, acceptMax: 0 },
      { ...CLIENT, count: 3, interval: '2s', request: 0, reply: 0 },
    ],
    {
      hosts: {
        client: { address: '10.0.0.1' },
        server: { address: '10.0.0.2', sysctls: { 'net.ipv4.tcp_max_tw_buckets': 5 } },
      },
      changes: [{ at: '1s', host: 'server', sysctls: { 'net.ipv4.tcp_max_tw_buckets': 6 } }],
    },
  );
  expect(result.events).toContainEqual({
    type: 'log',
    atNs: 1e9,
    host: 'server',
    process: null,
    text: 'sysctl -w net.ipv4.tcp_max_tw_buckets=6',
  });
});
