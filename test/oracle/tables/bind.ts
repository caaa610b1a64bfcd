// Section 2: which sockets may share a port, in which order bind() checks, and which port bind(0) takes.

import { accepted, type OracleCase, type RawTarget } from '../case.ts';

const PORT = 8080;
const BUSY = 'EADDRINUSE';

/** A: SO_REUSEADDR, P: SO_REUSEPORT, 6: IPV6_V6ONLY. */
type Flags = string;

function make(target: RawTarget, host: string, flags: Flags): number {
  const fd = target.socket(host.includes(':') ? 'AF_INET6' : 'AF_INET');
  if (flags.includes('A')) target.setsockopt(fd, 'SO_REUSEADDR', 1);
  if (flags.includes('P')) target.setsockopt(fd, 'SO_REUSEPORT', 1);
  if (flags.includes('6')) target.setsockopt(fd, 'IPV6_V6ONLY', 1);
  return fd;
}

type Pair = readonly [first: string, second: string];

const OVERLAPPING: readonly Pair[] = [
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '192.0.2.1'],
  ['192.0.2.1', '0.0.0.0'],
  ['::', '0.0.0.0'],
  ['0.0.0.0', '::'],
  ['::', '192.0.2.1'],
  ['192.0.2.1', '::'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '::ffff:192.0.2.1'],
  ['::1', '::'],
  ['::', '::1'],
];

/** `6` behind an address: with IPV6_V6ONLY. */
const APART: readonly Pair[] = [
  ['127.0.0.1', '127.0.0.2'],
  ['::6', '0.0.0.0'],
  ['0.0.0.0', '::6'],
  ['::6', '192.0.2.1'],
  ['192.0.2.1', '::6'],
  ['::1', '0.0.0.0'],
  ['0.0.0.0', '::1'],
];

/** Flags of both, what happens with the first one bound (bind2, listen1, listen2), and with it listening (bind2, listen2). */
const FLAGS: readonly (readonly [Flags, Flags, bound: unknown[], listening: unknown[]])[] = [
  ['', '', [BUSY], [BUSY]],
  ['A', '', [BUSY], [BUSY]],
  ['', 'A', [BUSY], [BUSY]],
  ['A', 'P', [BUSY], [BUSY]],
  ['A', 'A', [0, 0, BUSY], [BUSY]],
  ['P', 'P', [0, 0, 0], [0, 0]],
  ['P', '', [BUSY], [BUSY]],
  ['', 'P', [BUSY], [BUSY]],
  ['AP', 'AP', [0, 0, 0], [0, 0]],
  ['AP', 'P', [0, 0, 0], [0, 0]],
  ['AP', 'A', [0, 0, BUSY], [BUSY]],
];

const hostOf = (name: string): string => (name.endsWith('::6') ? '::' : name);
const flagsOf = (name: string, flags: Flags): Flags => (name.endsWith('::6') ? `${flags}6` : flags);
const shown = (flags: Flags): string => (flags === '' ? '-' : flags);

function meet(
  target: RawTarget,
  [one, two]: Pair,
  flags1: Flags,
  flags2: Flags,
  listening: boolean,
): unknown[] {
  const first = make(target, hostOf(one), flagsOf(one, flags1));
  const second = make(target, hostOf(two), flagsOf(two, flags2));
  const begun = target.bind(first, PORT, hostOf(one));
  if (begun !== 0) throw new Error(`bind ${one}: ${begun}`);
  if (listening) target.listen(first, 1);
  const bound = target.bind(second, PORT, hostOf(two));
  if (bound !== 0) return [bound];
  if (listening) return [bound, target.listen(second, 1)];
  return [bound, target.listen(first, 1), target.listen(second, 1)];
}

const MATRIX: OracleCase[] = [false, true].flatMap((listening) =>
  FLAGS.flatMap(([flags1, flags2, bound, busy]) =>
    [...OVERLAPPING, ...APART].map((pair) => {
      const apart = APART.includes(pair);
      const free = listening ? [0, 0] : [0, 0, 0];
      return {
        cite: '2',
        name: `${pair.join(' and ')}, ${shown(flags1)}/${shown(flags2)}, the first ${listening ? 'listening' : 'bound'}`,
        run: (target: RawTarget) => meet(target, pair, flags1, flags2, listening),
        expected: apart ? free : listening ? busy : bound,
      };
    }),
  ),
);

