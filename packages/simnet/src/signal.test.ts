// Signals in the world. What a signal makes of each call, and SIGPIPE, stands in test/readiness/signals.ts, where both
// kernels play it.
import { describe, expect, it } from 'vitest';
import {
  createWorld,
  type EventRecord,
  type Program,
  readScenario,
  restoreWorld,
  runScenario,
  ScenarioError,
  type SysError,
  takeSnapshot,
  worldResult,
} from './index.ts';

const MS = 1e6;
const HOSTS = { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } };

const document = (processes: readonly object[], more: object = {}) => ({
  format: 1,
  name: 'signals',
  duration: '1s',
  hosts: HOSTS,
  links: [{ between: ['client', 'server'], latency: '1ms' }],
  processes,
  ...more,
});

const steps = (name: string, list: readonly object[], more: object = {}) => ({
  host: 'client',
  name,
  program: 'steps',
  steps: list,
  ...more,
});

const catches = (signal = 'SIGUSR2', flags: readonly string[] = []) => ({
  sigaction: { signal, handler: 'catch', flags },
});

function eventsOf(events: readonly EventRecord[], process: string): string[] {
  return events.flatMap((e) => {
    if (!('process' in e) || e.process !== process) return [];
    const at = `${e.atNs / MS}`;
    if (e.type === 'signal') return [`${at} ${e.signal} ${e.effect}`];
    if (e.type === 'wake') return [`${at} wake ${e.by}`];
    if (e.type === 'log') return [`${at} ${e.text}`];
    return e.type === 'call' ? [`${at} ${e.call} = ${e.result}`] : [];
  });
}

const issuesOf = (data: unknown): string[] => {
  try {
    readScenario(data);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.map((i) => `${i.path.join('.')}: expected ${i.expected}, got ${String(i.got)}`);
  }
};

const USR2 = [{ at: '100ms', to: 'a', signal: 'SIGUSR2' }];

