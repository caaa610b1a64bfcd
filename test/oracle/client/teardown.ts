// Client sheet 5: the ends of a connection that this host opened.

import {
  type Counters,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  type Sent,
  stateOf,
} from '../case.ts';
import { open, openWith, PEER, sent, TIMED } from './life.ts';
import { onTime, timesOf, until } from './timing.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const row = ([name, run, expected]: Row): OracleCase => ({ cite: 'client 5', name, run, expected });

const ENDED = { TcpCurrEstab: -1, TcpOutSegs: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const FIN_ACKED = '. 1001:1001(0) ack 2 win 65535';
const FIN = 'F. 1001:1001(0) ack 2 win 65535';
const DATA = 'P. 1001:1006(5) ack 1 win 65535';

/** What closing sends, the state after it, counters. */
function closing(t: RawTarget, fd: number): unknown[] {
  return [t.close(fd), sent(t), stateOf(t, PEER), moved(t)];
}

/** A closed connection whose FIN is acknowledged. */
function finWait2(t: RawTarget): void {
  t.close(open(t));
  t.segment(PEER, FIN_ACKED);
  sent(t);
  moved(t);
}

const step = (t: RawTarget, text: string): unknown[] => [t.segment(PEER, text), stateOf(t, PEER), moved(t)];

const CLOSES: readonly Row[] = [
  [
    'close(), all read: a FIN, which counts as data sent',
    (t) => closing(t, open(t)),
    [0, ['F. 1:1(0) ack 1001 win 64240'], 'FIN-WAIT-1', { ...ENDED, TCPOrigDataSent: 1 }],
  ],
  [
    'close() with data unread: a RST',
    (t) => {
      const fd = open(t);
      t.segment(PEER, DATA);
      moved(t);
      return closing(t, fd);
    },
    [
      0,
      ['R. 1:1(0) ack 1006 win 64235'],
      'gone',
      { ...ENDED, TcpEstabResets: 1, TcpOutRsts: 1, TCPAbortOnClose: 1 },
    ],
  ],
  [
    'close() with SO_LINGER 0: a RST',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 });
      return closing(t, fd);
    },
    [
      0,
      ['R. 1:1(0) ack 1001 win 64240'],
      'gone',
      { ...ENDED, TcpEstabResets: 1, TcpOutRsts: 1, TCPAbortOnData: 1 },
    ],
  ],
  [
    'close() with data on its way: the FIN goes with the last segment',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'TCP_CORK', 1);
      t.send(fd, 5);
      moved(t);
      return closing(t, fd);
    },
    [0, ['FP. 1:6(5) ack 1001 win 64240'], 'FIN-WAIT-1', { ...ENDED, TCPOrigDataSent: 1 }],
  ],
  [
    'data after close() before the FIN is acknowledged: a RST',
    (t) => {
      t.close(open(t));
      sent(t);
      moved(t);
      return step(t, DATA);
    },
    [['R 1:1(0) win 0'], 'gone', { ...RST, TCPAbortOnData: 1 }],
  ],
  [
    'data that acknowledges the FIN after close(): a RST',
    (t) => {
      t.close(open(t));
      sent(t);
      moved(t);
      return step(t, 'P. 1001:1006(5) ack 2 win 65535');
    },
    [['R 2:2(0) win 0'], 'gone', { ...RST, TCPAbortOnData: 1, TCPDelivered: 1 }],
  ],
  [
    'data after shutdown(SHUT_WR) is taken',
    (t) => {
      const fd = open(t);
      t.shutdown(fd, 'SHUT_WR');
      t.segment(PEER, FIN_ACKED);
      sent(t);
      moved(t);
      return [...step(t, 'P. 1001:1006(5) ack 2 win 65535'), t.recv(fd, 10)];
    },
    [['. 2:2(0) ack 1006 win 64235'], 'FIN-WAIT-2', { TcpOutSegs: 1 }, 5],
  ],
  [
    'the FIN of an orphan is acknowledged: a record in FIN-WAIT-2, counted in TW',
    (t) => {
      t.close(open(t));
      sent(t);
      moved(t);
      return step(t, FIN_ACKED);
    },
    [[], 'FIN-WAIT-2', { TW: 1, TCPPureAcks: 1, TCPDelivered: 1 }],
  ],
  [
    'with TCP_LINGER2 -1 it is a RST',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'TCP_LINGER2', -1);
      t.close(fd);
      sent(t);
      moved(t);
      return step(t, FIN_ACKED);
    },
    [['R 2:2(0) win 0'], 'gone', { ...RST, TCPAbortOnData: 1, TCPPureAcks: 1, TCPDelivered: 1 }],
  ],
  [
    'close() in FIN-WAIT-2 with TCP_LINGER2 -1: a RST',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'TCP_LINGER2', -1);
      t.shutdown(fd, 'SHUT_WR');
      t.segment(PEER, FIN_ACKED);
      sent(t);
      moved(t);
      return closing(t, fd);
    },
    [0, ['R. 2:2(0) ack 1001 win 64240'], 'gone', { ...RST, TCPAbortOnLinger: 1 }],
  ],
  [
    'FIN to the record in FIN-WAIT-2: an ACK, and TIME-WAIT',
    (t) => {
      finWait2(t);
      return step(t, FIN);
    },
    [['. 2:2(0) ack 1002 win 64240'], 'TIME-WAIT', { TcpOutSegs: 1 }],
  ],
  [
    'data to the record in FIN-WAIT-2: a RST',
    (t) => {
      finWait2(t);
      return step(t, 'P. 1001:1006(5) ack 2 win 65535');
    },
    [['R 2:2(0) win 0'], 'gone', RST],
  ],
  [
    'the FIN again in TIME-WAIT is acknowledged again',
    (t) => {
      finWait2(t);
      t.segment(PEER, FIN);
      moved(t);
      return step(t, FIN);
    },
    [['. 2:2(0) ack 1002 win 64240'], 'TIME-WAIT', { TcpOutSegs: 1 }],
  ],
  [
    'a RST in the window ends TIME-WAIT',
    (t) => {
      finWait2(t);
      t.segment(PEER, FIN);
      moved(t);
      return step(t, 'R 1002:1002(0) win 0');
    },
    [[], 'gone', {}],
  ],
  [
    'both close at once: CLOSING, and TIME-WAIT with the last ACK',
    (t) => {
      t.close(open(t));
      sent(t);
      moved(t);
      return [step(t, 'F. 1001:1001(0) ack 1 win 65535'), step(t, '. 1002:1002(0) ack 2 win 65535')];
    },
    [
      [['. 2:2(0) ack 1002 win 64239'], 'CLOSING', { TcpOutSegs: 1 }],
      [[], 'TIME-WAIT', { TW: 1, TCPPureAcks: 1, TCPDelivered: 1 }],
    ],
  ],
  [
    'FIN that acknowledges our FIN: straight to TIME-WAIT',
    (t) => {
      t.close(open(t));
      sent(t);
      moved(t);
      return step(t, FIN);
    },
    [['. 2:2(0) ack 1002 win 64239'], 'TIME-WAIT', { TcpOutSegs: 1, TW: 1, TCPDelivered: 1 }],
  ],
  [
    'the peer closes first: CLOSE-WAIT, and LAST-ACK until our FIN is acknowledged',
    (t) => {
      const fd = open(t);
      const came = step(t, 'F. 1001:1001(0) ack 1 win 65535');
      return [came, closing(t, fd), step(t, '. 1002:1002(0) ack 2 win 65535')];
    },
    [
      [[], 'CLOSE-WAIT', {}],
      [0, ['F. 1:1(0) ack 1002 win 64239'], 'LAST-ACK', { ...ENDED, TCPOrigDataSent: 1 }],
      [[], 'gone', { TCPPureAcks: 1, TCPDelivered: 1 }],
    ],
  ],
  [
    'a RST in CLOSE-WAIT: EPIPE',
    (t) => {
      const fd = open(t);
      t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
      t.segment(PEER, 'R 1002:1002(0) win 0');
      return [t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
    },
    ['IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP', 'EPIPE'],
  ],
];