/** Leaves an ESTABLISHED child or a TIME-WAIT of a listener that is closed then. */
function leave(target: RawTarget, flags: Flags, timeWait: boolean): void {
  const listener = make(target, '192.0.2.1', flags);
  target.bind(listener, 80);
  target.listen(listener, 5);
  const child = accepted(target, listener, 1);
  if (timeWait) {
    target.close(child);
    target.segment(1, '. 1001:1001(0) ack 2 win 65535');
    target.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
  }
  target.close(listener);
}

const LEFTOVERS: OracleCase[] = [true, false].flatMap((timeWait) =>
  ['', 'A'].flatMap((old) =>
    ['', 'A'].map((now) => ({
      cite: '2',
      name: `a port with ${timeWait ? 'TIME-WAIT' : 'an accepted child'} of a closed listener, ${shown(old)}/${shown(now)}`,
      run: (target: RawTarget) => {
        leave(target, old, timeWait);
        return target.bind(make(target, '192.0.2.1', now), 80);
      },
      expected: old === 'A' && now === 'A' ? 0 : BUSY,
    })),
  ),
);

const OWNERS: OracleCase[] = [
  [0, 1000, BUSY],
  [1000, 0, BUSY],
  [1000, 1001, BUSY],
  [1000, 1000, 0],
].map(([first, second, expected]) => ({
  cite: '2',
  name: `SO_REUSEPORT of users ${first} and ${second}: ${expected}`,
  run: (target) => {
    target.as(first as number);
    const one = make(target, '192.0.2.1', 'P');
    target.bind(one, PORT);
    target.as(second as number);
    return target.bind(make(target, '192.0.2.1', 'P'), PORT);
  },
  expected,
}));

const LISTENS_LATER: OracleCase = {
  cite: '2',
  name: 'of two bound SO_REUSEADDR sockets the second can listen when the first has closed',
  run: (target) => {
    const [one, two] = [make(target, '0.0.0.0', 'A'), make(target, '192.0.2.1', 'A')];
    const bound = [target.bind(one, PORT, '0.0.0.0'), target.bind(two, PORT)];
    const listened = [target.listen(one, 1), target.listen(two, 1)];
    target.close(one);
    return [bound, listened, target.listen(two, 1)];
  },
  expected: [[0, 0], [0, BUSY], 0],
};

type Check = readonly [name: string, run: (target: RawTarget) => unknown, expected: unknown];

const ELSEWHERE = '198.51.100.1';

function again(target: RawTarget, port: number, uid = 0): unknown {
  const fd = target.socket();
  target.bind(fd, PORT);
  target.as(uid);
  return target.bind(fd, port);
}

const ORDER: readonly Check[] = [
  [
    'an IPv6 address on an AF_INET socket: EAFNOSUPPORT',
    (t) => t.bind(t.socket(), PORT, '::1'),
    'EAFNOSUPPORT',
  ],
  [
    'a 16-byte address on an AF_INET6 socket: EINVAL',
    (t) => t.bind(t.socket('AF_INET6'), PORT, '127.0.0.1'),
    'EINVAL',
  ],
  [
    'an address that is not local: EADDRNOTAVAIL',
    (t) => t.bind(t.socket(), PORT, ELSEWHERE),
    'EADDRNOTAVAIL',
  ],
  [
    'not local with IP_FREEBIND: fine',
    (t) => {
      const fd = t.socket();
      return [t.setsockopt(fd, 'IP_FREEBIND', 1), t.bind(fd, PORT, ELSEWHERE)];
    },
    [0, 0],
  ],
  [
    'not local with IP_TRANSPARENT: fine',
    (t) => {
      const fd = t.socket();
      return [t.setsockopt(fd, 'IP_TRANSPARENT', 1), t.bind(fd, PORT, ELSEWHERE)];
    },
    [0, 0],
  ],
  [
    'not local with ip_nonlocal_bind: fine',
    (t) => [t.sysctl('net.ipv4.ip_nonlocal_bind', 1), t.bind(t.socket(), PORT, ELSEWHERE)],
    [0, 0],
  ],
  ['255.255.255.255: fine', (t) => t.bind(t.socket(), PORT, '255.255.255.255'), 0],
  ['a multicast address: fine', (t) => t.bind(t.socket(), PORT, '224.0.0.1'), 0],
  [
    'port 80 without the right to it: EACCES',
    (t) => {
      t.as(1000);
      return [t.bind(t.socket(), 80), t.bind(t.socket(), 1023), t.bind(t.socket(), 1024)];
    },
    ['EACCES', 'EACCES', 0],
  ],
  [
    'ip_unprivileged_port_start moves the limit',
    (t) => {
      t.sysctl('net.ipv4.ip_unprivileged_port_start', 80);
      t.as(1000);
      return [t.bind(t.socket(), 79), t.bind(t.socket(), 80)];
    },
    ['EACCES', 0],
  ],
  [
    'EADDRNOTAVAIL before EACCES',
    (t) => {
      t.as(1000);
      return t.bind(t.socket(), 80, ELSEWHERE);
    },
    'EADDRNOTAVAIL',
  ],
  ['EACCES before EINVAL of a bound socket', (t) => again(t, 80, 1000), 'EACCES'],
  ['a bound socket: EINVAL', (t) => again(t, PORT + 1), 'EINVAL'],
  [
    'EINVAL of a bound socket before EADDRINUSE',
    (t) => {
      t.listener(1, PORT + 1);
      return again(t, PORT + 1);
    },
    'EINVAL',
  ],
  ['a connected socket: EINVAL', (t) => t.bind(accepted(t, t.listener(1), 1), PORT), 'EINVAL'],
];

