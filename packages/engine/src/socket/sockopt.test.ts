// Values and errnos as read on Linux 6.18 for each option and value.

import { describe, expect, test } from 'vitest';
import { errnoOf, Host, must } from '../../test-kit/host.ts';
import { linux } from '../profile.ts';
import { SOCK_OPTION_NAMES, type SockOptionName } from './sockopt.ts';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

type NumberOption = Exclude<SockOptionName, 'SO_ERROR' | 'SO_LINGER' | 'TCP_INFO'>;

/** What a fresh socket reads after setting `value`, or the errno. */
function afterSetting(
  name: NumberOption,
  value: number,
  family: 'AF_INET' | 'AF_INET6' = 'AF_INET',
): number | string {
  const host = new Host();
  const fd = host.socket(family);
  const result = host.kernel.setsockopt(host.task, fd, name, value);
  return result.ok ? must(host.kernel.getsockopt(host.task, fd, name)) : result.errno;
}

const read = (host: Host, fd: number, name: NumberOption): number =>
  must(host.kernel.getsockopt(host.task, fd, name));

test.each<[NumberOption, number]>([
  ['SO_REUSEADDR', 0],
  ['SO_KEEPALIVE', 0],
  ['SO_RCVBUF', 131072],
  ['SO_SNDBUF', 16384],
  ['SO_RCVLOWAT', 1],
  ['SO_RCVTIMEO', 0],
  ['SO_ACCEPTCONN', 0],
  ['SO_TYPE', 1],
  ['SO_DOMAIN', 2],
  ['SO_PROTOCOL', 6],
  ['IP_TOS', 0],
  ['IP_TTL', 64],
  ['IP_LOCAL_PORT_RANGE', 0],
  ['TCP_NODELAY', 0],
  ['TCP_MAXSEG', 536],
  ['TCP_KEEPIDLE', 7200],
  ['TCP_KEEPINTVL', 75],
  ['TCP_KEEPCNT', 9],
  ['TCP_SYNCNT', 6],
  ['TCP_LINGER2', 60],
  ['TCP_DEFER_ACCEPT', 0],
  ['TCP_WINDOW_CLAMP', 0],
  ['TCP_QUICKACK', 1],
  ['TCP_USER_TIMEOUT', 0],
  ['TCP_RTO_MAX_MS', 120000],
])('%s of a fresh socket is %i', (name, value) => {
  const host = new Host();
  expect(read(host, host.socket(), name)).toBe(value);
});

describe('switches take any int', () => {
  const names = [
    'SO_REUSEADDR',
    'SO_REUSEPORT',
    'SO_KEEPALIVE',
    'IP_FREEBIND',
    'IP_TRANSPARENT',
    'IP_BIND_ADDRESS_NO_PORT',
    'IP_RECVERR',
    'TCP_NODELAY',
    'TCP_CORK',
  ] as const;
  test.each(names)('%s', (name) => {
    expect([INT_MIN, -1, 0, 1, 2, 65536, INT_MAX].map((v) => afterSetting(name, v))).toEqual([
      1, 1, 0, 1, 1, 1, 1,
    ]);
  });
});