describe('a signal', () => {
  it('wakes a sleeping call, whose return comes before the program goes on', async () => {
    const data = document(
      [steps('a', [catches(), { sleep: { for: '300ms', errno: 'EINTR' } }, { log: 'on' }])],
      {
        signals: USR2,
      },
    );
    const { events, expectations } = await runScenario(readScenario(data));
    expect(expectations).toEqual([]);
    expect(eventsOf(events, 'a')).toEqual([
      '0 sigaction(SIGUSR2, catch) = 0',
      '100 wake signal',
      '100 SIGUSR2 handler',
      '100 sleep(300ms) = -1 EINTR',
      '100 on',
    ]);
  });

  it('does not interrupt a program that computes, whether its host has CPUs or not', async () => {
    for (const cpus of [{}, { cpus: 1 }]) {
      const data = document([steps('a', [catches(), { compute: '300ms' }, { log: 'on' }])], {
        signals: USR2,
        hosts: { ...HOSTS, client: { ...HOSTS.client, ...cpus } },
      });
      const { events } = await runScenario(readScenario(data));
      const lines = eventsOf(events, 'a').map((line) => line.replace(/(\d+)\.\d+/, '$1'));
      expect(lines.filter((line) => /SIGUSR2 handler| on$/.test(line))).toEqual([
        '100 SIGUSR2 handler',
        '300 on',
      ]);
    }
  });

  it('counts once while it waits to be handled, and the lowest number decides about the restart', async () => {
    const program: Program = async (sys) => {
      await sys.sigaction('SIGUSR1', 'catch', { restart: true });
      await sys.sigaction('SIGUSR2', 'catch');
      const fd = await sys.socket();
      await sys.bind(fd, { host: '0.0.0.0', port: 80 });
      await sys.listen(fd, 1);
      await sys.accept(fd);
    };
    const twice = ['SIGUSR2', 'SIGUSR1', 'SIGUSR2'].map((signal) => ({ at: '100ms', to: 'a', signal }));
    const data = document([{ host: 'server', name: 'a', program: 'custom', call: 'a' }], { signals: twice });
    const { events } = await runScenario(readScenario(data), { programs: { a: program } });
    expect(eventsOf(events, 'a').slice(-3)).toEqual([
      '100 wake signal',
      '100 SIGUSR1 handler',
      '100 SIGUSR2 handler',
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'sleep', call: 'accept(3)' });
  });

  it('finds nobody before its process begins and after it has ended', async () => {
    const signals = [10, 100, 300].map((ms) => ({ at: `${ms}ms`, to: 'a', signal: 'SIGTERM' }));
    const data = document([steps('a', [{ sleep: '300ms' }], { start: '50ms' })], { signals });
    const { events } = await runScenario(readScenario(data));
    expect(eventsOf(events, 'a')).toEqual([
      '10 SIGTERM: no such process',
      '100 SIGTERM terminated',
      '100 killed by SIGTERM',
      '100 wake signal',
      '300 SIGTERM: no such process',
    ]);
  });

  it('ends a process with CPUs at once, in the middle of what it computes', async () => {
    const data = document([steps('a', [{ socket: 's' }, { compute: '800ms' }, { log: 'on' }])], {
      signals: [{ at: '100ms', to: 'a', signal: 'SIGTERM' }],
      hosts: { ...HOSTS, client: { ...HOSTS.client, cpus: 1 } },
    });
    const result = await runScenario(readScenario(data));
    expect(eventsOf(result.events, 'a')).not.toContainEqual(expect.stringMatching(/ on$/));
    expect(result.hosts.client?.processes[0]?.userNs).toBeGreaterThan(99 * MS);
    expect(result.hosts.client?.processes[0]?.userNs).toBeLessThan(101 * MS);
    expect(result.hosts.client?.sockets).toEqual([]);
  });

  it('to a thread reaches that one only', async () => {
    const thread = { steps: [{ sleep: { for: '300ms', any: true } }, { log: 'thread' }] };
    const data = document(
      [steps('a', [catches(), { sleep: '300ms' }, { log: 'main' }], { threads: [thread] })],
      {
        signals: [{ at: '100ms', to: 'a#2', signal: 'SIGUSR2' }],
      },
    );
    const { events, expectations } = await runScenario(readScenario(data));
    expect(expectations).toEqual([]);
    expect(eventsOf(events, 'a#2')).toContain('100 thread');
    expect(eventsOf(events, 'a#1')).toContain('300 main');
  });
});

describe('a world with signals', () => {
  const killer = steps('b', [
    { until: '150ms' },
    { kill: { process: 'a', signal: 'SIGUSR1' } },
    { until: '250ms' },
    { kill: { process: 'a', signal: 'SIGTERM' } },
  ]);
  const data = document(
    [
      steps('a', [
        catches('SIGUSR1', ['SA_RESTART']),
        catches(),
        { socket: 's' },
        { bind: { fd: 's', port: 80 } },
        { listen: { fd: 's', backlog: 1 } },
        { accept: { fd: 's', as: 'c', errno: 'EINTR' } },
        { accept: { fd: 's', as: 'c' } },
      ]),
      killer,
    ],
    { signals: USR2 },
  );

  it.each([{}, { cpus: 1 }])('goes on alike from a snapshot at any event (%o)', async (cpus) => {
    const scenario = readScenario({ ...data, hosts: { ...HOSTS, client: { ...HOSTS.client, ...cpus } } });
    const options = { history: true };
    const whole = createWorld(scenario, options);
    await whole.run();
    const expected = JSON.stringify(worldResult(whole));
    expect(expected).toContain('killed by SIGTERM');
    for (let at = 0; at <= whole.state.steps; at++) {
      const first = createWorld(scenario, options);
      for (let i = 0; i < at; i++) await first.step();
      const saved = JSON.parse(JSON.stringify(takeSnapshot(first)));
      const second = await restoreWorld(scenario, options, saved);
      await second.run();
      expect(JSON.stringify(worldResult(second)), `step ${at}`).toBe(expected);
    }
  });
});

