import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ip } from '../../test/inet-sock.ts';
import { type Addr, addr, formatAddr, LOOPBACK4, LOOPBACK6 } from '../addr.ts';
import { type Segment, setDestination, setSource, takeSegment } from '../wire/segment.ts';
import {
  type Interface,
  inPrefix,
  isForUs,
  isLocalAddr,
  loopbackInterface,
  networkOf,
  type Route,
  routeLookup,
  routeReply,
  routeSegment,
  way,
} from './route.ts';

const device = (name: string, ...addrs: string[]): Interface => ({
  name,
  mtu: 1500,
  up: true,
  addrs: addrs.map((text) => {
    const [a, length] = text.split('/') as [string, string];
    return { addr: ip(a), prefixLen: Number(length) };
  }),
});
const route = (prefix: string, more: Partial<Route> = {}): Route => {
  const [a, length] = prefix.split('/') as [string, string];
  return { dst: ip(a), prefixLen: Number(length), dev: 'd0', type: 'unicast', ...more };
};

// The host of which Linux 6.18 was asked with `ip route get`.
const D0 = device('d0', '10.0.0.1/24', '10.0.0.2/24', '10.9.9.9/32', '2001:db8::1/64', '2001:db8::2/64');
const HOST = [loopbackInterface(), D0];
const ROUTES = [
  route('1.0.0.0/8', { via: ip('10.0.0.5') }),
  route('0.0.0.0/0', { via: ip('10.0.0.6') }),
  route('9.0.0.0/8', { type: 'throw' }),
  route('9.1.0.0/16', { type: 'unreachable' }),
  route('9.2.0.0/16', { type: 'prohibit' }),
  route('9.3.0.0/16', { type: 'blackhole' }),
];

/** `type destination src source dev`, or the errno. */
function get(dst: string, from: string | null = null, routes = ROUTES, interfaces = HOST): string {
  const r = routeLookup(interfaces, routes, ip(dst), from === null ? null : ip(from));
  return r.ok ? `${r.type} ${formatAddr(r.destination)} src ${formatAddr(r.source)} dev ${r.dev}` : r.errno;
}

describe('as `ip route get` answers', () => {
  test.each([
    ['10.0.0.2', 'local 10.0.0.2 src 10.0.0.1 dev lo'],
    ['127.0.0.5', 'local 127.0.0.5 src 127.0.0.1 dev lo'],
    ['10.9.9.9', 'local 10.9.9.9 src 10.9.9.9 dev lo'],
    ['10.0.0.77', 'unicast 10.0.0.77 src 10.0.0.1 dev d0'],
    ['10.0.0.255', 'broadcast 10.0.0.255 src 10.0.0.1 dev d0'],
    ['1.1.1.1', 'unicast 1.1.1.1 src 10.0.0.1 dev d0'],
    ['224.1.1.1', 'multicast 224.1.1.1 src 10.0.0.1 dev d0'],
    ['255.255.255.255', 'broadcast 255.255.255.255 src 10.0.0.1 dev d0'],
    ['0.0.0.0', 'local 127.0.0.1 src 127.0.0.1 dev lo'],
    ['9.9.9.9', 'ENETUNREACH'],
    ['9.1.1.1', 'EHOSTUNREACH'],
    ['9.2.1.1', 'EACCES'],
    ['9.3.1.1', 'EINVAL'],
    ['2001:db8::2', 'local 2001:db8::2 src 2001:db8::2 dev lo'],
    ['2001:db8::7', 'unicast 2001:db8::7 src 2001:db8::2 dev d0'],
    ['2001:db9::7', 'ENETUNREACH'],
    ['::1', 'local ::1 src ::1 dev lo'],
    ['::', 'local ::1 src ::1 dev lo'],
  ])('%s: %s', (dst, answer) => {
    expect(get(dst)).toBe(answer);
  });

  test.each([
    ['8.8.8.8', '127.0.0.1', 'EINVAL'],
    ['8.8.8.8', '10.9.9.9', 'unicast 8.8.8.8 src 10.9.9.9 dev d0'],
    ['10.0.0.1', '127.0.0.1', 'local 10.0.0.1 src 127.0.0.1 dev lo'],
    ['127.0.0.1', '10.0.0.1', 'local 127.0.0.1 src 10.0.0.1 dev lo'],
    ['0.0.0.0', '10.0.0.1', 'local 10.0.0.1 src 10.0.0.1 dev lo'],
    ['::', '::ffff:10.0.0.1', 'local 127.0.0.1 src 10.0.0.1 dev lo'],
  ])('%s from %s: %s', (dst, from, answer) => {
    expect(get(dst, from)).toBe(answer);
  });

  test('without a default route neither multicast nor broadcast is reached', () => {
    expect(get('224.1.1.1', null, [])).toBe('ENETUNREACH');
    expect(get('255.255.255.255', null, [])).toBe('ENETUNREACH');
  });

  test('a device that is down: its IPv4 addresses stay ours, the rest is gone', () => {
    const down = [loopbackInterface(), { ...D0, up: false }];
    expect(get('10.0.0.1', null, ROUTES, down)).toBe('local 10.0.0.1 src 10.0.0.1 dev lo');
    expect(get('10.0.0.77', null, ROUTES, down)).toBe('ENETUNREACH');
    expect(get('2001:db8::1', null, ROUTES, down)).toBe('ENETUNREACH');
  });

  test('`lo` down: no loopback', () => {
    expect(get('127.0.0.1', null, [], [{ ...loopbackInterface(), up: false }])).toBe('ENETUNREACH');
  });
});

