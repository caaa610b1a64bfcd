import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testSock } from '../../test/inet-sock.ts';
import { linux } from '../profile.ts';
import { seedRandom } from '../random.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { allBuckets, newBindTable } from './bind-table.ts';
import { getPort, type PortTables } from './get-port.ts';

type Rig = PortTables & { socks: Map<number, Sock> };

const rig = (range: [number, number], seed = 1, more: Partial<Omit<PortTables, 'socks'>> = {}): Rig => ({
  socks: new Map(),
  binds: newBindTable(true),
  random: seedRandom(seed),
  reservedPorts: [],
  sysctl: { 'net.ipv4.ip_local_port_range': range, 'net.ipv4.ip_autobind_reuse': 0 },
  profile: { behaviour: { bindZero: 'parity', remembersReuse: false } },
  ...more,
});

function make(t: Rig, local: string, options: Partial<SockOptions> = {}): Sock {
  const sock = testSock(t.socks.size + 1, local, options);
  t.socks.set(sock.id, sock);
  return sock;
}

const verdict = (t: Rig, sock: Sock, port: number): string => (getPort(t, sock, port).ok ? 'ok' : 'X');

/** As listen(): state first, back to UNCONN when the port is refused. */
function listen(t: Rig, sock: Sock): string {
  sock.state = 'LISTEN';
  const answer = verdict(t, sock, sock.lport);
  if (answer !== 'ok') sock.state = 'UNCONN';
  return answer;
}

/** `A` SO_REUSEADDR, `P` SO_REUSEPORT; `!` behind an address: V6ONLY. */
function socket(t: Rig, address: string, flags: string): Sock {
  return make(t, address.replace('!', ''), {
    reuseAddr: flags.includes('A'),
    reusePort: flags.includes('P'),
    v6Only: address.endsWith('!'),
  });
}

/** bind2/listen1/listen2 with the first socket bound | bind2/listen2 with it listening. */
function play(a1: string, o1: string, a2: string, o2: string): string {
  const t = rig([32768, 60999]);
  const s1 = socket(t, a1, o1);
  const s2 = socket(t, a2, o2);
  getPort(t, s1, 80);
  const left = [verdict(t, s2, 80)];
  if (left[0] === 'ok') left.push(listen(t, s1), listen(t, s2));
  const u = rig([32768, 60999]);
  const l1 = socket(u, a1, o1);
  const l2 = socket(u, a2, o2);
  getPort(u, l1, 80);
  listen(u, l1);
  const right = [verdict(u, l2, 80)];
  if (right[0] === 'ok') right.push(listen(u, l2));
  return `${left.join('/')}|${right.join('/')}`;
}

const ALL = ['-', 'A', 'P', 'AP'];
const FREE = 'ok/ok/ok|ok/ok';
const BIND_ONLY = 'ok/ok/X|X';
const NONE = 'X|X';

