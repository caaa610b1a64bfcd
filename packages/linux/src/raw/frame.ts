// Segments as text with the numbers of raw-target.ts, for one host under test and one peer.

import {
  type Addr,
  formatSegment,
  icmpError,
  type Packet,
  parseAddr,
  parseSegment,
  RST,
  type Segment,
  SYN,
  setDestination,
  setSource,
  takeSegment,
  v4,
} from '@halfopen/engine';
import type { IcmpProbe } from './raw-target.ts';

function address(text: string): Addr {
  const parsed = parseAddr(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

/** The host under test, with its prefix length. */
export const SERVER = address('192.0.2.1');
export const PREFIX = 16;
/** What the TSval of our first SYN or SYN-ACK reads. */
const TIMESTAMP_ORIGIN = 1000;
/** No case lasts that long, ms. */
const TIMESTAMP_JUMP = 500_000_000;
/** An IP header and the first 8 bytes behind it, as RFC 792 has it. */
const QUOTE = 28;

/** Peer number `n`: 192.0.2.2, .3 and so on, within 192.0/16 and never a network's first or last address. */
export const peerAddress = (n: number): Addr =>
  v4((SERVER.w3 & 0xffff0000) | (((2 + Math.floor(n / 250)) & 0xff) << 8) | (2 + (n % 250)));

/** What stands in brackets behind a segment from the peer: its IP header, and whether its checksum is wrong. */
interface Brackets {
  readonly line: string;
  readonly from: Addr | undefined;
  readonly to: Addr | undefined;
  readonly tos: number;
}

/** `198.51.100.0/24` as address and length. Throws when it is neither. */
export function prefixOf(text: string): { readonly prefix: Addr; readonly length: number } {
  const [network = '', length = ''] = text.split('/');
  return { prefix: address(network), length: Number(length) };
}

/** Reads `[tos 0x10, from 203.0.113.9, to 192.0.255.255, bad checksum]`, each part at will. Throws on anything else. */
function brackets(text: string): Brackets {
  const [, line = text, inside = ''] = /^(.*?)\s*\[([^\]]*)\]$/.exec(text) ?? [];
  const found: { [word: string]: string } = {};
  for (const part of inside.split(',')) {
    const [, word, value = ''] = /^\s*(tos|from|to|bad checksum)(?: (\S+))?\s*$/.exec(part) ?? [];
    if (word !== undefined) found[word] = value;
    else if (inside !== '') throw new Error(`${text}: what is '${part}'?`);
  }
  const { from, to, tos } = found;
  return {
    line,
    from: from === undefined ? undefined : address(from),
    to: to === undefined ? undefined : address(to),
    tos: Number(tos ?? 0),
  };
}

/** Whether the text asks for a TCP checksum that is wrong. */
export const isCorrupt = (text: string): boolean => /\[[^\]]*bad checksum[^\]]*\]$/.test(text);

/** Spoils the TCP checksum of an IPv4 packet without options. */
export function corrupt(bytes: Uint8Array): Uint8Array {
  bytes[36] = (bytes[36] as number) ^ 0x55;
  return bytes;
}

const pairKey = (port: number, ours: number): number => port * 65536 + ours;

export class Frame {
  private readonly peer: Addr;
  /** Our ISN, and our first TSval, by both ports: several of our sockets may have been at one port of the peer. */
  private readonly iss = new Map<number, number>();
  private readonly tsval = new Map<number, number>();
  /** From where we sent the last SYN or SYN-ACK to a port of the peer. */
  private readonly latest = new Map<number, number>();

  constructor(peer: Addr) {
    this.peer = peer;
  }

  /** A segment from the peer. Throws when the text is none. */
  segment(port: number, text: string, to: number): Segment {
    const pair = this.pairOf(port, to);
    const origin = this.tsval.get(pair);
    const { line, from = this.peer, to: host = SERVER, tos } = brackets(text);
    const absolute = line.replace(/ecr ([1-9]\d*)/g, (all, ecr: string) =>
      origin === undefined ? all : `ecr ${(Number(ecr) - TIMESTAMP_ORIGIN + origin) >>> 0}`,
    );
    const parsed = parseSegment(absolute, { ackBase: this.iss.get(pair) ?? 0 });
    if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
    parsed.segment.tos = tos;
    return this.addressed(parsed.segment, from, port, host, to);
  }

