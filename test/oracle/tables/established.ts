// Section 8.2: segments that do not belong, to an ESTABLISHED connection. RCV.NXT is 1001, SND.NXT 1.

import {
  accepted,
  type Counters,
  moved,
  type OracleCase,
  type RawTarget,
  stateOf,
  syn,
  untimed,
} from '../case.ts';

const ACK = '. 1:1(0) ack 1001 win 64240';
const ONE = { TcpOutSegs: 1 };
const CHALLENGED = { ...ONE, TcpInErrs: 1, TCPSYNChallenge: 1, TCPChallengeACK: 1 };
const SKIPPED = { TcpInErrs: 1, TCPSYNChallenge: 1, TCPACKSkippedChallenge: 1 };

type Row = readonly [what: string, probe: string, reply: string | null, state: string, counters: Counters];

const ROWS: readonly Row[] = [
  ['a duplicate SYN', 'S 1000:1000(0) win 65535 <mss 1460>', ACK, 'ESTAB', CHALLENGED],
  ['an old SYN', 'S 900:900(0) win 65535', ACK, 'ESTAB', CHALLENGED],
  ['a SYN in the window', 'S 1001:1001(0) win 65535', ACK, 'ESTAB', CHALLENGED],
  ['a SYN further in the window', 'S 1500:1500(0) win 65535', ACK, 'ESTAB', CHALLENGED],
  ['a SYN beyond the window', 'S 90000:90000(0) win 65535', ACK, 'ESTAB', CHALLENGED],
  ['SYN and ACK', 'S. 1000:1000(0) ack 1 win 65535', ACK, 'ESTAB', CHALLENGED],
  ['SYN and ACK in the window', 'S. 1001:1001(0) ack 1 win 65535', ACK, 'ESTAB', CHALLENGED],
  ['a RST at RCV.NXT', 'R 1001:1001(0) win 0', null, 'gone', { TcpEstabResets: 1, TcpCurrEstab: -1 }],
  ['a RST in the window', 'R 1100:1100(0) win 0', ACK, 'ESTAB', { ...ONE, TCPChallengeACK: 1 }],
  ['an old RST', 'R 900:900(0) win 0', null, 'ESTAB', {}],
  ['a RST beyond the window', 'R 90000:90000(0) win 0', null, 'ESTAB', {}],
  [
    'an ACK of what was not sent',
    '. 1001:1001(0) ack 500 win 65535',
    ACK,
    'ESTAB',
    { ...ONE, TCPChallengeACK: 1 },
  ],
  [
    'an ACK that is much too old',
    '. 1001:1001(0) ack 4294867296 win 65535',
    ACK,
    'ESTAB',
    { ...ONE, TCPChallengeACK: 1 },
  ],
  ['an old pure ACK', '. 900:900(0) ack 1 win 65535', ACK, 'ESTAB', ONE],
  ['data without ACK', 'P 1001:1006(5) win 65535', null, 'ESTAB', {}],
];

const plain: OracleCase[] = ROWS.map(([what, text, reply, state, counters]) => ({
  cite: '8.2',
  name: `${what}: ${reply === null ? 'no reply' : 'an ACK'}`,
  run: (t) => {
    accepted(t, t.listener(5), 1);
    moved(t);
    const replies = t.segment(1, text);
    return [replies, stateOf(t, 1), moved(t)];
  },
  expected: [reply === null ? [] : [reply], state, counters],
}));

/** An accepted connection with timestamps; the SYN had TSval 100, the ACK 101. */
function stamped(t: RawTarget): void {
  t.listener(5);
  syn(t, 1, true);
  t.segment(1, '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 101 ecr 1000>');
  moved(t);
}

const STAMPED_ACK = '. 1:1(0) ack 1001 win 64 <nop,nop,TS val * ecr 101>';

const timestamped: OracleCase[] = [
  [
    'a duplicate SYN with the old TSval',
    'S 1000:1000(0) win 512 <mss 1460,sackOK,TS val 99 ecr 0,nop,wscale 7>',
  ],
  ['a SYN with a newer TSval', 'S 1001:1001(0) win 512 <mss 1460,sackOK,TS val 200 ecr 0,nop,wscale 7>'],
  ['a SYN without timestamps', 'S 1000:1000(0) win 512 <mss 1460>'],
].map(([what, text]) => ({
  cite: '8.2',
  name: `with timestamps, ${what}: a challenge ACK`,
  run: (t) => {
    stamped(t);
    return [untimed(t.segment(1, text as string)), stateOf(t, 1), moved(t)];
  },
  expected: [[STAMPED_ACK], 'ESTAB', CHALLENGED],
}));

const OTHERS: readonly OracleCase[] = [
  {
    cite: '8.2',
    name: 'a second SYN within 500 ms is not answered',
    run: (t) => {
      accepted(t, t.listener(5), 1);
      t.segment(1, 'S 1000:1000(0) win 65535');
      moved(t);
      return [t.segment(1, 'S 1000:1000(0) win 65535'), moved(t), stateOf(t, 1)];
    },
    expected: [[], SKIPPED, 'ESTAB'],
  },
  {
    cite: '8.2',
    name: 'after 500 ms it is',
    run: (t) => {
      accepted(t, t.listener(5), 1);
      t.segment(1, 'S 1000:1000(0) win 65535');
      t.wait(510);
      moved(t);
      return [t.segment(1, 'S 1000:1000(0) win 65535'), moved(t)];
    },
    expected: [[ACK], CHALLENGED],
  },
  {
    cite: '8.2',
    name: 'after a RST recv gives ECONNRESET once, then 0; send gives EPIPE',
    run: (t) => {
      const fd = accepted(t, t.listener(5), 1);
      t.segment(1, 'R 1001:1001(0) win 0');
      return [t.recv(fd, 10), t.recv(fd, 10), t.send(fd, 5), t.getpeername(fd)];
    },
    expected: ['ECONNRESET', 0, 'EPIPE', 'ENOTCONN'],
  },
];

export const ESTABLISHED: readonly OracleCase[] = [...plain, ...timestamped, ...OTHERS];
