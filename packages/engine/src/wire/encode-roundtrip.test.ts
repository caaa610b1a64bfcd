// Segment -> bytes -> segment, and segment -> text -> segment, for any segment that a packet can carry.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { V4_MAPPED_W2 } from '../addr.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { formatSegment, parseSegment } from './notation.ts';
import { decodeOptions } from './options.ts';
import { ABSENT, cloneSegment, type Segment, takeSegment } from './segment.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const u16 = fc.nat(0xffff);
const u8 = fc.nat(0xff);

const v4Addresses = fc.record({ s3: int32, d3: int32, ipId: u16, dontFragment: fc.boolean() });
const notMapped = int32.filter((w) => w !== V4_MAPPED_W2);
const v6Addresses = fc.record({
  s0: int32,
  s1: int32,
  s2: notMapped,
  s3: int32,
  d0: int32,
  d1: int32,
  d2: notMapped,
  d3: int32,
});

const header = fc.record({
  ttl: u8,
  tos: u8,
  sport: u16,
  dport: u16,
  seq: int32,
  ack: int32,
  flags: u8,
  window: u16,
  urgentPointer: u16,
});

/** Named options that fit in 40 bytes together: what Linux could send. */
const synOptions = fc.record({
  mss: fc.oneof(fc.constant(ABSENT), u16),
  wscale: fc.oneof(fc.constant(ABSENT), u8),
  sackPermitted: fc.boolean(),
  fastOpen: fc.option(fc.uint8Array({ maxLength: 18 })),
});
const sackOptions = fc.record({
  sack: fc.option(
    fc.array(int32, { minLength: 2, maxLength: 6 }).map((edges) => edges.slice(0, edges.length & ~1)),
  ),
});
const timestamp = fc.oneof(
  fc.constant({}),
  fc.record({ hasTimestamp: fc.constant(true), tsVal: int32, tsEcr: int32 }),
);
/** Any option bytes at all, read as a receiver would. */
const anyOptions = fc.uint8Array({ maxLength: 10 * 4 }).map((bytes) => {
  const seg = cloneSegment(takeSegment());
  decodeOptions(bytes, 0, bytes.length & ~3, seg);
  const { mss, wscale, sackPermitted, hasTimestamp, tsVal, tsEcr, sack, fastOpen, rawOptions } = seg;
  return { mss, wscale, sackPermitted, hasTimestamp, tsVal, tsEcr, sack, fastOpen, rawOptions };
});
const namedOptions = fc
  .tuple(timestamp, fc.oneof(synOptions, sackOptions))
  .map(([ts, others]) => ({ ...ts, ...others }));

const segment: fc.Arbitrary<Segment> = fc
  .tuple(
    fc.oneof(v4Addresses, v6Addresses),
    header,
    fc.oneof(namedOptions, anyOptions),
    fc.uint8Array({ maxLength: 64 }),
  )
  .map(([addresses, fields, options, payload]) => ({
    ...cloneSegment(takeSegment()),
    ...addresses,
    ...fields,
    ...options,
    payload,
  }));

/** What the notation carries of a segment: its zeroed payload, and neither addresses nor IP fields. */
function inText(seg: Segment): Segment {
  const { seq, ack, flags, window, urgentPointer, mss, wscale, sackPermitted } = seg;
  const { hasTimestamp, tsVal, tsEcr, sack, fastOpen, rawOptions } = seg;
  const payload = new Uint8Array(seg.payload.length);
  return {
    ...cloneSegment(takeSegment()),
    ...{ seq, ack, flags, window, urgentPointer, mss, wscale, sackPermitted },
    ...{ hasTimestamp, tsVal, tsEcr, sack, fastOpen, rawOptions, payload },
  };
}

describe('round trips', () => {
  it('segment to bytes and back', () => {
    fc.assert(
      fc.property(segment, (seg) => {
        expect(decodePacket(encodePacket(seg))).toEqual({ ok: true, packet: seg });
      }),
      { numRuns: 500 },
    );
  });

  it('segment to text and back, with any base', () => {
    fc.assert(
      fc.property(segment, int32, int32, (seg, seqBase, ackBase) => {
        // Without the ACK flag an acknowledgment number of 0 is not written, and so does not move with its base.
        const base = (seg.flags & 0x10) === 0 && seg.ack === 0 ? { seqBase } : { seqBase, ackBase };
        const parsed = parseSegment(formatSegment(seg, base), base);
        expect(parsed).toMatchObject({ ok: true, given: { window: true } });
        expect(parsed.ok && parsed.segment).toEqual(inText(seg));
      }),
      { numRuns: 500 },
    );
  });
});
