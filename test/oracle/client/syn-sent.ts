// Client sheet 4: one segment in SYN-SENT, what the connection starts with, and when the third ACK goes.

import { moved, nominal, type RawTarget, type ScheduleCase, stateOf } from '../case.ts';
import {
  answer,
  bound,
  connecting,
  FAILED,
  NOTHING,
  OPEN,
  PEER,
  type Row,
  rowsOf,
  SYN,
  SYN_ACK,
  sent,
  start,
  still,
} from './life.ts';

/** Our SYN, and the same in answer to the peer's. */
const OUR_SYN = 'S 0:0(0) win 64240 <mss 1460,sackOK,TS val * ecr 0,nop,wscale 10>';
const OUR_SYN_ACK = 'S. 0:0(0) ack 1001 win 64240 <mss 1460,sackOK,TS val * ecr 0,nop,wscale 10>';

/** Timers of two jiffies have fired by then, others have not, ms. */
const SOON = 40;

/** What one segment in SYN-SENT does: state, poll, SO_ERROR; what is sent at once and soon after; counters of it all. */
function probe(t: RawTarget, text: string): unknown[] {
  const fd = connecting(t);
  const reply = answer(t, text);
  const now = [stateOf(t, PEER), t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
  t.wait(SOON);
  return [...now, [...reply, ...sent(t)], moved(t)];
}

const STAYS = ['SYN-SENT', NOTHING, null];
const DROPPED = [...STAYS, [], {}];
const RESENT = { TcpRetransSegs: 1, TCPTimeouts: 1, TCPSynRetrans: 1, TcpTimeoutRehash: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const REFUSED = ['gone', FAILED, 'ECONNREFUSED', [], { TcpAttemptFails: 1 }];
const ESTABLISHED = { TcpCurrEstab: 1, TcpOutSegs: 1, TCPDelivered: 1 };
const opened = (ack: string): unknown[] => ['ESTAB', OPEN, null, [ack], ESTABLISHED];

const segment = (text: string, says: string, expected: unknown): Row => [
  `${text}: ${says}`,
  (t) => probe(t, text),
  expected,
];

const WRONG_ACKS: readonly Row[] = (
  [
    [0, 'ISS'],
    [2, 'ISS+2'],
    [70000, 'far ahead'],
  ] as const
).flatMap(([ack, where]): Row[] => [
  ...['S.', '.', 'F.', 'P.'].map((flags) =>
    segment(
      `${flags} 1000:1000(0) ack ${ack} win 65535`,
      `${where}, a RST, and the SYN again within two jiffies`,
      [...STAYS, [`R ${ack}:${ack}(0) win 0`, OUR_SYN], { ...RST, ...RESENT }],
    ),
  ),
  segment(`R. 0:0(0) ack ${ack} win 0`, `${where}, no reply, but the SYN again within two jiffies`, [
    ...STAYS,
    [OUR_SYN],
    RESENT,
  ]),
]);

const RESETS: readonly Row[] = [
  segment('R. 0:0(0) ack 1 win 0', 'ECONNREFUSED', REFUSED),
  segment('R. 5000:5000(0) ack 1 win 0', 'whatever its sequence number is', REFUSED),
  segment('SR. 1000:1000(0) ack 1 win 0', 'with a SYN too', REFUSED),
  segment('FR. 1000:1000(0) ack 1 win 0', 'with a FIN too', REFUSED),
  segment('R 0:0(0) win 0', 'without ACK, dropped', DROPPED),
  segment('R 1000:1000(0) win 0', 'without ACK, dropped', DROPPED),
  segment('SR 1000:1000(0) win 0', 'without ACK, dropped', DROPPED),
];

const NO_SYN: readonly Row[] = [
  segment('. 1001:1001(0) ack 1 win 65535', 'a good ACK without SYN, dropped', DROPPED),
  segment('P. 1001:1006(5) ack 1 win 65535', 'with data too, dropped', DROPPED),
  segment('F. 1001:1001(0) ack 1 win 65535', 'with FIN too, dropped', DROPPED),
  segment('F 1001:1001(0) win 65535', 'dropped', DROPPED),
  segment('P 1001:1006(5) win 65535', 'dropped', DROPPED),
  segment('- 1001:1001(0) win 65535', 'no flags, dropped', DROPPED),
];

const PAWS = { PAWSActive: 1 };

const ECHOES: readonly Row[] = [
  segment(
    'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 100 ecr 999>',
    'it echoes what was never sent: a RST, and no SYN',
    [...STAYS, ['R 1:1(0) win 0'], { ...RST, ...PAWS }],
  ),
  segment(
    'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 100 ecr 900000>',
    'it echoes the future: a RST, and no SYN',
    [...STAYS, ['R 1:1(0) win 0'], { ...RST, ...PAWS }],
  ),
  segment(
    'R. 0:0(0) ack 1 win 0 <nop,nop,TS val 100 ecr 999>',
    'a RST that echoes what was never sent is dropped',
    [...STAYS, [], PAWS],
  ),
  segment(
    'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 100 ecr 0>',
    'an echo of 0 is not looked at',
    opened('. 1:1(0) ack 1001 win 64240 <nop,nop,TS val * ecr 100>'),
  ),
];

const ACCEPTED: readonly Row[] = [
  segment(SYN_ACK, 'ESTAB, no option agreed, the window not scaled', opened('. 1:1(0) ack 1001 win 64240')),
  segment('S. 1000:1000(0) ack 1 win 65535', 'without any option too', opened('. 1:1(0) ack 1001 win 64240')),
  segment(
    'S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr 1000,nop,wscale 7>',
    'all options; the window of the third ACK is 64240 / 1024, rounded up',
    opened('. 1:1(0) ack 1001 win 63 <nop,nop,TS val * ecr 100>'),
  ),
  segment(
    'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,wscale 0>',
    'a window scale of 0 is a window scale',
    opened('. 1:1(0) ack 1001 win 63'),
  ),
  segment(
    'SF. 1000:1000(0) ack 1 win 65535 <mss 1460>',
    'the FIN is not looked at',
    opened('. 1:1(0) ack 1001 win 64240'),
  ),
  segment(
    'S. 1000:1005(5) ack 1 win 65535 <mss 1460>',
    'data is not looked at',
    opened('. 1:1(0) ack 1001 win 64240'),
  ),
  segment(
    'S. 1000:1000(0) ack 1 win 0 <mss 1460>',
    'a window of 0: ESTAB, and writable',
    opened('. 1:1(0) ack 1001 win 64240'),
  ),
  segment(SYN, 'SYN-RECV, and our SYN again with an ACK', ['SYN-RECV', NOTHING, null, [OUR_SYN_ACK], {}]),
  segment('SF 1000:1000(0) win 65535 <mss 1460>', 'the FIN is not looked at', [
    'SYN-RECV',
    NOTHING,
    null,
    [OUR_SYN_ACK],
    {},
  ]),
  segment('S 1000:1005(5) win 65535 <mss 1460>', 'data is not looked at', [
    'SYN-RECV',
    NOTHING,
    null,
    [OUR_SYN_ACK],
    {},
  ]),
];

/** Everything that a connect() to its end moves. */
function totals(t: RawTarget, reply: string): unknown {
  const fd = bound(t);
  t.moved();
  t.connect(fd, PEER);
  sent(t);
  t.segment(PEER, reply);
  return t.moved();
}

const TOTALS: readonly Row[] = [
  [
    'counters of a clean connect()',
    (t) => totals(t, SYN_ACK),
    { TcpActiveOpens: 1, TcpOutSegs: 2, TcpInSegs: 1, TcpCurrEstab: 1, TCPDelivered: 1 },
  ],
  [
    'counters of a clean refusal',
    (t) => totals(t, 'R. 0:0(0) ack 1 win 0'),
    { TcpActiveOpens: 1, TcpOutSegs: 1, TcpInSegs: 1, TcpAttemptFails: 1 },
  ],
];

/** A connection opened by this SYN-ACK. */
function openedBy(t: RawTarget, text: string): number {
  const fd = connecting(t);
  t.segment(PEER, text);
  moved(t);
  return fd;
}

/** How much data these segments carry. */
const bytes = (lines: readonly string[]): number =>
  lines.reduce((all, line) => all + Number(/\((\d+)\)/.exec(line)?.[1] ?? 0), 0);

/** Some of TCP_INFO. */
function info(
  t: RawTarget,
  fd: number,
  ...names: readonly ('sndMss' | 'sndCwnd' | 'rcvMss' | 'rtoUs')[]
): unknown {
  const all = t.getsockopt(fd, 'TCP_INFO');
  return typeof all === 'string' ? all : names.map((name) => all[name]);
}

const STARTS: readonly Row[] = [
  [
    'the SYN-ACK offers an MSS of 1000: segments of that size, ten of them at first',
    (t) => {
      const fd = openedBy(t, 'S. 1000:1000(0) ack 1 win 65535 <mss 1000>');
      t.send(fd, 12_000);
      const sizes = sent(t).map((line) => /\((\d+)\)/.exec(line)?.[1]);
      return [info(t, fd, 'sndMss', 'sndCwnd'), sizes];
    },
    [[1000, 10], Array.from({ length: 10 }, () => '1000')],
  ],
  ['it offers none: 536', (t) => info(t, openedBy(t, 'S. 1000:1000(0) ack 1 win 65535'), 'sndMss'), [536]],
  [
    'it offers 10: segments of 48',
    (t) => {
      const fd = openedBy(t, 'S. 1000:1000(0) ack 1 win 65535 <mss 10>');
      t.send(fd, 100);
      return [info(t, fd, 'sndMss'), sent(t)];
    },
    [
      [48],
      ['. 1:49(48) ack 1001 win 64240', '. 49:97(48) ack 1001 win 64240', 'P. 97:101(4) ack 1001 win 64240'],
    ],
  ],
  [
    'it offers a window scale of 15: taken as 14',
    (t) => {
      const fd = openedBy(t, 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,wscale 15>');
      t.send(fd, 40_000);
      const first = bytes(sent(t));
      // A window of 1 << 14 where the congestion window would let 20 segments through.
      return [first, bytes(t.segment(PEER, `. 1001:1001(0) ack ${first + 1} win 1`))];
    },
    [14_600, 16_384],
  ],
  [
    'the window of the SYN-ACK itself is not scaled',
    (t) => {
      const fd = openedBy(t, 'S. 1000:1000(0) ack 1 win 1000 <mss 500,nop,wscale 7>');
      t.send(fd, 4000);
      return sent(t);
    },
    ['. 1:501(500) ack 1001 win 63', 'P. 501:1001(500) ack 1001 win 63'],
  ],
  [
    'a window of 0 in the SYN-ACK: data waits for a window',
    (t) => {
      const fd = openedBy(t, 'S. 1000:1000(0) ack 1 win 0 <mss 1460>');
      const taken = t.send(fd, 5);
      const now = sent(t);
      return [taken, now, answer(t, '. 1001:1001(0) ack 1 win 65535')];
    },
    [5, [], ['P. 1:6(5) ack 1001 win 64240']],
  ],
  [
    'tcp_ecn 1 and the peer says yes: data is marked ECT(0)',
    (t) => {
      t.sysctl('net.ipv4.tcp_ecn', 1);
      const fd = bound(t);
      t.connect(fd, PEER);
      const syn = sent(t);
      const ack = answer(t, 'SE. 1000:1000(0) ack 1 win 65535 <mss 1460>');
      t.send(fd, 5);
      return [syn, ack, sent(t)];
    },
    [
      ['SEW 0:0(0) win 64240 <mss 1460,sackOK,TS val * ecr 0,nop,wscale 10>'],
      ['. 1:1(0) ack 1001 win 64240'],
      ['P. 1:6(5) ack 1001 win 64240 [tos 0x2]'],
    ],
  ],
  [
    'tcp_ecn 1 and the peer says nothing of it: no mark',
    (t) => {
      t.sysctl('net.ipv4.tcp_ecn', 1);
      const fd = openedBy(t, SYN_ACK);
      t.send(fd, 5);
      return sent(t);
    },
    ['P. 1:6(5) ack 1001 win 64240'],
  ],
];

/** A socket in SYN-SENT with an option. */
function withOption(t: RawTarget, name: 'TCP_QUICKACK' | 'TCP_DEFER_ACCEPT', value: number): number {
  const fd = bound(t);
  t.setsockopt(fd, name, value);
  start(t, fd);
  return fd;
}

const THIRD_ACK = '. 1:1(0) ack 1001 win 64240';
const LATE = { TcpCurrEstab: 1, TcpOutSegs: 1, TCPDelivered: 1, DelayedACKs: 1 };

const THIRD_ACKS: readonly Row[] = [
  [
    'the third ACK goes at once',
    (t) => {
      connecting(t);
      return [answer(t, SYN_ACK), moved(t)];
    },
    [[THIRD_ACK], ESTABLISHED],
  ],
  [
    'TCP_QUICKACK 0 and 1 again: at once',
    (t) => {
      const fd = bound(t);
      t.setsockopt(fd, 'TCP_QUICKACK', 0);
      t.setsockopt(fd, 'TCP_QUICKACK', 1);
      start(t, fd);
      return answer(t, SYN_ACK);
    },
    [THIRD_ACK],
  ],
  [
    'TCP_QUICKACK 0 before an attempt that failed: at once in the next one',
    (t) => {
      const fd = withOption(t, 'TCP_QUICKACK', 0);
      t.segment(PEER, 'R. 0:0(0) ack 1 win 0');
      const told = t.connect(fd, PEER);
      start(t, fd);
      return [told, answer(t, SYN_ACK)];
    },
    ['ECONNREFUSED', [THIRD_ACK]],
  ],
  [
    'TCP_DEFER_ACCEPT: 16 segments of data are acknowledged at once then, beginning with the first',
    (t) => {
      withOption(t, 'TCP_DEFER_ACCEPT', 1);
      answer(t, SYN_ACK);
      return Array.from(
        { length: 3 },
        (_, i) => answer(t, `P. ${1001 + 10 * i}:${1011 + 10 * i}(10) ack 1 win 65535`).length,
      );
    },
    [1, 1, 1],
  ],
];

export const SYN_SENT = rowsOf('client 4', [
  ...WRONG_ACKS,
  ...RESETS,
  ...NO_SYN,
  ...ECHOES,
  ...ACCEPTED,
  ...TOTALS,
  ...STARTS,
  ...THIRD_ACKS,
]);

const texts = (packets: readonly { text: string }[]): string[] => still(packets.map(({ text }) => text));

/** What puts the third ACK off. */
const DELAYS = [
  ['TCP_QUICKACK', 0],
  ['TCP_DEFER_ACCEPT', 1],
] as const;

const DELAYED = DELAYS.flatMap(([name, value]): ScheduleCase[] => [
  {
    cite: 'client 4',
    name: `${name} ${value} before connect(): the third ACK goes after 200 ms`,
    *schedule(t) {
      withOption(t, name, value);
      const from = t.now();
      const now = answer(t, SYN_ACK);
      const early = yield 150;
      const late = yield 400;
      return [now, texts(early), texts(late), nominal(late, PEER, from, [0.2]), moved(t)];
    },
    expected: [[], [], [THIRD_ACK], [0.2], LATE],
  },
  {
    cite: 'client 4',
    name: `${name} ${value}, and data after 20 ms: the third ACK is on the data`,
    *schedule(t) {
      const fd = withOption(t, name, value);
      const now = answer(t, SYN_ACK);
      const early = yield 20;
      t.send(fd, 5);
      const late = yield 150;
      return [now, texts(early), texts(late)];
    },
    expected: [[], [], ['P. 1:6(5) ack 1001 win 64240']],
  },
]);

export const SYN_SENT_SCHEDULES: readonly ScheduleCase[] = [
  ...DELAYED,
  {
    cite: 'client 4',
    name: 'after the SYN that a wrong ACK provoked the next one comes a second later',
    *schedule(t) {
      connecting(t);
      const from = t.now();
      t.segment(PEER, 'S. 1000:1000(0) ack 2 win 65535');
      const packets = yield 1500;
      return nominal(packets, PEER, from, [0.01, 1.01]);
    },
    expected: [0.01, 1.01],
  },
  {
    cite: 'client 4',
    name: 'a wrong ACK after the SYN was sent again: a RST only',
    *schedule(t) {
      connecting(t);
      yield 1300;
      moved(t);
      const reply = answer(t, 'S. 1000:1000(0) ack 2 win 65535');
      const packets = yield 1400;
      return [reply, texts(packets), moved(t)];
    },
    expected: [['R 2:2(0) win 0'], [], RST],
  },
  {
    cite: 'client 4',
    name: 'SO_KEEPALIVE: the first probe comes TCP_KEEPIDLE after the handshake',
    *schedule(t) {
      const fd = bound(t);
      t.setsockopt(fd, 'SO_KEEPALIVE', 1);
      t.setsockopt(fd, 'TCP_KEEPIDLE', 1);
      start(t, fd);
      const from = t.now();
      t.segment(PEER, SYN_ACK);
      const packets = yield 1600;
      return [texts(packets), nominal(packets, PEER, from, [1]), moved(t)];
    },
    expected: [['. 0:0(0) ack 1001 win 64240'], [1], { ...ESTABLISHED, TcpOutSegs: 2, TCPKeepAlive: 1 }],
  },
  {
    cite: 'client 4',
    name: 'the SYN-ACK of a simultaneous open is sent again after a second',
    *schedule(t) {
      connecting(t);
      const from = t.now();
      t.segment(PEER, SYN);
      const packets = yield 1400;
      return [texts(packets), nominal(packets, PEER, from, [1]), moved(t)];
    },
    expected: [[OUR_SYN_ACK], [1], { ...RESENT }],
  },
];
