import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatFlags,
  formatSegment,
  type ParsedSegment,
  parseSegment,
  type SequenceBase,
} from './notation.ts';
import { formatHex, parseHex } from './notation-options.ts';
import { encodeOptions } from './options.ts';
import { cloneSegment, takeSegment } from './segment.ts';

function parsed(text: string, base?: SequenceBase): ParsedSegment {
  const result = parseSegment(text, base);
  if (!result.ok) throw new Error(result.message);
  return result;
}

function optionBytes(text: string): string {
  const out = new Uint8Array(40);
  return formatHex(out.subarray(0, encodeOptions(parsed(text).segment, out, 0)));
}

describe('text that stays the same when read and written', () => {
  it.each([
    'S 0:0(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>',
    'S. 0:0(0) ack 1 win 28960 <mss 1460>',
    '. 1:1(0) ack 1 win 257',
    'P. 1:1001(1000) ack 1 win 257',
    'F. 1:1(0) ack 1 win 0',
    'FP. 4294967295:1(2) ack 4294967295 win 1',
    'R 777:777(0) win 0',
    'R. 0:0(0) ack 1 win 0',
    'SEW 0:0(0) win 64240',
    'P.U 1:2(1) ack 1 win 257 urg 1',
    '- 0:0(0) win 0',
    'R 5:5(0) ack 9 win 0',
    '. 1:1(0) ack 1 win 257 <nop,nop,sack 1:1001 2001:3001>',
    '. 1:1(0) ack 1 win 257 <nop,nop,TS val 4294967295 ecr 2,nop,nop,sack 5:6>',
    'S 0:0(0) win 1 <mss 1460,FO,nop,nop>',
    'S 0:0(0) win 1 <mss 1460,FO 0123456789abcdef,nop,nop>',
    'S 0:0(0) win 1 <wscale 14,nop,mss 1460>',
    'S 0:0(0) win 1 <FOEXP aabb,nop,nop>',
    'S 0:0(0) win 1 <md5 00112233445566778899aabbccddeeff,nop,nop>',
    'S 0:0(0) win 1 <kind 253 0102>',
    'S 0:0(0) win 1 <kind 2 aa,eol>',
    'S 0:0(0) win 1 <eol,eol,eol,eol>',
    'S 0:0(0) win 1 <nop,nop,eol,raw 02>',
    'S 0:0(0) win 1 <raw fd00abcd>',
  ])('%s', (text) => {
    expect(formatSegment(parsed(text).segment)).toBe(text);
  });
});

describe('reading', () => {
  it('fills the record', () => {
    const { segment } = parsed(
      'SP. 7:17(10) ack 9 win 512 urg 3 <mss 1460,sackOK,TS val 1 ecr 2,nop,wscale 7>',
    );
    expect(segment).toEqual({
      ...cloneSegment(takeSegment()),
      seq: 7,
      ack: 9,
      flags: 0x1a,
      window: 512,
      urgentPointer: 3,
      mss: 1460,
      sackPermitted: true,
      hasTimestamp: true,
      tsVal: 1,
      tsEcr: 2,
      wscale: 7,
      payload: new Uint8Array(10),
    });
  });

  it('takes numbers above 2^31 as int32', () => {
    const { segment } = parsed('. 4294967295:4294967295(0) ack 2147483648');
    expect(segment).toMatchObject({ seq: -1, ack: -(2 ** 31) });
  });

  it('takes flags in any order, and any spaces between the parts', () => {
    expect(parsed('  .EWS\t0:0(0)   ack   1 <  mss   1460 , nop,nop , sackOK > ').segment).toMatchObject({
      flags: 0xd2,
      ack: 1,
      mss: 1460,
      sackPermitted: true,
      rawOptions: null,
    });
  });

  it('tells what the text left open', () => {
    const nothing = { ack: false, window: false, urgentPointer: false, options: 'none', optionBytes: 0 };
    expect(parsed('S 0:0(0)').given).toEqual(nothing);
    expect(parsed('. 0:0(0) ack 1').given).toEqual({ ...nothing, ack: true });
    expect(parsed('. 0:0(0) win 5 urg 0').given).toEqual({ ...nothing, window: true, urgentPointer: true });
    expect(parsed('S. 0:0(0) ack 1 <...>').given).toEqual({ ...nothing, ack: true, options: 'any' });
    expect(parsed('S 0:0(0) <mss 1460,wscale 7>').given).toMatchObject({ options: 'listed', optionBytes: 7 });
  });

  it('pads options with NOPs', () => {
    expect(optionBytes('S 0:0(0) <mss 1460,FO 1234abcd>')).toBe('020405b422061234abcd0101');
    expect(optionBytes('S 0:0(0) <wscale 7>')).toBe('03030701');
  });

  it('takes exactly 40 bytes of options', () => {
    expect(optionBytes(`S 0:0(0) <raw ${'01'.repeat(40)}>`)).toBe('01'.repeat(40));
    expect(parseSegment(`S 0:0(0) <raw ${'01'.repeat(40)},nop>`)).toMatchObject({
      expected: 'at most 40 bytes of options',
    });
    expect(parseSegment(`S 0:0(0) <raw ${'01'.repeat(37)},mss 1>`)).toMatchObject({ ok: false });
  });

  it('adds the bases: the SACK edges lie in the acknowledged stream', () => {
    const base = { seqBase: 1000, ackBase: -1 };
    const text = '. 1:3(2) ack 2 win 5 <nop,nop,sack 4:5>';
    const { segment } = parsed(text, base);
    expect(segment).toMatchObject({ seq: 1001, ack: 1, sack: [3, 4] });
    expect(formatSegment(segment, base)).toBe(text);
    expect(formatSegment(segment)).toBe('. 1001:1003(2) ack 1 win 5 <nop,nop,sack 3:4>');
  });
});

