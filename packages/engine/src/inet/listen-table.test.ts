import { describe, expect, test } from 'vitest';
import { ip, testSock } from '../../test/inet-sock.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { setDestination, takeSegment } from '../wire/segment.ts';
import {
  groupOfListener,
  insertListener,
  lookupListener,
  lookupListenerOf,
  newListenTable,
  pickFromGroup,
  reciprocalScale,
  removeListener,
} from './listen-table.ts';

function rig() {
  const table = newListenTable();
  const socks = new Map<number, Sock>();
  const listen = (local: string, options: Partial<SockOptions> = {}): Sock => {
    const sock = testSock(socks.size + 1, local, options, { lport: 80, state: 'LISTEN' });
    socks.set(sock.id, sock);
    insertListener(table, socks, sock);
    return sock;
  };
  const find = (dst: string, hash = 0): number => lookupListener(table, socks, ip(dst), 80, hash);
  return { table, socks, listen, find };
}

describe('who gets a segment', () => {
  test('nobody on another port or address', () => {
    const { table, socks, listen, find } = rig();
    listen('10.0.0.1');
    expect(find('10.0.0.2')).toBe(0);
    expect(lookupListener(table, socks, ip('10.0.0.1'), 81, 0)).toBe(0);
  });

  test('the specific address before the wildcard, whoever came last', () => {
    const { listen, find } = rig();
    const specific = listen('10.0.0.1', { reusePort: true });
    const any = listen('0.0.0.0', { reusePort: true });
    expect(find('10.0.0.1')).toBe(specific.id);
    expect(find('10.0.0.2')).toBe(any.id);
  });

  test('a v4 wildcard before a dual-stack one, whoever came last', () => {
    for (const order of [
      ['0.0.0.0', '::'],
      ['::', '0.0.0.0'],
    ]) {
      const { listen, find } = rig();
      const [a, b] = order.map((address) => listen(address)) as [Sock, Sock];
      const [v4, v6] = a.family === 4 ? [a, b] : [b, a];
      expect(find('10.0.0.1')).toBe(v4.id);
      expect(find('2001:db8::1')).toBe(v6.id);
    }
  });

  test('`::` takes IPv4 unless it is V6ONLY; a v4 socket never takes IPv6', () => {
    const { listen, find } = rig();
    listen('::', { v6Only: true });
    expect(find('10.0.0.1')).toBe(0);
    const { listen: listen2, find: find2 } = rig();
    const dual = listen2('::');
    expect(find2('10.0.0.1')).toBe(dual.id);
    const { listen: listen3, find: find3 } = rig();
    listen3('0.0.0.0');
    expect(find3('2001:db8::1')).toBe(0);
  });

  test('an IPv6 socket on a v4-mapped address takes IPv4', () => {
    const { listen, find } = rig();
    const mapped = listen('::ffff:10.0.0.1');
    expect(mapped.family).toBe(6);
    expect(find('10.0.0.1')).toBe(mapped.id);
  });

  test('of equals the one that listened last', () => {
    const { table, listen, find } = rig();
    const first = listen('0.0.0.0');
    const last = listen('0.0.0.0');
    expect(find('10.0.0.1')).toBe(last.id);
    removeListener(table, last);
    expect(find('10.0.0.1')).toBe(first.id);
  });

  test('the same from a segment', () => {
    const { table, socks, listen } = rig();
    const any = listen('::');
    const seg = takeSegment();
    setDestination(seg, ip('10.0.0.1'));
    seg.dport = 80;
    expect(lookupListenerOf(table, socks, seg, 0)).toBe(any.id);
  });

  test('removing the last listener empties the table', () => {
    const { table, listen } = rig();
    const group = ['0.0.0.0', '0.0.0.0', '::'].map((a) => listen(a, { reusePort: true }));
    for (const sock of group) removeListener(table, sock);
    expect([table.ports.size, table.groups.size, table.groupOf.size]).toEqual([0, 0, 0]);
  });
});

describe('SO_REUSEPORT groups', () => {
  test('the hash picks a member by scaling, in the order of listen()', () => {
    const { listen, find } = rig();
    const ids = [1, 2, 3, 4].map(() => listen('0.0.0.0', { reusePort: true }).id);
    expect([0, 0.25, 0.5, 0.75, 0.9999].map((share) => find('10.0.0.1', (share * 2 ** 32) | 0))).toEqual([
      ids[0],
      ids[1],
      ids[2],
      ids[3],
      ids[3],
    ]);
  });

  test('the last member takes the place of one that leaves', () => {
    const { table, listen, find } = rig();
    const socks = [1, 2, 3].map(() => listen('0.0.0.0', { reusePort: true }));
    removeListener(table, socks[0]!);
    expect([find('10.0.0.1', 0), find('10.0.0.1', -1)]).toEqual([socks[2]!.id, socks[1]!.id]);
  });

  test('addresses, families, V6ONLY and owners do not mix', () => {
    const { table, listen } = rig();
    const groups = [
      listen('0.0.0.0', { reusePort: true }),
      listen('10.0.0.1', { reusePort: true }),
      listen('::', { reusePort: true }),
      listen('::', { reusePort: true, v6Only: true }),
      listen('0.0.0.0', { reusePort: true, uid: 1 }),
      listen('0.0.0.0', { reusePort: true }),
    ].map((sock) => groupOfListener(table, sock.id));
    expect(groups[5]).toBe(groups[0]);
    expect(new Set(groups.slice(0, 5)).size).toBe(5);
  });

  test('a member ends the search at once: later and better scores are not looked at', () => {
    const { listen, find } = rig();
    const plain = listen('0.0.0.0');
    const member = listen('0.0.0.0', { reusePort: true });
    expect(find('10.0.0.1')).toBe(member.id);
    // An IPv6 member stands behind the others, so an IPv4 listener is met first.
    listen('::', { reusePort: true });
    expect(find('10.0.0.1')).toBe(member.id);
    expect(plain.id).toBe(1);
  });

  test('SO_REUSEPORT set after listen() makes no group', () => {
    const { table, listen, find } = rig();
    const sock = listen('0.0.0.0');
    sock.options.reusePort = true;
    expect(groupOfListener(table, sock.id)).toBe(0);
    expect(find('10.0.0.1')).toBe(sock.id);
  });

  test('what migration asks: another member, or none', () => {
    const { table, listen } = rig();
    const [a, b] = [listen('0.0.0.0', { reusePort: true }), listen('0.0.0.0', { reusePort: true })] as const;
    const group = groupOfListener(table, a.id);
    removeListener(table, a);
    expect(pickFromGroup(table, group, 12_345)).toBe(b.id);
    removeListener(table, b);
    expect(pickFromGroup(table, group, 12_345)).toBe(0);
  });

  test('shares are even', () => {
    const hits = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) hits[reciprocalScale(Math.imul(i, 0x9e3779b1), 4)]!++;
    for (const n of hits) expect(Math.abs(n - 1000)).toBeLessThan(50);
  });
});
