// IPv4 and IPv6 headers as bytes. Left out: IPv4 options, IPv6 extension headers and the flow label (Linux fills it
// with a hash when net.ipv6.auto_flowlabels is 1; here it is 0).

import { V4_MAPPED_W2 } from '../addr.ts';
import { type AddressPair, finishSum, sumWord } from './checksum.ts';
import { put16, put32 } from './encode-bytes.ts';

export const IPV4_HEADER_LENGTH = 20;
export const IPV6_HEADER_LENGTH = 40;
/** Largest IPv4 packet, and largest IPv6 payload without a jumbogram. */
export const IP_LENGTH_MAX = 65535;

// Source: include/uapi/linux/in.h, in6.h v6.18.
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_ICMPV6 = 58;

/** What an IP header says; a `Segment` is one. */
export interface IpFields extends AddressPair {
  /** IPv4 TTL or IPv6 hop limit, 0..255. */
  readonly ttl: number;
  /** IPv4 TOS or IPv6 traffic class, 0..255. */
  readonly tos: number;
  /** IPv4 only. */
  readonly ipId: number;
  /** IPv4 only. */
  readonly dontFragment: boolean;
}

/** True when the packet travels as IPv4: its destination is v4-mapped. */
export const isV4Pair = (pair: AddressPair): boolean =>
  pair.d2 === V4_MAPPED_W2 && pair.d0 === 0 && pair.d1 === 0;

export const ipHeaderLength = (pair: AddressPair): number =>
  isV4Pair(pair) ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;

// The sum is taken from the fields, not read back from the bytes: that is most of the cost of a small packet.
function putIpv4(ip: IpFields, protocol: number, length: number, out: Uint8Array, at: number): void {
  const first = 0x4500_0000 | ((ip.tos & 0xff) << 16) | (IPV4_HEADER_LENGTH + length);
  const second = ((ip.ipId & 0xffff) << 16) | (ip.dontFragment ? 0x4000 : 0);
  const third = ((ip.ttl & 0xff) << 24) | (protocol << 16);
  const sum = sumWord(first) + sumWord(second) + sumWord(third) + sumWord(ip.s3) + sumWord(ip.d3);
  put32(out, at, first);
  put32(out, at + 4, second);
  put32(out, at + 8, third | finishSum(sum));
  put32(out, at + 12, ip.s3);
  put32(out, at + 16, ip.d3);
}

function putIpv6(ip: IpFields, protocol: number, length: number, out: Uint8Array, at: number): void {
  put32(out, at, (6 << 28) | ((ip.tos & 0xff) << 20));
  put16(out, at + 4, length);
  out[at + 6] = protocol;
  out[at + 7] = ip.ttl;
  put32(out, at + 8, ip.s0);
  put32(out, at + 12, ip.s1);
  put32(out, at + 16, ip.s2);
  put32(out, at + 20, ip.s3);
  put32(out, at + 24, ip.d0);
  put32(out, at + 28, ip.d1);
  put32(out, at + 32, ip.d2);
  put32(out, at + 36, ip.d3);
}

/** Writes the header for a payload of `length` bytes at `out[at]`, and returns where the payload starts. */
export function putIpHeader(
  ip: IpFields,
  protocol: number,
  length: number,
  out: Uint8Array,
  at: number,
): number {
  if (isV4Pair(ip)) {
    putIpv4(ip, protocol, length, out, at);
    return at + IPV4_HEADER_LENGTH;
  }
  putIpv6(ip, protocol, length, out, at);
  return at + IPV6_HEADER_LENGTH;
}
