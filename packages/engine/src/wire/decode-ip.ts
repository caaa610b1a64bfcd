// IPv4 and IPv6 headers read from bytes that nobody vouches for: the checks of the kernel's receive path, in its order.
// Left out: reassembly (a fragment is refused), IPv4 options (skipped unread), jumbograms.

import { addr, isV4, V4_MAPPED_W2 } from '../addr.ts';
import { finishSum, sumBytes } from './checksum.ts';
import { get16, get32 } from './encode-bytes.ts';
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, type IpFields } from './encode-ip.ts';

export type IpFault = 'truncated' | 'not-ip' | 'bad-ip-header' | 'bad-ip-checksum' | 'fragment';

/** An IP header, and where its payload lies in the bytes it was read from. */
export interface IpView extends IpFields {
  readonly v4: boolean;
  /** Protocol number of the payload, behind any IPv6 extension headers. */
  readonly protocol: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
}

const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
const DONT_FRAGMENT = 0x4000;

// Source: include/net/ipv6.h NEXTHDR_* v6.18.
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;

/** @kernel ip_rcv_core net/ipv4/ip_input.c v6.18 */
function readIpv4(bytes: Uint8Array, at: number, end: number): IpView | IpFault {
  const headerLength = ((bytes[at] as number) & 15) * 4;
  if (end - at < IPV4_HEADER_LENGTH) return 'truncated';
  if (headerLength < IPV4_HEADER_LENGTH) return 'bad-ip-header';
  if (end - at < headerLength) return 'truncated';
  if (finishSum(sumBytes(bytes, at, at + headerLength)) !== 0) return 'bad-ip-checksum';
  const totalLength = get16(bytes, at + 2);
  if (end - at < totalLength) return 'truncated';
  if (totalLength < headerLength) return 'bad-ip-header';
  const fragment = get16(bytes, at + 6);
  if ((fragment & MORE_FRAGMENTS_AND_OFFSET) !== 0) return 'fragment';
  return {
    v4: true,
    s0: 0,
    s1: 0,
    s2: V4_MAPPED_W2,
    s3: get32(bytes, at + 12),
    d0: 0,
    d1: 0,
    d2: V4_MAPPED_W2,
    d3: get32(bytes, at + 16),
    ttl: bytes[at + 8] as number,
    tos: bytes[at + 1] as number,
    ipId: get16(bytes, at + 4),
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    protocol: bytes[at + 9] as number,
    payloadStart: at + headerLength,
    payloadEnd: at + totalLength,
  };
}

/** The protocol behind the extension headers and where it starts. */
export interface UpperLayer {
  readonly protocol: number;
  readonly start: number;
}

/** Walks hop-by-hop, routing and destination option headers. @kernel ipv6_skip_exthdr net/ipv6/exthdrs_core.c v6.18 */
export function skipExtensionHeaders(
  bytes: Uint8Array,
  first: number,
  start: number,
  end: number,
): UpperLayer | 'truncated' | 'fragment' {
  let protocol = first;
  let at = start;
  while (protocol === HOP_BY_HOP || protocol === ROUTING || protocol === DESTINATION_OPTIONS) {
    if (end - at < 8) return 'truncated';
    protocol = bytes[at] as number;
    at += ((bytes[at + 1] as number) + 1) * 8;
    if (at > end) return 'truncated';
  }
  return protocol === FRAGMENT ? 'fragment' : { protocol, start: at };
}

/** A v4-mapped address has no place in an IPv6 header, and would turn into an IPv4 packet here. */
const hasMappedAddress = (bytes: Uint8Array, at: number): boolean =>
  isV4(addr(get32(bytes, at + 8), get32(bytes, at + 12), get32(bytes, at + 16), 0)) ||
  isV4(addr(get32(bytes, at + 24), get32(bytes, at + 28), get32(bytes, at + 32), 0));

/** @kernel ip6_rcv_core net/ipv6/ip6_input.c v6.18 */
function readIpv6(bytes: Uint8Array, at: number, end: number): IpView | IpFault {
  if (end - at < IPV6_HEADER_LENGTH) return 'truncated';
  if (hasMappedAddress(bytes, at)) return 'bad-ip-header';
  const payloadEnd = at + IPV6_HEADER_LENGTH + get16(bytes, at + 4);
  if (end < payloadEnd) return 'truncated';
  const upper = skipExtensionHeaders(bytes, bytes[at + 6] as number, at + IPV6_HEADER_LENGTH, payloadEnd);
  if (typeof upper === 'string') return upper;
  return {
    v4: false,
    s0: get32(bytes, at + 8),
    s1: get32(bytes, at + 12),
    s2: get32(bytes, at + 16),
    s3: get32(bytes, at + 20),
    d0: get32(bytes, at + 24),
    d1: get32(bytes, at + 28),
    d2: get32(bytes, at + 32),
    d3: get32(bytes, at + 36),
    ttl: bytes[at + 7] as number,
    tos: (get16(bytes, at) >>> 4) & 0xff,
    ipId: 0,
    dontFragment: true,
    protocol: upper.protocol,
    payloadStart: upper.start,
    payloadEnd,
  };
}

/** Reads the IP header at `at`; bytes behind the packet's own length (link padding) are ignored. Never throws. */
export function readIp(bytes: Uint8Array, at: number, end: number): IpView | IpFault {
  if (at >= end) return 'truncated';
  const version = (bytes[at] as number) >>> 4;
  if (version === 4) return readIpv4(bytes, at, end);
  return version === 6 ? readIpv6(bytes, at, end) : 'not-ip';
}
