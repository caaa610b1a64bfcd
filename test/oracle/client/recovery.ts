// Client sheet 6: what a sender makes of SACK blocks, D-SACKs, probes of the tail and timeouts, and what it sends after
// a rest. The sender has a round trip of 40 ms; ten segments leave in records of two.

import type { SockOptionValue, SysctlName } from '@halfopen/engine';
import { moved, type OracleCase, type RawTarget } from '../case.ts';
import { openWith, PEER, SACKED, TIMED } from './life.ts';

/** Milliseconds to wait, bytes to send as `+N`, or what the peer's segment says: `1 sack 1461:2921`, `14601`. */
type Step = number | string;

/** Segments sent in a step as `flags numbers`, and the counters that moved. */
type Seen = readonly [sent: string, counters: { readonly [name: string]: number }];

const RTT_MS = 40;
/** Echoes the first flight, whatever was sent again since. */
const STAMP = 'nop,nop,TS val 101 ecr 1040';

const short = (lines: readonly string[]): string =>
  lines.length > 6
    ? `${lines.length} segments`
    : lines.map((line) => line.split(' ').slice(0, 2).join(' ')).join(', ');

/** What left since the last look, and what `act` made leave. */
function step(t: RawTarget, fd: number, what: Step, timed: boolean): Seen {
  const sent: string[] = [];
  const take = (): void => {
    sent.push(...t.output().map(({ text }) => text));
  };
  if (typeof what === 'number') {
    t.wait(what);
    take();
  } else if (what.startsWith('+')) {
    t.send(fd, Number(what));
    take();
  } else {
    const [ack, blocks] = what.split(' sack ');
    const options = [];
    if (timed) options.push(STAMP);
    if (blocks !== undefined) options.push(`nop,nop,sack ${blocks}`);
    const text = options.length === 0 ? '' : ` <${options.join(',')}>`;
    sent.push(...t.segment(PEER, `. 1001:1001(0) ack ${ack} win 512${text}`));
  }
  return [short(sent), moved(t)];
}

const info = (t: RawTarget, fd: number): SockOptionValue<'TCP_INFO'> =>
  t.getsockopt(fd, 'TCP_INFO') as SockOptionValue<'TCP_INFO'>;

/** State, congestion window and threshold, and segments in flight, selectively acknowledged, lost and sent again. */
function state(t: RawTarget, fd: number): string {
  const { caState, sndCwnd, sndSsthresh, unacked, sacked, lost, retrans } = info(t, fd);
  const threshold = sndSsthresh === 0x7fffffff ? 'none' : sndSsthresh;
  return `${caState} ${sndCwnd}/${threshold} ${unacked}-${sacked}-${lost}+${retrans}`;
}

type Settings = Partial<Readonly<Record<SysctlName, number>>>;

type Row = readonly [
  name: string,
  steps: readonly Step[],
  seen: readonly Seen[],
  state: string,
  settings?: Settings & { readonly timestamps?: boolean },
];

/** What every row begins with: ten segments, and a round trip. */
const flight = (timed: boolean): readonly Step[] => [timed ? '+14480' : '+14600', RTT_MS];

const rowOf = ([
  name,
  steps,
  seen,
  end,
  { timestamps: timed = false, ...sysctls } = {},
]: Row): OracleCase => ({
  cite: 'client 6',
  name,
  run: (t) => {
    for (const [key, value] of Object.entries(sysctls)) t.sysctl(key as SysctlName, value as never);
    const fd = openWith(t, timed ? TIMED : SACKED, RTT_MS);
    for (const what of flight(timed)) step(t, fd, what, timed);
    return [steps.map((what) => step(t, fd, what, timed)), state(t, fd)];
  },
  expected: [seen, end],
});

