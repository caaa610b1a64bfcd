// What blocking calls return, and when they stop waiting. Threads share the descriptors of their process: 3 is the
// listener, 4 the first connection it accepted.

import { connectTo, HOLD, pair, type ReadinessCase, type Step } from './case.ts';

const SHEET = 'client sheet 7.2';
const at = (ms: number): Step => ({ until: `${ms}ms` });
const accepting = (...steps: readonly Step[]): Step[] => [{ accept: { fd: 's', as: 'c' } }, ...steps, HOLD];
const connected: readonly Step[] = [{ socket: 'c' }, { connect: { fd: 'c', ...connectTo } }];
const recv = (bytes: number, expect: number | null, flags: readonly string[] = []): Step => ({
  recv: { fd: 'c', bytes, flags, ...(expect === null ? {} : { expect }) },
});
const fails = (bytes: number, errno: string, flags: readonly string[] = []): Step => ({
  recv: { fd: 'c', bytes, flags, errno },
});
const send = (bytes: number): Step => ({ send: { fd: 'c', bytes } });
const option = (name: string, value: unknown): Step => ({ setsockopt: { fd: 'c', name, value } });

const timeouts = pair(
  'SO_RCVTIMEO: EAGAIN when nothing came, a part when MSG_WAITALL got one',
  SHEET,
  accepting(at(200), send(10)),
  [
    ...connected,
    option('SO_RCVTIMEO', '100ms'),
    fails(100, 'EAGAIN'),
    at(220),
    recv(100, 10, ['MSG_WAITALL']),
    recv(0, 0),
    { log: 'not before the time-out' },
    fails(1, 'EAGAIN'),
  ],
);

const waitAll = pair(
  'MSG_WAITALL: waits for all, gives a short count at the FIN, then 0 for ever',
  SHEET,
  accepting(at(60), send(4), at(80), send(4), at(100), send(5), at(120), {
    shutdown: { fd: 'c', how: 'SHUT_WR' },
  }),
  [
    ...connected,
    recv(8, 8, ['MSG_WAITALL']),
    recv(10, 5, ['MSG_WAITALL']),
    recv(10, 0, ['MSG_WAITALL']),
    recv(10, 0),
  ],
);

const dontWait = pair(
  'MSG_DONTWAIT gives what is there, whatever else is asked',
  SHEET,
  accepting(at(60), send(5)),
  [
    ...connected,
    fails(10, 'EAGAIN', ['MSG_DONTWAIT']),
    at(100),
    recv(10, 5, ['MSG_DONTWAIT', 'MSG_WAITALL']),
    fails(10, 'EAGAIN', ['MSG_DONTWAIT', 'MSG_WAITALL']),
  ],
);

const lowWater = pair(
  'SO_RCVLOWAT holds poll() and a blocking recv() back, not MSG_DONTWAIT',
  SHEET,
  accepting(at(60), send(5), at(300), send(2), at(340), send(1)),
  [
    ...connected,
    option('SO_RCVLOWAT', 8),
    at(100),
    { poll: { fd: 'c', events: ['POLLIN'], timeout: '20ms', expect: [] } },
    recv(2, 2),
    recv(10, 3, ['MSG_DONTWAIT', 'MSG_PEEK']),
    option('SO_RCVTIMEO', '60ms'),
    recv(100, 3, ['MSG_PEEK']),
    recv(100, 3),
    option('SO_RCVTIMEO', '0s'),
    option('SO_RCVLOWAT', 3),
    { poll: { fd: 'c', events: ['POLLIN'], expect: ['POLLIN'] } },
    recv(100, 3),
  ],
);

const peek = pair(
  'MSG_PEEK leaves the data, with MSG_WAITALL waits for it; MSG_TRUNC throws it away',
  SHEET,
  accepting(at(60), send(5), at(80), send(5), at(120), send(6)),
  [
    ...connected,
    recv(10, 5, ['MSG_PEEK']),
    recv(10, 10, ['MSG_PEEK', 'MSG_WAITALL']),
    recv(10, 10, ['MSG_PEEK']),
    recv(4, 4, ['MSG_TRUNC']),
    recv(10, 6),
    recv(6, 6, ['MSG_PEEK', 'MSG_TRUNC']),
    recv(10, 6),
  ],
);

const nothing = pair(
  'recv() of no bytes waits for data, and then gives 0 without taking any',
  SHEET,
  accepting(at(80), send(5)),
  [...connected, recv(0, 0), { log: 'after the data' }, recv(0, 0), recv(10, 5, ['MSG_DONTWAIT'])],
);

