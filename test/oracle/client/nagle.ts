// Client sheet 6: small segments: Nagle as Minshall has it, TCP_NODELAY, TCP_CORK.

import { moved, type OracleCase, type RawTarget, type ScheduleCase, type Sent } from '../case.ts';
import { connecting, openWith, PEER, SACKED, sent } from './life.ts';
import { onTime, timesOf } from './timing.ts';

/** Flags and numbers of what was sent. */
const short = (lines: readonly string[]): string[] =>
  lines.map((line) => line.split(' ').slice(0, 2).join(' '));

const writes = (t: RawTarget, fd: number, sizes: readonly number[]): string[][] =>
  sizes.map((size) => {
    t.send(fd, size);
    return short(sent(t));
  });

const acked = (t: RawTarget, ack: number): string[] =>
  short(t.segment(PEER, `. 1001:1001(0) ack ${ack} win 512`));

type Row = readonly [name: string, run: (t: RawTarget, fd: number) => unknown, expected: unknown];

const data = (n: number, more: object = {}): object => ({ TcpOutSegs: n, TCPOrigDataSent: n, ...more });

const ROWS: readonly Row[] = [
  [
    '2000 bytes, idle: both segments leave; 2000 more: the tail waits',
    (t, fd) => [writes(t, fd, [2000, 2000]), acked(t, 2001), moved(t)],
    [
      [['. 1:1461(1460)', 'P. 1461:2001(540)'], ['. 2001:3461(1460)']],
      ['P. 3461:4001(540)'],
      data(4, { TCPPureAcks: 1, TCPDelivered: 2 }),
    ],
  ],
  [
    'three times 10 bytes: the first leaves, the others together after its ACK',
    (t, fd) => [writes(t, fd, [10, 10, 10]), acked(t, 11), moved(t)],
    [[['P. 1:11(10)'], [], []], ['P. 11:31(20)'], data(2, { TCPPureAcks: 1, TCPDelivered: 1 })],
  ],
  [
    'a full segment does not make a small one wait',
    (t, fd) => writes(t, fd, [1460, 10, 10]),
    [['P. 1:1461(1460)'], ['P. 1461:1471(10)'], []],
  ],
  [
    'what is small waits until what was small is acknowledged, not all',
    (t, fd) => [writes(t, fd, [10, 2920, 10]), acked(t, 11), acked(t, 2931)],
    [[['P. 1:11(10)'], ['. 11:1471(1460)', 'P. 1471:2931(1460)'], []], ['P. 2931:2941(10)'], []],
  ],
  [
    'TCP_NODELAY: all leave',
    (t, fd) => [t.setsockopt(fd, 'TCP_NODELAY', 1), writes(t, fd, [10, 10, 10])],
    [0, [['P. 1:11(10)'], ['P. 11:21(10)'], ['P. 21:31(10)']]],
  ],
  [
    'TCP_NODELAY sends what waits',
    (t, fd) => [writes(t, fd, [10, 10]), t.setsockopt(fd, 'TCP_NODELAY', 1), short(sent(t))],
    [[['P. 1:11(10)'], []], 0, ['P. 11:21(10)']],
  ],
  [
    'TCP_CORK holds what is small, and lets full segments go; taken off, all leave',
    (t, fd) => [
      t.setsockopt(fd, 'TCP_CORK', 1),
      writes(t, fd, [10, 10, 1460]),
      t.setsockopt(fd, 'TCP_CORK', 0),
      short(sent(t)),
    ],
    [0, [[], [], ['. 1:1461(1460)']], 0, ['P. 1461:1481(20)']],
  ],
  [
    'TCP_NODELAY lifts no cork, but sends once what it holds',
    (t, fd) => [
      t.setsockopt(fd, 'TCP_CORK', 1),
      writes(t, fd, [10]),
      t.setsockopt(fd, 'TCP_NODELAY', 1),
      short(sent(t)),
      writes(t, fd, [10]),
    ],
    [0, [[]], 0, ['P. 1:11(10)'], [[]]],
  ],
  [
    'shutdown() sends what waits, with the FIN',
    (t, fd) => [writes(t, fd, [10, 10]), t.shutdown(fd, 'SHUT_WR'), short(sent(t))],
    [[['P. 1:11(10)'], []], 0, ['FP. 11:21(10)']],
  ],
];

export const NAGLE: readonly OracleCase[] = ROWS.map(([name, run, expected]) => ({
  cite: 'client 6',
  name,
  run: (t) => run(t, openWith(t, SACKED)),
  expected,
}));

/** When the cork lets a small segment go by itself. */
function* corked(t: RawTarget, rtt: number, nominal: number): Generator<number, unknown, Sent[]> {
  const startNs = t.now();
  const fd = connecting(t);
  if (rtt > 0) yield rtt;
  t.segment(PEER, SACKED.synAck);
  moved(t);
  t.setsockopt(fd, 'TCP_CORK', 1);
  const from = t.now();
  t.send(fd, 10);
  const begin = (from - startNs) / 1e6;
  const packets = yield begin + nominal * 1200;
  const times = onTime(timesOf(packets, PEER, from), [nominal]);
  return [short(packets.map(({ text }) => text)), times, moved(t)];
}

export const CORK_SCHEDULES: readonly ScheduleCase[] = [
  [0, 0.204],
  [50, 0.252],
].map(([rtt = 0, nominal = 0]) => ({
  cite: 'client 6',
  name: `what TCP_CORK holds leaves by the probe timer after the RTO of ${nominal * 1000} ms`,
  schedule: (t) => corked(t, rtt, nominal),
  expected: [['P. 1:11(10)'], [nominal], data(1)],
}));
