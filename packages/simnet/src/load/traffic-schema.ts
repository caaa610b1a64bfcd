// Reads what happens on the connections of a workload, and where they go.

import type { AddressFamily } from '@halfopen/engine';
import { endpoint, family } from '../place-readers.ts';
import { bindPlace, closeHow, options } from '../program-schema.ts';
import { duration, Fields, integer, oneOf, oneOrMore, type Reader, size } from '../readers.ts';
import { refuse } from '../scenario-error.ts';
import type { PoolSpec, TrafficSpec } from './spec.ts';

export const TRAFFIC_KEYS = [
  'to',
  'choose',
  'family',
  'bind',
  'options',
  'timeout',
  'connection',
  'pool',
  'requests',
  'gap',
  'request',
  'reply',
  'cpu',
  'keepOpen',
  'closes',
  'close',
] as const;

const POOL_MAX = 1_000_000;
const TARGETS_MAX = 10_000;
const poolSize = integer(1, POOL_MAX, 'connections');
/** Connections of a pool whose size a document leaves out. */
const POOL_SIZE = 10;

const poolSpec: Reader<PoolSpec> = (value, path) => {
  if (typeof value === 'number') {
    const all = poolSize(value, path);
    return { size: all, idle: all };
  }
  const f = new Fields(
    value,
    path,
    ['size', 'idle'],
    'a number of connections, or a pool such as { size: 50, idle: 2 }',
  );
  const all = f.get('size', poolSize);
  return { size: all, idle: f.or('idle', integer(0, all, 'connections'), all) };
};

function pool(f: Fields): PoolSpec | null {
  const word = f.or('connection', oneOf(['short', 'pooled'] as const), f.has('pool') ? 'pooled' : 'short');
  if (word === 'short')
    return f.has('pool') ? refuse(f.at('pool'), 'no pool beside connection: short', f.raw('pool')) : null;
  return f.or('pool', poolSpec, { size: POOL_SIZE, idle: POOL_SIZE });
}

/** The fields of a workload, or of a call, that are about its connections. */
export function traffic(f: Fields, hosts: readonly string[], name: string): TrafficSpec {
  const to = f.get('to', oneOrMore(endpoint(hosts)));
  if (to.length === 0 || to.length > TARGETS_MAX)
    refuse(f.at('to'), `1 to ${TARGETS_MAX} destinations`, f.raw('to'));
  const bind = f.or('bind', bindPlace, null);
  const six = to.some(({ host }) => host.includes(':')) || bind?.address?.includes(':') === true;
  const spoken: AddressFamily = six ? 'AF_INET6' : 'AF_INET';
  return {
    name,
    family: f.or('family', family, spoken),
    to,
    choose: f.or('choose', oneOf(['round-robin', 'random', 'hash'] as const), 'round-robin'),
    bind,
    options: f.or('options', options, []),
    timeoutNs: f.or('timeout', duration, null),
    pool: pool(f),
    requests: f.or('requests', integer(1, 1_000_000_000, 'requests'), 1),
    gapNs: f.or('gap', duration, 0),
    requestBytes: f.or('request', size, 0),
    replyBytes: f.or('reply', size, 0),
    cpuNs: f.or('cpu', duration, 0),
    keepOpenNs: f.or('keepOpen', duration, 0),
    closes: f.or('closes', oneOf(['client', 'server'] as const), 'client'),
    close: f.or('close', closeHow, 'close'),
  };
}