const dataThenReset = pair(
  'data that came before a reset is read first, then ECONNRESET once, then the end',
  SHEET,
  accepting(send(5), at(80), option('SO_LINGER', 0), { close: 'c' }),
  [
    ...connected,
    at(120),
    {
      poll: {
        fd: 'c',
        events: ['POLLIN', 'POLLOUT', 'POLLRDHUP'],
        timeout: '0s',
        expect: ['POLLIN', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLRDHUP'],
      },
    },
    recv(3, 3, ['MSG_WAITALL']),
    recv(3, 2, ['MSG_WAITALL']),
    fails(3, 'ECONNRESET'),
    recv(3, 0),
  ],
);

const resetWhileBlocked = pair(
  'a reset ends a blocked recv() with ECONNRESET',
  SHEET,
  accepting(at(80), option('SO_LINGER', 0), { close: 'c' }),
  [...connected, fails(3, 'ECONNRESET'), recv(3, 0), { send: { fd: 'c', bytes: 1, errno: 'EPIPE' } }],
);

const sendAfterReset = pair(
  'send() after a reset: ECONNRESET, then EPIPE',
  SHEET,
  accepting(option('SO_LINGER', 0), { close: 'c' }),
  [
    ...connected,
    at(80),
    { send: { fd: 'c', bytes: 1, errno: 'ECONNRESET' } },
    { send: { fd: 'c', bytes: 1, errno: 'EPIPE' } },
    recv(3, 0),
  ],
);

const sendAfterFin = pair(
  'send() after the FIN of a closed peer: taken once, then EPIPE, and recv() gives the end',
  SHEET,
  accepting({ close: 'c' }),
  [
    ...connected,
    at(80),
    { send: { fd: 'c', bytes: 1, expect: 1 } },
    at(100),
    { send: { fd: 'c', bytes: 1, errno: 'EPIPE' } },
    recv(3, 0),
  ],
);

const partialSend = pair(
  'SO_SNDTIMEO: a large send() gives the part that it got rid of, then EAGAIN',
  SHEET,
  accepting(),
  [
    ...connected,
    option('SO_SNDBUF', 20000),
    option('SO_SNDTIMEO', '100ms'),
    { send: { fd: 'c', bytes: 30_000_000 } },
    // By then the peer, who reads nothing, has closed its window, and the send buffer is full.
    ...[250, 300, 350].flatMap((ms) => [
      at(ms),
      { send: { fd: 'c', bytes: 30_000_000, flags: ['MSG_DONTWAIT'], any: true } },
    ]),
    { send: { fd: 'c', bytes: 1000, errno: 'EAGAIN' } },
    { send: { fd: 'c', bytes: 1000, flags: ['MSG_DONTWAIT'], errno: 'EAGAIN' } },
  ],
);

const acceptTimeout = pair(
  'accept(): EAGAIN after SO_RCVTIMEO, EINVAL when another thread shuts the listener down',
  SHEET,
  [
    { setsockopt: { fd: 's', name: 'SO_RCVTIMEO', value: '40ms' } },
    { accept: { fd: 's', as: 'c', errno: 'EAGAIN' } },
    { setsockopt: { fd: 's', name: 'SO_RCVTIMEO', value: '0s' } },
    { accept: { fd: 's', as: 'c', errno: 'EINVAL' } },
  ],
  [HOLD],
  {
    threads: [
      { start: '100ms', steps: [{ use: { fd: 's', number: 3 } }, { shutdown: { fd: 's', how: 'SHUT_RD' } }] },
    ],
  },
);

/** The server's main thread sleeps in this call on its connection; the other does `other` 100 ms after the start. */
const whileBlocked = (
  name: string,
  blocked: readonly Step[],
  other: readonly Step[],
  client: readonly Step[],
) =>
  pair(name, SHEET, [{ accept: { fd: 's', as: 'c' } }, ...blocked], [...connected, ...client], {
    threads: [{ start: '100ms', steps: [{ use: { fd: 'c', number: 4 } }, ...other] }],
  });

const shutdownWhileBlocked = whileBlocked(
  'shutdown(RD) by another thread ends a blocked recv() with 0',
  [recv(10, 0)],
  [{ shutdown: { fd: 'c', how: 'SHUT_RD' } }],
  [HOLD],
);

const closeWhileBlocked = whileBlocked(
  'close() by another thread leaves a blocked recv() waiting; the connection ends when it returns',
  [recv(10, 4), fails(10, 'EBADF')],
  [{ close: 'c' }],
  [at(200), send(4), recv(10, 0)],
);

const reuseWhileBlocked = whileBlocked(
  'a blocked recv() keeps its connection even when the number of its descriptor is given to another',
  [recv(10, 4)],
  [{ close: 'c' }, { socket: 'n' }],
  [at(200), send(4), recv(10, 0)],
);

export const CALL_CASES: readonly ReadinessCase[] = [
  timeouts,
  waitAll,
  dontWait,
  lowWater,
  peek,
  nothing,
  dataThenReset,
  resetWhileBlocked,
  sendAfterReset,
  sendAfterFin,
  partialSend,
  acceptTimeout,
  shutdownWhileBlocked,
  closeWhileBlocked,
  reuseWhileBlocked,
];
