// Bytes as packets. Bytes come from outside, so nothing here throws: what cannot be a packet gets a reason, and
// DECODE_COUNTERS says what Linux counts for it.

import type { CounterName } from '../mib.ts';
import { type IcmpFault, readIcmp } from './decode-icmp.ts';
import { type IpFault, type IpView, readIp } from './decode-ip.ts';
import { readSegment, type TcpFault } from './decode-tcp.ts';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP } from './encode-ip.ts';
import type { Packet } from './packet.ts';

/**
 * Why bytes are no packet that the engine takes:
 * - `truncated`: fewer bytes than the IP header or its length field says (IpExtInTruncatedPkts)
 * - `not-ip`: version neither 4 nor 6
 * - `bad-ip-header`: header length below 20, total length below it, or a v4-mapped address in IPv6 (IpInHdrErrors)
 * - `bad-ip-checksum`: IPv4 header checksum (IpExtInCsumErrors)
 * - `fragment`: part of a larger packet; reassembly is not modelled
 * - `not-tcp`: a protocol other than TCP and the family's ICMP
 * - `short-tcp`: under 20 bytes, or a data offset beyond the packet (dropped in silence)
 * - `bad-data-offset`: a data offset below 5 words
 * - `bad-tcp-checksum`, `bad-icmp-checksum`, `short-icmp`: as they say
 */
export type DecodeReason = IpFault | TcpFault | IcmpFault | 'not-tcp';

interface DecodeFailure {
  readonly ok: false;
  readonly reason: DecodeReason;
}

export type DecodeResult = { readonly ok: true; readonly packet: Packet } | DecodeFailure;

/**
 * The TCP counters that one refused packet moves. IP and ICMP counters are not among them: they differ by family, and
 * the engine has no table for them. @kernel tcp_v4_rcv net/ipv4/tcp_ipv4.c v6.18
 */
export const DECODE_COUNTERS: { readonly [R in DecodeReason]: readonly CounterName[] } = Object.freeze({
  truncated: [],
  'not-ip': [],
  'bad-ip-header': [],
  'bad-ip-checksum': [],
  fragment: [],
  'not-tcp': [],
  'short-tcp': ['TcpInSegs'],
  'bad-data-offset': ['TcpInSegs', 'TcpInErrs'],
  'bad-tcp-checksum': ['TcpInSegs', 'TcpInErrs', 'TcpInCsumErrors'],
  'short-icmp': [],
  'bad-icmp-checksum': [],
} as const);

/** One frozen record for each reason, so that a flood of bad packets makes no garbage. */
const failures = new Map<DecodeReason, DecodeFailure>(
  (Object.keys(DECODE_COUNTERS) as DecodeReason[]).map((reason) => [
    reason,
    Object.freeze({ ok: false, reason }),
  ]),
);

function readUpper(bytes: Uint8Array, ip: IpView): Packet | DecodeReason {
  if (ip.protocol === PROTOCOL_TCP) return readSegment(bytes, ip);
  if (ip.protocol === (ip.v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6)) return readIcmp(bytes, ip);
  return 'not-tcp';
}

/**
 * Reads the IP packet in `bytes[offset, offset + length)`. Segments come from the pool; payloads are copies, so the
 * buffer may be reused. Never throws, whatever the bytes and the range are.
 */
export function decodePacket(bytes: Uint8Array, offset = 0, length = bytes.length - offset): DecodeResult {
  const end = Math.min(offset + length, bytes.length);
  const ip = offset >= 0 ? readIp(bytes, offset, end) : 'truncated';
  const packet = typeof ip === 'string' ? ip : readUpper(bytes, ip);
  return typeof packet === 'string' ? (failures.get(packet) as DecodeFailure) : { ok: true, packet };
}