const POLLS: readonly Row[] = [
  [
    'shutdown(SHUT_RD): readable at once, and later data can be read all the same',
    (t) => {
      const fd = open(t);
      const before = [t.poll(fd), t.shutdown(fd, 'SHUT_RD'), t.poll(fd), t.recv(fd, 10)];
      return [...before, ...step(t, DATA), t.recv(fd, 10), t.recv(fd, 10)];
    },
    [
      'OUT,WRNORM',
      0,
      'IN,OUT,RDNORM,WRNORM,RDHUP',
      0,
      ['. 1:1(0) ack 1006 win 64235'],
      'ESTAB',
      { TcpOutSegs: 1 },
      5,
      0,
    ],
  ],
  [
    'shutdown(SHUT_WR): writable as before, send() says EPIPE',
    (t) => {
      const fd = open(t);
      return [t.shutdown(fd, 'SHUT_WR'), t.poll(fd), t.send(fd, 5), sent(t)];
    },
    [0, 'OUT,WRNORM', 'EPIPE', ['F. 1:1(0) ack 1001 win 64240']],
  ],
  [
    'the peer finished: IN, OUT, RDHUP; both finished: HUP too',
    (t) => {
      const fd = open(t);
      t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
      return [t.poll(fd), t.recv(fd, 5), t.shutdown(fd, 'SHUT_WR'), t.poll(fd)];
    },
    ['IN,OUT,RDNORM,WRNORM,RDHUP', 0, 0, 'IN,OUT,HUP,RDNORM,WRNORM,RDHUP'],
  ],
  [
    'closed in full by both: no ERR, shutdown() says ENOTCONN, send() EPIPE, recv() 0',
    (t) => {
      const fd = open(t);
      t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
      t.shutdown(fd, 'SHUT_WR');
      t.segment(PEER, '. 1002:1002(0) ack 2 win 65535');
      return [
        t.poll(fd),
        t.shutdown(fd, 'SHUT_RDWR'),
        t.send(fd, 1),
        t.recv(fd, 1),
        t.getsockopt(fd, 'SO_ERROR'),
      ];
    },
    ['IN,OUT,HUP,RDNORM,WRNORM,RDHUP', 'ENOTCONN', 'EPIPE', 0, null],
  ],
  [
    'after a RST: recv() says ECONNRESET once, then 0; send() EPIPE; shutdown() ENOTCONN',
    (t) => {
      const fd = open(t);
      t.segment(PEER, 'R 1001:1001(0) win 0');
      return [t.poll(fd), t.recv(fd, 1), t.recv(fd, 1), t.send(fd, 1), t.shutdown(fd, 'SHUT_WR'), moved(t)];
    },
    [
      'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP',
      'ECONNRESET',
      0,
      'EPIPE',
      'ENOTCONN',
      { TcpEstabResets: 1, TcpCurrEstab: -1 },
    ],
  ],
];