// Every answer was read off Linux 6.18 (bind and listen of two sockets in a fresh network namespace).
const OVERLAPPING = [
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '127.0.0.1'],
  ['127.0.0.1', '0.0.0.0'],
  ['0.0.0.0', '0.0.0.0'],
  ['::', '0.0.0.0'],
  ['0.0.0.0', '::'],
  ['::', '127.0.0.1'],
  ['127.0.0.1', '::'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['127.0.0.1', '::ffff:127.0.0.1'],
  ['::ffff:0.0.0.0', '127.0.0.1'],
  ['::1', '::'],
  ['::', '::1'],
  ['::1', '::1'],
  ['::', '::'],
  ['::!', '::'],
  ['::', '::!'],
  ['::1', '::!'],
] as const;
const APART = [
  ['127.0.0.1', '127.0.0.2'],
  ['::!', '0.0.0.0'],
  ['0.0.0.0', '::!'],
  ['::!', '127.0.0.1'],
  ['127.0.0.1', '::!'],
  ['::1', '0.0.0.0'],
  ['0.0.0.0', '::1'],
  ['::1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '::!'],
] as const;
/** Rows: options of the first socket; columns: of the second; both in the order of ALL. */
const ANSWERS = [
  [NONE, NONE, NONE, NONE],
  [NONE, BIND_ONLY, NONE, BIND_ONLY],
  [NONE, NONE, FREE, FREE],
  [NONE, BIND_ONLY, FREE, FREE],
];

describe('two sockets on one port', () => {
  test.each(OVERLAPPING)('%s and %s overlap: the options decide', (a1, a2) => {
    expect(ALL.map((o1) => ALL.map((o2) => play(a1, o1, a2, o2)))).toEqual(ANSWERS);
  });

  test.each(APART)('%s and %s never conflict', (a1, a2) => {
    for (const o1 of ALL) for (const o2 of ALL) expect(play(a1, o1, a2, o2)).toBe(FREE);
  });

  test('SO_REUSEPORT of another owner is a conflict', () => {
    const t = rig([32768, 60999]);
    getPort(t, make(t, '0.0.0.0', { reusePort: true, uid: 1 }), 80);
    expect(verdict(t, make(t, '0.0.0.0', { reusePort: true, uid: 2 }), 80)).toBe('X');
    expect(verdict(t, make(t, '0.0.0.0', { reusePort: true, uid: 1 }), 80)).toBe('ok');
  });

  // Seen on Linux 6.18; the SO_REUSEADDR fast path died in 6.8, the SO_REUSEPORT one compares the address.
  test('an option cleared after bind(): SO_REUSEADDR stops sharing, SO_REUSEPORT does not', () => {
    for (const [flag, answer] of [
      ['A', 'X'],
      ['P', 'ok'],
    ] as const) {
      const t = rig([32768, 60999]);
      const s1 = socket(t, '127.0.0.1', flag);
      getPort(t, s1, 80);
      s1.options.reuseAddr = false;
      s1.options.reusePort = false;
      expect(verdict(t, socket(t, '127.0.0.1', flag), 80)).toBe(answer);
      expect(verdict(t, socket(t, '0.0.0.0', flag), 80)).toBe('X');
    }
  });

  test('a refused port leaves nothing behind', () => {
    const t = rig([32768, 60999]);
    getPort(t, make(t, '0.0.0.0'), 80);
    const s2 = make(t, '0.0.0.0');
    expect(getPort(t, s2, 80)).toEqual({ ok: false, errno: 'EADDRINUSE' });
    expect(s2.bound).toBe(false);
    expect(allBuckets(t.binds).map((bucket) => bucket.port)).toEqual([80]);
  });
});

describe('bind(0)', () => {
  // Linux 6.18, range 40000-40009: 12 tries give 10 distinct ports and 2 EADDRINUSE, with any of these options.
  test.each(ALL)('12 tries on 10 ports with options %s', (flags) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const t = rig([40_000, 40_009], seed);
        const answers = Array.from({ length: 12 }, () => getPort(t, socket(t, '0.0.0.0', flags), 0));
        const ports = answers.flatMap((a) => (a.ok ? [a.value] : []));
        expect(new Set(ports).size).toBe(10);
        expect(answers.filter((a) => !a.ok)).toHaveLength(2);
      }),
    );
  });

  test('ports that differ from the low end by an odd number come first', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const t = rig([40_001, 40_010], seed);
        const ports = Array.from({ length: 10 }, () => getPort(t, make(t, '0.0.0.0'), 0)).map(
          (a) => a.ok && a.value,
        );
        expect(new Set(ports.slice(0, 5))).toEqual(new Set([40_002, 40_004, 40_006, 40_008, 40_010]));
      }),
    );
  });

  test('SO_REUSEADDR searches the lower half first', () => {
    const t = rig([40_000, 40_019], 5);
    const ports = Array.from({ length: 10 }, () => getPort(t, socket(t, '0.0.0.0', 'A'), 0)).map(
      (a) => a.ok && a.value,
    );
    expect([...ports].sort()).toEqual(Array.from({ length: 10 }, (_, i) => 40_000 + i));
  });

  test('another address may have the same port', () => {
    const t = rig([40_000, 40_000]);
    expect(getPort(t, make(t, '127.0.0.1'), 0)).toEqual({ ok: true, value: 40_000 });
    expect(getPort(t, make(t, '127.0.0.2'), 0)).toEqual({ ok: true, value: 40_000 });
    expect(getPort(t, make(t, '0.0.0.0'), 0)).toEqual({ ok: false, errno: 'EADDRINUSE' });
  });

  test('reserved ports are skipped, yet may be asked for', () => {
    const t = rig([40_000, 40_003], 1, { reservedPorts: [40_001, 40_002] });
    const ports = [0, 0, 0].map((port) => getPort(t, make(t, '0.0.0.0'), port));
    expect(ports.map((a) => (a.ok ? a.value : 0))).toEqual([40_003, 40_000, 0]);
    expect(getPort(t, make(t, '0.0.0.0'), 40_001).ok).toBe(true);
  });

  test("the socket's own range narrows the system's", () => {
    const t = rig([40_000, 40_009]);
    const one = make(t, '0.0.0.0', { portRangeLow: 40_005, portRangeHigh: 40_005 });
    expect(getPort(t, one, 0)).toEqual({ ok: true, value: 40_005 });
  });

  test('ip_autobind_reuse lets SO_REUSEADDR sockets share', () => {
    const sysctl = { 'net.ipv4.ip_local_port_range': [40_000, 40_000] as [number, number] };
    const t = rig([0, 0], 1, { sysctl: { ...sysctl, 'net.ipv4.ip_autobind_reuse': 1 } });
    expect([1, 2].map(() => getPort(t, socket(t, '0.0.0.0', 'A'), 0).ok)).toEqual([true, true]);
    expect(getPort(t, socket(t, '0.0.0.0', '-'), 0).ok).toBe(false);
  });
});

type BindZero = PortTables['profile']['behaviour']['bindZero'];

