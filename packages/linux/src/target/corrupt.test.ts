import {
  decodePacket,
  encodePacket,
  parseAddr,
  parseSegment,
  setDestination,
  setSource,
} from '@halfopen/engine';
import { expect, it } from 'vitest';
import { corrupted } from './corrupt.ts';

it.each([
  ['10.0.0.1', '10.0.0.2'],
  ['fd00::1', 'fd00::2'],
])('a corrupted packet from %s has a bad TCP checksum and nothing else', (from, to) => {
  const parsed = parseSegment('S 0:0(0) win 65535 <mss 1460>');
  if (!parsed.ok) throw new Error(parsed.message);
  setSource(parsed.segment, parseAddr(from)!);
  setDestination(parsed.segment, parseAddr(to)!);
  const bytes = encodePacket(parsed.segment);
  expect(decodePacket(bytes).ok).toBe(true);
  expect(decodePacket(corrupted(bytes))).toEqual({ ok: false, reason: 'bad-tcp-checksum' });
});
