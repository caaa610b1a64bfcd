// Client sheet 6: probes of a closed window, and keepalive.

import type { SockOptionName } from '@halfopen/engine';
import { type Counters, moved, type RawTarget, type ScheduleCase, type Sent, stateOf } from '../case.ts';
import { connecting, PEER, SACKED } from './life.ts';
import { onTime, timesOf, until } from './timing.ts';

const texts = (packets: readonly Sent[]): string[] => packets.map(({ text }) => text);

const distinct = (packets: readonly Sent[]): string[] => [...new Set(texts(packets))];

function opened(t: RawTarget, options: Partial<Record<SockOptionName, unknown>> = {}): number {
  const fd = connecting(t);
  t.segment(PEER, SACKED.synAck);
  for (const [name, value] of Object.entries(options))
    t.setsockopt(fd, name as SockOptionName, value as never);
  moved(t);
  return fd;
}

/** A connection whose peer has closed its window, with bytes to send. */
function closedWindow(t: RawTarget, options: Partial<Record<SockOptionName, unknown>> = {}): number {
  const fd = opened(t, options);
  t.segment(PEER, '. 1001:1001(0) ack 1 win 0');
  moved(t);
  t.send(fd, 100);
  return fd;
}

const DEAD = 'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP';
const PROBE = '. 0:0(0) ack 1001 win 63';
const PROBED = [0.204, 0.612, 1.428, 3.06, 6.324];

const probes = (n: number, more: Counters = {}): Counters => ({ TcpOutSegs: n, TCPWinProbe: n, ...more });

type Course = (t: RawTarget) => Generator<number, unknown, Sent[]>;
type Row = readonly [name: string, course: Course, expected: unknown];

/** Nobody answers: when probes are sent, and when it is given up. */
const unanswered = (prepare: (t: RawTarget) => number, nominal: readonly number[], failure: number): Course =>
  function* (t) {
    const from = t.now();
    const fd = prepare(t);
    const packets = t.output();
    const span = [(nominal.at(-1) ?? 0) * 1000, failure * 1200 + 300] as const;
    const end = yield* until(t, from, () => stateOf(t, PEER) === 'gone', span, packets);
    const times = onTime([...timesOf(packets, PEER, from), end], [...nominal, failure]);
    return [distinct(packets), times, t.poll(fd), t.getsockopt(fd, 'SO_ERROR'), moved(t)];
  };

const ENDED: Counters = { TCPAbortOnTimeout: 1, TcpEstabResets: 1, TcpCurrEstab: -1 };

const WINDOW: readonly Row[] = [
  [
    'a closed window is probed after the RTO, doubling',
    function* (t) {
      const from = t.now();
      closedWindow(t);
      const packets = [...t.output(), ...(yield 7000)];
      return [distinct(packets), onTime(timesOf(packets, PEER, from), PROBED), moved(t)];
    },
    [[PROBE], PROBED, probes(5)],
  ],
  [
    'tcp_rto_max_ms 1000 caps the doubling',
    function* (t) {
      t.sysctl('net.ipv4.tcp_rto_max_ms', 1000);
      const from = t.now();
      closedWindow(t);
      const packets = [...t.output(), ...(yield 4000)];
      return [onTime(timesOf(packets, PEER, from), [0.204, 0.612, 1.428, 2.428, 3.428]), moved(t)];
    },
    [[0.204, 0.612, 1.428, 2.428, 3.428], probes(5)],
  ],
  [
    'probes that nobody answers end it after tcp_retries2 of them',
    unanswered(
      (t) => {
        t.sysctl('net.ipv4.tcp_retries2', 3);
        return closedWindow(t);
      },
      PROBED.slice(0, 3),
      3.06,
    ),
    [[PROBE], [...PROBED.slice(0, 3), 3.06], DEAD, 'ETIMEDOUT', probes(3, ENDED)],
  ],
  [
    'TCP_USER_TIMEOUT 2000 ends it so long after the first probe',
    unanswered((t) => closedWindow(t, { TCP_USER_TIMEOUT: 2000 }), PROBED.slice(0, 3), 2.204),
    [[PROBE], [...PROBED.slice(0, 3), 2.204], DEAD, 'ETIMEDOUT', probes(3, ENDED)],
  ],
  [
    'probes that are answered never end it, and go on doubling',
    function* (t) {
      t.sysctl('net.ipv4.tcp_retries2', 2);
      const from = t.now();
      closedWindow(t);
      const seen = t.output();
      for (const at of [400, 1000, 2000, 3700]) {
        seen.push(...(yield at));
        t.segment(PEER, '. 1001:1001(0) ack 1 win 0');
      }
      seen.push(...(yield 4500));
      return [
        seen.length,
        stateOf(t, PEER),
        onTime(timesOf(seen, PEER, from).slice(0, 1), [0.204]),
        moved(t),
      ];
    },
    [5, 'ESTAB', [0.204], probes(5, { TCPPureAcks: 4 })],
  ],
  [
    'a window that opens lets the data go at once',
    function* (t) {
      closedWindow(t);
      yield 400;
      t.output();
      moved(t);
      return [t.segment(PEER, '. 1001:1001(0) ack 1 win 512'), moved(t)];
    },
    [['P. 1:101(100) ack 1001 win 63'], { TcpOutSegs: 1, TCPOrigDataSent: 1, TCPPureAcks: 1 }],
  ],
  [
    'a window too small for a segment is filled when the timer expires',
    function* (t) {
      const from = t.now();
      const fd = opened(t);
      t.segment(PEER, '. 1001:1001(0) ack 1 win 0');
      t.send(fd, 1460);
      t.segment(PEER, '. 1001:1001(0) ack 1 win 4');
      t.output();
      moved(t);
      const packets = yield 500;
      return [texts(packets), onTime(timesOf(packets, PEER, from), [0.204, 0.408]), moved(t)];
    },
    [
      ['P. 1:513(512) ack 1001 win 63', 'P. 1:513(512) ack 1001 win 63'],
      [0.204, 0.408],
      { TcpOutSegs: 1, TCPOrigDataSent: 1, TcpRetransSegs: 1, TCPTimeouts: 1, TcpTimeoutRehash: 1 },
    ],
  ],
];

