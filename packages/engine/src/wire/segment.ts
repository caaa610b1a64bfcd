// One TCP segment as the engine sees it: a flat record, addresses as int32 words (v4-mapped for IPv4), options as
// named fields. Bytes are made and read elsewhere (`encode.ts`, `decode.ts`); nothing here knows a buffer layout.
//
// Records come from a pool, so that a flood of SYNs makes no garbage: `takeSegment()` hands one out, the owner of a
// drained segment may give it back with `releaseSegment()`. Giving back is optional; a record that is kept (a trace, a
// packet in flight) is simply not given back. A record must not be touched after it was released.

import { type Addr, addr, V4_MAPPED_W2 } from '../addr.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;
export const ECE = 0x40;
export const CWR = 0x80;

/** The shared empty payload; compare `payload.length`, never identity. */
export const NO_DATA = new Uint8Array(0);

/** Value of `mss` and `wscale` when the option is absent. */
export const ABSENT = -1;

export interface Segment {
  readonly kind: 'tcp';
  // Source and destination address words.
  s0: number;
  s1: number;
  s2: number;
  s3: number;
  d0: number;
  d1: number;
  d2: number;
  d3: number;
  ttl: number;
  /** IPv4 TOS byte or IPv6 traffic class, ECN bits included. */
  tos: number;
  ipId: number;
  dontFragment: boolean;
  /** Ports, 0..65535. */
  sport: number;
  dport: number;
  /** Absolute sequence numbers, int32. */
  seq: number;
  ack: number;
  /** FIN..CWR bits above; the ACK field is meaningful only with the ACK bit. */
  flags: number;
  /** The 16-bit window field as sent, unscaled. */
  window: number;
  urgentPointer: number;
  /** MSS option, bytes, or ABSENT. */
  mss: number;
  /** Window scale option 0..255 as sent, or ABSENT. */
  wscale: number;
  sackPermitted: boolean;
  hasTimestamp: boolean;
  /** TSval and TSecr, int32. */
  tsVal: number;
  tsEcr: number;
  /** SACK blocks as left,right pairs of int32, or null. */
  sack: number[] | null;
  /** Fast Open cookie (empty = request), or null. */
  fastOpen: Uint8Array | null;
  /** The option bytes as received, kept only when they differ from the layout that Linux itself would send. */
  rawOptions: Uint8Array | null;
  payload: Uint8Array;
}

const blank = (): Segment => ({
  kind: 'tcp',
  s0: 0,
  s1: 0,
  s2: V4_MAPPED_W2,
  s3: 0,
  d0: 0,
  d1: 0,
  d2: V4_MAPPED_W2,
  d3: 0,
  ttl: 64,
  tos: 0,
  ipId: 0,
  dontFragment: true,
  sport: 0,
  dport: 0,
  seq: 0,
  ack: 0,
  flags: 0,
  window: 0,
  urgentPointer: 0,
  mss: ABSENT,
  wscale: ABSENT,
  sackPermitted: false,
  hasTimestamp: false,
  tsVal: 0,
  tsEcr: 0,
  sack: null,
  fastOpen: null,
  rawOptions: null,
  payload: NO_DATA,
});

const POOL_MAX = 4096;
const pool: Segment[] = [];

function reset(seg: Segment): Segment {
  seg.s0 = 0;
  seg.s1 = 0;
  seg.s2 = V4_MAPPED_W2;
  seg.s3 = 0;
  seg.d0 = 0;
  seg.d1 = 0;
  seg.d2 = V4_MAPPED_W2;
  seg.d3 = 0;
  seg.ttl = 64;
  seg.tos = 0;
  seg.ipId = 0;
  seg.dontFragment = true;
  seg.sport = 0;
  seg.dport = 0;
  seg.seq = 0;
  seg.ack = 0;
  seg.flags = 0;
  seg.window = 0;
  seg.urgentPointer = 0;
  seg.mss = ABSENT;
  seg.wscale = ABSENT;
  seg.sackPermitted = false;
  seg.hasTimestamp = false;
  seg.tsVal = 0;
  seg.tsEcr = 0;
  seg.sack = null;
  seg.fastOpen = null;
  seg.rawOptions = null;
  seg.payload = NO_DATA;
  return seg;
}

/** A blank segment (IPv4, ttl 64, DF, no options, no data). */
export function takeSegment(): Segment {
  const seg = pool.pop();
  return seg === undefined ? blank() : reset(seg);
}

/** Gives a segment back for reuse. The caller must hold the only reference. */
export function releaseSegment(seg: Segment): void {
  if (pool.length < POOL_MAX) pool.push(seg);
}

/** An independent copy (payload bytes are shared: they are never written after a segment is built). */
export function cloneSegment(seg: Segment): Segment {
  return { ...seg, sack: seg.sack === null ? null : seg.sack.slice() };
}

export const sourceOf = (seg: Segment): Addr => addr(seg.s0, seg.s1, seg.s2, seg.s3);
export const destinationOf = (seg: Segment): Addr => addr(seg.d0, seg.d1, seg.d2, seg.d3);

export function setSource(seg: Segment, a: Addr): void {
  seg.s0 = a.w0;
  seg.s1 = a.w1;
  seg.s2 = a.w2;
  seg.s3 = a.w3;
}

export function setDestination(seg: Segment, a: Addr): void {
  seg.d0 = a.w0;
  seg.d1 = a.w1;
  seg.d2 = a.w2;
  seg.d3 = a.w3;
}

/** True when the segment travels in an IPv4 packet. */
export const isV4Segment = (seg: Segment): boolean => seg.d2 === V4_MAPPED_W2 && seg.d0 === 0 && seg.d1 === 0;

/** Sequence space the segment occupies: payload bytes + SYN + FIN. */
export const segmentLength = (seg: Segment): number =>
  seg.payload.length + ((seg.flags & SYN) !== 0 ? 1 : 0) + ((seg.flags & FIN) !== 0 ? 1 : 0);
