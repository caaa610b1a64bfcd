// Section 5: when SYN-ACKs are sent again, when a request is given up, thinning, duplicate SYNs and TCP_DEFER_ACCEPT.

import {
  ack,
  count,
  data,
  moved,
  nominal,
  type OracleCase,
  ports,
  type RawTarget,
  type ScheduleCase,
  stateOf,
  syn,
} from '../case.ts';

const EVERY = [0, 1, 3, 7, 15, 31];
/** Not yet over and over for certain, for a request that expires at 1, 3, 7 or 63 s; ms. */
const [BEFORE_1, AFTER_1] = [900, 1300];
const [BEFORE_3, AFTER_3] = [2900, 3500];
const [BEFORE_7, AFTER_7] = [6900, 8200];
const [BEFORE_63, AFTER_63] = [62_800, 67_000];

/** One request that nobody answers: times of SYN-ACKs, whether it was there before its end and after, counters. */
function* silent(
  t: RawTarget,
  prepare: (listener: number) => void,
  times: readonly number[],
  before: number,
  after: number,
): Generator<number, unknown, never[]> {
  const listener = t.listener(16);
  prepare(listener);
  moved(t);
  const from = t.now();
  syn(t, 1);
  const sent = yield before;
  const there = stateOf(t, 1);
  sent.push(...(yield after));
  return [[0, ...nominal(sent, 1, from, times.slice(1))], there, stateOf(t, 1), moved(t)];
}

const retransmitted = (n: number): { [counter: string]: number } =>
  n === 0
    ? { TcpOutSegs: 1, TCPTimeouts: 1 }
    : { TcpOutSegs: n + 1, TCPTimeouts: n + 1, TcpRetransSegs: n, TCPSynRetrans: n };

type Silent = readonly [
  name: string,
  prepare: (t: RawTarget, listener: number) => void,
  times: number[],
  before: number,
  after: number,
];

const SILENT: readonly Silent[] = [
  ['one request, defaults', () => {}, EVERY, BEFORE_63, AFTER_63],
  ['tcp_synack_retries 0', (t) => t.sysctl('net.ipv4.tcp_synack_retries', 0), [0], BEFORE_1, AFTER_1],
  ['tcp_synack_retries 1', (t) => t.sysctl('net.ipv4.tcp_synack_retries', 1), [0, 1], BEFORE_3, AFTER_3],
  [
    'TCP_SYNCNT 2 on the listener',
    (t, fd) => t.setsockopt(fd, 'TCP_SYNCNT', 2),
    [0, 1, 3],
    BEFORE_7,
    AFTER_7,
  ],
];

/** Listener's backlog, SYNs at once, live before 7 s, after 7 s, before 63 s; null: not waited for. */
const THINNED: readonly (readonly [backlog: number, syns: number, after7: number, before63: boolean])[] = [
  [4, 4, 4, true],
  [4, 5, 4, true],
  [8, 9, 4, true],
  [16, 17, 8, true],
  [16, 8, 8, true],
  [128, 100, 64, true],
  [128, 129, 64, true],
];

const thinned = ([backlog, syns, left]: (typeof THINNED)[number]): ScheduleCase => ({
  cite: '5',
  name: `listen(${backlog}): of ${syns} requests ${syns - left} expire at 7 s, ${left} stay until 63 s`,
  *schedule(t) {
    t.sysctl('net.ipv4.tcp_syncookies', 1);
    t.listener(backlog);
    for (const port of ports(syns)) syn(t, port);
    const seen: number[] = [];
    for (const at of [BEFORE_7, AFTER_7, BEFORE_63, AFTER_63]) {
      yield at;
      seen.push(count(t, 'SYN-RECV'));
    }
    return seen;
  },
  expected: [syns, left, left, 0],
});

type Deferred = readonly [seconds: number, times: number[], before: number, after: number];

/** TCP_DEFER_ACCEPT, SYN-ACKs of a client that answers once and is silent then, alive before, gone after. */
const DEFERRED: readonly Deferred[] = [
  [1, EVERY, BEFORE_63, AFTER_63],
  [3, [0, 3, 7, 15, 31], BEFORE_63, AFTER_63],
  [5, [0, 7, 15, 31], BEFORE_63, AFTER_63],
  [10, [0, 15, 31], BEFORE_63, AFTER_63],
  [30, [0, 31], BEFORE_63, AFTER_63],
  [60, [0, 63], 126_000, 136_000],
];

const deferred = ([seconds, times, before, after]: Deferred): ScheduleCase => ({
  cite: '5',
  name: `TCP_DEFER_ACCEPT ${seconds}, one bare ACK: SYN-ACKs at ${times.join(', ')} s`,
  *schedule(t) {
    const listener = t.listener(16);
    t.setsockopt(listener, 'TCP_DEFER_ACCEPT', seconds);
    const from = t.now();
    syn(t, 1);
    moved(t);
    const first = [ack(t, 1), moved(t), stateOf(t, 1)];
    const sent = yield before;
    const there = stateOf(t, 1);
    sent.push(...(yield after));
    return [first, [0, ...nominal(sent, 1, from, times.slice(1))], there, stateOf(t, 1)];
  },
  expected: [[[], { TCPDeferAcceptDrop: 1 }, 'SYN-RECV'], times, 'SYN-RECV', 'gone'],
});

const ROUNDED: readonly (readonly [given: number, got: number])[] = [
  [-1, 0],
  [0, 0],
  [1, 1],
  [2, 3],
  [3, 3],
  [4, 7],
  [7, 7],
  [8, 15],
  [15, 15],
  [16, 31],
  [31, 31],
  [32, 63],
  [63, 63],
  [64, 127],
  [127, 127],
  [200, 247],
  [100000, 29887],
];

