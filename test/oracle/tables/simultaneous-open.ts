// Section 8.4: both ends send a SYN, and a socket that connects to itself.

import { type Counters, moved, type OracleCase, type RawTarget, stateOf } from '../case.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const SYN_ACK = 'S. 0:0(0) ack 1001 win 64240 <mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 10>';
const SYN = 'S 1000:1000(0) win 512 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>';
const STAMP = '<nop,nop,TS val 101 ecr 1000>';

/** A socket that connects from port 80 to the peer's port 9, the peer's SYN on its way to it. */
function crossed(t: RawTarget, options: string): { fd: number; reply: string[] } {
  const fd = t.socket();
  t.bind(fd, 80);
  t.connect(fd, 9);
  t.output();
  moved(t);
  return { fd, reply: t.segment(9, options) };
}

const PLAIN = 'S 1000:1000(0) win 512 <mss 1460>';

/** Our timestamps may have moved on by a ms or two since our SYN. */
const still = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(/TS val 100\d /, 'TS val 1000 '));

const ROWS: readonly Row[] = [
  [
    "the peer's SYN: SYN-RECV, and a SYN-ACK with the same ISN and the options again",
    (t) => {
      const fd = t.socket();
      t.bind(fd, 80);
      const begun = t.connect(fd, 9);
      t.output();
      const isn = t.isn(9);
      moved(t);
      const reply = still(t.segment(9, SYN));
      return [begun, reply, t.isn(9) === isn, stateOf(t, 9), moved(t)];
    },
    ['EINPROGRESS', [SYN_ACK], true, 'SYN-RECV', {}],
  ],
  [
    "then the peer's SYN-ACK: ESTABLISHED, and an ACK with a D-SACK",
    (t) => {
      const { fd } = crossed(t, SYN);
      const reply = still(t.segment(9, `S. 1000:1000(0) ack 1 win 512 ${STAMP}`));
      const {
        TcpPassiveOpens = 0,
        TcpCurrEstab,
        TCPDSACKOldSent,
        DelayedACKLost,
      } = moved(t) as {
        [name: string]: number;
      };
      const counters: Counters = {
        TcpPassiveOpens,
        TcpCurrEstab: TcpCurrEstab ?? 0,
        TCPDSACKOldSent: TCPDSACKOldSent ?? 0,
        DelayedACKLost: DelayedACKLost ?? 0,
      };
      return [reply, stateOf(t, 9), counters, t.poll(fd)];
    },
    [
      ['. 1:1(0) ack 1001 win 63 <nop,nop,TS val 1000 ecr 101,nop,nop,sack 1000:1001>'],
      'ESTAB',
      { TcpPassiveOpens: 0, TcpCurrEstab: 1, TCPDSACKOldSent: 1, DelayedACKLost: 1 },
      'OUT,WRNORM',
    ],
  ],
  [
    'or a plain ACK: ESTABLISHED without a reply',
    (t) => {
      crossed(t, SYN);
      const reply = t.segment(9, `. 1001:1001(0) ack 1 win 512 ${STAMP}`);
      return [reply, stateOf(t, 9), moved(t).TcpPassiveOpens ?? 0];
    },
    [[], 'ESTAB', 0],
  ],
  [
    "without SACK the peer's SYN-ACK is answered with a bare ACK",
    (t) => {
      const { reply } = crossed(t, PLAIN);
      const last = t.segment(9, 'S. 1000:1000(0) ack 1 win 512');
      return [still(reply), last, stateOf(t, 9)];
    },
    [[SYN_ACK.replace('ecr 100', 'ecr 0')], ['. 1:1(0) ack 1001 win 63'], 'ESTAB'],
  ],
  [
    'a RST: ECONNRESET and TcpAttemptFails',
    (t) => {
      const { fd } = crossed(t, SYN);
      moved(t);
      t.segment(9, `R 1001:1001(0) win 0 ${STAMP}`);
      return [stateOf(t, 9), t.getsockopt(fd, 'SO_ERROR'), moved(t)];
    },
    ['gone', 'ECONNRESET', { TcpAttemptFails: 1 }],
  ],
  [
    'connect() to the own port: three segments, and ESTABLISHED with itself',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 99);
      const begun = t.connect(fd, 99, '192.0.2.1');
      const all = t.moved();
      const pick = [
        'TcpActiveOpens',
        'TcpPassiveOpens',
        'TcpInSegs',
        'TcpOutSegs',
        'TCPDSACKOldSent',
        'TCPDSACKRecv',
      ];
      return [begun, t.sockets(), pick.map((name) => all[name] ?? 0), t.send(fd, 5), t.recv(fd, 10)];
    },
    ['EINPROGRESS', ['99 ESTAB 0 0'], [1, 0, 3, 2, 1, 1], 5, 5],
  ],
  [
    'a self-connected socket: all counters',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 99);
      t.connect(fd, 99, '192.0.2.1');
      return moved(t);
    },
    {
      TcpActiveOpens: 1,
      TcpCurrEstab: 1,
      TcpOutSegs: 2,
      DelayedACKLost: 1,
      TCPPureAcks: 1,
      TCPDSACKOldSent: 1,
      TCPDSACKRecv: 1,
      TCPDelivered: 1,
      TCPDSACKIgnoredDubious: 1,
    },
  ],
];

export const SIMULTANEOUS_OPEN: readonly OracleCase[] = ROWS.map(([name, run, expected]) => ({
  cite: '8.4',
  name,
  run,
  expected,
}));
