// Client sheet 4, behind the handshake: a SYN-ACK or SYN that comes again, segments outside the window, challenge ACKs and
// their limit, RST by state, and a simultaneous open.

import { accepted, moved, type RawTarget, stateOf } from '../case.ts';
import {
  answer,
  connecting,
  crossed,
  open,
  PEER,
  type Row,
  RST,
  rowsOf,
  SYN_ACK,
  sent,
  state,
} from './life.ts';

const ACK = '. 1:1(0) ack 1001 win 64240';
const ONE = { TcpOutSegs: 1 };
const CHALLENGE = { ...ONE, TCPChallengeACK: 1 };
const SYN_CHALLENGE = { ...CHALLENGE, TCPSYNChallenge: 1, TcpInErrs: 1 };
const SYN_SKIPPED = { TCPACKSkippedChallenge: 1, TCPSYNChallenge: 1, TcpInErrs: 1 };

/** What a segment to an open connection does. */
function probe(t: RawTarget, text: string): unknown[] {
  const fd = open(t);
  return [answer(t, text), state(t, fd), moved(t)];
}

const challenged = (text: string, says: string): Row => [
  `${text}: ${says}`,
  (t) => probe(t, text),
  [[ACK], 'ESTAB', SYN_CHALLENGE],
];

const SYNS: readonly Row[] = [
  challenged(SYN_ACK, 'the SYN-ACK again, a challenge ACK'),
  challenged('S. 1000:1000(0) ack 99 win 65535', 'with a wrong ACK too'),
  challenged('S 1000:1000(0) win 65535', 'the SYN of a simultaneous open'),
  challenged('S 1001:1001(0) win 65535', 'a SYN where data is expected'),
  challenged('S 5000:5000(0) win 65535', 'a SYN in the window'),
  challenged('S 900000:900000(0) win 65535', 'a SYN beyond it'),
  [
    'a second one within 500 ms is not answered',
    (t) => {
      open(t);
      const first = [answer(t, SYN_ACK), moved(t)];
      return [first, [answer(t, SYN_ACK), moved(t)], [answer(t, 'S 5000:5000(0) win 65535'), moved(t)]];
    },
    [
      [[ACK], SYN_CHALLENGE],
      [[], SYN_SKIPPED],
      [[], SYN_SKIPPED],
    ],
  ],
  [
    'one after 500 ms is',
    (t) => {
      open(t);
      answer(t, SYN_ACK);
      t.wait(520);
      moved(t);
      return [answer(t, SYN_ACK), moved(t)];
    },
    [[ACK], SYN_CHALLENGE],
  ],
  [
    'the limit of the whole host is off by default: forty connections are answered within a moment',
    (t) => {
      const peers = Array.from({ length: 40 }, (_, i) => 100 + i);
      for (const port of peers) {
        const fd = t.socket();
        t.bind(fd, port);
        t.connect(fd, port);
        t.output();
        t.segment(port, SYN_ACK, port);
      }
      return peers.filter((port) => t.segment(port, SYN_ACK, port).length === 1).length;
    },
    40,
  ],
];

const OUTSIDE: readonly Row[] = [
  [
    'data beyond the window: a plain ACK, BeyondWindow',
    (t) => probe(t, 'P. 90000:90005(5) ack 1 win 65535'),
    [[ACK], 'ESTAB', { ...ONE, BeyondWindow: 1 }],
  ],
  [
    'data beyond the window is answered each time',
    (t) => {
      open(t);
      return [1, 2].map(() => answer(t, 'P. 90000:90005(5) ack 1 win 65535').length);
    },
    [1, 1],
  ],
  [
    'a bare ACK beyond the window is answered once in 500 ms',
    (t) => {
      open(t);
      const replies = [1, 2].map(() => answer(t, '. 90000:90000(0) ack 1 win 65535').length);
      return [replies, moved(t)];
    },
    [[1, 0], { ...ONE, BeyondWindow: 2, TCPACKSkippedSeq: 1 }],
  ],
  [
    'an ACK of what was never sent: a challenge ACK',
    (t) => probe(t, '. 1001:1001(0) ack 2 win 65535'),
    [[ACK], 'ESTAB', CHALLENGE],
  ],
  [
    'and within 500 ms none, of whichever kind',
    (t) => {
      open(t);
      answer(t, '. 1001:1001(0) ack 2 win 65535');
      moved(t);
      return [answer(t, '. 1001:1001(0) ack 2 win 65535'), answer(t, SYN_ACK), moved(t)];
    },
    [[], [], { ...SYN_SKIPPED, TCPACKSkippedChallenge: 2 }],
  ],
];

const RESETS: readonly Row[] = [
  [
    'a RST where data is expected: ECONNRESET',
    (t) => {
      const fd = open(t);
      return [answer(t, RST), state(t, fd), t.getsockopt(fd, 'SO_ERROR'), moved(t)];
    },
    [[], 'UNCONN', 'ECONNRESET', { TcpCurrEstab: -1, TcpEstabResets: 1 }],
  ],
  [
    'a RST elsewhere in the window: a challenge ACK',
    (t) => probe(t, 'R 1002:1002(0) win 0'),
    [[ACK], 'ESTAB', CHALLENGE],
  ],
  ['a RST below the window: nothing', (t) => probe(t, 'R 1000:1000(0) win 0'), [[], 'ESTAB', {}]],
  ['a RST above the window: nothing', (t) => probe(t, 'R 900000:900000(0) win 0'), [[], 'ESTAB', {}]],
];

const FIN = 'F. 1001:1001(0) ack 1 win 65535';

