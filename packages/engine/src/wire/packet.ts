// What travels on a link: a TCP segment or an ICMP message (v4 or v6). Other protocols are not modelled.

import { type Addr, addr } from '../addr.ts';
import type { Segment } from './segment.ts';

/** An ICMP or ICMPv6 message: errors that quote a TCP segment, or anything else (kept as bytes, ignored by TCP). */
export interface IcmpMessage {
  readonly kind: 'icmp';
  source: Addr;
  destination: Addr;
  ttl: number;
  /** ICMP type and code for IPv4, ICMPv6 type and code for IPv6. */
  type: number;
  code: number;
  /** Second word of the header: next-hop MTU for 3/4 and ICMPv6 2/0, pointer for parameter problem, else 0. */
  info: number;
  /** The quoted TCP header start, when there is one. */
  quoted: QuotedSegment | null;
  /** Bytes after the 8-byte ICMP header, as received. */
  body: Uint8Array;
}

/** The part of our own segment that an ICMP error returns to us (at least 8 bytes of TCP header: ports and seq). */
export interface QuotedSegment {
  source: Addr;
  destination: Addr;
  sport: number;
  dport: number;
  seq: number;
}

export type Packet = Segment | IcmpMessage;

export const packetSource = (p: Packet): Addr => (p.kind === 'tcp' ? addr(p.s0, p.s1, p.s2, p.s3) : p.source);

export const packetDestination = (p: Packet): Addr =>
  p.kind === 'tcp' ? addr(p.d0, p.d1, p.d2, p.d3) : p.destination;