/** Duplicate SYNs at these times (s), and what is sent then and later. */
const DUPLICATES: ScheduleCase = {
  cite: '5',
  name: 'a duplicate SYN restarts the timer with the backoff as it is; two within 500 ms are answered once',
  *schedule(t) {
    t.listener(16);
    const from = t.now();
    const immediate: number[] = [syn(t, 1).length];
    const own = [];
    for (const at of [800, 2510, 2710]) {
      own.push(...(yield at));
      moved(t);
      immediate.push(syn(t, 1).length);
    }
    const limited = moved(t);
    own.push(...(yield 10_000));
    return [immediate, nominal(own, 1, from, [1.8, 4.51, 8.51]), limited];
  },
  expected: [[1, 1, 1, 0], [1.8, 4.51, 8.51], { TCPACKSkippedSynRecv: 1 }],
};

const YOUNG: ScheduleCase = {
  cite: '5',
  name: 'listen(8), 4 requests and 5 more at 2.6 s: the 4 old ones expire at 7, one young one at 9.6',
  *schedule(t) {
    t.listener(8);
    const live = (first: number, n: number): number =>
      ports(n, first).filter((port) => stateOf(t, port) === 'SYN-RECV').length;
    for (const port of ports(4)) syn(t, port);
    yield 2600;
    for (const port of ports(5, 11)) syn(t, port);
    const seen: number[][] = [];
    for (const at of [BEFORE_7, AFTER_7, 9400, 11_000, 65_000, 70_000]) {
      yield at;
      seen.push([live(1, 4), live(11, 5)]);
    }
    return seen;
  },
  expected: [
    [4, 5],
    [0, 5],
    [0, 5],
    [0, 4],
    [0, 4],
    [0, 0],
  ],
};

const ENDS: readonly ScheduleCase[] = [
  {
    cite: '5',
    name: 'a request whose SYN-ACK has no way any more is dropped when it would be sent again',
    *schedule(t) {
      t.listener(16);
      syn(t, 1);
      moved(t);
      t.link(false);
      const sent = yield 1400;
      return [sent.length, stateOf(t, 1), moved(t)];
    },
    expected: [0, 'gone', { TCPTimeouts: 1, IpOutNoRoutes: 1 }],
  },
  {
    cite: '5',
    name: 'TCP_DEFER_ACCEPT 10, no ACK at all: SYN-ACKs as without it',
    *schedule(t) {
      const listener = t.listener(16);
      t.setsockopt(listener, 'TCP_DEFER_ACCEPT', 10);
      const from = t.now();
      syn(t, 1);
      const sent = yield BEFORE_63;
      const there = stateOf(t, 1);
      yield AFTER_63;
      return [nominal(sent, 1, from, EVERY.slice(1)), there, stateOf(t, 1)];
    },
    expected: [EVERY.slice(1), 'SYN-RECV', 'gone'],
  },
  {
    cite: '5',
    name: 'TCP_DEFER_ACCEPT 3, the SYN-ACK at 3 s is answered: ESTABLISHED without data',
    *schedule(t) {
      const listener = t.listener(16);
      t.setsockopt(listener, 'TCP_DEFER_ACCEPT', 3);
      const from = t.now();
      syn(t, 1);
      ack(t, 1);
      const sent = yield AFTER_3;
      const before = [nominal(sent, 1, from, [3]), stateOf(t, 1)];
      ack(t, 1);
      return [...before, stateOf(t, 1), t.queue()];
    },
    expected: [[3], 'SYN-RECV', 'ESTAB', '1,16'],
  },
  {
    cite: '5',
    name: 'TCP_DEFER_ACCEPT 3, data at 2 s: ESTABLISHED at once',
    *schedule(t) {
      const listener = t.listener(16);
      t.setsockopt(listener, 'TCP_DEFER_ACCEPT', 3);
      syn(t, 1);
      ack(t, 1);
      const sent = yield 2000;
      moved(t);
      const replies = data(t, 1);
      return [sent.length, replies, stateOf(t, 1), t.queue(), moved(t)];
    },
    expected: [
      0,
      ['. 1:1(0) ack 1006 win 64235'],
      'ESTAB',
      '1,16',
      { TcpPassiveOpens: 1, TcpCurrEstab: 1, TcpOutSegs: 1 },
    ],
  },
];

export const SYNACK_TIMER: readonly OracleCase[] = ROUNDED.map(([given, got]) => ({
  cite: '5',
  name: `TCP_DEFER_ACCEPT ${given} reads ${got}`,
  run: (t) => {
    const fd = t.listener(1);
    return [t.setsockopt(fd, 'TCP_DEFER_ACCEPT', given), t.getsockopt(fd, 'TCP_DEFER_ACCEPT')];
  },
  expected: [0, got],
}));

export const SYNACK_SCHEDULES: readonly ScheduleCase[] = [
  ...SILENT.map(
    ([name, prepare, times, before, after]): ScheduleCase => ({
      cite: '5',
      name: `${name}: SYN-ACKs at ${times.join(', ')} s`,
      schedule: (t) => silent(t, (listener) => prepare(t, listener), times, before, after),
      expected: [times, 'SYN-RECV', 'gone', retransmitted(times.length - 1)],
    }),
  ),
  ...THINNED.map(thinned),
  YOUNG,
  DUPLICATES,
  ...DEFERRED.map(deferred),
  ...ENDS,
];