/** How a connection gets into a state, and the RST that ends it there. */
const ENDS: readonly (readonly [
  name: string,
  into: (t: RawTarget, fd: number) => void,
  rst: string,
  errno: string,
])[] = [
  ['ESTAB', () => {}, RST, 'ECONNRESET'],
  ['CLOSE-WAIT', (t) => void t.segment(PEER, FIN), 'R 1002:1002(0) win 0', 'EPIPE'],
  ['FIN-WAIT-1', (t, fd) => void t.shutdown(fd, 'SHUT_WR'), RST, 'ECONNRESET'],
  [
    'FIN-WAIT-2',
    (t, fd) => {
      t.shutdown(fd, 'SHUT_WR');
      t.segment(PEER, '. 1001:1001(0) ack 2 win 65535');
    },
    RST,
    'ECONNRESET',
  ],
  [
    'CLOSING',
    (t, fd) => {
      t.shutdown(fd, 'SHUT_WR');
      t.segment(PEER, FIN);
    },
    'R 1002:1002(0) win 0',
    'ECONNRESET',
  ],
  [
    'LAST-ACK',
    (t, fd) => {
      t.segment(PEER, FIN);
      t.shutdown(fd, 'SHUT_WR');
    },
    'R 1002:1002(0) win 0',
    'ECONNRESET',
  ],
];

const BY_STATE = ENDS.map(
  ([name, into, rst, errno]): Row => [
    `a RST in ${name}: ${errno}`,
    (t) => {
      const fd = open(t);
      into(t, fd);
      const before = stateOf(t, PEER);
      t.segment(PEER, rst);
      return [before, stateOf(t, PEER), t.getsockopt(fd, 'SO_ERROR')];
    },
    [name, 'gone', errno],
  ],
);

const SIMULTANEOUS: readonly Row[] = [
  [
    'simultaneous open, then an ACK: ESTAB, nothing sent',
    (t) => {
      const fd = crossed(t);
      return [answer(t, '. 1001:1001(0) ack 1 win 65535'), state(t, fd), t.poll(fd)];
    },
    [[], 'ESTAB', 'OUT,WRNORM'],
  ],
  [
    "simultaneous open, then the peer's SYN-ACK: ESTAB, and an ACK that says that the SYN came twice",
    (t) => {
      const fd = connecting(t);
      t.segment(PEER, 'S 1000:1000(0) win 65535 <mss 1460,sackOK>');
      sent(t);
      return [answer(t, 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK>'), state(t, fd)];
    },
    [['. 1:1(0) ack 1001 win 63 <nop,nop,sack 1000:1001>'], 'ESTAB'],
  ],
  [
    'simultaneous open, then a RST: ECONNRESET, not ECONNREFUSED',
    (t) => {
      const fd = crossed(t);
      moved(t);
      t.segment(PEER, RST);
      return [stateOf(t, PEER), t.getsockopt(fd, 'SO_ERROR'), moved(t)];
    },
    ['gone', 'ECONNRESET', { TcpAttemptFails: 1 }],
  ],
];

const STAMPS = 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 500 ecr 1000,nop,wscale 7>';

/** A socket in SYN-SENT that took over a TIME-WAIT record whose last timestamp was 600. */
function recycled(t: RawTarget): number {
  const make = (): number => {
    const fd = t.socket();
    t.setsockopt(fd, 'SO_REUSEADDR', 1);
    t.bind(fd, 80);
    t.connect(fd, PEER);
    return fd;
  };
  const first = make();
  sent(t);
  t.segment(PEER, STAMPS);
  t.shutdown(first, 'SHUT_WR');
  t.segment(PEER, 'F. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 600 ecr 1000>');
  t.close(first);
  sent(t);
  moved(t);
  return make();
}

const REUSED: readonly Row[] = [
  [
    'after a TIME-WAIT record was taken over the SYN echoes its last timestamp',
    (t) => {
      const fd = recycled(t);
      return [state(t, fd), sent(t), moved(t)];
    },
    [
      'SYN-SENT',
      ['S 0:0(0) win 65160 <mss 1460,sackOK,TS val * ecr 600,nop,wscale 10>'],
      { TcpActiveOpens: 1, TcpOutSegs: 1, TWRecycled: 1 },
    ],
  ],
  [
    "then a SYN of the peer with an older timestamp is dropped, a newer one is a simultaneous open's",
    (t) => {
      const fd = recycled(t);
      sent(t);
      const syn = (value: number): string =>
        `S 9000:9000(0) win 512 <mss 1460,sackOK,TS val ${value} ecr 0,nop,wscale 7>`;
      return [599, 600].map((value) => [answer(t, syn(value)).length, state(t, fd)]);
    },
    [
      [0, 'SYN-SENT'],
      [1, 'SYN-RECV'],
    ],
  ],
];

/** The same on the other side: the counter of input errors is the only difference to a server's child. */
const SERVER: readonly Row[] = [
  [
    'the same SYN to an accepted connection: the same answer and counters',
    (t) => {
      const listener = t.listener(1);
      accepted(t, listener, PEER);
      t.output();
      moved(t);
      return [answer(t, 'S 1000:1000(0) win 65535'), moved(t)];
    },
    [[ACK], SYN_CHALLENGE],
  ],
];

export const AFTER_OPEN = rowsOf('client 4', [
  ...SYNS,
  ...OUTSIDE,
  ...RESETS,
  ...BY_STATE,
  ...SIMULTANEOUS,
  ...REUSED,
  ...SERVER,
]);
