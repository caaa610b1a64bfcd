// Reads the steps of a `steps` program: one system call each, the key its name.

import { ERRNO, type Errno, SOCK_OPTION_NAMES, type SockOptionName } from '@halfopen/engine';
import { MSG_NAMES } from './call.ts';
import { address, endpoint, family, portOrZero } from './place-readers.ts';
import { EPOLL_BITS, POLL_BITS } from './poll-bits.ts';
import type { Step } from './program-spec.ts';
import {
  duration,
  entries,
  Fields,
  flag,
  integer,
  list,
  meant,
  oneOf,
  type Reader,
  size,
  text,
} from './readers.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';
import { SIGNAL_HANDLERS } from './signal.ts';
import { signalName } from './signal-schema.ts';

const ERRNOS = Object.keys(ERRNO) as Errno[];
const INT_MAX = 2147483647;
/** Room for events that an epoll_wait step gives. */
const EPOLL_MAX_DEFAULT = 64;
const int = integer(-INT_MAX - 1, INT_MAX);
const bytesOrCount = integer(0, INT_MAX, 'a number');

/** A socket option that the engine has. */
export function optionName(name: string, path: ScenarioPath): SockOptionName {
  const found = SOCK_OPTION_NAMES.find((known) => known === name);
  return found ?? refuse(path, 'a socket option that the engine has', name, meant(name, SOCK_OPTION_NAMES));
}

/** Time-outs are durations (kept in ns), everything else an int; SO_LINGER is its seconds. */
export function optionValue(name: SockOptionName, value: unknown, path: ScenarioPath): number {
  return name === 'SO_RCVTIMEO' || name === 'SO_SNDTIMEO' ? duration(value, path) : int(value, path);
}

const fdName: Reader<string> = (value, path) => {
  const name = text(value, path);
  return /^[a-z]\w{0,15}$/i.test(name) ? name : refuse(path, 'a name for a descriptor, such as s', value);
};

type StepReader = (
  f: Fields,
  hosts: readonly string[],
) => Omit<Step, 'errno' | 'any'> & { readonly call: Step['call'] };

interface StepKind {
  /** Keys besides errno. */
  readonly keys: readonly string[];
  /** Key that a bare value stands for, or null when a mapping is needed. */
  readonly short: string | null;
  readonly read: StepReader;
}

const fdOf = (f: Fields): string => f.get('fd', fdName);

/** A list of bits by name. */
const bitsOf =
  <N extends string>(bits: { readonly [K in N]: number }): Reader<number> =>
  (value, path) =>
    list(oneOf(Object.keys(bits) as N[]))(value, path).reduce((mask, bit) => mask | bits[bit], 0);

const pollEvents = bitsOf(POLL_BITS);
const epollEvents = bitsOf(EPOLL_BITS);

/** `{ s: [EPOLLIN] }`: what epoll_wait() reports, in order. */
const reported = entries(
  (fd, value, path) => ({ fd: fdName(fd, path), events: epollEvents(value, path) }),
  'a mapping of descriptors to epoll events',
);

/** `flags: [MSG_PEEK]`: those that the call knows. */
function messageFlags<K extends keyof typeof MSG_NAMES>(
  f: Fields,
  known: readonly K[],
): { readonly [F in K]?: boolean } {
  const flag = oneOf<string>(known.map((key) => MSG_NAMES[key]));
  const names: readonly string[] = f.or('flags', list(flag), []);
  return Object.fromEntries(
    known.filter((key) => names.includes(MSG_NAMES[key])).map((key) => [key, true]),
  ) as {
    readonly [F in K]?: boolean;
  };
}

function readSend(f: Fields): Omit<Step & { call: 'send' }, 'errno' | 'any'> {
  const words = f.or('text', text, null);
  if (words !== null && f.has('bytes')) refuse(f.at('bytes'), 'either bytes or text', f.raw('bytes'));
  const bytes = words === null ? f.get('bytes', size) : words.length;
  const flags = messageFlags(f, ['more', 'dontWait', 'noSignal']);
  const expect = f.or('expect', bytesOrCount, null);
  return { call: 'send', fd: fdOf(f), bytes, text: words, all: f.or('all', flag, false), flags, expect };
}

