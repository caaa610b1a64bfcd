// What a signal makes of a call that sleeps, and SIGPIPE. The client gets SIGUSR2 100 ms after the start, unless a case says
// otherwise. What is not restarted fails there; what is goes on and ends as if nothing had happened.

import { connectTo, HOLD, pair, type ReadinessCase, type Step } from './case.ts';

const CONNECT = 'client sheet 1.3';
const CALLS = 'client sheet 7.2';
const ACCEPT = 'server sheet 9';

const at = (ms: number): Step => ({ until: `${ms}ms` });
const catches = (...flags: readonly string[]): Step => ({
  sigaction: { signal: 'SIGUSR2', handler: 'catch', flags },
});
const RESTART = 'SA_RESTART';
const option = (name: string, value: unknown, fd = 'c'): Step => ({ setsockopt: { fd, name, value } });
const connected: readonly Step[] = [{ socket: 'c' }, { connect: { fd: 'c', ...connectTo } }];
const recv = (bytes: number, end: object, flags: readonly string[] = []): Step => ({
  recv: { fd: 'c', bytes, flags, ...end },
});
const send = (bytes: number, end: object = {}, flags: readonly string[] = []): Step => ({
  send: { fd: 'c', bytes, flags, ...end },
});
const connect = (errno?: string, to: object = connectTo): Step => ({
  connect: { fd: 'c', ...to, ...(errno === undefined ? {} : { errno }) },
});
const EINTR = { errno: 'EINTR' };
const closedPort = { to: 'server:81' };
const accepting = (...steps: readonly Step[]): Step[] => [{ accept: { fd: 's', as: 'c' } }, ...steps, HOLD];
/** The server sends 5 bytes 200 ms after the start. */
const answers = accepting(at(200), send(5));

const toClient = { at: '100ms', to: 'client', signal: 'SIGUSR2' };
const toServer = { at: '100ms', to: 'server', signal: 'SIGUSR2' };

type More = Omit<Parameters<typeof pair>[4] & object, 'signals'>;

const signalled = (
  name: string,
  from: string,
  server: readonly Step[],
  client: readonly Step[],
  more: More = {},
): ReadinessCase => pair(name, from, server, client, { ...more, signals: [toClient] });

const RECV: readonly ReadinessCase[] = [
  signalled('recv(): EINTR after a handler without SA_RESTART', CALLS, answers, [
    ...connected,
    catches(),
    recv(10, EINTR),
    recv(10, { errno: 'EAGAIN' }, ['MSG_DONTWAIT']),
    recv(10, { expect: 5 }),
  ]),
  signalled('recv(): SA_RESTART makes it go on', CALLS, answers, [
    ...connected,
    catches(RESTART),
    recv(10, { expect: 5 }),
  ]),
  signalled('recv() with SO_RCVTIMEO: EINTR in spite of SA_RESTART', CALLS, answers, [
    ...connected,
    catches(RESTART),
    option('SO_RCVTIMEO', '300ms'),
    recv(10, EINTR),
    recv(10, { expect: 5 }),
  ]),
  signalled('recv(): SO_SNDTIMEO is nothing to a restart', CALLS, answers, [
    ...connected,
    catches(RESTART),
    option('SO_SNDTIMEO', '300ms'),
    recv(10, { expect: 5 }),
  ]),
  signalled(
    'MSG_WAITALL: a signal gives the part that came, SA_RESTART or not',
    CALLS,
    accepting(at(60), send(5), at(200), send(5)),
    [...connected, catches(RESTART), recv(10, { expect: 5 }, ['MSG_WAITALL']), recv(10, { expect: 5 })],
  ),
  signalled('recv() of no bytes: a signal ends the wait with 0', CALLS, answers, [
    ...connected,
    catches(),
    recv(0, { expect: 0 }),
    recv(10, { errno: 'EAGAIN' }, ['MSG_DONTWAIT']),
  ]),
  signalled('a signal that is ignored interrupts nothing', CALLS, answers, [
    ...connected,
    { sigaction: { signal: 'SIGUSR2', handler: 'SIG_IGN' } },
    recv(10, { expect: 5 }),
  ]),
  pair(
    'SIGCHLD interrupts nothing: to ignore it is its default',
    CALLS,
    answers,
    [...connected, recv(10, { expect: 5 })],
    { signals: [{ ...toClient, signal: 'SIGCHLD' }] },
  ),
  pair(
    'a second signal after a restart interrupts again',
    CALLS,
    answers,
    [
      ...connected,
      catches(RESTART),
      { sigaction: { signal: 'SIGUSR1', handler: 'catch' } },
      recv(10, EINTR),
      recv(10, { expect: 5 }),
    ],
    { signals: [toClient, { ...toClient, at: '140ms', signal: 'SIGUSR1' }] },
  ),
];

