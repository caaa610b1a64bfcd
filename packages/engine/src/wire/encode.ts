// Packets as bytes: IPv4 or IPv6 with TCP, ICMP or ICMPv6, checksums filled in. The family follows the destination.

import { icmpPacketLength, putIcmp } from './encode-icmp.ts';
import { IP_LENGTH_MAX } from './encode-ip.ts';
import { putSegment, segmentPacketLength } from './encode-tcp.ts';
import type { Packet } from './packet.ts';

/** Bytes the packet takes on the wire, IP header included. */
export const packetLength = (packet: Packet): number =>
  packet.kind === 'tcp' ? segmentPacketLength(packet) : icmpPacketLength(packet);

/** Encodes into a new array. */
export function encodePacket(packet: Packet): Uint8Array;
/** Encodes at `into[offset]` without allocating, and returns the number of bytes written. */
export function encodePacket(packet: Packet, into: Uint8Array, offset?: number): number;
/** Throws RangeError for what only a bug can cause: a packet over 65535 bytes, or too little room in `into`. */
export function encodePacket(packet: Packet, into?: Uint8Array, offset = 0): Uint8Array | number {
  const length = packetLength(packet);
  if (length > IP_LENGTH_MAX)
    throw new RangeError(`a packet of ${length} bytes does not fit IP's 16-bit length`);
  const out = into ?? new Uint8Array(length);
  if (offset < 0 || offset + length > out.length) {
    throw new RangeError(`${length} bytes do not fit at offset ${offset} of ${out.length}`);
  }
  if (packet.kind === 'tcp') putSegment(packet, length, out, offset);
  else putIcmp(packet, length, out, offset);
  return into === undefined ? out : length;
}
