// Section 6: the third ACK when the accept queue filled up after the SYN-ACK. Here and in 8.1 the sheet's order of steps
// of tcp_check_req shows in what one segment does.

import {
  acceptAll,
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
  states,
  syn,
} from '../case.ts';

const DROPPED = { ListenOverflows: 1, ListenDrops: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const OPEN = { TcpPassiveOpens: 1, TcpCurrEstab: 1, TCPPureAcks: 1 };
const SYN_ACKS = [1, 3, 7, 15, 31];
const RETRANSMITTED = { TcpOutSegs: 5, TcpRetransSegs: 5, TCPSynRetrans: 5, TCPTimeouts: 6 };

/** The sheet's way to step 12: `L(1): S1 S2 A1 S3 A2`. Port 3 is half-open and the queue is full. */
function overfull(t: RawTarget, abort: number, cookies = 1): number {
  t.sysctl('net.ipv4.tcp_abort_on_overflow', abort);
  t.sysctl('net.ipv4.tcp_syncookies', cookies);
  const listener = t.listener(1);
  syn(t, 1);
  syn(t, 2);
  ack(t, 1);
  syn(t, 3);
  ack(t, 2);
  moved(t);
  return listener;
}

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const ROWS: readonly Row[] = [
  [
    'the third ACK leaves a full queue as it is',
    (t) => {
      overfull(t, 0);
      return [ack(t, 3), t.queue(), states(t)];
    },
    [[], '2,1', ['ESTAB', 'ESTAB', 'SYN-RECV']],
  ],
  [
    'tcp_abort_on_overflow 0, ACK with data: dropped with the data, each time',
    (t) => {
      overfull(t, 0);
      return [data(t, 3), moved(t), data(t, 3), moved(t), stateOf(t, 3)];
    },
    [[], DROPPED, [], DROPPED, 'SYN-RECV'],
  ],
  [
    'tcp_abort_on_overflow 1: RST without TcpAttemptFails, the request is gone, later segments are reset',
    (t) => {
      overfull(t, 1);
      return [ack(t, 3), moved(t), stateOf(t, 3), data(t, 3), moved(t)];
    },
    [['R 1:1(0) win 0'], { ...DROPPED, ...RST, EmbryonicRsts: 1 }, 'gone', ['R 1:1(0) win 0'], RST],
  ],
  [
    'tcp_abort_on_overflow 1, ACK with data: the same RST',
    (t) => {
      overfull(t, 1);
      return [data(t, 3), moved(t)];
    },
    [['R 1:1(0) win 0'], { ...DROPPED, ...RST, EmbryonicRsts: 1 }],
  ],
  ...[0, 1].map(
    (abort): Row => [
      `tcp_syncookies 2: the ACK is dropped without state, late data is reset, tcp_abort_on_overflow ${abort}`,
      (t) => {
        overfull(t, abort, 2);
        const first = [stateOf(t, 3), ack(t, 3), moved(t)];
        // Late data is no cookie: its sequence number is not the one behind the SYN.
        const late = t.segment(3, 'P. 1006:1011(5) ack 1 win 65535');
        return [...first, late, moved(t)];
      },
      ['gone', [], { ...DROPPED, SyncookiesRecv: 1 }, ['R 1:1(0) win 0'], { ...RST, SyncookiesFailed: 1 }],
    ],
  ),
  [
    'tcp_syncookies 2: data on the third ACK of a cookie with a full queue is dropped as well',
    (t) => {
      overfull(t, 0, 2);
      return [data(t, 3), moved(t)];
    },
    [[], { ...DROPPED, SyncookiesRecv: 1 }],
  ],
  [
    'the third ACK opens the connection, bare or with data',
    (t) => {
      t.listener(5);
      for (const port of ports(2)) syn(t, port);
      moved(t);
      const bare = [ack(t, 1), moved(t)];
      return [...bare, data(t, 2), moved(t), t.sockets()];
    },
    [
      [],
      OPEN,
      ['. 1:1(0) ack 1006 win 64235'],
      { TcpPassiveOpens: 1, TcpCurrEstab: 1, TcpOutSegs: 1 },
      ['1 ESTAB 0 0', '2 ESTAB 5 0'],
    ],
  ],
];

const SYN_ACK = 'S. 1000:1000(0) ack 1 win 65535 <mss 1460>';

/** A client that thinks it is connected: what the sheet's real client sees of such a server. */
function client(t: RawTarget): number {
  const fd = t.socket();
  t.bind(fd, 80);
  t.connect(fd, 9);
  t.output();
  t.segment(9, SYN_ACK);
  moved(t);
  return fd;
}

const CLIENT: readonly Row[] = [
  [
    'the client answers a SYN-ACK that comes again with a challenge ACK',
    (t) => {
      client(t);
      return [t.segment(9, SYN_ACK), stateOf(t, 9), moved(t)];
    },
    [
      ['. 1:1(0) ack 1001 win 64240'],
      'ESTAB',
      { TcpOutSegs: 1, TcpInErrs: 1, TCPSYNChallenge: 1, TCPChallengeACK: 1 },
    ],
  ],
  [
    "the client's late data meets a RST: recv gives ECONNRESET",
    (t) => {
      const fd = client(t);
      t.send(fd, 6);
      t.output();
      moved(t);
      t.segment(9, 'R 1001:1001(0) win 0');
      return [moved(t), t.recv(fd, 10), t.recv(fd, 10)];
    },
    [{ TcpEstabResets: 1, TcpCurrEstab: -1 }, 'ECONNRESET', 0],
  ],
  [
    'tcp_abort_on_overflow 1: the client is reset after its ACK, send gives ECONNRESET once, then recv 0',
    (t) => {
      const fd = client(t);
      t.segment(9, 'R 1001:1001(0) win 0');
      return [moved(t), t.send(fd, 6), t.recv(fd, 10), t.send(fd, 6)];
    },
    [{ TcpEstabResets: 1, TcpCurrEstab: -1 }, 'ECONNRESET', 0, 'EPIPE'],
  ],
];

export const THIRD_ACK: readonly OracleCase[] = [...ROWS, ...CLIENT].map(([name, run, expected]) => ({
  cite: '6',
  name,
  run,
  expected,
}));

const BEFORE_63 = 62_800;
const AFTER_63 = 67_000;

export const THIRD_ACK_SCHEDULES: readonly ScheduleCase[] = [
  {
    cite: '6',
    name: 'tcp_abort_on_overflow 0, the client is silent then: SYN-ACKs to 31 s, gone at 63, late data is reset',
    *schedule(t) {
      overfull(t, 0);
      const from = t.now();
      const dropped = [ack(t, 3), moved(t)];
      const sent = yield BEFORE_63;
      const there = stateOf(t, 3);
      yield AFTER_63;
      const after = [stateOf(t, 3), moved(t)];
      return [dropped, nominal(sent, 3, from, SYN_ACKS), there, after, data(t, 3), moved(t)];
    },
    expected: [[[], DROPPED], SYN_ACKS, 'SYN-RECV', ['gone', RETRANSMITTED], ['R 1:1(0) win 0'], RST],
  },
  {
    cite: '6',
    name: 'tcp_abort_on_overflow 0, the client answers each SYN-ACK: each ACK is dropped, the schedule is the same',
    *schedule(t) {
      overfull(t, 0);
      const from = t.now();
      ack(t, 3);
      const sent = [];
      for (const at of [1500, 4000, 8500, 17_500, 35_500]) {
        sent.push(...(yield at));
        ack(t, 3);
      }
      sent.push(...(yield BEFORE_63));
      const there = stateOf(t, 3);
      yield AFTER_63;
      return [nominal(sent, 3, from, SYN_ACKS), there, stateOf(t, 3), moved(t)];
    },
    expected: [SYN_ACKS, 'SYN-RECV', 'gone', { ...RETRANSMITTED, ListenOverflows: 6, ListenDrops: 6 }],
  },
  {
    cite: '6',
    name: 'tcp_abort_on_overflow 0, accept() at 6 s: the next ACK opens the connection',
    *schedule(t) {
      const listener = overfull(t, 0);
      ack(t, 3);
      yield 6000;
      const taken = acceptAll(t, listener);
      yield 8500;
      moved(t);
      return [taken, ack(t, 3), moved(t), stateOf(t, 3)];
    },
    expected: [[1, 2], [], OPEN, 'ESTAB'],
  },
  {
    cite: '6',
    name: 'tcp_abort_on_overflow 0, accept() at 4.5 s: data sent again then is delivered',
    *schedule(t) {
      const listener = overfull(t, 0);
      ack(t, 3);
      data(t, 3);
      yield 4500;
      acceptAll(t, listener);
      yield 5240;
      const replies = data(t, 3);
      const fd = t.accept(listener) as number;
      return [replies, t.recv(fd, 100)];
    },
    expected: [['. 1:1(0) ack 1006 win 64235'], 5],
  },
  {
    cite: '6',
    name: 'tcp_syncookies 2: no SYN-ACK is ever sent again',
    *schedule(t) {
      overfull(t, 0, 2);
      ack(t, 3);
      const sent = yield 10_000;
      return [sent.length, count(t, 'SYN-RECV')];
    },
    expected: [0, 0],
  },
];
