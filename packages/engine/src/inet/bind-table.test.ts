import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ip, testSock } from '../../test/inet-sock.ts';
import { handleOf, TIMEWAIT4 } from '../handle.ts';
import { seedRandom } from '../random.ts';
import type { Sock, SockOptions } from '../sock.ts';
import {
  type BindTable,
  bindBucket,
  bindInheritPort,
  bindMoveAddr,
  bindPut,
  bindRelease,
  bindReleaseTimeWait,
  bindTransferToTimeWait,
  newBindTable,
} from './bind-table.ts';
import { getPort, type PortTables } from './get-port.ts';

type Rig = PortTables & { socks: Map<number, Sock>; binds: BindTable };

const rig = (flipsBack = true): Rig => ({
  socks: new Map(),
  binds: newBindTable(flipsBack),
  random: seedRandom(1),
  reservedPorts: [],
  sysctl: { 'net.ipv4.ip_local_port_range': [32768, 60999], 'net.ipv4.ip_autobind_reuse': 0 },
  profile: { behaviour: { bindZero: 'parity', remembersReuse: false } },
});

function make(t: Rig, local: string, options: Partial<SockOptions> = {}, more: Partial<Sock> = {}): Sock {
  const sock = testSock(t.socks.size + 1, local, options, more);
  t.socks.set(sock.id, sock);
  return sock;
}

/** Values of the port's bucket: what connect() looks at. */
const fast = (t: Rig, port: number): number[] | null => {
  const bucket = bindBucket(t.binds, port);
  return bucket === undefined ? null : [bucket.fastReuse, bucket.fastReusePort];
};

describe('ports chosen by connect()', () => {
  test('are -1 until somebody uses bind(), and again when he goes (6.18)', () => {
    const t = rig();
    const auto = make(t, '127.0.0.1');
    bindPut(t.binds, auto, 40_000, true);
    expect(fast(t, 40_000)).toEqual([-1, -1]);
    const binder = make(t, '127.0.0.3');
    expect(getPort(t, binder, 40_000).ok).toBe(true);
    expect(fast(t, 40_000)).toEqual([0, 0]);
    bindRelease(t.binds, binder);
    expect(fast(t, 40_000)).toEqual([-1, -1]);
    bindRelease(t.binds, auto);
    expect(fast(t, 40_000)).toBeNull();
  });

  test('stay closed to connect() in older kernels', () => {
    const t = rig(false);
    bindPut(t.binds, make(t, '127.0.0.1'), 40_000, true);
    const binder = make(t, '127.0.0.3');
    getPort(t, binder, 40_000);
    bindRelease(t.binds, binder);
    expect(fast(t, 40_000)).toEqual([0, 0]);
  });

  test('a binder with SO_REUSEADDR closes them too', () => {
    const t = rig();
    bindPut(t.binds, make(t, '127.0.0.1'), 40_000, true);
    getPort(t, make(t, '127.0.0.3', { reuseAddr: true }), 40_000);
    expect(fast(t, 40_000)).toEqual([-1, 0]);
  });

  // Linux 6.18: EADDRINUSE on the same address with or without SO_REUSEADDR, fine on another.
  test('bind() to such a port is a conflict on the same address only', () => {
    const t = rig();
    bindPut(t.binds, make(t, '127.0.0.1'), 40_000, true);
    expect(getPort(t, make(t, '127.0.0.1'), 40_000).ok).toBe(false);
    expect(getPort(t, make(t, '127.0.0.1', { reuseAddr: true }), 40_000).ok).toBe(false);
    expect(getPort(t, make(t, '0.0.0.0'), 40_000).ok).toBe(false);
    expect(getPort(t, make(t, '127.0.0.2'), 40_000).ok).toBe(true);
  });

  test('a TIME-WAIT record keeps being such a user', () => {
    const t = rig();
    const auto = make(t, '127.0.0.1');
    bindPut(t.binds, auto, 40_000, true);
    bindTransferToTimeWait(t.binds, auto, handleOf(TIMEWAIT4, 7));
    const binder = make(t, '127.0.0.3');
    getPort(t, binder, 40_000);
    bindRelease(t.binds, binder);
    expect(fast(t, 40_000)).toEqual([-1, -1]);
    bindReleaseTimeWait(t.binds, handleOf(TIMEWAIT4, 7), ip('127.0.0.1'), 40_000);
    expect(fast(t, 40_000)).toBeNull();
  });
});

