import { formatAddr, parseAddr } from '@halfopen/engine';
import { describe, expect, it } from 'vitest';
import { type Cidr, contains, inUse, networkOf, overlaps, parseCidr, planAddresses } from './subnet.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};

const plan = (...texts: string[]): string[] | string => {
  const result = planAddresses(texts.map(cidr));
  return typeof result === 'string'
    ? result
    : result.map((p) => `${formatAddr(p.engine)}/${p.prefix} ${formatAddr(p.host)}`);
};

describe('parseCidr', () => {
  it.each([
    '10.80.0.2',
    '10.80.0.2/33',
    '10.80.0.2/',
    '10.80.0.2/24/1',
    'host/24',
    'fd80::2/129',
    '10.0.0.1/-1',
    '/24',
  ])('refuses %s', (text) => {
    expect(typeof parseCidr(text)).toBe('string');
  });

  it('says which prefix is missing', () => {
    expect(parseCidr('fd80::2')).toBe('expected a prefix length, such as fd80::2/64');
  });
});

describe('the kernel side of the device', () => {
  it('takes the lowest address that the engine leaves free', () => {
    expect(plan('10.80.0.2/24')).toEqual(['10.80.0.2/24 10.80.0.1']);
    expect(plan('10.80.0.1/24')).toEqual(['10.80.0.1/24 10.80.0.2']);
    expect(plan('fd80::2/64')).toEqual(['fd80::2/64 fd80::1']);
  });

  it('serves all engine addresses of one subnet with one address', () => {
    expect(plan('10.80.0.1/24', '10.80.0.2/24', '10.80.0.9/24')).toEqual([
      '10.80.0.1/24 10.80.0.3',
      '10.80.0.2/24 10.80.0.3',
      '10.80.0.9/24 10.80.0.3',
    ]);
  });

  it('is the other address of a pair', () => {
    expect(plan('10.0.0.0/31')).toEqual(['10.0.0.0/31 10.0.0.1']);
    expect(plan('10.0.0.1/31')).toEqual(['10.0.0.1/31 10.0.0.0']);
    expect(plan('10.0.0.2/30')).toEqual(['10.0.0.2/30 10.0.0.1']);
  });

  it('is never the broadcast address', () => {
    expect(plan('10.0.0.1/30', '10.0.0.2/30')).toContain('leaves no second address');
  });

  it('needs a subnet with room for it', () => {
    expect(plan('10.0.0.1/32')).toContain('leaves no second address');
  });

  it('refuses the same address twice', () => {
    expect(plan('10.0.0.1/24', '10.0.0.1/24')).toContain('given twice');
  });
});

describe('subnets', () => {
  it('clear the host bits across word borders', () => {
    expect(formatAddr(networkOf(cidr('10.80.3.2/22')))).toBe('10.80.0.0');
    expect(formatAddr(networkOf(cidr('2001:db8:1:2:3::4/48')))).toBe('2001:db8:1::');
    expect(formatAddr(networkOf(cidr('10.1.2.3/0')))).toBe('0.0.0.0');
  });

  it('contain addresses of their own family only', () => {
    expect(contains(cidr('0.0.0.0/0'), parseAddr('1.2.3.4')!)).toBe(true);
    expect(contains(cidr('::/0'), parseAddr('1.2.3.4')!)).toBe(false);
  });

  it('overlap when one lies in the other', () => {
    expect(overlaps(cidr('10.80.0.2/24'), cidr('10.0.0.1/8'))).toBe(true);
    expect(overlaps(cidr('10.80.0.2/24'), cidr('10.80.1.2/24'))).toBe(false);
  });

  it('are looked for on the interfaces of the host', () => {
    const host = [{ device: 'eth0', ...cidr('10.80.0.77/16') }];
    expect(inUse(cidr('10.80.0.2/24'), host)?.device).toBe('eth0');
    expect(inUse(cidr('fd80::2/64'), host)).toBeUndefined();
  });
});