const KEEP = { SO_KEEPALIVE: 1, TCP_KEEPIDLE: 2, TCP_KEEPINTVL: 1, TCP_KEEPCNT: 3 } as const;

const kept = (n: number, more: Counters = {}): Counters => ({ TcpOutSegs: n, TCPKeepAlive: n, ...more });

const KEEPALIVE: readonly Row[] = [
  [
    'keepalive 2 s, 1 s, 3 times: three probes, then a RST',
    unanswered((t) => opened(t, KEEP), [2, 3, 4, 5], 5.0001),
    [
      [PROBE, 'R. 1:1(0) ack 1001 win 63'],
      [2, 3, 4, 5, 5.0001],
      DEAD,
      'ETIMEDOUT',
      kept(3, { ...ENDED, TcpOutSegs: 4, TcpOutRsts: 1 }),
    ],
  ],
  [
    'a probe that is answered begins the idle time again',
    function* (t) {
      const from = t.now();
      opened(t, KEEP);
      const packets = [...t.output(), ...(yield 2300)];
      t.segment(PEER, '. 1001:1001(0) ack 1 win 512');
      const answered = t.now();
      const again = yield 5000;
      return [
        onTime(timesOf(packets, PEER, from), [2]),
        onTime(timesOf(again, PEER, answered), [2]),
        moved(t),
      ];
    },
    [[2], [2], kept(2, { TCPPureAcks: 1 })],
  ],
  [
    'data that arrives begins the idle time again',
    function* (t) {
      opened(t, KEEP);
      yield 1000;
      t.segment(PEER, 'P. 1001:1011(10) ack 1 win 512');
      t.output();
      moved(t);
      const at = t.now();
      const packets = yield 3800;
      return [onTime(timesOf(packets, PEER, at), [2]), moved(t)];
    },
    [[2], kept(1)],
  ],
  [
    'with data unacknowledged there are no probes',
    function* (t) {
      const fd = opened(t, { ...KEEP, TCP_KEEPIDLE: 1 });
      t.send(fd, 10);
      t.output();
      moved(t);
      const packets = yield 2500;
      return [distinct(packets), moved(t).TCPKeepAlive ?? 0];
    },
    [['P. 1:11(10) ack 1001 win 63'], 0],
  ],
  [
    'TCP_USER_TIMEOUT 2500 ends it with the first probe that is due after it, not by the count',
    unanswered((t) => opened(t, { ...KEEP, TCP_USER_TIMEOUT: 2500 }), [2, 3], 3.0001),
    [
      [PROBE, 'R. 1:1(0) ack 1001 win 63'],
      [2, 3, 3.0001],
      DEAD,
      'ETIMEDOUT',
      kept(1, { ...ENDED, TcpOutSegs: 2, TcpOutRsts: 1 }),
    ],
  ],
  [
    'SO_KEEPALIVE taken off: no probes',
    function* (t) {
      const fd = opened(t, KEEP);
      t.setsockopt(fd, 'SO_KEEPALIVE', 0);
      return [(yield 3000).length, moved(t)];
    },
    [0, {}],
  ],
];

export const PROBE_SCHEDULES: readonly ScheduleCase[] = [...WINDOW, ...KEEPALIVE].map(
  ([name, schedule, expected]) => ({
    cite: 'client 6',
    name,
    schedule,
    expected,
  }),
);