describe('children and TIME-WAIT records of a listener that is gone', () => {
  const combinations = [false, true].flatMap((old) =>
    [false, true].flatMap(
      (now) =>
        [
          [old, now, 'child'],
          [old, now, 'TIME-WAIT'],
        ] as const,
    ),
  );

  // Linux 6.18, all 8 combinations: a new bind works only when both the old listener and the new socket set SO_REUSEADDR.
  test.each(combinations)('old SO_REUSEADDR %s, new %s, %s', (old, now, what) => {
    const t = rig();
    const listener = make(t, '0.0.0.0', { reuseAddr: old });
    getPort(t, listener, 80);
    const child = make(t, '10.0.0.1', { reuseAddr: old }, { state: 'ESTAB', lport: 80 });
    expect(bindInheritPort(t.binds, listener, child)).toBe(true);
    bindRelease(t.binds, listener);
    if (what === 'TIME-WAIT') {
      bindTransferToTimeWait(t.binds, child, handleOf(TIMEWAIT4, 3));
      t.socks.delete(child.id);
    }
    expect(getPort(t, make(t, '0.0.0.0', { reuseAddr: now }), 80).ok).toBe(old && now);
  });

  test('SO_REUSEPORT trusts a TIME-WAIT record of any owner', () => {
    const t = rig();
    const child = make(t, '10.0.0.1', { reusePort: true, uid: 5 });
    bindPut(t.binds, child, 80, false);
    bindTransferToTimeWait(t.binds, child, handleOf(TIMEWAIT4, 3));
    expect(getPort(t, make(t, '0.0.0.0', { reusePort: true, uid: 6 }), 80).ok).toBe(true);
  });

  test('a child cannot inherit from a listener that has no port', () => {
    const t = rig();
    expect(bindInheritPort(t.binds, make(t, '0.0.0.0'), make(t, '10.0.0.1'))).toBe(false);
  });
});

describe('an address that changes', () => {
  test('moves the socket within its port', () => {
    const t = rig();
    const sock = make(t, '0.0.0.0');
    getPort(t, sock, 80);
    expect(getPort(t, make(t, '10.0.0.2'), 80).ok).toBe(false);
    bindMoveAddr(t.binds, sock, ip('10.0.0.1'));
    expect(sock.local).toEqual(ip('10.0.0.1'));
    expect(getPort(t, make(t, '10.0.0.2'), 80).ok).toBe(true);
    bindRelease(t.binds, sock);
  });
});

describe('many owners', () => {
  test('10^5 children come and go', () => {
    const t = rig();
    const listener = make(t, '0.0.0.0');
    getPort(t, listener, 80);
    const children = Array.from({ length: 100_000 }, () => make(t, '10.0.0.1', {}, { lport: 80 }));
    for (const child of children) bindInheritPort(t.binds, listener, child);
    expect(bindBucket(t.binds, 80)!.addrs.map((entry) => entry.count)).toEqual([1, 100_000]);
    for (const child of children) bindRelease(t.binds, child);
    expect(bindBucket(t.binds, 80)!.addrs).toHaveLength(1);
  });

  test('counts of owners agree with a plain list after any history', () => {
    const step = fc.record({ who: fc.nat(7), port: fc.integer({ min: 1, max: 2 }), auto: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const t = rig();
        const socks = Array.from({ length: 8 }, (_, i) =>
          make(t, `10.0.0.${1 + (i % 3)}`, { reuseAddr: true }),
        );
        const auto = new Set<Sock>();
        for (const s of steps) {
          const sock = socks[s.who]!;
          if (sock.bound) {
            bindRelease(t.binds, sock);
            auto.delete(sock);
          } else {
            bindPut(t.binds, sock, s.port, s.auto);
            if (s.auto) auto.add(sock);
          }
          for (const port of [1, 2]) {
            const owners = socks.filter((k) => k.bound && k.lport === port);
            const entries = bindBucket(t.binds, port)?.addrs ?? [];
            expect(entries.reduce((n, e) => n + e.count, 0)).toBe(owners.length);
            expect(entries.reduce((n, e) => n + e.connects, 0)).toBe(
              owners.filter((k) => auto.has(k)).length,
            );
          }
        }
      }),
    );
  });
});