/** By 95 ms the window of the peer, who reads nothing, and the send buffer are full. */
const filled: readonly Step[] = [40, 55, 70, 85].flatMap((ms) => [
  at(ms),
  send(30_000_000, { any: true }, ['MSG_DONTWAIT']),
]);

const SEND: readonly ReadinessCase[] = [
  signalled('send(): a signal gives the part that went out', CALLS, accepting(), [
    ...connected,
    catches(RESTART),
    option('SO_SNDBUF', 20000),
    send(30_000_000),
    send(30_000_000, { any: true }, ['MSG_DONTWAIT']),
    send(1000, { errno: 'EAGAIN' }, ['MSG_DONTWAIT']),
  ]),
  signalled('send(): EINTR when nothing went out yet', CALLS, accepting(), [
    ...connected,
    catches(),
    option('SO_SNDBUF', 20000),
    ...filled,
    send(1000, EINTR),
  ]),
  signalled(
    'send(): SA_RESTART makes it go on when nothing went out yet',
    CALLS,
    accepting(at(200), { recv: { fd: 'c', bytes: 60_000, all: true, expect: 60_000 } }),
    [
      ...connected,
      catches(RESTART),
      option('SO_SNDBUF', 20000),
      ...filled,
      send(1000, { expect: 1000 }),
      { poll: { fd: 'c', events: ['POLLIN'], timeout: '0s', expect: [] } },
    ],
  ),
  signalled('send() with SO_SNDTIMEO: EINTR in spite of SA_RESTART', CALLS, accepting(), [
    ...connected,
    catches(RESTART),
    option('SO_SNDBUF', 20000),
    option('SO_SNDTIMEO', '300ms'),
    ...filled,
    send(1000, EINTR),
  ]),
];

/** The server sleeps in accept() when the signal comes to it; the client connects 200 ms after the start. */
const accept = (name: string, steps: readonly Step[]): ReadinessCase =>
  pair(name, ACCEPT, [...steps, { accept: { fd: 's', as: 'c' } }, HOLD], [at(200), ...connected, HOLD], {
    signals: [toServer],
  });
const acceptEnds: Step = { accept: { fd: 's', as: 'c', ...EINTR } };

const ACCEPT_CASES: readonly ReadinessCase[] = [
  accept('accept(): EINTR after a handler without SA_RESTART', [catches(), acceptEnds]),
  accept('accept(): SA_RESTART makes it go on', [catches(RESTART)]),
  accept('accept() with SO_RCVTIMEO: EINTR in spite of SA_RESTART', [
    catches(RESTART),
    option('SO_RCVTIMEO', '300ms', 's'),
    acceptEnds,
  ]),
];

/** The first SYN is lost: the answer comes with the second, a second later. */
function late(name: string, client: readonly Step[]): ReadinessCase {
  const made = signalled(name, CONNECT, [HOLD], [{ socket: 'c' }, ...client], { duration: '2500ms' });
  const faults = [{ drop: 'syn', from: 'client', to: 'server', first: 1, text: 'the first SYN' }];
  return { ...made, document: { ...made.document, faults } };
}

