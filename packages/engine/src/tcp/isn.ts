// Initial sequence numbers and timestamp offsets: keyed hashes of the 4-tuple plus a clock, so that they differ for
// every connection yet need no memory. Independent of what the peer sent.

import { type Addr, isV4 } from '../addr.ts';
import { siphash, siphash2, siphash3 } from '../siphash.ts';
import { destinationOf, isV4Segment, type Segment, sourceOf } from '../wire/segment.ts';
import type { Netns } from './netns.ts';

const scratch = new Int32Array(9);

/** Keyed hash of addresses and ports: three words for IPv4, nine for IPv6. */
function hashTuple(key: Int32Array, local: Addr, lport: number, remote: Addr, rport: number): number {
  const ports = (lport << 16) | rport;
  if (isV4(local)) return siphash3(key, local.w3, remote.w3, ports);
  fillAddresses(local, remote);
  scratch[8] = ports;
  return siphash(key, scratch, 9);
}

function fillAddresses(local: Addr, remote: Addr): void {
  scratch[0] = local.w0;
  scratch[1] = local.w1;
  scratch[2] = local.w2;
  scratch[3] = local.w3;
  scratch[4] = remote.w0;
  scratch[5] = remote.w1;
  scratch[6] = remote.w2;
  scratch[7] = remote.w3;
}

/** `hashTuple` for the receiver of a segment. */
function hashArrival(key: Int32Array, seg: Segment): number {
  const ports = (seg.dport << 16) | seg.sport;
  if (isV4Segment(seg)) return siphash3(key, seg.d3, seg.s3, ports);
  return hashTuple(key, destinationOf(seg), seg.dport, sourceOf(seg), seg.sport);
}

/** `hashTuple` for the sender of a segment. */
function hashDeparture(key: Int32Array, seg: Segment): number {
  const ports = (seg.sport << 16) | seg.dport;
  if (isV4Segment(seg)) return siphash3(key, seg.s3, seg.d3, ports);
  return hashTuple(key, sourceOf(seg), seg.sport, destinationOf(seg), seg.dport);
}

const isnClock = (net: Netns): number => Math.floor((net.wallAt + net.now) / 64) | 0;

/** Initial sequence number: hash of the 4-tuple plus the wall clock in units of 64 ns. @kernel secure_tcp_seq net/core/secure_seq.c v6.18 */
export function initialSequence(net: Netns, local: Addr, lport: number, remote: Addr, rport: number): number {
  return (hashTuple(net.secrets.isn, local, lport, remote, rport) + isnClock(net)) | 0;
}

/** `initialSequence` of the connection that a SYN to us opens. */
export const arrivalSequence = (net: Netns, seg: Segment): number =>
  (hashArrival(net.secrets.isn, seg) + isnClock(net)) | 0;

/**
 * What is added to the ms clock in TSval: constant for a 4-tuple (tcp_timestamps=1), zero for 2 and on old kernels.
 * @kernel secure_tcp_ts_off net/core/secure_seq.c v6.18
 */
export function timestampOffset(net: Netns, local: Addr, lport: number, remote: Addr, rport: number): number {
  const mode = net.profile.behaviour.timestampOffset;
  if (mode === 'none' || net.sysctl['net.ipv4.tcp_timestamps'] !== 1) return 0;
  if (mode === 'tuple') return hashTuple(net.secrets.timestamp, local, lport, remote, rport);
  if (isV4(local)) return siphash2(net.secrets.timestamp, local.w3, remote.w3);
  fillAddresses(local, remote);
  return siphash(net.secrets.timestamp, scratch, 8);
}

const hashesTuple = (net: Netns): boolean =>
  net.profile.behaviour.timestampOffset === 'tuple' && net.sysctl['net.ipv4.tcp_timestamps'] === 1;

/** `timestampOffset` of the connection that a segment comes for. */
export const arrivalOffset = (net: Netns, seg: Segment): number =>
  hashesTuple(net)
    ? hashArrival(net.secrets.timestamp, seg)
    : timestampOffset(net, destinationOf(seg), seg.dport, sourceOf(seg), seg.sport);

/** `timestampOffset` of the connection that a segment is sent for. */
export const departureOffset = (net: Netns, seg: Segment): number =>
  hashesTuple(net)
    ? hashDeparture(net.secrets.timestamp, seg)
    : timestampOffset(net, sourceOf(seg), seg.sport, destinationOf(seg), seg.dport);
