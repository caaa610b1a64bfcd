// Reads the processes of a scenario document.

import type { AddressFamily } from '@halfopen/engine';
import {
  address,
  checkName,
  endpoint,
  family,
  hostName,
  parsePlace,
  port,
  portOrZero,
} from './place-readers.ts';
import type {
  ClientSpec,
  CloseHow,
  EchoSpec,
  OptionSpec,
  ProgramSpec,
  ServerSpec,
  StepsSpec,
  ThreadSpec,
} from './program-spec.ts';
import { duration, entries, Fields, flag, integer, list, oneOf, type Reader, size, text } from './readers.ts';
import type { ProcessSpec } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';
import { optionName, optionValue, step } from './step-schema.ts';

const PROGRAMS = ['server', 'client', 'echo', 'idle', 'steps', 'custom'] as const;
const CLOSES: readonly CloseHow[] = ['close', 'reset', 'never'];
export const closeHow = oneOf(CLOSES);

/** Connections that one client may make; more are a workload, not processes. */
const CONNECTIONS_MAX = 10_000;
/** Threads that serve, one connection each. */
const POOL_DEFAULT = 64;
/** Threads of one list of steps. */
const THREADS_MAX = 1000;
const BACKLOG_MAX = 2147483647;
/** The backlog that the classic server gives to listen(). */
const BACKLOG_DEFAULT = 128;

const COMMON_KEYS = ['host', 'name', 'start', 'program'];
const LISTEN_KEYS = [...COMMON_KEYS, 'family', 'address', 'port', 'backlog', 'options'];
const SERVER_KEYS = [
  ...LISTEN_KEYS,
  'style',
  'workers',
  'acceptFrom',
  'stall',
  'acceptEvery',
  'acceptMax',
  'request',
  'cpu',
  'think',
  'reply',
  'keepAlive',
  'close',
];
const CLIENT_KEYS = [
  ...COMMON_KEYS,
  'family',
  'to',
  'bind',
  'options',
  'count',
  'interval',
  'times',
  'gap',
  'request',
  'reply',
  'cpu',
  'requests',
  'hold',
  'close',
  'timeout',
];
const KEYS: { readonly [P in ProgramSpec['program']]: readonly string[] } = {
  server: SERVER_KEYS,
  client: CLIENT_KEYS,
  echo: LISTEN_KEYS,
  idle: COMMON_KEYS,
  steps: [...COMMON_KEYS, 'steps', 'threads'],
  custom: [...COMMON_KEYS, 'call'],
};

export const options: Reader<OptionSpec[]> = entries((key, value, path) => {
  const name = optionName(key, path);
  return { name, value: optionValue(name, value, path) };
}, 'a mapping of socket options to numbers');

export const backlog = integer(-BACKLOG_MAX, BACKLOG_MAX, 'a backlog');

const REUSE: readonly OptionSpec[] = [{ name: 'SO_REUSEADDR', value: 1 }];

/** `portKey`: the key that holds the port. */
export const listening = (f: Fields, portKey = 'port') => {
  const from = f.or('address', address, null);
  const spoken: AddressFamily = from?.includes(':') === true ? 'AF_INET6' : 'AF_INET';
  return {
    family: f.or('family', family, spoken),
    address: from,
    port: f.get(portKey, port),
    backlog: f.or('backlog', backlog, BACKLOG_DEFAULT),
    options: f.or('options', options, REUSE),
  };
};

const stall: Reader<{ atNs: number; forNs: number }> = (value, path) => {
  const f = new Fields(value, path, ['at', 'for'], 'a stall such as { at: 1s, for: 3s }');
  return { atNs: f.get('at', duration), forNs: f.get('for', duration) };
};

function server(f: Fields): ServerSpec {
  const style = f.or('style', oneOf(['serial', 'events', 'epoll', 'threads'] as const), 'serial');
  const workers = f.or('workers', integer(1, 1000, 'workers'), style === 'threads' ? POOL_DEFAULT : 1);
  if (workers > 1 && (style === 'events' || style === 'epoll'))
    refuse(f.at('workers'), `1 with style ${style}`, workers);
  return {
    program: 'server',
    ...listening(f),
    style,
    workers,
    acceptFromNs: f.or('acceptFrom', duration, 0),
    stalls: f.or('stall', list(stall), []),
    acceptEveryNs: f.or('acceptEvery', duration, 0),
    acceptMax: f.or('acceptMax', integer(0, 1_000_000_000, 'connections'), null),
    requestBytes: f.or('request', size, 0),
    cpuNs: f.or('cpu', duration, 0),
    thinkNs: f.or('think', duration, 0),
    replyBytes: f.or('reply', size, 0),
    keepAlive: f.or('keepAlive', flag, false),
    close: f.or('close', closeHow, 'close'),
  };
}

function echo(f: Fields): EchoSpec {
  return { program: 'echo', ...listening(f) };
}

