// Builds the packets that a scenario injects. They come from nobody's kernel: a spoofed source never answers, and a
// segment can carry the numbers of a connection that it does not belong to.

import {
  type Addr,
  addr,
  cloneSegment,
  type IcmpMessage,
  icmpError,
  isV4,
  type Packet,
  parseAddr,
  parseSegment,
  type Segment,
  setDestination,
  setSource,
} from '@halfopen/engine';
import type { IcmpErrorName, InjectSpec, Scenario } from './scenario.ts';
import { baseFor, type SequenceTracker } from './sequence-numbers.ts';

/** The last segment that each host sent to each `address:port`, and to each address. */
export type LastSent = Map<string, Segment>;

/** What an injection is built from. */
export interface InjectContext {
  readonly scenario: Scenario;
  readonly tracker: SequenceTracker;
  readonly lastSent: LastSent;
}

/** ICMP and ICMPv6 type and code. Source: include/uapi/linux/icmp.h, icmpv6.h v6.18. */
const ICMP_ERRORS: {
  readonly [N in IcmpErrorName]: readonly [v4: readonly [number, number], v6: readonly [number, number]];
} = {
  'net-unreachable': [
    [3, 0],
    [1, 0],
  ],
  'host-unreachable': [
    [3, 1],
    [1, 3],
  ],
  'protocol-unreachable': [
    [3, 2],
    [4, 1],
  ],
  'port-unreachable': [
    [3, 3],
    [1, 4],
  ],
  'fragmentation-needed': [
    [3, 4],
    [2, 0],
  ],
  'admin-prohibited': [
    [3, 13],
    [1, 1],
  ],
  'time-exceeded': [
    [11, 0],
    [3, 0],
  ],
  'parameter-problem': [
    [12, 0],
    [4, 0],
  ],
};

/** The address of a host in a family (its first), or the address itself; null when the host has none. */
export function addressOf(scenario: Scenario, name: string, family: 'AF_INET' | 'AF_INET6'): string | null {
  if (parseAddr(name) !== null) return name;
  const host = scenario.hosts.find((h) => h.name === name);
  const fits = host?.addresses.find(({ address }) => address.includes(':') === (family === 'AF_INET6'));
  return fits?.address ?? null;
}

/** `by` added to the last word of an address. */
const stepAddress = (a: Addr, by: number): Addr => addr(a.w0, a.w1, a.w2, (a.w3 + by) | 0);

const stepPort = (port: number, by: number): number => ((((port - 1 + by) % 65535) + 65535) % 65535) + 1;

/** Key of LastSent. */
export const lastSentKey = (host: string, address: string, port: number | null): string =>
  `${host} ${address}${port === null ? '' : ` ${port}`}`;

/** The name of the host that has this address, or the address. */
const ownerOf = (scenario: Scenario, name: string): string =>
  scenario.hosts.find((h) => h.name === name || h.addresses.some(({ address }) => address === name))?.name ??
  name;

function icmp(
  spec: InjectSpec,
  what: InjectSpec['what'] & { kind: 'icmp' },
  c: InjectContext,
): IcmpMessage | string {
  const about = addressOf(c.scenario, what.about.host, spec.family);
  const source = parseAddr(addressOf(c.scenario, spec.from.host, spec.family) ?? '');
  if (about === null || source === null) return 'no such address';
  const original = c.lastSent.get(lastSentKey(ownerOf(c.scenario, spec.to.host), about, what.about.port));
  if (original === undefined) return `${spec.to.host} has sent nothing to ${what.about.host}`;
  const [v4, v6] = ICMP_ERRORS[what.error];
  const [type, code] = isV4(source) ? v4 : v6;
  return icmpError({ type, code, info: what.mtu, original, source });
}

/** A flood has one text for all its packets. */
let lastText = '';
let lastParsed: ReturnType<typeof parseSegment> | null = null;

function parsedText(text: string): ReturnType<typeof parseSegment> {
  if (lastParsed === null || text !== lastText) lastParsed = parseSegment(text);
  lastText = text;
  return lastParsed;
}

function segment(
  spec: InjectSpec,
  what: InjectSpec['what'] & { kind: 'segment' },
  n: number,
  c: InjectContext,
): Segment | string {
  const parsed = parsedText(what.text);
  const from = addressOf(c.scenario, spec.from.host, spec.family);
  const to = parseAddr(addressOf(c.scenario, spec.to.host, spec.family) ?? '');
  const source = parseAddr(from ?? '');
  if (!parsed.ok) return parsed.message;
  if (source === null || to === null || from === null) return 'no such address';
  const last = c.lastSent.get(lastSentKey(ownerOf(c.scenario, spec.to.host), from, spec.from.port));
  const ports = { source: spec.from.port ?? last?.dport, destination: spec.to.port ?? last?.sport };
  if (ports.source === undefined || ports.destination === undefined)
    return `${spec.to.host} has sent nothing to ${spec.from.host}`;
  const out = cloneSegment(parsed.segment);
  setSource(out, stepAddress(source, spec.step.address * n));
  setDestination(out, to);
  out.sport = stepPort(ports.source, spec.step.port * n);
  out.dport = ports.destination;
  const base = what.relative ? baseFor(c.tracker, out) : {};
  out.seq = (out.seq + (base.seqBase ?? 0) + spec.step.seq * n) | 0;
  out.ack = parsed.given.ack ? (out.ack + (base.ackBase ?? 0)) | 0 : 0;
  return out;
}

/** Packet `n` (from 0) of an injection, or why there is none. */
export function buildInjection(spec: InjectSpec, n: number, context: InjectContext): Packet | string {
  return spec.what.kind === 'icmp' ? icmp(spec, spec.what, context) : segment(spec, spec.what, n, context);
}