/** Kernels to 4.5; sockets are named by address and options. */
describe('bind(0) from a random start', () => {
  const rover = (range: [number, number], bindZero: BindZero, seed = 1): Rig =>
    rig(range, seed, { profile: { behaviour: { bindZero, remembersReuse: true } } });

  const next = (t: Rig, flags: string, address = '0.0.0.0'): number => {
    const answer = getPort(t, socket(t, address, flags), 0);
    return answer.ok ? answer.value : 0;
  };
  const many = (n: number, t: Rig, flags: string, address?: string): number[] =>
    Array.from({ length: n }, () => next(t, flags, address));
  const from = (low: number, n: number): number[] => Array.from({ length: n }, (_, i) => low + i);

  const seeds = (body: (seed: number) => void): void => fc.assert(fc.property(fc.integer(), body));

  test('neighbours follow each other, around the end of the range', () => {
    seeds((seed) => {
      const t = rover([40_000, 40_009], 'rover', seed);
      for (const port of from(40_000, 9)) getPort(t, socket(t, '0.0.0.0', '-'), port);
      expect(many(2, t, '-')).toEqual([40_009, 0]);
    });
  });

  test('all ports taken: shared by those who set SO_REUSEADDR, the port of the fewest owners first', () => {
    seeds((seed) => {
      const t = rover([40_000, 40_004], 'rover', seed);
      expect(many(5, t, 'A').sort()).toEqual(from(40_000, 5));
      expect(next(t, '-')).toBe(0);
      expect(many(5, t, 'A').sort()).toEqual(from(40_000, 5));
    });
  });

  test('a port that one took without SO_REUSEADDR is shared with nobody', () => {
    seeds((seed) => {
      const t = rover([40_000, 40_001], 'rover', seed);
      const [plain, sharer] = [next(t, '-'), next(t, 'A')];
      expect([sharer === plain, ...many(3, t, 'A')]).toEqual([false, sharer, sharer, sharer]);
    });
  });

  test('SO_REUSEPORT shares with the same owner', () => {
    const t = rover([40_000, 40_000], 'rover');
    expect(many(3, t, 'P')).toEqual([40_000, 40_000, 40_000]);
    expect(getPort(t, make(t, '0.0.0.0', { reusePort: true, uid: 7 }), 0).ok).toBe(false);
  });

  test('4.2 to 4.5: SO_REUSEADDR shares in the lower half before it looks at the upper one', () => {
    seeds((seed) => {
      const t = rover([40_000, 40_009], 'rover-halves', seed);
      expect(many(5, t, 'A').sort()).toEqual(from(40_000, 5));
      expect(many(5, t, 'A').sort()).toEqual(from(40_000, 5));
      expect(many(6, t, '-').sort()).toEqual([0, ...from(40_005, 5)]);
    });
  });

  test('4.2 to 4.5: the upper half follows when nobody in the lower one shares, the middle being in both', () => {
    seeds((seed) => {
      const t = rover([40_000, 40_009], 'rover-halves', seed);
      for (const port of from(40_000, 5)) getPort(t, socket(t, '0.0.0.0', '-'), port);
      expect(many(5, t, 'A').sort()).toEqual(from(40_005, 5));
      expect(next(t, 'A')).toBeGreaterThanOrEqual(40_005);
    });
  });

  test('4.2 to 4.5: without SO_REUSEADDR the whole range, and no parity', () => {
    const seen = new Set<number>();
    seeds((seed) => void seen.add(next(rover([40_000, 40_009], 'rover-halves', seed), '-')));
    expect([...seen].sort()).toEqual(from(40_000, 10));
  });

  test('another address may have the same port since 3.2, and not before', () => {
    const twoAddresses = (bindZero: BindZero): number[] => {
      const t = rover([40_000, 40_000], bindZero);
      return [next(t, '-', '127.0.0.1'), next(t, '-', '127.0.0.2')];
    };
    expect(twoAddresses('rover')).toEqual([40_000, 40_000]);
    expect(twoAddresses('rover-alone')).toEqual([40_000, 0]);
  });

  test('a sharer that cleared its option since is tried in vain: EADDRINUSE', () => {
    const t = rover([40_000, 40_000], 'rover-halves');
    const first = socket(t, '0.0.0.0', 'A');
    getPort(t, first, 0);
    first.options.reuseAddr = false;
    expect(next(t, 'A')).toBe(0);
    // An explicit bind() asks the port alone, which remembers (to 6.7).
    expect(verdict(t, socket(t, '0.0.0.0', 'A'), 40_000)).toBe('ok');
    expect(verdict(t, socket(t, '0.0.0.0', '-'), 40_000)).toBe('X');
  });
});

test.each([
  ['2.6.32', 'rover-alone'],
  ['3.10', 'rover'],
  ['4.4', 'rover-halves'],
  ['4.19', 'parity'],
  ['6.18', 'parity'],
])('%s looks for the port of bind(0) by %s', (kernel, way) => {
  expect(linux(kernel)!.behaviour.bindZero).toBe(way);
});
