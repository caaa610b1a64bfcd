// Section 8.3: what arrives for a TIME-WAIT record of a connection that we closed, and for FIN-WAIT-2 kept in one. The
// peer's FIN is number 1001, so R = RCV.NXT is 1002; ours is 1, so SND.NXT is 2.

import {
  accepted,
  type Counters,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  stateOf,
  syn,
  untimed,
} from '../case.ts';

const ONE = { TcpOutSegs: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const SYN_ACK = 'S. 0:0(0) ack ';
const LAST_ACK = '. 2:2(0) ack 1002 win 502';
const MSS = '<mss 1460>';

/** A connection in TIME-WAIT, closed by us. */
function timeWait(t: RawTarget, backlog = 5): void {
  const fd = accepted(t, t.listener(backlog), 1);
  t.close(fd);
  t.segment(1, '. 1001:1001(0) ack 2 win 65535');
  t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
  moved(t);
}

/** The same with timestamps: the peer's last TSval, and so ts_recent, is 200. */
function stampedTimeWait(t: RawTarget): void {
  const listener = t.listener(5);
  syn(t, 1, true);
  t.segment(1, '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 150 ecr 1000>');
  t.close(t.accept(listener) as number);
  t.segment(1, '. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 200 ecr 1000>');
  t.segment(1, 'F. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 200 ecr 1000>');
  moved(t);
}

/** A connection in FIN-WAIT-2, closed by us, kept in a record: RCV.NXT is 1001. */
function finWait2(t: RawTarget): void {
  const fd = accepted(t, t.listener(5), 1);
  t.close(fd);
  t.segment(1, '. 1001:1001(0) ack 2 win 65535');
  t.wait(1);
  moved(t);
}

/** Flags and numbers only: windows of TIME-WAIT ACKs are looked at in a row of their own. */
const short = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ win .*$/, ''));

const ACCEPTED = (ack: number): string[] => [`${SYN_ACK}${ack}`];
const ACKED = ['. 2:2(0) ack 1002'];

type Row = readonly [what: string, probe: string, replies: string[], state: string, counters: Counters];

const PLAIN: readonly Row[] = [
  ['a SYN at R+1 is accepted', `S 1003:1003(0) win 65535 ${MSS}`, ACCEPTED(1004), 'SYN-RECV', ONE],
  [
    'a SYN far beyond R is accepted',
    `S 900000:900000(0) win 65535 ${MSS}`,
    ACCEPTED(900001),
    'SYN-RECV',
    ONE,
  ],
  ['a SYN at R is answered with ACK', `S 1002:1002(0) win 65535 ${MSS}`, ACKED, 'TIME-WAIT', ONE],
  ['a SYN at R-1 is answered with ACK', `S 1001:1001(0) win 65535 ${MSS}`, ACKED, 'TIME-WAIT', ONE],
  ['a RST at R ends it', 'R 1002:1002(0) win 0', [], 'gone', {}],
  ['a RST elsewhere is ignored', 'R 1003:1003(0) win 0', [], 'TIME-WAIT', {}],
  ['a bare ACK at R has no reply', '. 1002:1002(0) ack 2 win 65535', [], 'TIME-WAIT', {}],
  ['the FIN again is answered with ACK', 'F. 1001:1001(0) ack 2 win 65535', ACKED, 'TIME-WAIT', ONE],
  ['data is answered with ACK', 'P. 1002:1007(5) ack 2 win 65535', ACKED, 'TIME-WAIT', ONE],
  ['SYN and ACK is answered with ACK', 'S. 1003:1003(0) ack 2 win 65535', ACKED, 'TIME-WAIT', ONE],
];

const opts = (tsval: number): string => `<mss 1460,sackOK,TS val ${tsval} ecr 0,nop,wscale 7>`;
const PAWS = { ...ONE, PAWSTimewait: 1 };

const STAMPED: readonly Row[] = [
  [
    'a SYN with an older number and a newer TSval is accepted',
    `S 500:500(0) win 512 ${opts(201)}`,
    ACCEPTED(501),
    'SYN-RECV',
    ONE,
  ],
  [
    'a SYN with a newer number and an equal TSval is accepted',
    `S 1003:1003(0) win 512 ${opts(200)}`,
    ACCEPTED(1004),
    'SYN-RECV',
    ONE,
  ],
  [
    'a SYN with an older number and an equal TSval: ACK',
    `S 500:500(0) win 512 ${opts(200)}`,
    ACKED,
    'TIME-WAIT',
    ONE,
  ],
  [
    'a SYN with a newer number and an older TSval: ACK',
    `S 1003:1003(0) win 512 ${opts(199)}`,
    ACKED,
    'TIME-WAIT',
    PAWS,
  ],
  [
    'a SYN with a newer number and TSval 0: ACK',
    `S 1003:1003(0) win 512 ${opts(0)}`,
    ACKED,
    'TIME-WAIT',
    PAWS,
  ],
  [
    'a SYN with a newer number and no timestamps is accepted',
    `S 1003:1003(0) win 512 ${MSS}`,
    ACCEPTED(1004),
    'SYN-RECV',
    ONE,
  ],
  [
    'a RST at R with an older TSval is ignored',
    'R 1002:1002(0) win 0 <nop,nop,TS val 199 ecr 1000>',
    [],
    'TIME-WAIT',
    { PAWSTimewait: 1 },
  ],
];

