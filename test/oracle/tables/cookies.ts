// Section 7: SYN cookies: the number, what it can carry, how it is checked and how long it is good.

import {
  accepted,
  ack,
  type Counters,
  count,
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

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const OPEN = { TcpPassiveOpens: 1, TcpCurrEstab: 1, TCPPureAcks: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const SENT = { TcpOutSegs: 1, TCPReqQFullDoCookies: 1, SyncookiesSent: 1 };

/** A listener that answers every SYN with a cookie. */
function cookies(t: RawTarget, backlog = 16): number {
  t.sysctl('net.ipv4.tcp_syncookies', 2);
  return t.listener(backlog);
}

const synWith = (options: string, seq = 1000, flags = 'S'): string =>
  `${flags} ${seq}:${seq}(0) win 65535${options === '' ? '' : ` <${options}>`}`;

/** The cookie that a SYN of port 1 gets. */
function isnOf(t: RawTarget, options: string, seq = 1000): number {
  t.segment(1, synWith(options, seq));
  return t.isn(1) as number;
}

/** How much the cookie of a second SYN differs from the first one's. */
const step =
  (options: string, seq = 1000) =>
  (t: RawTarget): number => {
    cookies(t);
    const first = isnOf(t, 'mss 536');
    return (isnOf(t, options, seq) - first) >>> 0;
  };

const NUMBERS: readonly Row[] = [
  ['a duplicate SYN within the minute gets the same number', step('mss 536'), 0],
  ["the client's number is part of the sum", step('mss 536', 2000), 1000],
  ['MSS 1300 counts 1', step('mss 1300'), 1],
  ['MSS 1439 counts 1', step('mss 1439'), 1],
  ['MSS 1440 counts 2', step('mss 1440'), 2],
  ['MSS 1460 counts 3', step('mss 1460'), 3],
  ['MSS 9000 counts 3', step('mss 9000'), 3],
  ['MSS 1299 counts 0', step('mss 1299'), 0],
  ['MSS 100 counts 0', step('mss 100'), 0],
  ['no MSS option counts 0', step(''), 0],
];

/** Send MSS of the child of a SYN with that MSS option. */
const childMss =
  (option: string, mode: number) =>
  (t: RawTarget): unknown => {
    t.sysctl('net.ipv4.tcp_syncookies', mode);
    const listener = t.listener(16);
    t.segment(1, synWith(option));
    ack(t, 1);
    const info = t.getsockopt(t.accept(listener) as number, 'TCP_INFO');
    return typeof info === 'string' ? info : info.sndMss;
  };

const MSS: readonly Row[] = [
  ['a client MSS of 100 becomes 536 with a cookie', childMss('mss 100', 2), 536],
  ['a client MSS of 100 stays 100 without', childMss('mss 100', 1), 100],
  ['a client MSS of 1400 becomes 1300 with a cookie', childMss('mss 1400', 2), 1300],
  ['a client MSS of 1450 becomes 1440 with a cookie', childMss('mss 1450', 2), 1440],
  ['a client MSS of 1460 stays 1460 with a cookie', childMss('mss 1460', 2), 1460],
  ['no MSS option becomes 536 with a cookie', childMss('', 2), 536],
];

const TS = 'TS val 100 ecr 0';

/** Low six bits of the timestamp of a cookie. */
const bits =
  (options: string, flags = 'S') =>
  (t: RawTarget): string => {
    t.sysctl('net.ipv4.tcp_timestamps', 2);
    cookies(t);
    t.segment(1, synWith(options, 1000, flags));
    return ((t.firstTsval(1) as number) & 63).toString(2).padStart(6, '0');
  };

const OPTIONS: readonly Row[] = [
  ['timestamp bits: window scale 7 and SACK', bits(`mss 1460,sackOK,${TS},nop,wscale 7`), '010111'],
  ['timestamp bits: window scale 14 and SACK', bits(`mss 1460,sackOK,${TS},nop,wscale 14`), '011110'],
  ['timestamp bits: SACK, no window scale', bits(`mss 1460,sackOK,${TS}`), '011111'],
  ['timestamp bits: neither', bits(`mss 1460,nop,nop,${TS}`), '001111'],
  ['timestamp bits: ECN', bits(`mss 1460,sackOK,${TS},nop,wscale 7`, 'SEW'), '110111'],
  [
    'without timestamps the SYN-ACK has only an MSS: window scale and SACK are lost',
    (t) => {
      cookies(t);
      return t.segment(1, synWith('mss 1460,nop,nop,sackOK,nop,wscale 7'));
    },
    ['S. 0:0(0) ack 1001 win 64240 <mss 1460>'],
  ],
  [
    'with timestamps all options are answered',
    (t) => {
      cookies(t);
      return syn(t, 1, true);
    },
    ['S. 0:0(0) ack 1001 win 65160 <mss 1460,sackOK,TS val 1000 ecr 100,nop,wscale 10>'],
  ],
];

/** A segment that answers a cookie: replies, state, counters. */
const answer =
  (text: string, all = false) =>
  (t: RawTarget): unknown => {
    cookies(t);
    syn(t, 1, all);
    moved(t);
    return [t.segment(1, text), stateOf(t, 1), moved(t)];
  };

const FAILED = { ...RST, SyncookiesFailed: 1 };

const CHECKED: readonly Row[] = [
  [
    'a right ACK: SyncookiesRecv',
    answer('. 1001:1001(0) ack 1 win 65535'),
    [[], 'ESTAB', { ...OPEN, SyncookiesRecv: 1 }],
  ],
  [
    'a right ACK with timestamps',
    answer('. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 101 ecr 1000>', true),
    [[], 'ESTAB', { ...OPEN, SyncookiesRecv: 1 }],
  ],
  [
    'an ACK without timestamps though they were offered opens as well',
    answer('. 1001:1001(0) ack 1 win 512', true),
    [[], 'ESTAB', { ...OPEN, SyncookiesRecv: 1 }],
  ],
  [
    'an ACK with data',
    answer('P. 1001:1006(5) ack 1 win 65535'),
    [
      ['. 1:1(0) ack 1006 win 64235'],
      'ESTAB',
      { TcpPassiveOpens: 1, TcpCurrEstab: 1, TcpOutSegs: 1, SyncookiesRecv: 1 },
    ],
  ],
  [
    'an ACK with FIN: CLOSE-WAIT',
    (t) => {
      cookies(t);
      syn(t, 1);
      t.segment(1, 'F. 1001:1001(0) ack 1 win 65535');
      return [states(t), t.queue()];
    },
    [['CLOSE-WAIT'], '1,16'],
  ],
  ['RST with ACK is ignored', answer('R. 1001:1001(0) ack 1 win 0'), [[], 'gone', {}]],
  [
    'an ACK number one too high fails',
    answer('. 1001:1001(0) ack 2 win 65535'),
    [['R 2:2(0) win 0'], 'gone', FAILED],
  ],
  [
    'a sequence number one too low fails',
    answer('. 1000:1000(0) ack 1 win 65535'),
    [['R 1:1(0) win 0'], 'gone', FAILED],
  ],
  [
    'a sequence number far off fails',
    answer('. 1101:1101(0) ack 1 win 65535'),
    [['R 1:1(0) win 0'], 'gone', FAILED],
  ],
  [
    'a sequence number one too high passes, as the cookie of the next smaller MSS',
    (t) => {
      const listener = cookies(t);
      syn(t, 1);
      const replies = t.segment(1, '. 1002:1002(0) ack 1 win 65535');
      const info = t.getsockopt(t.accept(listener) as number, 'TCP_INFO');
      return [replies, typeof info === 'string' ? info : info.sndMss];
    },
    [[], 1440],
  ],
  [
    'an ACK when no cookie was sent: RST and no counter',
    (t) => {
      t.listener(16);
      return [t.segment(1, '. 1001:1001(0) ack 777 win 65535'), moved(t)];
    },
    [['R 777:777(0) win 0'], RST],
  ],
  [
    'a cookie is only accepted while tcp_syncookies is not 0',
    (t) => {
      cookies(t);
      syn(t, 1);
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      moved(t);
      return [ack(t, 1), moved(t)];
    },
    [['R 1:1(0) win 0'], RST],
  ],
  [
    'with the accept queue full a right ACK is dropped in silence',
    (t) => {
      t.sysctl('net.ipv4.tcp_abort_on_overflow', 1);
      cookies(t, 0);
      for (const port of ports(2)) syn(t, port);
      ack(t, 1);
      moved(t);
      return [ack(t, 2), moved(t), states(t)];
    },
    [[], { SyncookiesRecv: 1, ListenOverflows: 1, ListenDrops: 1 }, ['ESTAB']],
  ],
  [
    'the same ACK opens another connection when the first one has gone',
    (t) => {
      const listener = cookies(t);
      const fd = accepted(t, listener, 1);
      t.segment(1, 'R 1001:1001(0) win 0');
      t.close(fd);
      moved(t);
      return [stateOf(t, 1), ack(t, 1), stateOf(t, 1), moved(t)];
    },
    ['gone', [], 'ESTAB', { ...OPEN, SyncookiesRecv: 1 }],
  ],
  [
    'tcp_syncookies 3 is the same as 1',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 3);
      t.listener(0);
      syn(t, 1);
      const first: [number, Counters] = [count(t, 'SYN-RECV'), moved(t)];
      return [first, syn(t, 2).length, moved(t)];
    },
    [[1, { TcpOutSegs: 1 }], 1, SENT],
  ],
  [
    'a cookie leaves no state',
    (t) => {
      cookies(t);
      return [syn(t, 1).length, t.sockets(), moved(t)];
    },
    [1, [], SENT],
  ],
];

