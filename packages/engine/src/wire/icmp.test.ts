import { describe, expect, it } from 'vitest';
import { type Addr, parseAddr } from '../addr.ts';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { icmpError } from './icmp.ts';
import { parseSegment } from './notation.ts';
import { formatHex, parseHex } from './notation-options.ts';
import type { IcmpMessage } from './packet.ts';
import { type Segment, setDestination, setSource } from './segment.ts';

const hex = (text: TemplateStringsArray): Uint8Array => parseHex(text.raw.join('')) as Uint8Array;

const address = (text: string): Addr => parseAddr(text) as Addr;

function segment(text: string, from: string, to: string, ttl: number): Segment {
  const parsed = parseSegment(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const seg = parsed.segment;
  setSource(seg, address(from));
  setDestination(seg, address(to));
  seg.sport = 5555;
  seg.dport = 80;
  seg.ttl = ttl;
  return seg;
}

function decoded(bytes: Uint8Array): IcmpMessage {
  const result = decodePacket(bytes);
  if (!result.ok || result.packet.kind !== 'icmp') throw new Error(`no ICMP: ${JSON.stringify(result)}`);
  return result.packet;
}

const SYN = 'S 16909060:16909060(0) win 65535 <mss 1460>';
const BIG = '. 16909060:16910360(1300) ack 1 win 65535';
const quotes = (seg: Segment) => ({ sport: 5555, dport: 80, seq: seg.seq });

describe('errors as Linux 6.18 sends them', () => {
  it('time exceeded, IPv4: the same bytes but for the IP id', () => {
    const linux = hex`45c00048dc8200004001196fc0000201c00002020b00e15d00000000
      4500002c0000400001068d8dc0000202c633640915b3005001020304000000006002ffff91de0000020405b4`;
    const original = segment(SYN, '192.0.2.2', '198.51.100.9', 1);
    const message = icmpError({ type: 11, code: 0, original, source: address('192.0.2.1') });
    const ours = encodePacket(message);
    linux.set(hex`0000`, 4);
    linux.set(hex`f5f1`, 10);
    expect(formatHex(ours)).toBe(formatHex(linux));
    expect(decoded(ours)).toEqual(message);
    expect(message.quoted).toMatchObject(quotes(original));
  });

  it('time exceeded, IPv6: the same bytes', () => {
    const linux = hex`6000000000483a4020010db800000000000000000000000120010db8000000000000000000000002
      0300 3b0d 00000000 600000000018060120010db800000000000000000000000220010db8000500000000000000000009
      15b3005001020304000000006002ffff229c0000020405b4`;
    const original = segment(SYN, '2001:db8::2', '2001:db8:5::9', 1);
    const message = icmpError({ type: 3, code: 0, original, source: address('2001:db8::1') });
    expect(formatHex(encodePacket(message))).toBe(formatHex(linux));
    expect(decoded(linux)).toEqual(message);
    expect(message.quoted).toMatchObject(quotes(original));
  });

  it.each([
    ['fragmentation needed', '192.0.2.2', '203.0.113.9', '192.0.2.1', 3, 4, 576, '03047098 00000514'],
    ['packet too big', '2001:db8::2', '2001:db8:7::9', '2001:db8::1', 2, 0, 1280, '0200d0c8 00000514'],
  ])('%s: length, checksum and MTU', (_name, from, to, router, type, code, length, header) => {
    const original = segment(BIG, from, to, 64);
    original.payload.fill(0x7a);
    const ours = encodePacket(icmpError({ type, code, info: 1300, original, source: address(router) }));
    const icmp = length === 576 ? 20 : 40;
    expect(ours.length).toBe(length);
    expect(formatHex(ours.subarray(icmp, icmp + 8))).toBe(header.replace(' ', ''));
    expect(decoded(ours).info).toBe(1300);
  });
});

describe('what an error quotes', () => {
  const original = segment(SYN, '192.0.2.2', '198.51.100.9', 64);
  const error = (quoteMax: number): IcmpMessage =>
    icmpError({ type: 3, code: 1, original, source: address('198.51.100.9'), quoteMax });

  it('is found in 28 bytes, and not in 27', () => {
    expect(error(28).body).toHaveLength(28);
    expect(error(28).quoted).toEqual({
      source: address('192.0.2.2'),
      destination: address('198.51.100.9'),
      ...quotes(original),
    });
    expect(error(27).quoted).toBeNull();
  });

  it('goes to the source of the segment', () => {
    expect(error(28)).toMatchObject({ destination: address('192.0.2.2'), ttl: 64, info: 0 });
  });

  it.each([
    ['another protocol', 9, 17],
    ['a later fragment', 7, 1],
    ['a header length below 20', 0, 0x44],
    ['a header length over what is there', 0, 0x4f],
    ['another IP version', 0, 0x65],
  ])('is null for %s', (_name, at, byte) => {
    const message = error(28);
    message.body[at] = byte;
    expect(decoded(encodePacket(message)).quoted).toBeNull();
  });

  it('is found behind IPv6 extension headers', () => {
    const from = '2001:db8::2';
    const six = segment(SYN, from, '2001:db8::9', 64);
    const message = icmpError({ type: 1, code: 4, original: six, source: address('2001:db8::9') });
    const body = new Uint8Array(message.body.length + 8);
    body.set(message.body.subarray(0, 40));
    body.set(hex`0600010400000000`, 40);
    body.set(message.body.subarray(40), 48);
    body[6] = 60;
    expect(decoded(encodePacket({ ...message, body })).quoted).toMatchObject(quotes(six));
    body[6] = 44;
    expect(decoded(encodePacket({ ...message, body })).quoted).toBeNull();
  });
});

describe('the second header word', () => {
  const bodyless = (over: Partial<IcmpMessage>): IcmpMessage => ({
    kind: 'icmp',
    source: address('192.0.2.1'),
    destination: address('192.0.2.2'),
    ttl: 64,
    type: 3,
    code: 1,
    info: 0,
    quoted: null,
    body: hex``,
    ...over,
  });
  const v6 = { source: address('2001:db8::1'), destination: address('2001:db8::2') };

  it.each<[string, Partial<IcmpMessage>, string]>([
    ['the MTU of fragmentation needed', { type: 3, code: 4, info: 1300 }, '00000514'],
    ['the pointer of an IPv4 parameter problem', { type: 12, code: 0, info: 9 }, '09000000'],
    ['the gateway of a redirect', { type: 5, code: 1, info: 0xcb007109 }, 'cb007109'],
    ['the MTU of packet too big', { ...v6, type: 2, code: 0, info: 0x10000 }, '00010000'],
    ['the pointer of an IPv6 parameter problem', { ...v6, type: 4, code: 1, info: 40 }, '00000028'],
    ['id and sequence of an echo', { type: 8, code: 0, info: 0xfeed0001 }, 'feed0001'],
    ['nothing in other errors', { type: 3, code: 1, info: 0 }, '00000000'],
  ])('%s', (_name, over, word) => {
    const message = bodyless(over);
    const bytes = encodePacket(message);
    expect(formatHex(bytes.subarray(bytes.length - 4))).toBe(word);
    expect(decoded(bytes)).toEqual(message);
  });
});