const FIN_WAIT: readonly Row[] = [
  [
    'a SYN at RCV.NXT: RST, and it is gone',
    `S 1001:1001(0) win 65535 ${MSS}`,
    ['R. 0:0(0) ack 1002'],
    'gone',
    RST,
  ],
  [
    'a SYN in the window: RST, and it is gone',
    `S 1500:1500(0) win 65535 ${MSS}`,
    ['R. 0:0(0) ack 1501'],
    'gone',
    RST,
  ],
  ['an old SYN: ACK', `S 900:900(0) win 65535 ${MSS}`, ['. 2:2(0) ack 1001'], 'FIN-WAIT-2', ONE],
  [
    'a SYN beyond the window: ACK',
    `S 900000:900000(0) win 65535 ${MSS}`,
    ['. 2:2(0) ack 1001'],
    'FIN-WAIT-2',
    ONE,
  ],
  ['data: RST, and it is gone', 'P. 1001:1006(5) ack 2 win 65535', ['R 2:2(0)'], 'gone', RST],
  ['FIN with data: RST, and it is gone', 'FP. 1001:1006(5) ack 2 win 65535', ['R 2:2(0)'], 'gone', RST],
  ['FIN: ACK, and TIME-WAIT', 'F. 1001:1001(0) ack 2 win 65535', ['. 2:2(0) ack 1002'], 'TIME-WAIT', ONE],
  ['a RST in the window ends it', 'R 1001:1001(0) win 0', [], 'gone', {}],
];

const rows = (list: readonly Row[], where: string, reach: (t: RawTarget) => void): OracleCase[] =>
  list.map(([what, text, replies, state, counters]) => ({
    cite: '8.3',
    name: `${where}${what}`,
    run: (t) => {
      reach(t);
      return [short(t.segment(1, text)), stateOf(t, 1), moved(t)];
    },
    expected: [replies, state, counters],
  }));