const EVERY_MS = 5000;
const COOKIES = 27;

/** Cookies of one moment, answered one every 5 s: runs of what happened, and whether they end where they may. */
const LIFETIME: ScheduleCase = {
  cite: '7',
  name: 'a cookie is good for 60 to 120 s, then SyncookiesFailed, and no counter 120 s after the last cookie',
  *schedule(t) {
    cookies(t, 100);
    for (const port of ports(COOKIES)) syn(t, port);
    moved(t);
    const fates: string[] = [];
    for (const port of ports(COOKIES)) {
      yield port * EVERY_MS;
      const replies = ack(t, port).length;
      const { SyncookiesRecv = 0, SyncookiesFailed = 0 } = moved(t) as { [name: string]: number };
      fates.push(`${SyncookiesRecv},${SyncookiesFailed},${replies}`);
    }
    const runs = fates.filter((fate, i) => fate !== fates[i - 1]);
    const good = fates.filter((fate) => fate === '1,0,0').length * EVERY_MS;
    return [runs.filter((fate) => fate !== '0,1,1'), good >= 55_000 && good <= 120_000, fates.at(-1)];
  },
  expected: [['1,0,0', '0,0,1'], true, '0,0,1'],
};

const SILENT: ScheduleCase = {
  cite: '7',
  name: 'a cookie is never sent again',
  *schedule(t) {
    cookies(t);
    const from = t.now();
    syn(t, 1);
    return nominal(yield 8000, 1, from, []);
  },
  expected: [],
};

export const COOKIE_SCHEDULES: readonly ScheduleCase[] = [LIFETIME, SILENT];

export const COOKIES_7: readonly OracleCase[] = [...NUMBERS, ...MSS, ...OPTIONS, ...CHECKED].map(
  ([name, run, expected]) => ({ cite: '7', name, run, expected }),
);
