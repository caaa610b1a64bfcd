// A TCP header read from bytes that nobody vouches for. Left out: the reserved bits and AccECN's AE bit, which have no
// place in the record.

import { finishSum, pseudoHeaderSum, sumBytes } from './checksum.ts';
import type { IpView } from './decode-ip.ts';
import { get16, get32 } from './encode-bytes.ts';
import { PROTOCOL_TCP } from './encode-ip.ts';
import { TCP_HEADER_LENGTH } from './encode-tcp.ts';
import { decodeOptions } from './options.ts';
import { type Segment, takeSegment } from './segment.ts';

export type TcpFault = 'short-tcp' | 'bad-data-offset' | 'bad-tcp-checksum';

function copyIpFields(ip: IpView, seg: Segment): void {
  seg.s0 = ip.s0;
  seg.s1 = ip.s1;
  seg.s2 = ip.s2;
  seg.s3 = ip.s3;
  seg.d0 = ip.d0;
  seg.d1 = ip.d1;
  seg.d2 = ip.d2;
  seg.d3 = ip.d3;
  seg.ttl = ip.ttl;
  seg.tos = ip.tos;
  seg.ipId = ip.ipId;
  seg.dontFragment = ip.dontFragment;
}

/** The segment in the payload of `ip`, from the pool; its payload is a copy. @kernel tcp_v4_rcv net/ipv4/tcp_ipv4.c v6.18 */
export function readSegment(bytes: Uint8Array, ip: IpView): Segment | TcpFault {
  const { payloadStart: at, payloadEnd: end } = ip;
  if (end - at < TCP_HEADER_LENGTH) return 'short-tcp';
  const headerLength = ((bytes[at + 12] as number) >>> 4) * 4;
  if (headerLength < TCP_HEADER_LENGTH) return 'bad-data-offset';
  if (end - at < headerLength) return 'short-tcp';
  const sum = sumBytes(bytes, at, end, pseudoHeaderSum(ip, PROTOCOL_TCP, end - at));
  if (finishSum(sum) !== 0) return 'bad-tcp-checksum';
  const seg = takeSegment();
  copyIpFields(ip, seg);
  seg.sport = get16(bytes, at);
  seg.dport = get16(bytes, at + 2);
  seg.seq = get32(bytes, at + 4);
  seg.ack = get32(bytes, at + 8);
  seg.flags = bytes[at + 13] as number;
  seg.window = get16(bytes, at + 14);
  seg.urgentPointer = get16(bytes, at + 18);
  decodeOptions(bytes, at + TCP_HEADER_LENGTH, at + headerLength, seg);
  if (at + headerLength < end) seg.payload = bytes.slice(at + headerLength, end);
  return seg;
}
