// ICMP and ICMPv6 messages read from bytes, and the TCP header start that an error quotes.

import { addr, v4 as v4Addr } from '../addr.ts';
import { finishSum, pseudoHeaderSum, sumBytes } from './checksum.ts';
import { type IpView, skipExtensionHeaders } from './decode-ip.ts';
import { get16, get32 } from './encode-bytes.ts';
import { ICMP_HEADER_LENGTH, infoField, isIcmpError } from './encode-icmp.ts';
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, PROTOCOL_TCP } from './encode-ip.ts';
import type { IcmpMessage, QuotedSegment } from './packet.ts';

export type IcmpFault = 'short-icmp' | 'bad-icmp-checksum';

/** Ports and sequence number: what RFC 792 promises of the transport header. */
const QUOTED_TCP_LENGTH = 8;

const FRAGMENT_OFFSET = 0x1fff;

const addrAt = (bytes: Uint8Array, at: number) =>
  addr(get32(bytes, at), get32(bytes, at + 4), get32(bytes, at + 8), get32(bytes, at + 12));

function quotedV4(body: Uint8Array): QuotedSegment | null {
  if (body.length < IPV4_HEADER_LENGTH || (body[0] as number) >>> 4 !== 4) return null;
  const tcp = ((body[0] as number) & 15) * 4;
  if (tcp < IPV4_HEADER_LENGTH || body.length < tcp + QUOTED_TCP_LENGTH) return null;
  if (body[9] !== PROTOCOL_TCP || (get16(body, 6) & FRAGMENT_OFFSET) !== 0) return null;
  return {
    source: v4Addr(get32(body, 12)),
    destination: v4Addr(get32(body, 16)),
    sport: get16(body, tcp),
    dport: get16(body, tcp + 2),
    seq: get32(body, tcp + 4),
  };
}

function quotedV6(body: Uint8Array): QuotedSegment | null {
  if (body.length < IPV6_HEADER_LENGTH || (body[0] as number) >>> 4 !== 6) return null;
  const upper = skipExtensionHeaders(body, body[6] as number, IPV6_HEADER_LENGTH, body.length);
  if (typeof upper === 'string' || upper.protocol !== PROTOCOL_TCP) return null;
  const tcp = upper.start;
  if (body.length < tcp + QUOTED_TCP_LENGTH) return null;
  return {
    source: addrAt(body, 8),
    destination: addrAt(body, 24),
    sport: get16(body, tcp),
    dport: get16(body, tcp + 2),
    seq: get32(body, tcp + 4),
  };
}

/**
 * The start of the TCP header that an ICMP error quotes in its body, or null: not TCP, a later fragment, or less than 8
 * bytes of it. The quoted checksums are not looked at, as in Linux.
 *
 * @kernel icmp_socket_deliver net/ipv4/icmp.c v6.18
 * @kernel icmpv6_notify net/ipv6/icmp.c v6.18
 */
export const readQuoted = (body: Uint8Array, v4: boolean): QuotedSegment | null =>
  v4 ? quotedV4(body) : quotedV6(body);

/** The message in the payload of `ip`; its body is a copy. @kernel icmp_rcv net/ipv4/icmp.c v6.18 only the checks */
export function readIcmp(bytes: Uint8Array, ip: IpView): IcmpMessage | IcmpFault {
  const { v4, payloadStart: at, payloadEnd: end } = ip;
  if (end - at < ICMP_HEADER_LENGTH) return 'short-icmp';
  const pseudo = v4 ? 0 : pseudoHeaderSum(ip, ip.protocol, end - at);
  if (finishSum(sumBytes(bytes, at, end, pseudo)) !== 0) return 'bad-icmp-checksum';
  const type = bytes[at] as number;
  const code = bytes[at + 1] as number;
  const { shift, mask } = infoField(v4, type, code);
  const body = bytes.slice(at + ICMP_HEADER_LENGTH, end);
  return {
    kind: 'icmp',
    source: addr(ip.s0, ip.s1, ip.s2, ip.s3),
    destination: addr(ip.d0, ip.d1, ip.d2, ip.d3),
    ttl: ip.ttl,
    type,
    code,
    info: ((get32(bytes, at + 4) >>> shift) & mask) >>> 0,
    quoted: isIcmpError(v4, type) ? readQuoted(body, v4) : null,
    body,
  };
}