const RANGE: readonly [number, number] = [40000, 40009];

/** What `n` sockets get from bind(0): the last digit of the port, or the error. */
function choose(target: RawTarget, n: number, flags: Flags): (number | string)[] {
  target.sysctl('net.ipv4.ip_local_port_range', [...RANGE]);
  return Array.from({ length: n }, () => {
    const fd = make(target, '192.0.2.1', flags);
    const result = target.bind(fd, 0);
    return result === 0 ? Number(String(target.getsockname(fd)).split(':')[1]) - RANGE[0] : result;
  });
}

const sorted = <T>(list: readonly T[]): T[] => [...list].sort();
const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const CHOICE: readonly Check[] = [
  ...['', 'A', 'P'].map(
    (flags): Check => [
      `bind(0) shares no port, ${shown(flags)}: 12 tries on 10 ports`,
      (t) => {
        const got = choose(t, 12, flags);
        return [sorted(got.slice(0, 10)), got.slice(10)];
      },
      [ALL, [BUSY, BUSY]],
    ],
  ),
  [
    'bind(0) takes ports at an odd distance from the lowest first',
    (t) => {
      const got = choose(t, 10, '');
      return [sorted(got.slice(0, 5)), sorted(got.slice(5))];
    },
    [
      [1, 3, 5, 7, 9],
      [0, 2, 4, 6, 8],
    ],
  ],
  [
    'bind(0) with SO_REUSEADDR takes the lower half first',
    (t) => {
      const got = choose(t, 10, 'A');
      return [sorted(got.slice(0, 4)), sorted(got.slice(4))];
    },
    [
      [0, 1, 2, 3],
      [4, 5, 6, 7, 8, 9],
    ],
  ],
  [
    'reserved ports are not chosen, but can be asked for',
    (t) => {
      t.sysctl('net.ipv4.ip_local_reserved_ports', '40002,40004-40006');
      const got = choose(t, 7, '');
      return [sorted(got.slice(0, 6)), got[6], t.bind(t.socket(), 40002)];
    },
    [[0, 1, 3, 7, 8, 9], BUSY, 0],
  ],
  [
    "a socket's own IP_LOCAL_PORT_RANGE holds inside the system's",
    (t) => {
      t.sysctl('net.ipv4.ip_local_port_range', [...RANGE]);
      const got = [0, 1, 2].map(() => {
        const fd = t.socket();
        t.setsockopt(fd, 'IP_LOCAL_PORT_RANGE', 40003 | (40004 << 16));
        return t.bind(fd, 0) === 0 ? t.getsockname(fd) : BUSY;
      });
      return sorted(got);
    },
    ['192.0.2.1:40003', '192.0.2.1:40004', BUSY],
  ],
  [
    'ip_autobind_reuse lets SO_REUSEADDR sockets share when nothing else is left',
    (t) => {
      t.sysctl('net.ipv4.ip_autobind_reuse', 1);
      const got = choose(t, 12, 'A');
      return [sorted(got.slice(0, 10)), got.slice(10).map((port) => typeof port)];
    },
    [ALL, ['number', 'number']],
  ],
];

const check = ([name, run, expected]: Check): OracleCase => ({ cite: '2', name, run, expected });

export const BIND: readonly OracleCase[] = [
  ...MATRIX,
  ...LEFTOVERS,
  ...OWNERS,
  LISTENS_LATER,
  ...ORDER.map(check),
  ...CHOICE.map(check),
];
