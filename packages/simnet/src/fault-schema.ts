// Reads fault rules: `{ drop: syn, from: client, to: server, first: 2 }`. One key names the action, its value what the
// rule looks for.

import { parseAddr } from '@halfopen/engine';
import { hostName, port } from './place-readers.ts';
import {
  duration,
  Fields,
  integer,
  list,
  meant,
  oneOf,
  oneOrMore,
  positiveDuration,
  probability,
  type Reader,
  text,
} from './readers.ts';
import type { FaultAction, FaultMatch, FaultSpec, FaultWhich } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';
import { formatDuration } from './units.ts';

const ACTIONS = ['drop', 'delay', 'duplicate', 'corrupt', 'reorder', 'partition'] as const;
const MATCHES: readonly FaultMatch[] = [
  'any',
  'syn',
  'syn-ack',
  'ack',
  'third-ack',
  'data',
  'fin',
  'rst',
  'icmp',
];
const KEYS = [
  ...ACTIONS,
  'by',
  'copies',
  'behind',
  'from',
  'to',
  'port',
  'sourcePort',
  'nth',
  'first',
  'every',
  'during',
  'probability',
  'text',
];
const EXAMPLE = 'a fault such as { drop: syn, from: client, to: server, nth: 1 }';

/** A packet held back by `reorder` goes on after this time when too few follow, ns. */
const REORDER_WAIT_NS = 10_000_000;

/** [from, until) as two durations; ns. */
const span: Reader<{ fromNs: number; untilNs: number }> = (value, path) => {
  const ends = list(duration, 'two times such as [1s, 3s]')(value, path);
  const [fromNs, untilNs] = ends;
  if (ends.length !== 2 || fromNs === undefined || untilNs === undefined || fromNs >= untilNs) {
    return refuse(path, 'two times, the first before the second', value);
  }
  return { fromNs, untilNs };
};

const number = integer(1, 1_000_000_000, 'a number');

function readWhich(f: Fields): FaultWhich {
  const used = ['nth', 'first', 'every'].filter((key) => f.has(key));
  if (used.length > 1)
    refuse(f.at(used[1] as string), `only one of nth, first and every`, f.raw(used[1] as string));
  if (f.has('nth')) return { kind: 'nth', numbers: f.get('nth', oneOrMore(number)) };
  if (f.has('first')) return { kind: 'first', count: f.get('first', number) };
  return f.has('every') ? { kind: 'every', step: f.get('every', number) } : { kind: 'all' };
}

function readAction(f: Fields, kind: (typeof ACTIONS)[number]): FaultAction {
  const only = (key: string, kinds: readonly string[]): void => {
    if (f.has(key) && !kinds.includes(kind)) refuse(f.at(key), `no ${key} with ${kind}`, f.raw(key));
  };
  only('by', ['delay', 'duplicate', 'reorder']);
  only('copies', ['duplicate']);
  only('behind', ['reorder']);
  switch (kind) {
    case 'delay':
      return { kind, byNs: f.get('by', positiveDuration) };
    case 'duplicate':
      return { kind, copies: f.or('copies', integer(1, 1000, 'copies'), 1), byNs: f.or('by', duration, 0) };
    case 'reorder':
      return {
        kind,
        behind: f.or('behind', integer(1, 1000, 'packets'), 1),
        byNs: f.or('by', positiveDuration, REORDER_WAIT_NS),
      };
    case 'corrupt':
      return { kind };
    default:
      return { kind: 'drop' };
  }
}

/** A host of the scenario, or the address of a source that is on no host. */
const end =
  (names: readonly string[]): Reader<string> =>
  (value, path) => {
    const name = text(value, path);
    if (names.includes(name) || parseAddr(name) !== null) return name;
    return refuse(path, `one of the hosts ${names.join(', ')}, or an address`, value, meant(name, names));
  };

function describeWhich(which: FaultWhich): string {
  if (which.kind === 'nth') return ` number ${which.numbers.join(', ')}`;
  if (which.kind === 'first') return which.count === 1 ? ' the first' : ` the first ${which.count}`;
  return which.kind === 'every' ? ` every ${which.step}th` : '';
}

function describeFault(spec: Omit<FaultSpec, 'text'>): string {
  const { kind } = spec.action;
  const way =
    spec.from === null && spec.to === null ? '' : ` from ${spec.from ?? 'any'} to ${spec.to ?? 'any'}`;
  const by = spec.action.kind === 'delay' ? ` by ${formatDuration(spec.action.byNs)}` : '';
  return `rule: ${kind} ${spec.match}${describeWhich(spec.which)}${by}${way}`;
}

function partition(f: Fields, names: readonly string[]): FaultSpec {
  const pair = f.get('partition', list(hostName(names), 'two hosts such as [client, server]'));
  const [from, to] = pair;
  if (from === undefined || to === undefined || pair.length !== 2) {
    return refuse(f.at('partition'), 'two hosts', f.raw('partition'));
  }
  for (const key of KEYS) {
    const fits = ['partition', 'during', 'text'].includes(key);
    if (f.has(key) && !fits) refuse(f.at(key), 'only during and text beside partition', f.raw(key));
  }
  return {
    action: { kind: 'drop' },
    match: 'any',
    from,
    to,
    bothWays: true,
    sourcePort: null,
    destinationPort: null,
    which: { kind: 'all' },
    during: f.or('during', span, { fromNs: 0, untilNs: Number.MAX_SAFE_INTEGER }),
    probability: 1,
    text: f.or('text', text, `partition of ${from} and ${to}`),
  };
}

export const fault =
  (names: readonly string[]): Reader<FaultSpec> =>
  (value, path: ScenarioPath) => {
    const f = new Fields(value, path, KEYS, EXAMPLE);
    const kinds = ACTIONS.filter((action) => f.has(action));
    const kind = kinds[0];
    if (kind === undefined || kinds.length > 1) {
      return refuse(
        path,
        `one action of ${ACTIONS.join(', ')}`,
        kinds.length === 0 ? undefined : kinds.join(' and '),
      );
    }
    if (kind === 'partition') return partition(f, names);
    const spec: Omit<FaultSpec, 'text'> = {
      action: readAction(f, kind),
      match: f.get(kind, oneOf(MATCHES)),
      from: f.or('from', end(names), null),
      to: f.or('to', end(names), null),
      bothWays: false,
      sourcePort: f.or('sourcePort', port, null),
      destinationPort: f.or('port', port, null),
      which: readWhich(f),
      during: f.or('during', span, { fromNs: 0, untilNs: Number.MAX_SAFE_INTEGER }),
      probability: f.or('probability', probability, 1),
    };
    return { ...spec, text: f.or('text', text, describeFault(spec)) };
  };