describe('MTU', () => {
  const mtu = (dst: string, routes: Route[]): number => {
    const r = routeLookup(HOST, routes, ip(dst), null);
    return r.ok ? r.mtu : 0;
  };
  test('of the route, else of the device; 65535 to ourselves over IPv4', () => {
    expect(mtu('8.8.8.8', [route('0.0.0.0/0', { mtu: 1400 })])).toBe(1400);
    expect(mtu('8.8.8.8', [route('0.0.0.0/0')])).toBe(1500);
    expect(mtu('10.0.0.2', [])).toBe(65_535);
  });
});

describe('sources', () => {
  test('the route names one', () => {
    expect(get('8.8.8.8', null, [route('0.0.0.0/0', { source: ip('10.9.9.9') })])).toMatch(/src 10.9.9.9/);
  });
  test('a device without an address of the family borrows one, else EADDRNOTAVAIL', () => {
    const bare = [...HOST, device('d1')];
    expect(get('8.8.8.8', null, [route('0.0.0.0/0', { dev: 'd1' })], bare)).toMatch(/src 10.0.0.1 dev d1/);
    expect(get('8.8.8.8', null, [route('0.0.0.0/0', { dev: 'd1' })], [device('d1')])).toBe('EADDRNOTAVAIL');
  });
});

describe('the way of a segment', () => {
  const addresses = [
    ...['10.0.0.1', '10.0.0.77', '10.0.0.255', '1.1.1.1', '9.9.9.9', '9.1.1.1', '9.2.1.1', '9.3.1.1'],
    ...['127.0.0.5', '224.1.1.1', '255.255.255.255', '0.0.0.0', '::', '::1', '2001:db8::2', '2001:db8::7'],
    ...['2001:db9::7', 'ff02::1'],
  ].map((text) => ip(text));
  const hosts = [HOST, [loopbackInterface(), { ...D0, up: false }], [{ ...loopbackInterface(), up: false }]];
  const between = (source: Addr, destination: Addr): Segment => {
    const seg = takeSegment();
    setSource(seg, source);
    setDestination(seg, destination);
    return seg;
  };
  /** What a packet must know of an answer. */
  const short = (failure: { errno: string } | null): string =>
    failure === null ? `${way.local ? 'local' : 'out'} mtu ${way.mtu}` : failure.errno;

  test('is what routeLookup answers, out and back', () => {
    for (const interfaces of hosts)
      for (const dst of addresses)
        for (const source of addresses) {
          const r = routeLookup(interfaces, ROUTES, dst, source);
          const want = r.ok ? `${r.local ? 'local' : 'out'} mtu ${r.mtu}` : r.errno;
          expect(short(routeSegment(interfaces, ROUTES, between(source, dst)))).toBe(want);
          expect(short(routeReply(interfaces, ROUTES, between(dst, source)))).toBe(want);
          expect(isForUs(interfaces, between(source, dst))).toBe(isLocalAddr(interfaces, dst));
        }
  });
});

describe('prefixes', () => {
  const word = fc.integer();
  const address = fc.oneof(
    fc.tuple(word, word, word, word).map(([a, b, c, d]) => addr(a, b, c, d)),
    word.map((w) => addr(0, 0, 0xffff, w)),
  );
  test('an address lies in its own network, and flipping the last network bit leaves it', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 32 }), (a, length) => {
        const net = networkOf(a, length);
        expect(inPrefix(a, net, length)).toBe(true);
        expect(networkOf(net, length)).toEqual(net);
        const flip = length === 32 ? 1 : 1 << (32 - length);
        const v4 = a.w0 === 0 && a.w1 === 0 && a.w2 === 0xffff;
        const other = v4 ? addr(a.w0, a.w1, a.w2, a.w3 ^ flip) : addr(a.w0 ^ flip, a.w1, a.w2, a.w3);
        expect(inPrefix(other, net, length)).toBe(false);
        expect(inPrefix(a, net, 0)).toBe(true);
      }),
    );
  });
  test('loopback is local without any interface', () => {
    expect([LOOPBACK4, LOOPBACK6, ip('127.9.9.9')].map((a) => isLocalAddr([], a))).toEqual([
      true,
      true,
      true,
    ]);
  });
});