test.each<[NumberOption, readonly (readonly [number, number | string])[]]>([
  [
    'SO_RCVBUF',
    [
      [-1, 8388608],
      [0, 2304],
      [1152, 2304],
      [2303, 4606],
      [100000, 200000],
      [4194304, 8388608],
      [INT_MAX, 8388608],
    ],
  ],
  [
    'SO_SNDBUF',
    [
      [-1, 8388608],
      [0, 4608],
      [2304, 4608],
      [32767, 65534],
      [100000, 200000],
      [4194305, 8388608],
    ],
  ],
  [
    'SO_RCVLOWAT',
    [
      [-1, 16777216],
      [0, 1],
      [8, 8],
      [4194305, 4194305],
      [1000000000, 16777216],
    ],
  ],
  [
    'IP_TOS',
    [
      [-1, 252],
      [3, 0],
      [7, 4],
      [16, 16],
      [255, 252],
      [256, 0],
      [536, 24],
      [999, 228],
    ],
  ],
  [
    'IP_TTL',
    [
      [-2, 'EINVAL'],
      [-1, 64],
      [0, 'EINVAL'],
      [1, 1],
      [255, 255],
      [256, 'EINVAL'],
    ],
  ],
  [
    'TCP_MAXSEG',
    [
      [-1, 'EINVAL'],
      [0, 536],
      [87, 'EINVAL'],
      [88, 88],
      [32767, 32767],
      [32768, 'EINVAL'],
    ],
  ],
  [
    'TCP_KEEPIDLE',
    [
      [0, 'EINVAL'],
      [1, 1],
      [32767, 32767],
      [32768, 'EINVAL'],
    ],
  ],
  [
    'TCP_KEEPINTVL',
    [
      [-1, 'EINVAL'],
      [1, 1],
      [32767, 32767],
      [32768, 'EINVAL'],
    ],
  ],
  [
    'TCP_KEEPCNT',
    [
      [0, 'EINVAL'],
      [1, 1],
      [127, 127],
      [128, 'EINVAL'],
    ],
  ],
  [
    'TCP_SYNCNT',
    [
      [0, 'EINVAL'],
      [1, 1],
      [127, 127],
      [128, 'EINVAL'],
    ],
  ],
  [
    'TCP_LINGER2',
    [
      [INT_MIN, -1],
      [-1, -1],
      [0, 60],
      [1, 1],
      [120, 120],
      [121, 120],
      [INT_MAX, 120],
    ],
  ],
  [
    'TCP_DEFER_ACCEPT',
    [
      [-1, 0],
      [0, 0],
      [2, 3],
      [8, 15],
      [128, 247],
      [100000, 29887],
    ],
  ],
  [
    'TCP_WINDOW_CLAMP',
    [
      [-1, 1152],
      [0, 0],
      [1, 1152],
      [1153, 1153],
      [INT_MAX, INT_MAX],
    ],
  ],
  [
    'TCP_USER_TIMEOUT',
    [
      [-1, 'EINVAL'],
      [0, 0],
      [1, 1],
      [INT_MAX, INT_MAX],
    ],
  ],
  [
    'TCP_RTO_MAX_MS',
    [
      [999, 'EINVAL'],
      [1000, 1000],
      [2303, 2303],
      [120000, 120000],
      [120001, 'EINVAL'],
    ],
  ],
  [
    'IP_LOCAL_PORT_RANGE',
    [
      [40000 | (40010 << 16), (40000 | (40010 << 16)) >>> 0],
      [40010 | (40000 << 16), 'EINVAL'],
      [40000, 40000],
      [40000 << 16, (40000 << 16) >>> 0],
    ],
  ],
  [
    'TCP_QUICKACK',
    [
      [1, 1],
      [2, 1],
    ],
  ],
])('%s', (name, rows) => {
  expect(rows.map(([value]) => [value, afterSetting(name, value)])).toEqual(rows.map((row) => [...row]));
});

test('times are rounded up to whole jiffies when the profile has them', () => {
  const host = new Host({ profile: linux('6.18', 250)! });
  const fd = host.socket();
  must(host.kernel.setsockopt(host.task, fd, 'SO_RCVTIMEO', 1000));
  must(host.kernel.setsockopt(host.task, fd, 'SO_SNDTIMEO', 1_004_001_000));
  must(host.kernel.setsockopt(host.task, fd, 'TCP_RTO_MAX_MS', 2303));
  expect([
    read(host, fd, 'SO_RCVTIMEO'),
    read(host, fd, 'SO_SNDTIMEO'),
    read(host, fd, 'TCP_RTO_MAX_MS'),
  ]).toEqual([4_000_000, 1_008_000_000, 2304]);
});

