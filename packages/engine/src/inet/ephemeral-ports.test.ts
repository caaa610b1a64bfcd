import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ip, testSock } from '../../test/inet-sock.ts';
import type { Behaviour } from '../profile.ts';
import { seedRandom } from '../random.ts';
import { siphash2, siphashInto } from '../siphash.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { type BindTable, bindPut, bindRelease, newBindTable } from './bind-table.ts';
import { choosePort, newEphemeralPorts, type PortChoice, type PortPick } from './ephemeral-ports.ts';
import { findTuple, insertHandle, newEstablished, sockHandle } from './established.ts';
import { getPort } from './get-port.ts';
import type { TupleCheck } from './port-search.ts';

type Era = Behaviour['portChoice'];
type Rig = Omit<PortChoice, 'socks'> & { binds: BindTable; socks: Map<number, Sock>; id: number };

const KEY = new Int32Array([1, 2, 3, 4]);

const rig = (
  range: [number, number],
  era: Era = 'perturb-64k',
  more: Partial<Omit<PortChoice, 'socks'>> = {},
): Rig => ({
  binds: newBindTable(true),
  ports: newEphemeralPorts(),
  random: seedRandom(1),
  reservedPorts: [],
  secrets: { ports: KEY },
  sysctl: {
    'net.ipv4.ip_local_port_range': range,
    'net.ipv4.tcp_tw_reuse': 2,
    'net.ipv4.tcp_tw_reuse_delay': 1000,
  },
  profile: { behaviour: { portChoice: era }, hz: 0 },
  slabs: [],
  socks: new Map(),
  established: newEstablished(1, 2),
  id: 0,
  ...more,
});

const client = (t: Rig, remote: string, options: Partial<SockOptions> = {}): Sock =>
  testSock(++t.id, '127.0.0.1', options, { remote: ip(remote), rport: 80 });

/** What the table of connections says of a port. */
function choose(t: Rig, sock: Sock, uptime = 0, check?: (port: number) => TupleCheck): PortPick {
  const inTable = (port: number): TupleCheck =>
    findTuple(t, sock.local, port, sock.remote, sock.rport) === 0 ? 'unique' : 'taken';
  return choosePort(t, sock, uptime, { check: check ?? inTable, ripeAt: () => Number.POSITIVE_INFINITY });
}

/** connect(): chooses, binds and enters the table; 0 when there is no port. */
function connect(t: Rig, remote = '127.0.0.1', uptime = 0, options: Partial<SockOptions> = {}): number {
  const sock = client(t, remote, options);
  const { port } = choose(t, sock, uptime);
  if (port === 0) return 0;
  bindPut(t.binds, sock, port, true);
  t.socks.set(sock.id, sock);
  insertHandle(t, sockHandle(sock));
  return port;
}

/** H of a connection from 127.0.0.1 to 127.0.0.1:80, computed here a second time: [low, high] words, unsigned. */
function hashOf(salt: number): [number, number] {
  const out = new Int32Array(2);
  siphashInto(KEY, new Int32Array([0x7f000001, 0x7f000001, 80, salt]), 4, out);
  return [out[0]! >>> 0, out[1]! >>> 0];
}
const u32 = (x: number): number => x % 2 ** 32;

describe('where each era starts, range 40000-40099', () => {
  const range: [number, number] = [40_000, 40_099];
  const fresh = (index: number): number => siphash2(KEY, index, 0x70657274) >>> 0;

  test('perturb-64k: high half of H plus the entry that its low 16 bits name, made even', () => {
    const [low, high] = hashOf(0);
    const offset = u32(fresh(low % 65_536) + high) % 100;
    expect(connect(rig(range))).toBe(40_000 + offset - (offset % 2));
  });

  test('perturb-256: H plus the entry that the multiplicative hash of H names', () => {
    const [low] = hashOf(0);
    const index = Number((BigInt(low) * 0x61c88647n) & 0xffffffffn) >>> 24;
    const offset = u32(fresh(index) + low) % 100;
    expect(connect(rig(range, 'perturb-256'))).toBe(40_000 + offset - (offset % 2));
  });

  test.each([
    ['hint-two-pass', [0, 2, 4], (h: number) => (h % 100) - ((h % 100) % 2)],
    ['hint-even-step1', [0, 2, 4], (h: number) => u32(h - (h % 2)) % 100],
    ['hint-step1', [0, 1, 2], (h: number) => u32(h + 1) % 100],
  ] as const)('%s: H plus a hint that every connection moves on', (era, distances, start) => {
    const first = start(hashOf(0)[0]);
    const t = rig(range, era);
    expect([connect(t), connect(t), connect(t)]).toEqual(distances.map((d) => 40_000 + ((first + d) % 100)));
  });
});

