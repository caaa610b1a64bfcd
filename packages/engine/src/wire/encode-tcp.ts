// A segment as an IP packet. Left out: the reserved header bits, AccECN's AE bit among them.

import { finishSum, pseudoHeaderSum, sumBytes, sumWord } from './checksum.ts';
import { put32 } from './encode-bytes.ts';
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
  const tcpLength = length - ipHeaderLength(seg);
  const tcp = putIpHeader(seg, PROTOCOL_TCP, tcpLength, out, at);
  const optionsLength = encodeOptions(seg, out, tcp + TCP_HEADER_LENGTH);
  const data = tcp + TCP_HEADER_LENGTH + optionsLength;
  if (seg.payload.length > 0) out.set(seg.payload, data);
  const ports = ((seg.sport & 0xffff) << 16) | (seg.dport & 0xffff);
  const control =
    ((TCP_HEADER_LENGTH + optionsLength) << 26) | ((seg.flags & 0xff) << 16) | (seg.window & 0xffff);
  const urgent = seg.urgentPointer & 0xffff;
  const header = sumWord(ports) + sumWord(seg.seq) + sumWord(seg.ack) + sumWord(control) + urgent;
  const sum = sumBytes(
    out,
    tcp + TCP_HEADER_LENGTH,
    at + length,
    pseudoHeaderSum(seg, PROTOCOL_TCP, tcpLength),
  );
  put32(out, tcp, ports);
  put32(out, tcp + 4, seg.seq);
  put32(out, tcp + 8, seg.ack);
  put32(out, tcp + 12, control);
  put32(out, tcp + 16, (finishSum(sum + header) << 16) | urgent);
}
