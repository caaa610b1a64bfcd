// A segment as an IP packet. Left out: the reserved header bits, AccECN's AE bit among them.

import { finishSum, pseudoHeaderSum, sumBytes } from './checksum.ts';
import { put16, put32 } from './encode-bytes.ts';
import { ipHeaderLength, PROTOCOL_TCP, putIpHeader } from './encode-ip.ts';
import { encodeOptions, optionsLength } from './options.ts';
import type { Segment } from './segment.ts';

export const TCP_HEADER_LENGTH = 20;

/** Bytes of the IP packet that carries the segment. */
export const segmentPacketLength = (seg: Segment): number =>
  ipHeaderLength(seg) + TCP_HEADER_LENGTH + optionsLength(seg) + seg.payload.length;

/**
 * Writes the IP packet of `length` = `segmentPacketLength(seg)` bytes at `out[at]`. Both checksums are filled in.
 *
 * @kernel __tcp_transmit_skb net/ipv4/tcp_output.c v6.18 only the header bytes
 */
export function putSegment(seg: Segment, length: number, out: Uint8Array, at: number): void {
  const end = at + length;
  const tcpLength = length - ipHeaderLength(seg);
  const tcp = putIpHeader(seg, PROTOCOL_TCP, tcpLength, out, at);
  put16(out, tcp, seg.sport);
  put16(out, tcp + 2, seg.dport);
  put32(out, tcp + 4, seg.seq);
  put32(out, tcp + 8, seg.ack);
  const headerLength = TCP_HEADER_LENGTH + encodeOptions(seg, out, tcp + TCP_HEADER_LENGTH);
  out[tcp + 12] = headerLength << 2;
  out[tcp + 13] = seg.flags;
  put16(out, tcp + 14, seg.window);
  put16(out, tcp + 16, 0);
  put16(out, tcp + 18, seg.urgentPointer);
  if (seg.payload.length > 0) out.set(seg.payload, tcp + headerLength);
  put16(out, tcp + 16, finishSum(sumBytes(out, tcp, end, pseudoHeaderSum(seg, PROTOCOL_TCP, tcpLength))));
}
