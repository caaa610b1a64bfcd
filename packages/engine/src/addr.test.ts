import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANY4,
  ANY6,
  addr,
  formatAddr,
  formatEndpoint,
  isAny,
  isLoopback,
  isMulticast,
  isV4,
  LOOPBACK6,
  parseAddr,
  sameAddr,
} from './addr.ts';

describe('addresses as text', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::', '2001:db8::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('%s is printed as %s', (text, printed) => {
    expect(formatAddr(parseAddr(text)!)).toBe(printed);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.-4',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '1.2.3.4::',
    '::1.2.3',
    'fe80::1%eth0',
  ])('%j is no address', (text) => {
    expect(parseAddr(text)).toBe(null);
  });

  it('every address comes back from its text', () => {
    const word = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.constant(0xffff),
    );
    fc.assert(
      fc.property(word, word, word, word, (a, b, c, d) => {
        const given = addr(a, b, c, d);
        expect(sameAddr(parseAddr(formatAddr(given))!, given)).toBe(true);
      }),
    );
  });

  it('arbitrary text never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        [null, 'object'].includes(parseAddr(text) === null ? null : 'object'),
      ),
    );
  });

  it('an endpoint wears brackets for IPv6 only', () => {
    expect([formatEndpoint(ANY4, 80), formatEndpoint(LOOPBACK6, 80)]).toEqual(['0.0.0.0:80', '[::1]:80']);
  });
});

describe('kinds of addresses', () => {
  it.each([
    ['0.0.0.0', 'any v4'],
    ['::', 'any'],
    ['127.9.9.9', 'loopback v4'],
    ['::1', 'loopback'],
    ['224.0.0.1', 'multicast v4'],
    ['ff02::1', 'multicast'],
    ['10.0.0.1', 'v4'],
    ['2001:db8::1', ''],
  ])('%s: %s', (text, kinds) => {
    const a = parseAddr(text)!;
    const found = [
      isAny(a) && 'any',
      isLoopback(a) && 'loopback',
      isMulticast(a) && 'multicast',
      isV4(a) && 'v4',
    ];
    expect(found.filter((k) => k !== false).join(' ')).toBe(kinds);
  });

  it('the two wildcards differ', () => {
    expect(sameAddr(ANY4, ANY6)).toBe(false);
  });
});