/** A port, or an address and a port. */
export const bindPlace: Reader<ClientSpec['bind']> = (value, path) => {
  if (typeof value === 'number') return { address: null, port: portOrZero(value, path) };
  const found = parsePlace(text(value, path));
  if (found === null) return refuse(path, 'a port, or an address and a port such as 10.0.0.1:40000', value);
  return { address: address(found.host, path), port: found.port ?? 0 };
};

function pace(f: Fields): Pick<ClientSpec, 'count' | 'pace'> {
  const given = ['interval', 'times', 'gap'].filter((key) => f.has(key));
  if (given.length > 1)
    refuse(f.at(given[1] as string), 'only one of interval, times and gap', f.raw(given[1] as string));
  const count = f.or('count', integer(1, CONNECTIONS_MAX, 'connections'), null);
  if (f.has('times')) {
    if (count !== null) refuse(f.at('count'), 'no count beside times', count);
    const atNs = f.get('times', list(duration, 'a list of times'));
    if (atNs.length === 0 || atNs.length > CONNECTIONS_MAX)
      refuse(f.at('times'), `1 to ${CONNECTIONS_MAX} times`, f.raw('times'));
    return { count: atNs.length, pace: { kind: 'times', atNs } };
  }
  if (f.has('interval')) {
    const interval = f.get('interval', duration);
    const atNs = Array.from({ length: count ?? 1 }, (_, i) => i * interval);
    return { count: count ?? 1, pace: { kind: 'times', atNs } };
  }
  return { count: count ?? 1, pace: { kind: 'sequential', gapNs: f.or('gap', duration, 0) } };
}

function client(f: Fields, hosts: readonly string[]): ClientSpec {
  const to = f.get('to', endpoint(hosts));
  const bind = f.or('bind', bindPlace, null);
  const spoken: AddressFamily =
    to.host.includes(':') || bind?.address?.includes(':') === true ? 'AF_INET6' : 'AF_INET';
  return {
    program: 'client',
    family: f.or('family', family, spoken),
    to,
    bind,
    options: f.or('options', options, []),
    ...pace(f),
    requestBytes: f.or('request', size, 0),
    replyBytes: f.or('reply', size, 0),
    cpuNs: f.or('cpu', duration, 0),
    requests: f.or('requests', integer(1, 1_000_000, 'requests'), 1),
    holdNs: f.or('hold', duration, 0),
    close: f.or('close', closeHow, 'close'),
    timeoutNs: f.or('timeout', duration, null),
  };
}

function steps(f: Fields, hosts: readonly string[]): StepsSpec {
  const all = list(step(hosts), 'a list of steps');
  const thread: Reader<ThreadSpec> = (value, path) => {
    const t = new Fields(value, path, ['count', 'start', 'every', 'repeat', 'steps'], 'a thread with steps');
    return {
      count: t.or('count', integer(1, THREADS_MAX, 'threads'), 1),
      startNs: t.or('start', duration, 0),
      everyNs: t.or('every', duration, 0),
      repeat: t.or('repeat', integer(1, 1_000_000_000, 'a number'), 1),
      steps: t.get('steps', all),
    };
  };
  return { program: 'steps', steps: f.get('steps', all), threads: f.or('threads', list(thread), []) };
}

function readProgram(f: Fields, program: ProgramSpec['program'], hosts: readonly string[]): ProgramSpec {
  switch (program) {
    case 'server':
      return server(f);
    case 'client':
      return client(f, hosts);
    case 'echo':
      return echo(f);
    case 'idle':
      return { program };
    case 'steps':
      return steps(f, hosts);
    case 'custom':
      return { program, call: f.get('call', text) };
  }
}

/** One process; its name is empty when the document gives none. */
const process =
  (hosts: readonly string[]): Reader<ProcessSpec> =>
  (value, path) => {
    const all = [...new Set(Object.values(KEYS).flat())];
    const program = new Fields(
      value,
      path,
      all,
      'a process such as { host: server, program: server, port: 80 }',
    ).get('program', oneOf(PROGRAMS));
    const f = new Fields(value, path, KEYS[program], 'a process');
    const name = f.or('name', text, '');
    if (name !== '') checkName(name, f.at('name'), 'a process name');
    return {
      name,
      host: f.get('host', hostName(hosts)),
      startNs: f.or('start', duration, 0),
      program: readProgram(f, program, hosts),
    };
  };

/** Gives each process without a name that of its program, numbered when taken. */
function named(all: readonly ProcessSpec[], path: ScenarioPath): ProcessSpec[] {
  const taken = new Set<string>();
  all.forEach(({ name }, i) => {
    if (name !== '' && taken.has(name))
      refuse([...path, i, 'name'], 'a name that no other process has', name);
    if (name !== '') taken.add(name);
  });
  return all.map((spec) => {
    if (spec.name !== '') return spec;
    let name: string = spec.program.program;
    for (let n = 2; taken.has(name); n++) name = `${spec.program.program}-${n}`;
    taken.add(name);
    return { ...spec, name };
  });
}

export const processes =
  (hosts: readonly string[]): Reader<ProcessSpec[]> =>
  (value, path) =>
    named(list(process(hosts), 'a list of processes')(value, path), path);