describe('kill()', () => {
  it('knows the processes of its own host only', async () => {
    const codes: string[] = [];
    const program: Program = async (sys) => {
      for (const name of ['other', 'nobody']) {
        await sys.kill(name, 'SIGTERM').catch((error: SysError) => codes.push(error.code));
      }
    };
    const data = document([
      { host: 'client', name: 'a', program: 'custom', call: 'a' },
      { host: 'server', name: 'other', program: 'idle' },
    ]);
    await runScenario(readScenario(data), { programs: { a: program } });
    expect(codes).toEqual(['ESRCH', 'ESRCH']);
  });
});

describe('a connect() that left its attempt', () => {
  const gone = [{ drop: 'any', from: 'client', to: 'server' }];
  const connect = (errno: string) => ({ connect: { fd: 's', to: 'server:80', errno } });

  it.each([
    [
      'SO_SNDTIMEO',
      [
        { setsockopt: { fd: 's', name: 'SO_SNDTIMEO', value: '100ms' } },
        connect('EINPROGRESS'),
        { sleep: '50ms' },
      ],
      'EINPROGRESS',
      100,
    ],
    [
      'a second call',
      [
        { setsockopt: { fd: 's', name: 'SO_SNDTIMEO', value: '100ms' } },
        connect('EINPROGRESS'),
        connect('EALREADY'),
        { sleep: '50ms' },
      ],
      'EINPROGRESS',
      200,
    ],
    ['a signal', [catches(), connect('EINTR'), { sleep: '50ms' }], 'EINTR', 100],
    ['O_NONBLOCK', [{ nonblock: 's' }, connect('EINPROGRESS'), { sleep: '50ms' }], 'EINPROGRESS', 50],
  ])('%s: closed before it ended, it is what the program got', async (_, list, errno, ms) => {
    const data = document([steps('a', [{ socket: 's' }, ...list, { close: 's' }])], {
      faults: gone,
      signals: USR2,
    });
    const { connects, expectations } = await runScenario(
      readScenario({ ...data, ...(errno === 'EINTR' ? {} : { signals: [] }) }),
    );
    expect(expectations).toEqual([]);
    expect(connects.map((c) => [c.errno, c.latencyNs / MS])).toEqual([[errno, ms]]);
  });
});

describe('mistakes', () => {
  const two = [
    steps('a', []),
    { host: 'client', name: 'many', program: 'client', to: 'server:80', times: ['0s', '1s'] },
  ];

  it.each([
    [
      'a process that is not there',
      { signals: [{ at: '1s', to: 'b', signal: 'SIGTERM' }] },
      ["signals.0.to: expected one of the processes a, or a thread such as a#2, got 'b'"],
    ],
    [
      'several processes',
      { signals: [{ at: '1s', to: 'many', signal: 'SIGTERM' }] },
      ["signals.0.to: expected one of the processes a, or a thread such as a#2, got 'many'"],
    ],
    [
      'an unknown signal',
      { signals: [{ at: '1s', to: 'a', signal: 'SIGSTOP' }] },
      [
        'signals.0.signal: expected one of SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGURG, SIGWINCH',
      ],
    ],
    [
      'an unknown key',
      { signals: [{ at: '1s', process: 'a', signal: 'SIGTERM' }] },
      ['signals.0.process: expected one of the keys at, to, signal'],
    ],
  ])('%s', (_, more, issues) => {
    const found = issuesOf(document(two, more));
    expect(found).toHaveLength(1);
    expect(found[0]?.replaceAll('"', "'")).toContain(issues[0]);
  });

  it('a step kill() names a process of another host', () => {
    const data = document([
      steps('a', [{ kill: { process: 'b', signal: 'SIGTERM' } }]),
      { host: 'server', name: 'b', program: 'idle' },
    ]);
    expect(issuesOf(data)[0]).toContain(
      'processes.0.steps.0.kill.process: expected a process of host client: a',
    );
  });
});
