import { describe, expect, it } from 'vitest';
import { formatHex, parseHex } from './notation-options.ts';
import { decodeOptions, encodeOptions, optionsLength } from './options.ts';
import { cloneSegment, type Segment, takeSegment } from './segment.ts';

const hex = (text: TemplateStringsArray): Uint8Array => parseHex(text.raw.join('')) as Uint8Array;

const withOptions = (fields: Partial<Segment>): Segment => ({ ...cloneSegment(takeSegment()), ...fields });

function encoded(fields: Partial<Segment>): string {
  const seg = withOptions(fields);
  const out = new Uint8Array(60).fill(0xee);
  const length = encodeOptions(seg, out, 7);
  expect(length).toBe(optionsLength(seg));
  expect([...out.subarray(0, 7), ...out.subarray(7 + length)].every((b) => b === 0xee)).toBe(true);
  return formatHex(out.subarray(7, 7 + length));
}

function decoded(bytes: Uint8Array): Segment {
  const seg = cloneSegment(takeSegment());
  decodeOptions(bytes, 0, bytes.length, seg);
  return seg;
}

const TS = { hasTimestamp: true, tsVal: 0x01020304, tsEcr: -1 };

describe('the layouts of tcp_options_write', () => {
  it.each<[string, Partial<Segment>, string]>([
    ['nothing', {}, ''],
    ['MSS', { mss: 1460 }, '020405b4'],
    [
      'MSS, SACK-permitted sharing words with timestamps, window scale',
      { mss: 1460, sackPermitted: true, ...TS, wscale: 7 },
      '020405b40402080a01020304ffffffff01030307',
    ],
    ['timestamps without SACK', { mss: 1460, ...TS }, '020405b40101080a01020304ffffffff'],
    [
      'SACK-permitted without timestamps',
      { mss: 1460, sackPermitted: true, wscale: 10 },
      '020405b4010104020103030a',
    ],
    ['timestamps on an established segment', TS, '0101080a01020304ffffffff'],
    ['SACK blocks', { sack: [1, 2, -2, -1] }, '010105120000000100000002fffffffeffffffff'],
    [
      'timestamps before SACK blocks',
      { ...TS, sack: [1, 2] },
      '0101080a01020304ffffffff0101050a0000000100000002',
    ],
    ['a Fast Open request, NOPs behind it', { mss: 1460, fastOpen: hex`` }, '020405b422020101'],
    [
      'a Fast Open cookie of 8 bytes',
      { mss: 1460, fastOpen: hex`0011223344556677` },
      '020405b4220a00112233445566770101',
    ],
    ['a Fast Open cookie that needs no padding', { fastOpen: hex`aabbccddeeff` }, '2208aabbccddeeff'],
    ['MSS 0 and window scale 0, which are not absent', { mss: 0, wscale: 0 }, '0204000001030300'],
  ])('%s', (_name, fields, expected) => {
    expect(encoded(fields)).toBe(expected);
    const bytes = parseHex(expected) as Uint8Array;
    expect(decoded(bytes)).toEqual(withOptions(fields));
  });
});

describe('options that do not fit in 40 bytes', () => {
  const four = [1, 2, 3, 4, 5, 6, 7, 8];

  it('keeps four SACK blocks alone, three beside timestamps', () => {
    expect(encoded({ sack: four })).toHaveLength(2 * 36);
    expect(encoded({ ...TS, sack: four })).toBe(`${encoded({ ...TS, sack: four.slice(0, 6) })}`);
    expect(encoded({ sack: [...four, 9, 10] })).toBe(encoded({ sack: four }));
  });

  it('leaves a Fast Open cookie away that does not fit', () => {
    const syn = { mss: 1460, sackPermitted: true, ...TS, wscale: 7 };
    expect(encoded({ ...syn, fastOpen: new Uint8Array(18) })).toHaveLength(2 * 40);
    expect(encoded({ ...syn, fastOpen: new Uint8Array(19) })).toBe(encoded(syn));
  });
});

describe('rawOptions', () => {
  it('wins over the fields and is padded with end-of-list', () => {
    expect(encoded({ mss: 1460, rawOptions: hex`0101010303` })).toBe('0101010303000000');
  });

  it('never makes more than 40 bytes', () => {
    expect(encoded({ rawOptions: new Uint8Array(99).fill(1) })).toBe('01'.repeat(40));
  });

  it.each([
    ['another order', hex`01030307020405b4`],
    ['NOPs in another place', hex`03030701`],
    ['an unknown kind', hex`fd04abcd020405b4`],
    ['MD5', hex`131200112233445566778899aabbccddeeff0101`],
    ['end-of-list padding', hex`0402000000000000`],
    ['a repeated option', hex`020405b4020405b4`],
  ])('keeps %s as received', (_name, bytes) => {
    const seg = decoded(bytes);
    expect(seg.rawOptions).toEqual(bytes);
    const out = new Uint8Array(bytes.length);
    expect(encodeOptions(seg, out, 0)).toBe(bytes.length);
    expect(out).toEqual(bytes);
  });
});

describe('reading what tcp_parse_options reads', () => {
  it('skips unknown kinds and known kinds of a wrong length', () => {
    expect(decoded(hex`fd04abcd 0203ff 0a05010203 020405b4`)).toMatchObject({ mss: 1460 });
    expect(decoded(hex`0302 0807010203 0405aabbcc 01`)).toMatchObject({
      wscale: -1,
      hasTimestamp: false,
      sackPermitted: false,
    });
  });

  it('takes the last of a repeated option', () => {
    expect(decoded(hex`020405b402040200`)).toMatchObject({ mss: 512 });
  });

  it.each([
    ['end-of-list', hex`00 020405b4 000000`],
    ['a length of 0', hex`fd00 020405b4 0101`],
    ['a length of 1', hex`fd01 020405b4 0101`],
    ['a length over the end', hex`fd0b 020405b4 0101`],
    ['a kind without a length', hex`010101fd`],
  ])('stops at %s', (_name, bytes) => {
    expect(decoded(bytes)).toMatchObject({ mss: -1, rawOptions: bytes });
  });

  it('keeps what stands before a bad length', () => {
    expect(decoded(hex`020405b4 fd00 0101`)).toMatchObject({ mss: 1460 });
  });

  it('takes SACK only in whole blocks', () => {
    expect(decoded(hex`0502 0101`).sack).toBeNull();
    expect(decoded(hex`0506 00000001 0101`).sack).toBeNull();
    expect(decoded(hex`0101050a 00000001 80000000`).sack).toEqual([1, -(2 ** 31)]);
  });
});
