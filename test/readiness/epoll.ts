// What epoll reports and when. The order of events and the masks were taken from the real kernel.

import { connectTo, HOLD, pair, type ReadinessCase } from './case.ts';

const SHEET = 'client sheet 7.3';
const ALL = ['EPOLLIN', 'EPOLLOUT', 'EPOLLRDHUP'];
const SOON = '60ms';
const at = (ms: number): { until: string } => ({ until: `${ms}ms` });

const add = (fd: string, events: readonly string[], errno?: string): { epoll_ctl: object } => ({
  epoll_ctl: { epoll: 'e', op: 'ADD', fd, events, ...(errno === undefined ? {} : { errno }) },
});
const mod = (fd: string, events: readonly string[], errno?: string): { epoll_ctl: object } => ({
  epoll_ctl: { epoll: 'e', op: 'MOD', fd, events, ...(errno === undefined ? {} : { errno }) },
});
const del = (fd: string, errno?: string): { epoll_ctl: object } => ({
  epoll_ctl: { epoll: 'e', op: 'DEL', fd, ...(errno === undefined ? {} : { errno }) },
});
const wait = (
  expect: { readonly [fd: string]: readonly string[] },
  timeout = SOON,
  max = 8,
): { epoll_wait: object } => ({ epoll_wait: { epoll: 'e', max, timeout, expect } });
const nothing = (timeout = '15ms'): { epoll_wait: object } => wait({}, timeout);

/** Accepts `c`; then these steps. */
const accepting = (...steps: readonly object[]): { readonly [call: string]: unknown }[] =>
  [{ accept: { fd: 's', as: 'c' } }, ...steps, HOLD] as { readonly [call: string]: unknown }[];

const edge: ReadinessCase = pair(
  'an edge-triggered socket from its birth to the FIN',
  SHEET,
  accepting(at(60), { send: { fd: 'c', bytes: 4 } }, at(140), { send: { fd: 'c', bytes: 4 } }, at(260), {
    shutdown: { fd: 'c', how: 'SHUT_WR' },
  }),
  [
    { socket: { fd: 'c', nonblock: true } },
    { epoll_create: 'e' },
    add('c', [...ALL, 'EPOLLET']),
    wait({ c: ['EPOLLOUT', 'EPOLLHUP'] }, '0s'),
    { connect: { fd: 'c', ...connectTo, errno: 'EINPROGRESS' } },
    nothing('0s'),
    wait({ c: ['EPOLLOUT'] }),
    wait({ c: ['EPOLLIN', 'EPOLLOUT'] }),
    at(100),
    nothing(),
    wait({ c: ['EPOLLIN', 'EPOLLOUT'] }),
    { recv: { fd: 'c', bytes: 1, expect: 1 } },
    nothing(),
    { send: { fd: 'c', bytes: 4 } },
    nothing(),
    at(220),
    wait({ c: ['EPOLLIN', 'EPOLLOUT', 'EPOLLRDHUP'] }, '100ms'),
    nothing(),
    mod('c', [...ALL, 'EPOLLET']),
    wait({ c: ['EPOLLIN', 'EPOLLOUT', 'EPOLLRDHUP'] }, '0s'),
  ],
);

const reset: ReadinessCase = pair(
  'a reset, whose two wake-ups become one edge-triggered event',
  SHEET,
  accepting({ setsockopt: { fd: 'c', name: 'SO_LINGER', value: 0 } }, at(100), { close: 'c' }),
  [
    { socket: 'c' },
    { epoll_create: 'e' },
    { connect: { fd: 'c', ...connectTo } },
    add('c', [...ALL, 'EPOLLET']),
    wait({ c: ['EPOLLOUT'] }, '0s'),
    wait({ c: ['EPOLLIN', 'EPOLLOUT', 'EPOLLERR', 'EPOLLHUP', 'EPOLLRDHUP'] }, '150ms'),
    nothing(),
  ],
);

const space: ReadinessCase = pair(
  'space in the send buffer, only after a send() that found none',
  SHEET,
  accepting(at(100), { recv: { fd: 'c', bytes: 4_000_000, all: true } }),
  [
    { socket: 'c' },
    { setsockopt: { fd: 'c', name: 'SO_SNDBUF', value: 20000 } },
    { connect: { fd: 'c', ...connectTo } },
    { nonblock: 'c' },
    { epoll_create: 'e' },
    add('c', ['EPOLLOUT', 'EPOLLET']),
    wait({ c: ['EPOLLOUT'] }, '0s'),
    { send: { fd: 'c', bytes: 1000 } },
    nothing(),
    { send: { fd: 'c', bytes: 4_000_000, all: true, errno: 'EAGAIN' } },
    wait({ c: ['EPOLLOUT'] }, '200ms'),
  ],
);

