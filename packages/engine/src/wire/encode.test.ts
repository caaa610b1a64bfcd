import { describe, expect, it } from 'vitest';
import { parseAddr } from '../addr.ts';
import { encodePacket, packetLength } from './encode.ts';
import { icmpError } from './icmp.ts';
import { parseSegment } from './notation.ts';
import { type Segment, setDestination, setSource } from './segment.ts';

function segment(text: string, from = '192.0.2.1', to = '192.0.2.2'): Segment {
  const parsed = parseSegment(text);
  const source = parseAddr(from);
  const destination = parseAddr(to);
  if (!parsed.ok || source === null || destination === null) throw new Error('bad test segment');
  setSource(parsed.segment, source);
  setDestination(parsed.segment, destination);
  return parsed.segment;
}

const SYN = 'S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>';

describe('encoding into a buffer', () => {
  it.each(['192.0.2.2', '2001:db8::2'])(
    'writes the same bytes at any offset and nothing beside them (%s)',
    (to) => {
      const seg = segment(SYN, to, to);
      const whole = encodePacket(seg);
      const buffer = new Uint8Array(200).fill(0xee);
      expect(encodePacket(seg, buffer, 13)).toBe(whole.length);
      expect(buffer.subarray(13, 13 + whole.length)).toEqual(whole);
      expect(buffer.filter((b, i) => (i < 13 || i >= 13 + whole.length) && b !== 0xee)).toHaveLength(0);
    },
  );

  it('does not depend on what the buffer held', () => {
    const seg = segment('P. 1:4(3) ack 1 win 257');
    const dirty = new Uint8Array(43).fill(0xff);
    encodePacket(seg, dirty);
    expect(dirty).toEqual(encodePacket(seg));
  });

  it('tells the length beforehand', () => {
    const seg = segment(SYN);
    const error = icmpError({ type: 3, code: 3, original: seg, source: { w0: 0, w1: 0, w2: 0xffff, w3: 1 } });
    expect(packetLength(seg)).toBe(60);
    expect(packetLength(segment('F. 0:0(0) ack 1', '::2', '::1'))).toBe(60);
    expect(packetLength(error)).toBe(20 + 8 + 60);
    expect(encodePacket(error)).toHaveLength(88);
  });

  it('refuses room that is too small by one byte, or lies before the buffer', () => {
    const seg = segment('. 0:0(0) ack 1');
    expect(encodePacket(seg, new Uint8Array(41), 1)).toBe(40);
    expect(() => encodePacket(seg, new Uint8Array(40), 1)).toThrow(RangeError);
    expect(() => encodePacket(seg, new Uint8Array(40), -1)).toThrow(RangeError);
  });

  it('takes 65535 bytes and refuses one more', () => {
    expect(encodePacket(segment('. 0:65495(65495) ack 1'))).toHaveLength(65535);
    expect(() => encodePacket(segment('. 0:65496(65496) ack 1'))).toThrow(/65536 bytes/);
  });
});