const OTHERS: readonly OracleCase[] = [
  {
    cite: '8.3',
    name: 'closing counts TW once, FIN-WAIT-2 and TIME-WAIT together',
    run: (t) => {
      const fd = accepted(t, t.listener(5), 1);
      moved(t);
      t.close(fd);
      t.segment(1, '. 1001:1001(0) ack 2 win 65535');
      const { TW: first } = moved(t);
      t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
      return [first, moved(t).TW ?? 0, stateOf(t, 1)];
    },
    expected: [1, 0, 'TIME-WAIT'],
  },
  {
    cite: '8.3',
    name: 'a second SYN at R within 500 ms is not answered: TCPACKSkippedTimeWait',
    run: (t) => {
      timeWait(t);
      t.segment(1, 'S 1002:1002(0) win 65535');
      moved(t);
      return [t.segment(1, 'S 1002:1002(0) win 65535'), moved(t)];
    },
    expected: [[], { TCPACKSkippedTimeWait: 1 }],
  },
  {
    cite: '8.3',
    name: 'a SYN that TIME-WAIT accepts gets the old SND.NXT + 65537 as ISN',
    run: (t) => {
      timeWait(t);
      const old = t.isn(1) as number;
      t.segment(1, 'S 1003:1003(0) win 65535');
      return ((t.isn(1) as number) - old) >>> 0;
    },
    expected: 65539,
  },
  {
    cite: '8.3',
    name: 'such a SYN never gets a cookie, even with tcp_syncookies 2',
    run: (t) => {
      timeWait(t);
      t.sysctl('net.ipv4.tcp_syncookies', 2);
      return [short(t.segment(1, 'S 1003:1003(0) win 65535')), stateOf(t, 1), moved(t)];
    },
    expected: [ACCEPTED(1004), 'SYN-RECV', ONE],
  },
  {
    cite: '8.3',
    name: 'such a SYN is not refused as an unproven peer',
    run: (t) => {
      timeWait(t);
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.sysctl('net.ipv4.tcp_max_syn_backlog', 0);
      return [short(t.segment(1, 'S 1003:1003(0) win 65535')), stateOf(t, 1), moved(t)];
    },
    expected: [ACCEPTED(1004), 'SYN-RECV', ONE],
  },
  {
    cite: '8.3',
    name: 'such a SYN at a full accept queue is dropped, and TIME-WAIT is gone',
    run: (t) => {
      timeWait(t, 0);
      syn(t, 2);
      t.segment(2, '. 1001:1001(0) ack 1 win 65535');
      moved(t);
      return [t.segment(1, 'S 1003:1003(0) win 65535'), stateOf(t, 1), moved(t)];
    },
    expected: [[], 'gone', { ListenOverflows: 1, ListenDrops: 1 }],
  },
  {
    cite: '8.3',
    name: 'without a listener such a SYN is answered with ACK',
    run: (t) => {
      const listener = t.listener(5);
      t.close(accepted(t, listener, 1));
      t.segment(1, '. 1001:1001(0) ack 2 win 65535');
      t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
      t.close(listener);
      moved(t);
      return [short(t.segment(1, 'S 1003:1003(0) win 65535')), stateOf(t, 1), moved(t)];
    },
    expected: [ACKED, 'TIME-WAIT', ONE],
  },
  {
    cite: '8.3',
    name: 'tcp_rfc1337: a RST at R is ignored',
    run: (t) => {
      t.sysctl('net.ipv4.tcp_rfc1337', 1);
      timeWait(t);
      return [t.segment(1, 'R 1002:1002(0) win 0'), stateOf(t, 1)];
    },
    expected: [[], 'TIME-WAIT'],
  },
  {
    cite: '8.3',
    name: 'a PAWS-rejected segment within 500 ms of another is not answered: PAWSTimewait and TCPACKSkippedTimeWait',
    run: (t) => {
      stampedTimeWait(t);
      t.segment(1, `S 1003:1003(0) win 512 ${opts(199)}`);
      moved(t);
      return [t.segment(1, `S 1003:1003(0) win 512 ${opts(199)}`), moved(t)];
    },
    expected: [[], { PAWSTimewait: 1, TCPACKSkippedTimeWait: 1 }],
  },
  {
    cite: '8.3',
    name: 'in FIN-WAIT-2 a SYN in the window is refused even with a newer TSval',
    run: (t) => {
      const listener = t.listener(5);
      syn(t, 1, true);
      t.segment(1, '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 150 ecr 1000>');
      t.close(t.accept(listener) as number);
      t.segment(1, '. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 200 ecr 1000>');
      const replies = t.segment(1, `S 1003:1003(0) win 512 ${opts(300)}`);
      return [short(untimed(replies)), stateOf(t, 1)];
    },
    expected: [['R. 0:0(0) ack 1004'], 'gone'],
  },
  {
    cite: '8.3',
    name: 'tcp_max_tw_buckets 0: no TIME-WAIT, TCPTimeWaitOverflow, and a RST for the FIN',
    run: (t) => {
      t.sysctl('net.ipv4.tcp_max_tw_buckets', 0);
      const fd = accepted(t, t.listener(5), 1);
      t.close(fd);
      moved(t);
      t.segment(1, '. 1001:1001(0) ack 2 win 65535');
      const state = stateOf(t, 1);
      const { TCPTimeWaitOverflow } = moved(t);
      return [state, TCPTimeWaitOverflow, t.segment(1, 'F. 1001:1001(0) ack 2 win 65535'), moved(t)];
    },
    expected: ['gone', 1, ['R 2:2(0) win 0'], RST],
  },
  {
    cite: '8.3',
    name: 'the ACK of TIME-WAIT has the window of the connection',
    run: (t) => {
      timeWait(t);
      return t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
    },
    expected: [LAST_ACK.replace('win 502', 'win 64240')],
  },
];

/** Alive at one time (ms) and gone at the other, after a segment at 30 s if there is one. The wheel is up to 2 s late. */
const lasts = (
  name: string,
  reach: (t: RawTarget) => void,
  at30: string | null,
  [state, alive, gone]: readonly [state: string, alive: number, gone: number],
): ScheduleCase => ({
  cite: '8.3',
  name,
  *schedule(t) {
    reach(t);
    if (at30 !== null) {
      yield 30_000;
      t.segment(1, at30);
    }
    yield alive;
    const before = stateOf(t, 1);
    yield gone;
    return [before, stateOf(t, 1)];
  },
  expected: [state, 'gone'],
});

const FIN = 'F. 1001:1001(0) ack 2 win 65535';
const LASTS = ['TIME-WAIT', 59_000, 64_000] as const;
const RESTARTED = ['TIME-WAIT', 89_000, 94_500] as const;

export const TIME_WAIT_SCHEDULES: readonly ScheduleCase[] = [
  lasts('TIME-WAIT lasts 60 s', timeWait, null, LASTS),
  lasts('a bare ACK at 30 s begins the 60 s again', timeWait, '. 1002:1002(0) ack 2 win 65535', RESTARTED),
  lasts('the FIN again at 30 s begins the 60 s again', timeWait, FIN, RESTARTED),
  lasts('a RST that is ignored at 30 s does not', timeWait, 'R 1003:1003(0) win 0', LASTS),
  lasts('FIN-WAIT-2 lasts tcp_fin_timeout, 60 s', finWait2, null, ['FIN-WAIT-2', 59_000, 64_000]),
  lasts('a FIN at 30 s of FIN-WAIT-2 begins a TIME-WAIT of 60 s', finWait2, FIN, RESTARTED),
];

export const TIME_WAIT: readonly OracleCase[] = [
  ...rows(PLAIN, '', timeWait),
  ...rows(STAMPED, 'with timestamps, ', stampedTimeWait),
  ...rows(FIN_WAIT, 'in FIN-WAIT-2, ', finWait2),
  ...OTHERS,
];