const level: ReadinessCase = pair(
  'level-triggered sockets: reported until read, one after the other, in turn',
  SHEET,
  [
    { accept: { fd: 's', as: 'a' } },
    { accept: { fd: 's', as: 'b' } },
    at(60),
    { send: { fd: 'b', bytes: 4 } },
    at(70),
    { send: { fd: 'a', bytes: 4 } },
    HOLD,
  ],
  [
    { socket: 'a' },
    { socket: 'b' },
    { connect: { fd: 'a', ...connectTo } },
    { connect: { fd: 'b', ...connectTo } },
    { epoll_create: 'e' },
    add('a', ['EPOLLIN']),
    add('b', ['EPOLLIN']),
    wait({ b: ['EPOLLIN'] }),
    at(100),
    wait({ b: ['EPOLLIN'], a: ['EPOLLIN'] }, '0s'),
    wait({ b: ['EPOLLIN'] }, '0s', 1),
    wait({ a: ['EPOLLIN'] }, '0s', 1),
    wait({ b: ['EPOLLIN'] }, '0s', 1),
    { recv: { fd: 'a', bytes: 4, expect: 4 } },
    wait({ b: ['EPOLLIN'] }, '0s'),
    { recv: { fd: 'b', bytes: 4, expect: 4 } },
    nothing(),
  ],
);

const oneshot: ReadinessCase = pair(
  'EPOLLONESHOT: silent after one event until MOD, which reports at once',
  SHEET,
  accepting(at(60), { send: { fd: 'c', bytes: 4 } }, at(100), { send: { fd: 'c', bytes: 4 } }),
  [
    { socket: 'c' },
    { connect: { fd: 'c', ...connectTo } },
    { epoll_create: 'e' },
    add('c', ['EPOLLIN', 'EPOLLONESHOT']),
    wait({ c: ['EPOLLIN'] }),
    nothing('80ms'),
    mod('c', ['EPOLLIN', 'EPOLLOUT', 'EPOLLONESHOT']),
    wait({ c: ['EPOLLIN', 'EPOLLOUT'] }, '0s'),
    nothing(),
  ],
);

const members: ReadinessCase = pair(
  'what ADD, MOD and DEL refuse, and that a closed descriptor leaves',
  SHEET,
  accepting(at(60), { send: { fd: 'c', bytes: 4 } }),
  [
    { socket: 'c' },
    { connect: { fd: 'c', ...connectTo } },
    { epoll_create: 'e' },
    { epoll_create: 'f' },
    add('x', [], 'EBADF'),
    add('e', [], 'EINVAL'),
    { epoll_ctl: { epoll: 'c', op: 'ADD', fd: 'e', events: [], errno: 'EINVAL' } },
    mod('c', [], 'ENOENT'),
    del('c', 'ENOENT'),
    del('f', 'ENOENT'),
    add('c', ['EPOLLIN', 'EPOLLRDHUP', 'EPOLLEXCLUSIVE'], 'EINVAL'),
    add('c', ['EPOLLIN', 'EPOLLONESHOT', 'EPOLLEXCLUSIVE'], 'EINVAL'),
    add('c', ['EPOLLIN', 'EPOLLEXCLUSIVE']),
    add('c', ['EPOLLIN'], 'EEXIST'),
    mod('c', ['EPOLLIN'], 'EINVAL'),
    wait({ c: ['EPOLLIN'] }),
    del('c'),
    nothing('0s'),
    add('c', []),
    nothing('0s'),
    mod('c', ['EPOLLIN', 'EPOLLEXCLUSIVE'], 'EINVAL'),
    mod('c', ['EPOLLIN']),
    { close: 'c' },
    nothing('0s'),
    { epoll_wait: { epoll: 'x', errno: 'EBADF' } },
    { epoll_wait: { epoll: 'e', max: 0, errno: 'EINVAL' } },
    { socket: 'd' },
    { epoll_wait: { epoll: 'd', errno: 'EINVAL' } },
    { listen: { fd: 'e', backlog: 1, errno: 'ENOTSOCK' } },
    add('d', []),
    wait({ d: ['EPOLLHUP'] }, '0s'),
    { close: 'e' },
    { epoll_wait: { epoll: 'e', errno: 'EBADF' } },
  ],
);

const listener: ReadinessCase = pair(
  'a listener is readable while connections wait, and a stale wake-up yields nothing',
  SHEET,
  [
    { nonblock: 's' },
    { epoll_create: 'e' },
    add('s', ['EPOLLIN']),
    nothing('0s'),
    wait({ s: ['EPOLLIN'] }, '100ms'),
    { accept: { fd: 's', as: 'c' } },
    nothing(),
    { accept: { fd: 's', as: 'd', errno: 'EAGAIN' } },
    { shutdown: { fd: 's', how: 'SHUT_RD' } },
    wait({ s: ['EPOLLHUP'] }, '0s'),
    HOLD,
  ],
  [{ socket: 'c' }, { connect: { fd: 'c', ...connectTo } }, HOLD],
);

export const EPOLL_CASES: readonly ReadinessCase[] = [edge, reset, space, level, oneshot, members, listener];