const CONNECT_CASES: readonly ReadinessCase[] = [
  late('connect(): EINTR, and the attempt goes on; a second call waits for its end', [
    catches(),
    connect('EINTR'),
    { poll: { fd: 'c', events: ['POLLOUT'], timeout: '0s', expect: [] } },
    connect(),
    connect('EISCONN'),
  ]),
  late('connect() after EINTR does not block a socket that is non-blocking by then: EALREADY', [
    catches(),
    connect('EINTR'),
    { nonblock: 'c' },
    connect('EALREADY'),
    { poll: { fd: 'c', events: ['POLLOUT'], timeout: '1500ms', expect: ['POLLOUT'] } },
    connect(),
    connect('EISCONN'),
  ]),
  late('connect(): SA_RESTART makes it go on', [catches(RESTART), connect(), connect('EISCONN')]),
  late('connect(): SA_RESTART, and the refusal comes after the signal', [
    catches(RESTART),
    connect('ECONNREFUSED', closedPort),
  ]),
  late('connect(): the refusal comes after EINTR', [
    catches(),
    connect('EINTR', closedPort),
    connect('ECONNREFUSED', closedPort),
  ]),
  late('connect() with SO_SNDTIMEO: EINTR in spite of SA_RESTART', [
    catches(RESTART),
    option('SO_SNDTIMEO', '1800ms'),
    connect('EINTR'),
    connect(),
  ]),
  late('connect(): SO_RCVTIMEO is nothing to a restart', [
    catches(RESTART),
    option('SO_RCVTIMEO', '1800ms'),
    connect(),
  ]),
];

const WAITS: readonly ReadinessCase[] = [
  signalled('poll(): EINTR in spite of SA_RESTART', CALLS, answers, [
    ...connected,
    catches(RESTART),
    { poll: { fd: 'c', events: ['POLLIN'], ...EINTR } },
    { poll: { fd: 'c', events: ['POLLIN'], expect: ['POLLIN'] } },
  ]),
  signalled('epoll_wait(): EINTR in spite of SA_RESTART', CALLS, answers, [
    ...connected,
    catches(RESTART),
    { epoll_create: 'e' },
    { epoll_ctl: { epoll: 'e', op: 'ADD', fd: 'c', events: ['EPOLLIN'] } },
    { epoll_wait: { epoll: 'e', ...EINTR } },
    { epoll_wait: { epoll: 'e', expect: { c: ['EPOLLIN'] } } },
  ]),
  signalled('a sleep: EINTR in spite of SA_RESTART', CALLS, answers, [
    ...connected,
    catches(RESTART),
    { sleep: { for: '10s', ...EINTR } },
  ]),
];

/** From 50 ms on nothing comes from the server any more, so that the FIN is not acknowledged. */
const lingering: ReadinessCase = (() => {
  const made = signalled('close() with SO_LINGER: a signal ends the wait, and it returns 0', CALLS, answers, [
    ...connected,
    catches(),
    option('SO_LINGER', 20),
    at(60),
    { close: 'c' },
    { close: { fd: 'c', errno: 'EBADF' } },
  ]);
  const faults = [{ drop: 'any', from: 'server', to: 'client', during: ['50ms', '10s'] }];
  return { ...made, document: { ...made.document, faults } };
})();

const pipeIs = (handler: string): Step => ({ sigaction: { signal: 'SIGPIPE', handler } });
const written: readonly Step[] = [...connected, { shutdown: { fd: 'c', how: 'SHUT_WR' } }];
const EPIPE = { errno: 'EPIPE' };
const peerSees = accepting(recv(10, { expect: 0 }));

const PIPE: readonly ReadinessCase[] = [
  pair('SIGPIPE is ignored when a program begins: EPIPE', CALLS, peerSees, [...written, send(1, EPIPE)]),
  pair('SIGPIPE with a handler: EPIPE', CALLS, peerSees, [...written, pipeIs('catch'), send(1, EPIPE)]),
  pair('MSG_NOSIGNAL: EPIPE, whatever SIGPIPE would do', CALLS, peerSees, [
    ...written,
    pipeIs('SIG_DFL'),
    send(1, EPIPE, ['MSG_NOSIGNAL']),
  ]),
  pair('a socket that was never connected: MSG_NOSIGNAL keeps SIGPIPE away there too', CALLS, peerSees, [
    { socket: 'n' },
    pipeIs('SIG_DFL'),
    { send: { fd: 'n', bytes: 1, flags: ['MSG_NOSIGNAL'], ...EPIPE } },
    ...written,
  ]),
  pair('SIGPIPE by default ends the process', CALLS, peerSees, [...written, pipeIs('SIG_DFL'), send(1)], {
    killed: { client: 'SIGPIPE' },
  }),
  pair(
    'send() after a reset: ECONNRESET brings no SIGPIPE, EPIPE does',
    CALLS,
    accepting(option('SO_LINGER', 0), { close: 'c' }),
    [...connected, pipeIs('SIG_DFL'), at(80), send(1, { errno: 'ECONNRESET' }), send(1)],
    { killed: { client: 'SIGPIPE' } },
  ),
  pair(
    'send() after the FIN of a closed peer: taken once, then SIGPIPE',
    CALLS,
    accepting({ close: 'c' }),
    [...connected, pipeIs('SIG_DFL'), at(80), send(1, { expect: 1 }), at(100), send(1)],
    { killed: { client: 'SIGPIPE' } },
  ),
];