export const TEARDOWN: readonly OracleCase[] = [...CLOSES, ...POLLS].map(row);

type Course = (t: RawTarget) => Generator<number, unknown, Sent[]>;

/** Alive at one time (ms) and gone at another. */
const lasts = (
  name: string,
  reach: (t: RawTarget) => void,
  [alive, gone]: readonly number[],
  state: string,
  counters: Counters = {},
): ScheduleCase => ({
  cite: 'client 5',
  name,
  *schedule(t) {
    reach(t);
    yield alive as number;
    const before = stateOf(t, PEER);
    yield gone as number;
    return [before, stateOf(t, PEER), moved(t)];
  },
  expected: [state, 'gone', counters],
});

/** Closed with TCP_LINGER2, its FIN acknowledged. */
const lingering =
  (seconds: number) =>
  (t: RawTarget): void => {
    const fd = open(t);
    t.setsockopt(fd, 'TCP_LINGER2', seconds);
    t.close(fd);
    t.segment(PEER, FIN_ACKED);
    moved(t);
  };

/** RTO 204 ms after a handshake of 1 ms: a probe of the tail, the RTO, and so on doubling; given up at 102.2 s. */
const RESENT = [0.204, 0.408, 0.816, 1.632, 3.264, 6.528, 13.056, 26.112, 52.224];
const ORPHAN_GONE = 104.448;

