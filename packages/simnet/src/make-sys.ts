// `Sys` as a program sees it: each call becomes a record that the process hands to the world.

import type { SockOptionName, SockOptionValue } from '@halfopen/engine';
import type { Call } from './call.ts';
import type { Sys } from './sys.ts';

/** What stands behind the calls. */
export interface Calls {
  now(): number;
  random(): number;
  log(text: string): void;
  invoke(call: Call): Promise<unknown>;
}

/** The system calls as a program sees them. */
export function makeSys({ now, random, log, invoke }: Calls): Sys {
  const run = <T>(call: Call): Promise<T> => invoke(call) as Promise<T>;
  return {
    now,
    random,
    log,
    sleep: (ns) => run({ name: 'sleep', ns }),
    compute: (ns) => run({ name: 'compute', ns }),
    socket: (family = 'AF_INET', options = {}) =>
      run({ name: 'socket', family, nonblock: options.nonblock === true }),
    bind: (fd, at) => run({ name: 'bind', fd, at }),
    listen: (fd, backlog) => run({ name: 'listen', fd, backlog }),
    connect: (fd, to) => run({ name: 'connect', fd, to }),
    disconnect: (fd) => run({ name: 'disconnect', fd }),
    accept: (fd, options = {}) => run({ name: 'accept', fd, nonblock: options.nonblock === true }),
    send: (fd, data, flags = {}) => run({ name: 'send', fd, data, flags }),
    recv: (fd, length, flags = {}) => run({ name: 'recv', fd, length, flags }),
    shutdown: (fd, how) => run({ name: 'shutdown', fd, how }),
    close: (fd) => run({ name: 'close', fd }),
    poll: (requests, timeoutNs) => run({ name: 'poll', requests, timeoutNs }),
    give: (fd) => run({ name: 'give', fd }),
    take: () => run({ name: 'take' }),
    epollCreate: () => run({ name: 'epollCreate' }),
    epollCtl: (epfd, op, fd, events = 0, data = fd) => run({ name: 'epollCtl', epfd, op, fd, events, data }),
    epollWait: (epfd, maxEvents, timeoutNs) => run({ name: 'epollWait', epfd, maxEvents, timeoutNs }),
    getsockname: (fd) => run({ name: 'getsockname', fd }),
    getpeername: (fd) => run({ name: 'getpeername', fd }),
    setsockopt: (fd, option, value) =>
      run({ name: 'setsockopt', fd, option, value: value as SockOptionValue<SockOptionName> }),
    getsockopt: (fd, option) => run({ name: 'getsockopt', fd, option }),
    setNonblocking: (fd, on) => run({ name: 'setNonblocking', fd, on }),
    sigaction: (signal, handler, flags = {}) => run({ name: 'sigaction', signal, handler, flags }),
    kill: (process, signal) => run({ name: 'kill', process, signal }),
  };
}