const KINDS: { readonly [C in Step['call']]: StepKind } = {
  socket: {
    keys: ['fd', 'family', 'nonblock'],
    short: 'fd',
    read: (f) => ({
      call: 'socket',
      fd: fdOf(f),
      family: f.or('family', family, 'AF_INET'),
      nonblock: f.or('nonblock', flag, false),
    }),
  },
  bind: {
    keys: ['fd', 'address', 'port'],
    short: null,
    read: (f) => ({
      call: 'bind',
      fd: fdOf(f),
      address: f.or('address', address, null),
      port: f.or('port', portOrZero, 0),
    }),
  },
  listen: {
    keys: ['fd', 'backlog'],
    short: null,
    read: (f) => ({ call: 'listen', fd: fdOf(f), backlog: f.get('backlog', int) }),
  },
  connect: {
    keys: ['fd', 'to'],
    short: null,
    read: (f, hosts) => ({ call: 'connect', fd: fdOf(f), to: f.get('to', endpoint(hosts)) }),
  },
  accept: {
    keys: ['fd', 'as'],
    short: null,
    read: (f) => ({ call: 'accept', fd: fdOf(f), as: f.get('as', fdName) }),
  },
  send: { keys: ['fd', 'bytes', 'text', 'all', 'flags', 'expect'], short: null, read: readSend },
  recv: {
    keys: ['fd', 'bytes', 'all', 'flags', 'expect'],
    short: null,
    read: (f) => ({
      call: 'recv',
      fd: fdOf(f),
      bytes: f.get('bytes', size),
      all: f.or('all', flag, false),
      flags: messageFlags(f, ['peek', 'trunc', 'dontWait', 'waitAll']),
      expect: f.or('expect', bytesOrCount, null),
    }),
  },
  shutdown: {
    keys: ['fd', 'how'],
    short: null,
    read: (f) => ({
      call: 'shutdown',
      fd: fdOf(f),
      how: f.get('how', oneOf(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'] as const)),
    }),
  },
  disconnect: { keys: ['fd'], short: 'fd', read: (f) => ({ call: 'disconnect', fd: fdOf(f) }) },
  close: { keys: ['fd'], short: 'fd', read: (f) => ({ call: 'close', fd: fdOf(f) }) },
  setsockopt: {
    keys: ['fd', 'name', 'value'],
    short: null,
    read: (f) => {
      const name = optionName(f.get('name', text), f.at('name'));
      return {
        call: 'setsockopt',
        fd: fdOf(f),
        name,
        value: f.get('value', (v, p) => optionValue(name, v, p)),
      };
    },
  },
  nonblock: {
    keys: ['fd', 'on'],
    short: 'fd',
    read: (f) => ({ call: 'nonblock', fd: fdOf(f), on: f.or('on', flag, true) }),
  },
  poll: {
    keys: ['fd', 'events', 'timeout', 'expect'],
    short: null,
    read: (f) => ({
      call: 'poll',
      fd: fdOf(f),
      events: f.get('events', pollEvents),
      timeoutNs: f.or('timeout', duration, Number.MAX_SAFE_INTEGER),
      expect: f.or('expect', pollEvents, null),
    }),
  },
  epoll_create: { keys: ['fd'], short: 'fd', read: (f) => ({ call: 'epoll_create', fd: fdOf(f) }) },
  epoll_ctl: {
    keys: ['epoll', 'op', 'fd', 'events'],
    short: null,
    read: (f) => ({
      call: 'epoll_ctl',
      epoll: f.get('epoll', fdName),
      op: f.get('op', oneOf(['ADD', 'MOD', 'DEL'] as const)),
      fd: fdOf(f),
      events: f.or('events', epollEvents, 0),
    }),
  },
  epoll_wait: {
    keys: ['epoll', 'max', 'timeout', 'expect'],
    short: 'epoll',
    read: (f) => ({
      call: 'epoll_wait',
      epoll: f.get('epoll', fdName),
      max: f.or('max', int, EPOLL_MAX_DEFAULT),
      timeoutNs: f.or('timeout', duration, Number.MAX_SAFE_INTEGER),
      expect: f.or('expect', reported, null),
    }),
  },
  compute: { keys: ['for'], short: 'for', read: (f) => ({ call: 'compute', forNs: f.get('for', duration) }) },
  sleep: { keys: ['for'], short: 'for', read: (f) => ({ call: 'sleep', forNs: f.get('for', duration) }) },
  until: { keys: ['at'], short: 'at', read: (f) => ({ call: 'until', atNs: f.get('at', duration) }) },
  use: {
    keys: ['fd', 'number'],
    short: null,
    read: (f) => ({ call: 'use', fd: fdOf(f), number: f.get('number', integer(0, INT_MAX, 'a descriptor')) }),
  },
  sigaction: {
    keys: ['signal', 'handler', 'flags'],
    short: null,
    read: (f) => ({
      call: 'sigaction',
      signal: f.get('signal', signalName),
      handler: f.get('handler', oneOf(SIGNAL_HANDLERS)),
      flags: { restart: f.or('flags', list(oneOf(['SA_RESTART'] as const)), []).length > 0 },
    }),
  },
  kill: {
    keys: ['process', 'signal'],
    short: null,
    read: (f) => ({ call: 'kill', process: f.get('process', text), signal: f.get('signal', signalName) }),
  },
  log: { keys: ['text'], short: 'text', read: (f) => ({ call: 'log', text: f.get('text', text) }) },
};

const CALLS = Object.keys(KINDS) as Step['call'][];
const EXAMPLE = 'a step such as { connect: { fd: s, to: server:80 } }';

/** Reads one step: a mapping with one key, the call. */
export const step =
  (hosts: readonly string[]): Reader<Step> =>
  (value, path) => {
    const outer = new Fields(value, path, CALLS, EXAMPLE);
    const calls = CALLS.filter((call) => outer.has(call));
    const call = calls[0];
    if (call === undefined || calls.length > 1)
      return refuse(path, 'one system call', calls.length === 0 ? undefined : calls.join(' and '));
    const kind = KINDS[call];
    const given = outer.raw(call);
    const bare = kind.short !== null && (typeof given !== 'object' || given === null);
    const inner = bare ? { [kind.short as string]: given } : given;
    const f = new Fields(
      inner,
      outer.at(call),
      [...kind.keys, 'errno', 'any'],
      `a mapping of ${kind.keys.join(', ')}`,
    );
    return {
      ...kind.read(f, hosts),
      errno: f.or('errno', oneOf(ERRNOS), null),
      any: f.or('any', flag, false),
    } as Step;
  };
