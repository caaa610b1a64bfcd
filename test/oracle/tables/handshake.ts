// Section 10: ISN, timestamps, the SYN-ACK's options and window, MSS, and what the child starts with.

import type { SysctlName } from '@halfopen/engine';
import {
  ack,
  moved,
  nominal,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  stateOf,
  syn,
} from '../case.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

/** 64 ns units. */
const UNIT_NS = 64;

/** Ends a request by RST, so that the next SYN of the port makes another. */
const forget = (t: RawTarget, port: number): unknown => t.segment(port, 'R 1001:1001(0) win 0');

/** Something that is read at a time between two readings of the clock, ns. */
interface Reading {
  readonly value: number;
  readonly from: number;
  readonly to: number;
}

function reading(t: RawTarget, act: () => unknown, value: () => number | undefined): Reading {
  const from = t.now();
  act();
  return { value: value() as number, from, to: t.now() };
}

/** Whether a counter of such units went on as the clock did, as far as the readings say when it was read. */
function keepsTime(first: Reading, second: Reading, unitNs: number): boolean {
  const elapsed = ((second.value - first.value) >>> 0) * unitNs;
  const slack = 2 * unitNs + 1000;
  return elapsed >= second.from - first.to - slack && elapsed <= second.to - first.from + slack;
}

/** Whether the ISN of a second SYN, a second later, is as much further as the clock. */
function isnKeepsTime(t: RawTarget, nextSyn: string): boolean {
  t.listener(5);
  const isn = (): number | undefined => t.isn(1);
  const first = reading(t, () => syn(t, 1), isn);
  forget(t, 1);
  t.wait(1000);
  return keepsTime(
    first,
    reading(t, () => t.segment(1, nextSyn), isn),
    UNIT_NS,
  );
}

const NUMBERS: readonly Row[] = [
  [
    'the ISN of one tuple moves by one each 64 ns',
    (t) => isnKeepsTime(t, 'S 1000:1000(0) win 65535 <mss 1460>'),
    true,
  ],
  [
    "the ISN does not depend on the client's number",
    (t) => isnKeepsTime(t, 'S 777000:777000(0) win 65535 <mss 1460>'),
    true,
  ],
  [
    'the ISNs of two tuples have nothing to do with each other',
    (t) => {
      t.listener(5);
      syn(t, 1);
      syn(t, 2);
      return Math.abs(((t.isn(1) as number) - (t.isn(2) as number)) | 0) > 100_000;
    },
    true,
  ],
  [
    'the timestamp offset of a tuple stays the same',
    (t) => {
      t.listener(5);
      const tsval = (): number | undefined => t.firstTsval(1);
      const first = reading(t, () => syn(t, 1, true), tsval);
      forget(t, 1);
      t.wait(100);
      // Another ISN, so another first timestamp.
      return keepsTime(
        first,
        reading(t, () => syn(t, 1, true), tsval),
        1e6,
      );
    },
    true,
  ],
  [
    'two tuples have different timestamp offsets',
    (t) => {
      t.listener(5);
      syn(t, 1, true);
      syn(t, 2, true);
      return Math.abs(((t.firstTsval(1) as number) - (t.firstTsval(2) as number)) | 0) > 100_000;
    },
    true,
  ],
  [
    'tcp_timestamps 2: no offset, so two tuples have the same time',
    (t) => {
      t.sysctl('net.ipv4.tcp_timestamps', 2);
      t.listener(5);
      syn(t, 1, true);
      syn(t, 2, true);
      return Math.abs(((t.firstTsval(1) as number) - (t.firstTsval(2) as number)) | 0) < 20;
    },
    true,
  ],
];

const MSS = 'mss 1460';
const TS = 'TS val 100 ecr 0';

/** Options of a SYN, those of the SYN-ACK and its window. */
const OFFERS: readonly (readonly [what: string, offered: string, window: number, answered: string])[] = [
  ['nothing', '', 64240, MSS],
  ['an MSS', MSS, 64240, MSS],
  [
    'everything',
    `${MSS},sackOK,${TS},nop,wscale 7`,
    65160,
    `${MSS},sackOK,TS val 1000 ecr 100,nop,wscale 10`,
  ],
  ['timestamps', `${MSS},nop,nop,${TS}`, 65160, `${MSS},nop,nop,TS val 1000 ecr 100`],
  ['SACK', `${MSS},nop,nop,sackOK`, 64240, `${MSS},nop,nop,sackOK`],
  ['window scale', `${MSS},nop,wscale 7`, 64240, `${MSS},nop,wscale 10`],
  ['window scale 15', `${MSS},nop,wscale 15`, 64240, `${MSS},nop,wscale 10`],
  [
    'window scale and SACK',
    `${MSS},nop,nop,sackOK,nop,wscale 7`,
    64240,
    `${MSS},nop,nop,sackOK,nop,wscale 10`,
  ],
];

const offers: readonly Row[] = OFFERS.map(([what, offered, window, answered]) => [
  `a SYN with ${what} is answered with window ${window} and <${answered}>`,
  (t) => {
    t.listener(5);
    return t.segment(1, `S 1000:1000(0) win 65535${offered === '' ? '' : ` <${offered}>`}`);
  },
  [`S. 0:0(0) ack 1001 win ${window} <${answered}>`],
]);

