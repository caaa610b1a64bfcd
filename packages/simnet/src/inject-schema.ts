// Reads injections: crafted segments in packetdrill notation, and ICMP errors.

import { parseSegment } from '@halfopen/engine';
import { address, endpoint, family, place } from './place-readers.ts';
import { duration, Fields, integer, oneOf, positiveDuration, type Reader, text } from './readers.ts';
import type { IcmpErrorName, InjectSpec } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';

const KEYS = [
  'at',
  'from',
  'to',
  'segment',
  'icmp',
  'about',
  'mtu',
  'family',
  'relative',
  'count',
  'interval',
  'step',
];
const ICMP_ERRORS: readonly IcmpErrorName[] = [
  'net-unreachable',
  'host-unreachable',
  'protocol-unreachable',
  'port-unreachable',
  'fragmentation-needed',
  'admin-prohibited',
  'time-exceeded',
  'parameter-problem',
];

const stepSize = integer(-1_000_000_000, 1_000_000_000, 'a step');

const step: Reader<InjectSpec['step']> = (value, path) => {
  const f = new Fields(value, path, ['address', 'port', 'seq'], 'a step such as { address: 1, port: 1 }');
  return {
    address: f.or('address', stepSize, 0),
    port: f.or('port', stepSize, 0),
    seq: f.or('seq', stepSize, 0),
  };
};

/** A segment in packetdrill notation. */
const segmentText: Reader<string> = (value, path) => {
  const parsed = parseSegment(text(value, path));
  if (parsed.ok) return value as string;
  return refuse(
    path,
    `a segment as packetdrill writes it: ${parsed.expected} at column ${parsed.column}`,
    value,
  );
};

function readWhat(f: Fields, names: readonly string[], portsGiven: boolean): InjectSpec['what'] {
  if (f.has('segment')) {
    for (const key of ['icmp', 'about', 'mtu']) {
      if (f.has(key)) refuse(f.at(key), `no ${key} beside segment`, f.raw(key));
    }
    const relative = f.or(
      'relative',
      (v, p) => (typeof v === 'boolean' ? v : refuse(p, 'true or false', v)),
      !portsGiven,
    );
    return { kind: 'segment', text: f.get('segment', segmentText), relative };
  }
  if (!f.has('icmp')) return refuse(f.path, 'a segment or an icmp error', undefined);
  return {
    kind: 'icmp',
    error: f.get('icmp', oneOf(ICMP_ERRORS)),
    mtu: f.or('mtu', integer(0, 65535, 'an MTU, bytes,'), 0),
    about: f.get('about', place(names)),
  };
}

const FLOOD_KEYS = ['synFlood', 'at', 'perSecond', 'for', 'from', 'family'];
/** Packets of one flood at most. */
const FLOOD_MAX = 10_000_000;
/** First source when a document names none: networks for benchmarks. Source: RFC 2544 appendix C, RFC 5180 section 8. */
const FLOOD_FROM = { AF_INET: '198.18.0.1', AF_INET6: '2001:2::1' } as const;
/** As flooding tools send them: a size of segment, nothing else. */
const FLOOD_SYN = 'S 0:0(0) win 65535 <mss 1460>';

/** A SYN flood: each packet from an address, a port and a sequence number of its own, and none of them answers. */
function flood(value: unknown, path: ScenarioPath, names: readonly string[]): InjectSpec {
  const example = "a flood such as { synFlood: 'server:80', at: 1s, perSecond: 1000, for: 10s }";
  const f = new Fields(value, path, FLOOD_KEYS, example);
  const to = f.get('synFlood', endpoint(names));
  const first = f.or('from', address, null);
  const six = first?.includes(':') === true || to.host.includes(':');
  const spoken = f.or('family', family, six ? 'AF_INET6' : 'AF_INET');
  const perSecond = f.get('perSecond', integer(1, 1_000_000, 'packets a second'));
  const forNs = f.get('for', positiveDuration);
  const count = Math.ceil((perSecond * forNs) / 1e9);
  if (count > FLOOD_MAX) refuse(f.at('for'), `at most ${FLOOD_MAX} packets in all`, count);
  return {
    atNs: f.get('at', duration),
    from: { host: first ?? FLOOD_FROM[spoken], port: 1024 },
    to,
    family: spoken,
    what: { kind: 'segment', text: FLOOD_SYN, relative: false },
    count,
    intervalNs: Math.round(1e9 / perSecond),
    step: { address: 1, port: 1, seq: 64_021 },
  };
}

const isFlood = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, 'synFlood');

export const injection =
  (names: readonly string[]): Reader<InjectSpec> =>
  (value, path) => {
    if (isFlood(value)) return flood(value, path, names);
    const example =
      "an injection such as { at: 1s, from: '203.0.113.1:1024', to: 'server:80', segment: 'S 0:0(0) win 65535' }";
    const f = new Fields(value, path, KEYS, example);
    const from = f.get('from', place(names));
    const to = f.get('to', place(names));
    return {
      atNs: f.get('at', duration),
      from,
      to,
      family: f.or(
        'family',
        family,
        from.host.includes(':') || to.host.includes(':') ? 'AF_INET6' : 'AF_INET',
      ),
      what: readWhat(f, names, from.port !== null && to.port !== null),
      count: f.or('count', integer(1, 10_000_000, 'packets'), 1),
      intervalNs: f.or('interval', duration, 0),
      step: f.or('step', step, { address: 0, port: 0, seq: 0 }),
    };
  };