test('SO_LINGER', () => {
  const host = new Host();
  const fd = host.socket();
  const given = [
    { on: true, seconds: 5 },
    { on: false, seconds: 5 },
    { on: true, seconds: 0 },
    { on: true, seconds: INT_MAX },
  ];
  const got = given.map((value) => {
    must(host.kernel.setsockopt(host.task, fd, 'SO_LINGER', value));
    return must(host.kernel.getsockopt(host.task, fd, 'SO_LINGER'));
  });
  expect(got).toEqual([given[0], { on: false, seconds: 0 }, given[2], given[3]]);
});

test('SO_RCVLOWAT grows the buffer that cannot hold it, unless the buffer was set', () => {
  const host = new Host();
  const [free, locked] = [host.socket(), host.socket()];
  must(host.kernel.setsockopt(host.task, free, 'SO_RCVLOWAT', 1_000_000));
  expect(read(host, free, 'SO_RCVBUF')).toBe(2_000_000);
  must(host.kernel.setsockopt(host.task, locked, 'SO_RCVBUF', 4096));
  must(host.kernel.setsockopt(host.task, locked, 'SO_RCVLOWAT', 100_000));
  expect([read(host, locked, 'SO_RCVBUF'), read(host, locked, 'SO_RCVLOWAT')]).toEqual([8192, 4096]);
});

test('TCP_WINDOW_CLAMP 0 is taken on a closed socket only', () => {
  const host = new Host();
  const listener = host.listener(80);
  expect(errnoOf(host.kernel.setsockopt(host.task, listener, 'TCP_WINDOW_CLAMP', 0))).toBe('EINVAL');
  expect(errnoOf(host.kernel.setsockopt(host.task, listener, 'TCP_WINDOW_CLAMP', 2000))).toBe(0);
});

test('what can only be read: ENOPROTOOPT', () => {
  const host = new Host();
  const fd = host.socket();
  const names = ['SO_TYPE', 'SO_DOMAIN', 'SO_PROTOCOL', 'SO_ACCEPTCONN'] as const;
  expect(names.map((name) => errnoOf(host.kernel.setsockopt(host.task, fd, name, 1)))).toEqual(
    names.map(() => 'ENOPROTOOPT'),
  );
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'SO_ERROR', null))).toBe('ENOPROTOOPT');
});

test('IPV6_V6ONLY on AF_INET: ENOPROTOOPT to set, EOPNOTSUPP to read', () => {
  const host = new Host();
  const fd = host.socket();
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'IPV6_V6ONLY', 1))).toBe('ENOPROTOOPT');
  expect(errnoOf(host.kernel.getsockopt(host.task, fd, 'IPV6_V6ONLY'))).toBe('EOPNOTSUPP');
  expect([0, 1, 5, -1].map((value) => afterSetting('IPV6_V6ONLY', value, 'AF_INET6'))).toEqual([0, 1, 1, 1]);
});

test('IP_TRANSPARENT is for root', () => {
  const host = new Host({}, { uid: 1000 });
  const fd = host.socket();
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'IP_TRANSPARENT', 1))).toBe('EPERM');
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'IP_TRANSPARENT', 0))).toBe(0);
});

test('TCP_DEFER_ACCEPT may come before listen() and stays', () => {
  const host = new Host();
  const fd = host.socket();
  must(host.kernel.setsockopt(host.task, fd, 'TCP_DEFER_ACCEPT', 5));
  host.listen(fd);
  expect(read(host, fd, 'TCP_DEFER_ACCEPT')).toBe(7);
});

test('TCP_INFO of a fresh socket', () => {
  const host = new Host();
  expect(must(host.kernel.getsockopt(host.task, host.socket(), 'TCP_INFO'))).toMatchObject({
    state: 'UNCONN',
    rtoUs: 1000000,
    sndMss: 536,
    rttUs: 0,
    rttvarUs: 250000,
    sndSsthresh: 2147483647,
    sndCwnd: 10,
    reordering: 3,
  });
});

test('every option can be read on a fresh IPv6 socket', () => {
  const host = new Host();
  const fd = host.socket('AF_INET6');
  expect(SOCK_OPTION_NAMES.filter((name) => !host.kernel.getsockopt(host.task, fd, name).ok)).toEqual([]);
});