/** A setting that takes an option away. */
const SWITCHES: readonly (readonly [sysctl: SysctlName, answered: string, window: number])[] = [
  ['net.ipv4.tcp_timestamps', `${MSS},nop,nop,sackOK,nop,wscale 10`, 64240],
  ['net.ipv4.tcp_sack', `${MSS},nop,nop,TS val 1000 ecr 100,nop,wscale 10`, 65160],
  ['net.ipv4.tcp_window_scaling', `${MSS},sackOK,TS val 1000 ecr 100`, 65160],
];

const switches: readonly Row[] = SWITCHES.map(([sysctl, answered, window]) => [
  `${sysctl} 0: <${answered}>`,
  (t) => {
    t.sysctl(sysctl, 0);
    t.listener(5);
    return syn(t, 1, true);
  },
  [`S. 0:0(0) ack 1001 win ${window} <${answered}>`],
]);

/** TCP_INFO of the child of a SYN. */
function childInfo(
  t: RawTarget,
  options: string,
): { sndMss: number; sndCwnd: number; rtoUs: number; rttUs: number } {
  const listener = t.listener(5);
  t.segment(1, `S 1000:1000(0) win 65535${options === '' ? '' : ` <${options}>`}`);
  // Virtual time stands still otherwise, and the round trip would have no length.
  t.wait(1);
  ack(t, 1);
  const info = t.getsockopt(t.accept(listener) as number, 'TCP_INFO');
  if (typeof info === 'string') throw new Error(info);
  return info;
}

const MSSES: readonly Row[] = (
  [
    ['', 536],
    ['mss 10', 48],
    ['mss 60', 60],
    ['mss 100', 100],
    ['mss 536', 536],
    ['mss 1460', 1460],
    ['mss 8960', 1460],
  ] as const
).map(([offered, expected]) => [
  `a SYN with ${offered === '' ? 'no MSS' : offered}: the child sends ${expected} bytes at most`,
  (t) => childInfo(t, offered).sndMss,
  expected,
]);

const ECN: readonly Row[] = [
  ['tcp_ecn 2, SYN with ECE and CWR: the SYN-ACK has ECE', 2, 'SEW', '', 'S.E'],
  ['tcp_ecn 2, the same in an ECT packet: no ECE', 2, 'SEW', ' [tos 0x2]', 'S.'],
  ['tcp_ecn 2, SYN with ECE only: no ECE', 2, 'SE', '', 'S.'],
  ['tcp_ecn 0: no ECE', 0, 'SEW', '', 'S.'],
].map(([name, mode, flags, header, answered]) => [
  name as string,
  (t) => {
    t.sysctl('net.ipv4.tcp_ecn', mode as number);
    t.listener(5);
    return t
      .segment(1, `${flags} 1000:1000(0) win 65535 <mss 1460>${header}`)
      .map((line) => line.split(' ')[0]);
  },
  [answered],
]);

const CHILD: readonly Row[] = [
  [
    'on lo the MSS is 65495, less 12 for timestamps; at first half a window is sent at most',
    (t) => {
      const listener = t.listener(5);
      const fd = t.socket();
      t.connect(fd, 80, '192.0.2.1');
      const child = t.accept(listener) as number;
      return [fd, child].map((end) => {
        const info = t.getsockopt(end, 'TCP_INFO');
        return typeof info === 'string' ? info : [info.advmss, info.sndMss];
      });
    },
    [
      [65483, 32741],
      [65483, 32768],
    ],
  ],
  [
    'a child starts with a congestion window of 10 and an RTO of the round trip and 200 ms, rounded up',
    (t) => {
      const { sndCwnd, rtoUs, rttUs } = childInfo(t, 'mss 1460');
      const rounded = rtoUs - 200_000 - rttUs;
      return [sndCwnd, rounded >= 0 && rounded <= 4000];
    },
    [10, true],
  ],
  [
    'TCP_MAXSEG lowers the MSS that is announced',
    (t) => {
      t.setsockopt(t.listener(5), 'TCP_MAXSEG', 500);
      return syn(t, 1);
    },
    ['S. 0:0(0) ack 1001 win 65500 <mss 500>'],
  ],
];

export const HANDSHAKE: readonly OracleCase[] = [
  ...NUMBERS,
  ...offers,
  ...switches,
  ...MSSES,
  ...ECN,
  ...CHILD,
].map(([name, run, expected]) => ({ cite: '10', name, run, expected }));

/** A third ACK after `n` retransmissions of the SYN-ACK: congestion window and total retransmissions. */
const late = (n: number, cwnd: number, third: string, all: boolean, how = ''): ScheduleCase => ({
  cite: '10',
  name: `the SYN-ACK was sent again ${n} ${n === 1 ? 'time' : 'times'}${how}: a congestion window of ${cwnd}`,
  *schedule(t) {
    const listener = t.listener(5);
    const from = t.now();
    syn(t, 1, all);
    moved(t);
    const sent = yield [0, 1300, 3500][n] as number;
    t.segment(1, third);
    const info = t.getsockopt(t.accept(listener) as number, 'TCP_INFO');
    if (typeof info === 'string') throw new Error(info);
    return [nominal(sent, 1, from, [1, 3]).length, stateOf(t, 1), info.sndCwnd, info.totalRetrans];
  },
  expected: [n, 'ESTAB', cwnd, n],
});

const BARE = '. 1001:1001(0) ack 1 win 65535';

export const HANDSHAKE_SCHEDULES: readonly ScheduleCase[] = [
  late(1, 10, BARE, false),
  late(2, 1, BARE, false),
  late(
    2,
    10,
    '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 101 ecr 1000>',
    true,
    ', and the ACK echoes the first one',
  ),
];