describe('6.18', () => {
  test('successive connections differ by 2 to 16, an even number', () => {
    const t = rig([32_768, 60_999]);
    let last = connect(t);
    for (let i = 0; i < 500; i++) {
      const next = connect(t);
      const apart = (next - last + 28_232) % 28_232;
      expect(apart % 2).toBe(0);
      expect(apart).toBeGreaterThanOrEqual(2);
      expect(apart).toBeLessThanOrEqual(16);
      last = next;
    }
  });

  test('the start jumps every 10 s', () => {
    const starts = [0, 9.99e9, 10e9, 20e9].map((uptime) =>
      connect(rig([32_768, 60_999]), '127.0.0.1', uptime),
    );
    expect(starts[0]).toBe(starts[1]);
    expect(new Set(starts).size).toBe(3);
  });

  // Linux 6.18: the first port of the other parity is connection 14117 of 28232.
  test('all ports of the parity of the low end are used before the first other one', () => {
    const t = rig([32_768, 60_999]);
    const ports = Array.from({ length: 14_120 }, () => connect(t));
    expect(ports.findIndex((port) => port % 2 === 1) + 1).toBe(14_117);
    expect(new Set(ports).size).toBe(14_120);
  });

  test('an odd low end: odd ports first', () => {
    const t = rig([40_001, 40_010]);
    const ports = Array.from({ length: 10 }, () => connect(t));
    expect(ports.slice(0, 5).every((port) => port % 2 === 1)).toBe(true);
    expect(connect(t)).toBe(0);
  });

  test('a range of odd size leaves one port out of each scan', () => {
    const t = rig([40_000, 40_010]);
    expect(Array.from({ length: 10 }, () => connect(t)).every((port) => port > 0)).toBe(true);
    const { port, probes } = choose(t, client(t, '127.0.0.1'));
    expect(port === 0 ? probes.established : probes.free).toBe(port === 0 ? 10 : 1);
  });

  test('a range of one port', () => {
    const t = rig([40_000, 40_000]);
    expect([connect(t), connect(t)]).toEqual([40_000, 0]);
  });

  test("the socket's own range: every port in turn, no parity", () => {
    const t = rig([32_768, 60_999]);
    const options = { portRangeLow: 50_000, portRangeHigh: 50_008 };
    const ports = Array.from({ length: 9 }, () => connect(t, '127.0.0.1', 0, options));
    expect([...ports].sort()).toEqual(Array.from({ length: 9 }, (_, i) => 50_000 + i));
    expect(choose(t, client(t, '127.0.0.1', options)).port).toBe(0);
  });

  test('many destinations keep the table small: one entry each', () => {
    const t = rig([32_768, 60_999]);
    for (let i = 0; i < 300; i++) connect(t, `127.0.${i >> 8}.${i & 255}`);
    expect(t.ports.perturb.size).toBeLessThanOrEqual(300);
    expect(t.ports.perturb.size).toBeGreaterThan(290);
  });
});

describe('what a probe meets', () => {
  test('ports of connections to other places are shared', () => {
    const t = rig([40_000, 40_000]);
    connect(t);
    const pick = choose(t, client(t, '127.0.0.9'));
    expect(pick.port).toBe(40_000);
    expect(pick.probes).toEqual({ free: 0, shared: 1, established: 0, timeWait: 0, bound: 0, reserved: 0 });
  });

  test.each([
    ['recycle', 40_000, { shared: 1 }],
    ['time-wait', 0, { timeWait: 1 }],
    ['taken', 0, { established: 1 }],
  ] as const)('a tuple that is %s', (verdict, port, counted) => {
    const t = rig([40_000, 40_000]);
    connect(t);
    const pick = choose(t, client(t, '127.0.0.1'), 0, () => verdict);
    expect(pick.port).toBe(port);
    expect(pick.probes).toMatchObject(counted);
  });

  // Linux 6.18: EADDRNOTAVAIL while the binder is there, 0 after it left, also when it set SO_REUSEADDR.
  test.each([false, true])(
    'a port that somebody bound on another address is closed (SO_REUSEADDR %s)',
    (reuseAddr) => {
      const t = rig([40_000, 40_000]);
      connect(t);
      const binder = testSock(100, '127.0.0.3', { reuseAddr });
      const socks = new Map([
        [100, binder],
        [1, client(t, '127.0.0.1')],
      ]);
      const sysctl = { ...t.sysctl, 'net.ipv4.ip_autobind_reuse': 0 };
      getPort(
        { ...t, socks, sysctl, profile: { behaviour: { bindZero: 'parity', remembersReuse: false } } },
        binder,
        40_000,
      );
      expect(choose(t, client(t, '127.0.0.4')).probes.bound).toBe(1);
      bindRelease(t.binds, binder);
      expect(choose(t, client(t, '127.0.0.4')).port).toBe(40_000);
    },
  );

  test('reserved ports are passed over', () => {
    const t = rig([40_000, 40_003], 'perturb-64k', { reservedPorts: [40_000, 40_002] });
    expect([connect(t), connect(t)]).toEqual([40_003, 0]);
  });
});

describe('every era', () => {
  const eras: Era[] = ['hint-step1', 'hint-even-step1', 'hint-two-pass', 'perturb-256', 'perturb-64k'];
  test.each(eras)('%s uses every port of an even range once, and then says so', (era) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1024, max: 60_000 }), (half, low) => {
        const t = rig([low, low + 2 * half - 1], era);
        const ports = Array.from({ length: 2 * half }, () => connect(t));
        expect(new Set(ports).size).toBe(2 * half);
        expect(Math.min(...ports)).toBe(low);
        expect(Math.max(...ports)).toBe(low + 2 * half - 1);
        expect(connect(t)).toBe(0);
      }),
    );
  });
});