const ENDS: readonly ReadinessCase[] = [
  pair(
    'SIGTERM by default ends a process that sleeps, and its connections close',
    CALLS,
    accepting(recv(10, { expect: 0 })),
    [...connected, recv(10, {})],
    { signals: [{ ...toClient, signal: 'SIGTERM' }], killed: { client: 'SIGTERM' } },
  ),
  pair(
    'SIGKILL cannot be caught',
    CALLS,
    accepting(recv(10, { expect: 0 })),
    [...connected, { sigaction: { signal: 'SIGKILL', handler: 'catch', errno: 'EINVAL' } }, recv(10, {})],
    { signals: [{ ...toClient, signal: 'SIGKILL' }], killed: { client: 'SIGKILL' } },
  ),
  pair(
    'a process that ends itself by kill()',
    CALLS,
    accepting(recv(10, { expect: 0 })),
    [...connected, { kill: { process: 'client', signal: 'SIGTERM' } }],
    { killed: { client: 'SIGTERM' } },
  ),
  pair(
    'a fatal signal ends all threads of a process',
    CALLS,
    [{ accept: { fd: 's', as: 'c' } }, recv(10, {})],
    [...connected, recv(10, { expect: 0 }), { connect: { fd: 'c', ...connectTo, errno: 'EISCONN' } }],
    {
      threads: [
        { start: '10ms', steps: [{ use: { fd: 's', number: 3 } }, { accept: { fd: 's', as: 'c' } }, HOLD] },
      ],
      signals: [{ ...toServer, signal: 'SIGTERM' }],
      killed: { server: 'SIGTERM' },
    },
  ),
];

/** Two threads of the server sleep in recv() on its first connection; the signal is for `to`. */
const twoThreads = (name: string, to: string, main: object, other: object): ReadinessCase =>
  pair(
    name,
    CALLS,
    [{ accept: { fd: 's', as: 'c' } }, catches(), recv(1, main), HOLD],
    [...connected, at(300), send(2), HOLD],
    {
      threads: [
        { start: '60ms', steps: [{ use: { fd: 'c', number: 4 } }, recv(1, other), { log: 'thread done' }] },
      ],
      signals: [{ ...toServer, to }],
    },
  );

const THREADS: readonly ReadinessCase[] = [
  twoThreads('a signal to a process interrupts its main thread', 'server', EINTR, { expect: 1 }),
  twoThreads('a signal to a thread interrupts that one', 'server#2', { expect: 1 }, EINTR),
  pair(
    'kill() of one process by another of its host; ESRCH when that is over',
    CALLS,
    accepting(recv(10, { expect: 0 })),
    [...connected, catches(), recv(10, EINTR)],
    {
      others: [
        {
          host: 'client',
          name: 'killer',
          program: 'steps',
          start: '100ms',
          steps: [
            { kill: { process: 'client', signal: 'SIGUSR2' } },
            at(300),
            { kill: { process: 'client', signal: 'SIGUSR2', errno: 'ESRCH' } },
          ],
        },
      ],
    },
  ),
];

export const SIGNAL_CASES: readonly ReadinessCase[] = [
  ...RECV,
  ...SEND,
  ...ACCEPT_CASES,
  ...CONNECT_CASES,
  ...WAITS,
  lingering,
  ...PIPE,
  ...ENDS,
  ...THREADS,
];