const ROWS: readonly Row[] = [
  [
    'SACK of one segment in the middle divides its record',
    ['1 sack 4381:5841'],
    [['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }]],
    'Disorder 10/none 10-1-0+0',
  ],
  [
    'SACK of one more segment at a time: the record before takes it, and the third means loss',
    ['1 sack 1461:2921', '1 sack 1461:4381', '1 sack 1461:5841', 5, '14601'],
    [
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
      ['', { TCPPureAcks: 1, TCPSackShifted: 1, TCPDelivered: 1 }],
      [
        '. 1:1461(1460)',
        {
          TcpRetransSegs: 1,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 1,
          TCPSackMerged: 1,
          TCPDelivered: 1,
        },
      ],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPDelivered: 7 }],
    ],
    'Open 6/5 0-0-0+0',
  ],
  [
    'SACK that fills the hole between two: three records become one',
    ['1 sack 11681:14601', '1 sack 5841:8761 11681:14601', '1 sack 5841:14601'],
    [
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 1, TCPDelivered: 2 }],
      ['', { TCPPureAcks: 1, TCPSACKReorder: 1, TCPSackShiftFallback: 1, TCPDelivered: 2 }],
      ['', { TCPPureAcks: 1, TCPSACKReorder: 1, TCPSackMerged: 2, TCPDelivered: 2 }],
    ],
    'Disorder 14/none 10-6-0+0',
  ],
  [
    'SACK that ends inside segments: only whole ones count',
    ['1 sack 1561:5741', '1 sack 1461:1561'],
    [
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2 }],
    ],
    'Disorder 10/none 10-1-0+0',
  ],
  [
    'SACK of what was not sent is discarded',
    ['1 sack 13141:14602'],
    [['', { TCPPureAcks: 1, TCPSACKDiscard: 1 }]],
    'Open 10/none 10-0-0+0',
  ],
  [
    'SACK of an older segment is reordering',
    ['1 sack 13141:14601', '1 sack 4381:5841 13141:14601', '5841 sack 13141:14601'],
    [
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
      ['', { TCPPureAcks: 1, TCPSACKReorder: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
      ['', { TCPPureAcks: 1, TCPSACKReorder: 1, TCPDelivered: 3 }],
    ],
    'Disorder 14/none 6-1-0+0',
  ],
  [
    'many lost: records are sent again as such, PSH on the last segment of each',
    ['1 sack 8761:14601', 10, '1461 sack 8761:14601', '2921 sack 8761:14601'],
    [
      [
        '. 1:1461(1460), P. 1461:2921(1460), . 2921:4381(1460), P. 4381:5841(1460)',
        {
          TcpRetransSegs: 4,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 4,
          TCPSackMerged: 1,
          TCPSackShiftFallback: 1,
          TCPDelivered: 4,
        },
      ],
      ['', {}],
      [
        '. 5841:7301(1460), P. 7301:8761(1460)',
        { TcpRetransSegs: 2, TCPPureAcks: 1, TCPFastRetrans: 2, TCPDelivered: 1 },
      ],
      ['', { TCPPureAcks: 1, TCPDelivered: 1 }],
    ],
    'Recovery 5/5 8-4-4+4',
  ],
  [
    'D-SACKs of all that was sent again take the reduction back',
    ['1 sack 1461:5841', 10, '5841', '5841 sack 1:1461'],
    [
      [
        '. 1:1461(1460)',
        {
          TcpRetransSegs: 1,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 1,
          TCPSackMerged: 1,
          TCPSackShiftFallback: 2,
          TCPDelivered: 3,
        },
      ],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPDelivered: 1 }],
      ['', { TCPPureAcks: 1, TCPDSACKUndo: 1, TCPDSACKRecv: 1, TCPDelivered: 1, TCPDSACKRecvSegs: 1 }],
    ],
    'Open 10/none 6-0-0+0',
  ],
  [
    'a D-SACK before anything was sent again is dubious',
    ['5841 sack 1461:2921'],
    [
      [
        '',
        { TCPPureAcks: 1, TCPDSACKRecv: 1, TCPSACKDiscard: 1, TCPDelivered: 4, TCPDSACKIgnoredDubious: 1 },
      ],
    ],
    'Open 14/none 6-0-0+0',
  ],
  [
    'a probe of the tail, and its SACK: the rest is lost',
    [120, '1 sack 13141:14601', 20],
    [
      ['P. 13141:14601(1460)', { TcpRetransSegs: 1, TCPLossProbes: 1 }],
      [
        '. 1:1461(1460)',
        {
          TcpRetransSegs: 1,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 1,
          TCPSackShiftFallback: 1,
          TCPDelivered: 1,
        },
      ],
      ['', {}],
    ],
    'Recovery 1/5 10-1-9+1',
  ],
  [
    'a probe of the tail, and a D-SACK of it: nothing was lost',
    [120, '14601 sack 13141:14601'],
    [
      ['P. 13141:14601(1460)', { TcpRetransSegs: 1, TCPLossProbes: 1 }],
      [
        '',
        { TCPPureAcks: 1, TCPDSACKRecv: 1, TCPDSACKIgnoredNoUndo: 1, TCPDelivered: 11, TCPDSACKRecvSegs: 1 },
      ],
    ],
    'Open 21/none 0-0-0+0',
  ],
  [
    'a probe of the tail, and an ACK of everything and more: the window is reduced',
    [120, '14601', '+1460', 20, '16061'],
    [
      ['P. 13141:14601(1460)', { TcpRetransSegs: 1, TCPLossProbes: 1 }],
      ['', { TCPPureAcks: 1, TCPDelivered: 10 }],
      ['P. 14601:16061(1460)', { TcpOutSegs: 1, TCPOrigDataSent: 1 }],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPLossProbeRecovery: 1, TCPDelivered: 1 }],
    ],
    'Open 10/10 0-0-0+0',
  ],
  [
    'one SACK and then nothing: the reordering timer sends again',
    ['1 sack 4381:5841', 40],
    [
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
      ['. 1:1461(1460)', { TcpRetransSegs: 1, TCPSackRecovery: 1, TCPFastRetrans: 1 }],
    ],
    'Recovery 7/5 10-1-3+1',
  ],
  [
    'a spurious timeout (F-RTO): an original arrives, and the window is back',
    [420, '1 sack 4381:5841'],
    [
      [
        'P. 13141:14601(1460), . 1:1461(1460)',
        { TcpRetransSegs: 2, TCPTimeouts: 1, TCPLossProbes: 1, TcpTimeoutRehash: 1 },
      ],
      ['', { TCPPureAcks: 1, TCPLossUndo: 1, TCPSpuriousRTOs: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
    ],
    'Disorder 10/none 10-1-0+1',
  ],
  [
    'F-RTO: new data after the ACK of what was sent again, then ACKs of originals',
    [420, '+14600', '1461', 10, '2921'],
    [
      [
        'P. 13141:14601(1460), . 1:1461(1460)',
        { TcpRetransSegs: 2, TCPTimeouts: 1, TCPLossProbes: 1, TcpTimeoutRehash: 1 },
      ],
      ['', {}],
      [
        '. 14601:16061(1460), . 16061:17521(1460)',
        { TcpOutSegs: 2, TCPPureAcks: 1, TCPOrigDataSent: 2, TCPDelivered: 1 },
      ],
      ['', {}],
      [
        '. 17521:18981(1460)',
        {
          TcpOutSegs: 1,
          TCPHPAcks: 1,
          TCPLossUndo: 1,
          TCPSpuriousRTOs: 1,
          TCPOrigDataSent: 1,
          TCPDelivered: 1,
        },
      ],
    ],
    'Open 11/none 11-0-0+0',
  ],
  [
    'F-RTO: new data after the ACK of what was sent again, then a SACK of it: the loss was real',
    [420, '+14600', '1461', 10, '1461 sack 14601:16061'],
    [
      [
        'P. 13141:14601(1460), . 1:1461(1460)',
        { TcpRetransSegs: 2, TCPTimeouts: 1, TCPLossProbes: 1, TcpTimeoutRehash: 1 },
      ],
      ['', {}],
      [
        '. 14601:16061(1460), . 16061:17521(1460)',
        { TcpOutSegs: 2, TCPPureAcks: 1, TCPOrigDataSent: 2, TCPDelivered: 1 },
      ],
      ['', {}],
      [
        '. 1461:2921(1460)',
        {
          TcpRetransSegs: 1,
          TCPPureAcks: 1,
          TCPSlowStartRetrans: 1,
          TCPSackShiftFallback: 1,
          TCPDelivered: 1,
        },
      ],
    ],
    'Loss 2/5 11-1-9+1',
  ],
  [
    'an undo by timestamps: what was found lost is not found again until it is sent again',
    ['1 sack 8689:13033', 10, '4345 sack 8689:13033', 20],
    [
      [
        '. 1:1449(1448), P. 1449:2897(1448), . 2897:4345(1448)',
        {
          TcpRetransSegs: 3,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 3,
          TCPSackShifted: 1,
          TCPSackShiftFallback: 1,
          TCPDelivered: 3,
        },
      ],
      ['', {}],
      ['', { TCPPureAcks: 1, TCPTSReorder: 1, TCPPartialUndo: 1, TCPDelivered: 3 }],
      ['', {}],
    ],
    'Disorder 13/none 7-3-0+0',
    { timestamps: true },
  ],
  [
    'an ACK from before with D-SACK and SACK: both are taken, neither is counted as delivered',
    ['1 sack 1461:5841', 10, '5841', '1461 sack 1:1461 7301:8761'],
    [
      [
        '. 1:1461(1460)',
        {
          TcpRetransSegs: 1,
          TCPPureAcks: 1,
          TCPSackRecovery: 1,
          TCPFastRetrans: 1,
          TCPSackMerged: 1,
          TCPSackShiftFallback: 2,
          TCPDelivered: 3,
        },
      ],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPDelivered: 1 }],
      ['', { TCPDSACKUndo: 1, TCPDSACKRecv: 1, TCPSackShiftFallback: 2, TCPDSACKRecvSegs: 1 }],
    ],
    'Disorder 10/none 6-1-0+0',
  ],
  [
    'without F-RTO a timeout is never spurious',
    [420, '1 sack 4381:5841'],
    [
      [
        'P. 13141:14601(1460), . 1:1461(1460)',
        { TcpRetransSegs: 2, TCPTimeouts: 1, TCPLossProbes: 1, TcpTimeoutRehash: 1 },
      ],
      ['', { TCPPureAcks: 1, TCPSackShiftFallback: 2, TCPDelivered: 1 }],
    ],
    'Loss 1/5 10-1-9+1',
    { 'net.ipv4.tcp_frto': 0 },
  ],
  [
    'after a rest of more than the RTO the window is the initial one',
    ['14601', '+29200', RTT_MS, '43801', 500, '+29200'],
    [
      ['', { TCPPureAcks: 1, TCPDelivered: 10 }],
      ['20 segments', { TcpOutSegs: 20, TCPOrigDataSent: 20 }],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPDelivered: 20 }],
      ['', {}],
      ['10 segments', { TcpOutSegs: 10, TCPOrigDataSent: 10 }],
    ],
    'Open 10/none 10-0-0+0',
  ],
  [
    'without tcp_slow_start_after_idle it stays',
    ['14601', '+29200', RTT_MS, '43801', 500, '+29200'],
    [
      ['', { TCPPureAcks: 1, TCPDelivered: 10 }],
      ['20 segments', { TcpOutSegs: 20, TCPOrigDataSent: 20 }],
      ['', {}],
      ['', { TCPHPAcks: 1, TCPDelivered: 20 }],
      ['', {}],
      ['20 segments', { TcpOutSegs: 20, TCPOrigDataSent: 20 }],
    ],
    'Open 40/none 20-0-0+0',
    { 'net.ipv4.tcp_slow_start_after_idle': 0 },
  ],
];

export const RECOVERY: readonly OracleCase[] = ROWS.map(rowOf);
