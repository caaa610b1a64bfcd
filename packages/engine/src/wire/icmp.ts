// ICMP errors about a segment, as a router or host on the path would send them.

import type { Addr } from '../addr.ts';
import { readQuoted } from './decode-icmp.ts';
import { ICMP_HEADER_LENGTH } from './encode-icmp.ts';
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH } from './encode-ip.ts';
import { putSegment, segmentPacketLength } from './encode-tcp.ts';
import type { IcmpMessage } from './packet.ts';
import { isV4Segment, type Segment, sourceOf } from './segment.ts';

/** An IPv4 error is at most 576 bytes, IP header included. @kernel __icmp_send net/ipv4/icmp.c v6.18 */
const V4_ERROR_MAX = 576;
/** IPV6_MIN_MTU. @kernel icmp6_send net/ipv6/icmp.c v6.18 */
const V6_ERROR_MAX = 1280;

export interface IcmpErrorFields {
  /** ICMP type and code, ICMPv6 type and code when `original` is an IPv6 segment. */
  readonly type: number;
  readonly code: number;
  /** Next-hop MTU or pointer, see `IcmpMessage.info`; 0 when absent. */
  readonly info?: number;
  /** The segment that the error is about; the error goes to its source. */
  readonly original: Segment;
  /** Who sends the error: a router, or the segment's destination. */
  readonly source: Addr;
  /** 0..255, 64 when absent. */
  readonly ttl?: number;
  /** Bytes of the original packet to quote. Default: as many as Linux quotes; RFC 792 routers quote 28. */
  readonly quoteMax?: number;
}

/** Builds the ICMP or ICMPv6 error that quotes the start of `original`. @kernel __icmp_send net/ipv4/icmp.c v6.18 */
export function icmpError(fields: IcmpErrorFields): IcmpMessage {
  const { original } = fields;
  const v4 = isV4Segment(original);
  const room = v4
    ? V4_ERROR_MAX - IPV4_HEADER_LENGTH - ICMP_HEADER_LENGTH
    : V6_ERROR_MAX - IPV6_HEADER_LENGTH - ICMP_HEADER_LENGTH;
  const length = segmentPacketLength(original);
  const whole = new Uint8Array(length);
  putSegment(original, length, whole, 0);
  const body = whole.slice(0, Math.min(room, fields.quoteMax ?? room));
  return {
    kind: 'icmp',
    source: fields.source,
    destination: sourceOf(original),
    ttl: fields.ttl ?? 64,
    type: fields.type,
    code: fields.code,
    info: fields.info ?? 0,
    quoted: readQuoted(body, v4),
    body,
  };
}
