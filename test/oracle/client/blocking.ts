// Client sheet 1.3, as far as it shows without a call that sleeps: how an attempt ends, with all its counters, what
// SO_SNDTIMEO is rounded to, and an attempt whose way is gone.

import { moved, nominal, type RawTarget, type ScheduleCase, stateOf } from '../case.ts';
import { bound, connecting, PEER, type Row, RST_ACK, rowsOf, SYN_ACK, start, still } from './life.ts';

const MS = 1e6;

/** SO_SNDTIMEO or SO_RCVTIMEO as it reads after it was set, ms. */
function timeout(t: RawTarget, name: 'SO_SNDTIMEO' | 'SO_RCVTIMEO', ns: number): unknown {
  const fd = t.socket();
  const set = t.setsockopt(fd, name, ns);
  const got = t.getsockopt(fd, name);
  return [set, typeof got === 'number' ? got / MS : got];
}

const TIMEOUTS = (['SO_SNDTIMEO', 'SO_RCVTIMEO'] as const).flatMap((name) =>
  (
    [
      [0, 0],
      [1000, 4],
      [4 * MS, 4],
      [5 * MS, 8],
      [300 * MS, 300],
      [301 * MS, 304],
    ] as const
  ).map(
    ([ns, ms]): Row => [
      `${name} of ${ns / 1000} us reads ${ms} ms: whole jiffies, rounded up`,
      (t) => timeout(t, name, ns),
      [0, ms],
    ],
  ),
);

const ENDS: readonly Row[] = [
  [
    'a RST with a good ACK: ECONNREFUSED, TcpAttemptFails',
    (t) => {
      const fd = connecting(t);
      t.segment(PEER, RST_ACK);
      return [t.connect(fd, PEER), stateOf(t, PEER), moved(t)];
    },
    ['ECONNREFUSED', 'gone', { TcpAttemptFails: 1 }],
  ],
  [
    'an attempt that was told EALREADY goes on: connect() gives 0 when it is open',
    (t) => {
      const fd = connecting(t);
      const waits = [t.connect(fd, PEER), t.connect(fd, PEER)];
      t.segment(PEER, SYN_ACK);
      return [waits, t.connect(fd, PEER)];
    },
    [['EALREADY', 'EALREADY'], 0],
  ],
];

export const BLOCKING = rowsOf('client 1.3', [...TIMEOUTS, ...ENDS]);

/** How the way can go, and the errno that the route has then. */
const LOSSES: readonly (readonly [name: string, errno: string, lose: (t: RawTarget) => void])[] = [
  ['the device goes down after the SYN', 'ENETUNREACH', (t) => t.link(false)],
  ...(
    [
      ['unreachable', 'EHOSTUNREACH'],
      ['throw', 'ENETUNREACH'],
      ['prohibit', 'EACCES'],
      ['blackhole', 'EINVAL'],
    ] as const
  ).map(
    ([type, errno]) =>
      [
        `a route of type ${type} comes after the SYN`,
        errno,
        (t: RawTarget) => t.route(type, '192.0.0.0/17'),
      ] as const,
  ),
];

/** An attempt with one retransmission at most whose way goes at once: packets, errno, and what it moved. */
const lost = (name: string, lose: (t: RawTarget) => void, errno: string): ScheduleCase => ({
  cite: 'client 1.3',
  name,
  *schedule(t) {
    t.sysctl('net.ipv4.tcp_syn_retries', 1);
    t.sysctl('net.ipv4.tcp_syn_linear_timeouts', 0);
    const fd = connecting(t);
    lose(t);
    const packets = yield 4000;
    return [still(packets.map(({ text }) => text)), t.connect(fd, PEER), moved(t)];
  },
  expected: [[], errno, { TcpAttemptFails: 1, TCPTimeouts: 2, TCPAbortOnTimeout: 1, TcpTimeoutRehash: 1 }],
});

export const BLOCKING_SCHEDULES: readonly ScheduleCase[] = [
  {
    cite: 'client 1.3',
    name: 'a way that was gone for one retransmission gives its errno in place of ETIMEDOUT',
    *schedule(t) {
      t.sysctl('net.ipv4.tcp_syn_retries', 1);
      t.sysctl('net.ipv4.tcp_syn_linear_timeouts', 1);
      const fd = connecting(t);
      const from = t.now();
      t.link(false);
      const first = yield 1500;
      t.link(true);
      const packets = yield 5200;
      return [first.length, nominal(packets, PEER, from, [2]), t.connect(fd, PEER), moved(t)];
    },
    expected: [
      0,
      [2],
      'ENETUNREACH',
      {
        TcpAttemptFails: 1,
        TcpRetransSegs: 1,
        TCPTimeouts: 3,
        TCPAbortOnTimeout: 1,
        TCPSynRetrans: 1,
        TcpTimeoutRehash: 2,
      },
    ],
  },
  {
    cite: 'client 1.3',
    name: 'no answer: ETIMEDOUT, TCPAbortOnTimeout and TcpAttemptFails',
    *schedule(t) {
      t.sysctl('net.ipv4.tcp_syn_retries', 1);
      t.sysctl('net.ipv4.tcp_syn_linear_timeouts', 0);
      const fd = bound(t);
      const from = t.now();
      start(t, fd);
      const packets = yield 4000;
      return [nominal(packets, PEER, from, [1]), t.connect(fd, PEER), moved(t)];
    },
    expected: [
      [1],
      'ETIMEDOUT',
      {
        TcpAttemptFails: 1,
        TCPAbortOnTimeout: 1,
        TcpRetransSegs: 1,
        TCPTimeouts: 2,
        TCPSynRetrans: 1,
        TcpTimeoutRehash: 1,
      },
    ],
  },
  ...LOSSES.map(([name, errno, lose]) =>
    lost(`${name}: ${errno}, and no SYN counts as sent again`, lose, errno),
  ),
];