  /** An ICMP error about a segment from our port `to`. */
  icmp(port: number, { type, code, seq = 0, mtu = 0, from }: IcmpProbe, to: number): Packet {
    const original = this.addressed(takeSegment(), SERVER, to, this.peer, port);
    original.seq = ((this.iss.get(this.pairOf(port, to)) ?? 0) + seq) | 0;
    const source = from === undefined ? this.peer : address(from);
    return icmpError({ type, code, info: mtu, original, source, quoteMax: QUOTE });
  }

  /** Key of a peer port and a port of ours; for one that never sent a SYN there, the one that did last. */
  private pairOf(port: number, ours: number): number {
    const pair = pairKey(port, ours);
    return this.iss.has(pair) ? pair : pairKey(port, this.latest.get(port) ?? ours);
  }

  /** Port from which we sent the last SYN or SYN-ACK to a peer port; undefined before the first. */
  localPort(port: number): number | undefined {
    return this.latest.get(port);
  }

  /** Our last ISN towards a peer port as it was on the wire; undefined before our first SYN or SYN-ACK. */
  isn(port: number): number | undefined {
    const isn = this.iss.get(pairKey(port, this.latest.get(port) ?? 0));
    return isn === undefined ? undefined : isn >>> 0;
  }

  /** Likewise the TSval of that segment; undefined when it had none. */
  firstTsval(port: number): number | undefined {
    const tsval = this.tsval.get(pairKey(port, this.latest.get(port) ?? 0));
    return tsval === undefined ? undefined : tsval >>> 0;
  }

  private addressed(seg: Segment, from: Addr, sport: number, to: Addr, dport: number): Segment {
    setSource(seg, from);
    setDestination(seg, to);
    seg.sport = sport;
    seg.dport = dport;
    return seg;
  }

  /** A packet of ours as text; a SYN of ours begins a new count. */
  format(packet: Packet): { port: number; text: string; ipId: number } {
    if (packet.kind !== 'tcp') return { port: 0, text: `icmp ${packet.type}/${packet.code}`, ipId: 0 };
    const port = packet.dport;
    if ((packet.flags & SYN) !== 0) this.begin(packet);
    const pair = this.pairOf(port, packet.sport);
    const text = formatSegment(packet, { seqBase: this.base(packet, pair) });
    return { port, text: this.relative(text, pair) + unusual(packet), ipId: packet.ipId };
  }

  /** A RST that answers a segment without ACK has sequence number 0, whatever our ISN is. */
  private base({ flags, seq }: Segment, pair: number): number {
    return (flags & RST) !== 0 && seq === 0 ? 0 : (this.iss.get(pair) ?? 0);
  }

  private begin(packet: Segment): void {
    this.latest.set(packet.dport, packet.sport);
    const pair = pairKey(packet.dport, packet.sport);
    if (this.iss.get(pair) === packet.seq && this.tsval.has(pair)) return;
    this.iss.set(pair, packet.seq);
    if (packet.hasTimestamp) this.tsval.set(pair, packet.tsVal);
    else this.tsval.delete(pair);
  }

  /** A clock that jumps has another offset now: it reads TIMESTAMP_JUMP then. */
  private origin(pair: number, val: number): number {
    const origin = this.tsval.get(pair);
    if (origin === undefined) return val;
    return (val - origin) >>> 0 < TIMESTAMP_JUMP ? origin : val - (TIMESTAMP_JUMP - TIMESTAMP_ORIGIN);
  }

  private relative(text: string, pair: number): string {
    return text.replace(/TS val (\d+)/, (_, digits: string) => {
      const val = Number(digits);
      const origin = this.origin(pair, val);
      this.tsval.set(pair, origin);
      return `TS val ${(val - origin + TIMESTAMP_ORIGIN) >>> 0}`;
    });
  }
}

function unusual({ ttl, tos, dontFragment }: Segment): string {
  const parts: string[] = [];
  if (ttl !== 64) parts.push(`ttl ${ttl}`);
  if (tos !== 0) parts.push(`tos 0x${tos.toString(16)}`);
  if (!dontFragment) parts.push('no DF');
  return parts.length === 0 ? '' : ` [${parts.join(', ')}]`;
}
