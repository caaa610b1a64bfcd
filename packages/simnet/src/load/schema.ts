// Reads the workloads of a scenario document. What a workload does is told by one key: rate, users, hold or serve.

import { checkName, hostName } from '../place-readers.ts';
import { backlog, closeHow, listening } from '../program-schema.ts';
import { duration, Fields, flag, integer, list, oneOf, type Reader, size, text } from '../readers.ts';
import { refuse, type ScenarioPath } from '../scenario-error.ts';
import { pauses } from './pause-schema.ts';
import { rate } from './rate-schema.ts';
import type { ClosedSpec, HoldSpec, OpenSpec, ServeSpec, TrafficSpec, WorkloadSpec } from './spec.ts';
import { TRAFFIC_KEYS, traffic } from './traffic-schema.ts';

const BASE_KEYS = ['name', 'host', 'start', 'nofile', 'stall', 'cpuMax'];
const KEYS = {
  rate: [...BASE_KEYS, ...TRAFFIC_KEYS, 'rate', 'ramp', 'arrivals', 'count', 'for'],
  users: [...BASE_KEYS, ...TRAFFIC_KEYS, 'users', 'think', 'arrivals', 'spread', 'count', 'for'],
  hold: [
    ...BASE_KEYS,
    ...TRAFFIC_KEYS.filter((k) => !['close', 'closes', 'keepOpen', 'connection', 'pool'].includes(k)),
    'hold',
    'parallel',
  ],
  serve: [
    ...BASE_KEYS,
    'serve',
    'family',
    'address',
    'backlog',
    'options',
    'style',
    'workers',
    'acceptFrom',
    'acceptEvery',
    'request',
    'reply',
    'cpu',
    'think',
    'keepAlive',
    'close',
    'calls',
  ],
} as const;
type KindKey = keyof typeof KEYS;
const KIND_KEYS = Object.keys(KEYS) as KindKey[];

/** Bounds: a run must end, and a scenario that asks for more is a mistake. */
const USERS_MAX = 1_000_000;
const HOLD_MAX = 4_000_000;
const WORKERS_MAX = 100_000;
const COUNT_MAX = 100_000_000;
/** What services and load generators are given: fs.nr_open. Source: sysctl_nr_open, fs/file.c v6.18. */
const NOFILE = 1_048_576;

const base = (f: Fields, hosts: readonly string[]) => {
  const name = f.get('name', text);
  checkName(name, f.at('name'), 'a workload name');
  return {
    name,
    host: f.get('host', hostName(hosts)),
    startNs: f.or('start', duration, 0),
    nofile: f.or('nofile', integer(4, NOFILE, 'descriptors'), NOFILE),
    pauses: pauses(f),
  };
};

const arrivals = oneOf(['constant', 'poisson'] as const);
const ending = (f: Fields) => ({
  count: f.or('count', integer(1, COUNT_MAX, 'sessions'), null),
  forNs: f.or('for', duration, null),
});

function open(f: Fields, hosts: readonly string[]): OpenSpec {
  const common = base(f, hosts);
  return {
    kind: 'open',
    ...common,
    traffic: traffic(f, hosts, common.name),
    rate: f.get('rate', rate),
    ramp: f.or('ramp', flag, false),
    arrivals: f.or('arrivals', arrivals, 'constant'),
    ...ending(f),
  };
}

function closed(f: Fields, hosts: readonly string[]): ClosedSpec {
  const common = base(f, hosts);
  const think = f.or('think', duration, 0);
  const alone = traffic(f, hosts, common.name);
  if (
    alone.requestBytes === 0 &&
    alone.replyBytes === 0 &&
    think === 0 &&
    alone.keepOpenNs === 0 &&
    !f.has('count')
  )
    refuse(f.at('think'), 'a think time, or a count, for users that only connect', undefined);
  return {
    kind: 'closed',
    ...common,
    traffic: alone,
    users: f.get('users', integer(1, USERS_MAX, 'users')),
    thinkNs: think,
    arrivals: f.or('arrivals', arrivals, 'constant'),
    spreadNs: f.or('spread', duration, 0),
    ...ending(f),
  };
}

/** Connects under way at once when a document names no number. */
const PARALLEL = 64;