function* orphan(t: RawTarget): Generator<number, unknown, Sent[]> {
  const fd = openWith(t, TIMED);
  const from = t.now();
  t.close(fd);
  const packets = t.output();
  moved(t);
  const span = [100_000, 120_000] as const;
  const end = yield* until(t, from, () => stateOf(t, PEER) === 'gone', span, packets);
  const lines = new Set(packets.map(({ text }) => text.replace(/TS val \d+/, 'TS val *')));
  const times = onTime([...timesOf(packets, PEER, from), end], [0, ...RESENT, ORPHAN_GONE]);
  return [[...lines], times, moved(t)];
}

/** Stays in FIN-WAIT-2 as long as it is open; the time runs from close(). */
function* openInFinWait2(t: RawTarget): Generator<number, unknown, Sent[]> {
  t.sysctl('net.ipv4.tcp_fin_timeout', 5);
  const fd = open(t);
  t.shutdown(fd, 'SHUT_WR');
  t.segment(PEER, FIN_ACKED);
  yield 20_000;
  const open20 = stateOf(t, PEER);
  t.close(fd);
  yield 24_900;
  const closed25 = stateOf(t, PEER);
  yield 26_000;
  return [open20, closed25, stateOf(t, PEER)];
}

const COURSES: readonly (readonly [name: string, course: Course, expected: unknown])[] = [
  [
    'the FIN of an orphan that is never acknowledged: a probe, then the RTO doubling, dropped after eight',
    orphan,
    [
      ['F. 1:1(0) ack 1001 win 63 <nop,nop,TS val * ecr 100>'],
      [0, ...RESENT, ORPHAN_GONE],
      {
        TcpRetransSegs: RESENT.length,
        TCPTimeouts: RESENT.length,
        TCPLossProbes: 1,
        TCPLostRetransmit: RESENT.length - 2,
        TcpTimeoutRehash: RESENT.length - 1,
        TCPAbortOnTimeout: 1,
      } satisfies Counters,
    ],
  ],
  [
    'FIN-WAIT-2 has no end while the socket is open, and tcp_fin_timeout from close() on',
    openInFinWait2,
    ['FIN-WAIT-2', 'FIN-WAIT-2', 'gone'],
  ],
];

export const TEARDOWN_SCHEDULES: readonly ScheduleCase[] = [
  ...COURSES.map(([name, schedule, expected]) => ({ cite: 'client 5', name, schedule, expected })),
  lasts('TCP_LINGER2 5: FIN-WAIT-2 lasts 5 s', lingering(5), [4900, 5600], 'FIN-WAIT-2'),
  lasts(
    'TCP_LINGER2 100: 40 s by a timer, and a record of 40 s',
    lingering(100),
    [79_500, 85_000],
    'FIN-WAIT-2',
    { TW: 1 },
  ),
  lasts(
    'tcp_fin_timeout 5: so does FIN-WAIT-2',
    (t) => {
      t.sysctl('net.ipv4.tcp_fin_timeout', 5);
      finWait2(t);
    },
    [4900, 5600],
    'FIN-WAIT-2',
  ),
  lasts(
    'tcp_fin_timeout 5 does not shorten TIME-WAIT: 60 s',
    (t) => {
      t.sysctl('net.ipv4.tcp_fin_timeout', 5);
      finWait2(t);
      t.segment(PEER, FIN);
      moved(t);
    },
    [59_500, 63_000],
    'TIME-WAIT',
  ),
];