describe('writing', () => {
  it('prints flags in packetdrill order', () => {
    expect(formatFlags(0xff)).toBe('FSRP.UEW');
    expect(formatFlags(0)).toBe('-');
  });

  it('leaves ack and urg away only when there is nothing to say', () => {
    const seg = parsed('R 1:1(0)').segment;
    expect(formatSegment(seg, { ackBase: 7 })).toBe('R 1:1(0) win 0');
    expect(formatSegment({ ...seg, ack: 9 }, { ackBase: 7 })).toBe('R 1:1(0) ack 2 win 0');
    expect(formatSegment({ ...seg, flags: 0x20 })).toBe('U 1:1(0) win 0 urg 0');
  });
});

describe('refusals name the column and what was expected', () => {
  it.each<[string, number, string]>([
    ['', 1, "expected flags, each once, out of F S R P . U E W, or '-' for none, found the end of the text"],
    ['SX 0:0(0)', 2, "expected flags, each once, out of F S R P . U E W, or '-' for none, found 'X'"],
    ['SS 0:0(0)', 2, "expected flags, each once, out of F S R P . U E W, or '-' for none, found 'S'"],
    ['S', 2, 'expected a sequence number 0..4294967295, found the end of the text'],
    ['S 4294967296:0(0)', 3, "expected a sequence number 0..4294967295, found '4294967296:0(0)'"],
    ['S 0-0(0)', 4, "expected ':', found '-0(0)'"],
    ['S 0:0', 6, "expected '(', found the end of the text"],
    ['S 0:0(65536)', 7, "expected a payload length 0..65535, found '65536)'"],
    ['S 0:0(0', 8, "expected ')', found the end of the text"],
    ['P. 1:1000(1000) ack 1', 6, "expected 1001, which is 1 + 1000 bytes, found '1000(1000)'"],
    ['. 1:5(2)', 5, "expected 3, which is 1 + 2 bytes, found '5(2)'"],
    ['. 0:0(0) ack', 13, 'expected an acknowledgment number 0..4294967295, found the end of the text'],
    ['. 0:0(0) ack 1 win 65536', 20, "expected a window 0..65535, found '65536'"],
    ['. 0:0(0) ack 1 wim 5', 16, "expected 'win', 'urg', '<' or the end of the text, found 'wim'"],
    ['. 0:0(0) win 5 ack 1', 16, "expected 'urg', '<' or the end of the text, found 'ack'"],
    ['. 0:0(0) x', 10, "expected 'ack', 'win', 'urg', '<' or the end of the text, found 'x'"],
    ['. 0:0(0) <nop> x', 16, "expected the end of the text, found 'x'"],
    ['S 0:0(0) <mss>', 14, "expected an MSS 0..65535, found '>'"],
    ['S 0:0(0) <mss 1460 sackOK>', 20, "expected ',' or '>', found 'sackOK>'"],
    ['S 0:0(0) <mss 1460', 19, "expected ',' or '>', found the end of the text"],
    ['S 0:0(0) <wscale 256>', 18, "expected a window scale 0..255, found '256>'"],
    ['S 0:0(0) <TS 1 ecr 0>', 14, "expected 'val', found '1'"],
    ['S 0:0(0) <TS val 1>', 19, "expected 'ecr', found '>'"],
    ['. 0:0(0) <sack 1>', 17, "expected ':', found '>'"],
    ['. 0:0(0) <sack 1:>', 18, "expected the right edge of a SACK block 0..4294967295, found '>'"],
    ['S 0:0(0) <FO abc>', 14, "expected an even number of hexadecimal digits, found 'abc>'"],
    ['S 0:0(0) <kind 256>', 16, "expected an option kind 0..255, found '256>'"],
    [
      'S 0:0(0) <mess 1460>',
      11,
      "expected a TCP option (eol, nop, mss, wscale, sackOK, TS, sack, FO, FOEXP, md5, kind, raw), found 'mess'",
    ],
    [
      'S 0:0(0) <>',
      11,
      "expected a TCP option (eol, nop, mss, wscale, sackOK, TS, sack, FO, FOEXP, md5, kind, raw), found '>'",
    ],
  ])('%s', (text, column, message) => {
    expect(parseSegment(text)).toMatchObject({ ok: false, column, message: `column ${column}: ${message}` });
  });
});

describe('any text', () => {
  const words = fc.constantFrom(
    'S',
    '.',
    '0:0(0)',
    '1:2(1)',
    'ack',
    'win',
    'urg',
    '1',
    '<',
    '>',
    ',',
    'mss',
    'sack',
    '1:2',
    'TS',
    'val',
    'ecr',
    'FO',
    'raw',
    'ff',
    'nop',
    '...',
    ' ',
    '(',
    ':',
    '\t',
    '99999999999',
  );

  it('gets an answer, with a column inside the text or just behind it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 20 }).map((list) => list.join('')),
      fc.array(words, { maxLength: 20 }).map((list) => `S 0:0(0) ${list.join(' ')}`),
    );
    fc.assert(
      fc.property(text, (t) => {
        const result = parseSegment(t);
        if (result.ok) expect(parseSegment(formatSegment(result.segment)).ok).toBe(true);
        else expect(result.column >= 1 && result.column <= t.length + 1 && result.message !== '').toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hexadecimal', () => {
  it('goes both ways', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseHex(formatHex(bytes))).toEqual(bytes);
      }),
    );
    expect(formatHex(Uint8Array.of(0, 10, 255))).toBe('000aff');
    expect(parseHex(' 0A ff\n')).toEqual(Uint8Array.of(10, 255));
    expect(parseHex('abc')).toBeNull();
    expect(parseHex('0g')).toBeNull();
  });
});