function hold(f: Fields, hosts: readonly string[]): HoldSpec {
  const common = base(f, hosts);
  return {
    kind: 'hold',
    ...common,
    traffic: { ...traffic(f, hosts, common.name), close: 'never' },
    count: f.get('hold', integer(1, HOLD_MAX, 'connections')),
    parallel: f.or('parallel', integer(1, WORKERS_MAX, 'connections'), PARALLEL),
  };
}

/** `true`: as many requests as the client makes; a number: so many. */
const keepAlive: Reader<number | null> = (value, path) => {
  if (value === true) return null;
  if (value === false) return 1;
  return integer(1, COUNT_MAX, 'true, false, or requests')(value, path);
};

/** One call, or a list. */
const calls =
  (hosts: readonly string[], server: string): Reader<TrafficSpec[]> =>
  (value, path) => {
    const one = (entry: unknown, at: ScenarioPath): TrafficSpec => {
      const f = new Fields(
        entry,
        at,
        ['name', ...TRAFFIC_KEYS],
        "a call such as { to: 'redis:6379', request: 50, reply: 50 }",
      );
      const name = f.has('name') ? f.get('name', text) : '';
      if (name !== '') checkName(name, f.at('name'), 'a name');
      const read = traffic(f, hosts, name);
      const target = read.to[0]?.host ?? '';
      const made = `${server}-${/^[A-Za-z]/.test(target) ? target : 'calls'}`.slice(0, 31);
      return name === '' ? { ...read, name: made } : read;
    };
    return Array.isArray(value) ? list(one, 'a list of calls')(value, path) : [one(value, path)];
  };

function serve(f: Fields, hosts: readonly string[]): ServeSpec {
  const common = base(f, hosts);
  const { port, ...listen } = listening(f, 'serve');
  if (f.raw('style') === 'events') {
    // A loop that waited for another server would serve nobody meanwhile.
    for (const key of ['calls', 'acceptFrom', 'acceptEvery'])
      if (f.has(key)) refuse(f.at(key), `no ${key} beside style: events`, f.raw(key));
  }
  return {
    kind: 'serve',
    ...common,
    ...listen,
    port,
    backlog: f.or('backlog', backlog, 4096),
    style: f.or('style', oneOf(['workers', 'threads', 'events'] as const), 'workers'),
    workers: f.or('workers', integer(1, WORKERS_MAX, 'workers'), 1),
    acceptFromNs: f.or('acceptFrom', duration, 0),
    acceptEveryNs: f.or('acceptEvery', duration, 0),
    requestBytes: f.or('request', size, 0),
    replyBytes: f.or('reply', size, 0),
    cpuNs: f.or('cpu', duration, 0),
    thinkNs: f.or('think', duration, 0),
    requests: f.or('keepAlive', keepAlive, 1),
    close: f.or('close', closeHow, 'close'),
    calls: f.or('calls', calls(hosts, common.name), []),
  };
}

const READ: { readonly [K in KindKey]: (f: Fields, hosts: readonly string[]) => WorkloadSpec } = {
  rate: open,
  users: closed,
  hold,
  serve,
};

const workload =
  (hosts: readonly string[]): Reader<WorkloadSpec> =>
  (value, path) => {
    const example = "a workload such as { name: users, host: client, rate: 200, to: 'server:80' }";
    const all = [...new Set(Object.values(KEYS).flat())];
    const any = new Fields(value, path, all, example);
    const given = KIND_KEYS.filter((key) => any.has(key));
    const kind = given[0];
    if (kind === undefined) return refuse(path, `one of the keys ${KIND_KEYS.join(', ')}`, undefined);
    if (given.length > 1)
      refuse(any.at(given[1] as string), `only one of ${KIND_KEYS.join(', ')}`, any.raw(given[1] as string));
    return READ[kind](new Fields(value, path, KEYS[kind], 'a workload'), hosts);
  };

/** Reads the workloads; `taken` are names that processes have. */
export const workloads =
  (hosts: readonly string[], taken: readonly string[]): Reader<WorkloadSpec[]> =>
  (value, path) => {
    const all = list(workload(hosts), 'a list of workloads')(value, path);
    const names = new Set(taken);
    all.forEach((spec, i) => {
      const own = spec.kind === 'serve' ? spec.calls.map((c) => c.name) : [];
      for (const [n, name] of [spec.name, ...own].entries()) {
        const at = n === 0 ? 'name' : 'calls';
        if (names.has(name)) refuse([...path, i, at], 'a name that nothing else has', name);
        names.add(name);
      }
    });
    return all;
  };
