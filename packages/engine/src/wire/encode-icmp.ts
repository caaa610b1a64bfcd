// An ICMP or ICMPv6 message as an IP packet.

import { isV4 } from '../addr.ts';
import { finishSum, pseudoHeaderSum, sumBytes } from './checksum.ts';
import { put16, put32 } from './encode-bytes.ts';
import {
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type IpFields,
  ipHeaderLength,
  isV4Pair,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  putIpHeader,
} from './encode-ip.ts';
import type { IcmpMessage } from './packet.ts';

export const ICMP_HEADER_LENGTH = 8;

// Types that quote the packet they are about. Source: include/uapi/linux/icmp.h and icmpv6.h v6.18.
const ICMP_UNREACHABLE = 3;
const ICMP_REDIRECT = 5;
const ICMP_TIME_EXCEEDED = 11;
const ICMP_PARAMETER_PROBLEM = 12;
const ICMP_FRAGMENTATION_NEEDED_CODE = 4;
const ICMPV6_UNREACHABLE = 1;
const ICMPV6_PACKET_TOO_BIG = 2;
const ICMPV6_PARAMETER_PROBLEM = 4;

/** TOS of an IPv4 error: IPTOS_PREC_INTERNETCONTROL. @kernel __icmp_send net/ipv4/icmp.c v6.18 */
const ERROR_TOS = 0xc0;

/** True for messages that quote a packet (source quench and redirect included). */
export const isIcmpError = (v4: boolean, type: number): boolean =>
  v4
    ? (type >= ICMP_UNREACHABLE && type <= ICMP_REDIRECT) ||
      type === ICMP_TIME_EXCEEDED ||
      type === ICMP_PARAMETER_PROBLEM
    : type >= ICMPV6_UNREACHABLE && type <= ICMPV6_PARAMETER_PROBLEM;

/** Where `info` sits in the second header word: left shift and mask. Errors without such a field carry 0. */
export function infoField(v4: boolean, type: number, code: number): { shift: number; mask: number } {
  const whole = { shift: 0, mask: -1 };
  if (!isIcmpError(v4, type)) return whole;
  if (!v4)
    return type === ICMPV6_PACKET_TOO_BIG || type === ICMPV6_PARAMETER_PROBLEM
      ? whole
      : { shift: 0, mask: 0 };
  if (type === ICMP_UNREACHABLE && code === ICMP_FRAGMENTATION_NEEDED_CODE) return { shift: 0, mask: 0xffff };
  if (type === ICMP_PARAMETER_PROBLEM) return { shift: 24, mask: 0xff };
  return type === ICMP_REDIRECT ? whole : { shift: 0, mask: 0 };
}

const ipFields = (message: IcmpMessage): IpFields => {
  const { source: s, destination: d } = message;
  const v4 = isV4(d);
  return {
    s0: s.w0,
    s1: s.w1,
    s2: s.w2,
    s3: s.w3,
    d0: d.w0,
    d1: d.w1,
    d2: d.w2,
    d3: d.w3,
    ttl: message.ttl,
    tos: v4 && isIcmpError(true, message.type) ? ERROR_TOS : 0,
    ipId: 0,
    dontFragment: false,
  };
};

/** Bytes of the IP packet that carries the message. */
export const icmpPacketLength = (message: IcmpMessage): number =>
  (isV4(message.destination) ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) +
  ICMP_HEADER_LENGTH +
  message.body.length;

/** Writes the IP packet of `length` = `icmpPacketLength(message)` bytes at `out[at]`, checksums included. */
export function putIcmp(message: IcmpMessage, length: number, out: Uint8Array, at: number): void {
  const ip = ipFields(message);
  const v4 = isV4Pair(ip);
  const protocol = v4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6;
  const icmpLength = length - ipHeaderLength(ip);
  const icmp = putIpHeader(ip, protocol, icmpLength, out, at);
  const { shift, mask } = infoField(v4, message.type, message.code);
  out[icmp] = message.type;
  out[icmp + 1] = message.code;
  put16(out, icmp + 2, 0);
  put32(out, icmp + 4, (message.info & mask) << shift);
  out.set(message.body, icmp + ICMP_HEADER_LENGTH);
  const pseudo = v4 ? 0 : pseudoHeaderSum(ip, protocol, icmpLength);
  put16(out, icmp + 2, finishSum(sumBytes(out, icmp, at + length, pseudo)));
}
