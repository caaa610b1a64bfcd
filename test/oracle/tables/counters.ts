// Section 13: one event each, and every counter that it moves.

import {
  accepted,
  ack,
  type Counters,
  data,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  syn,
} from '../case.ts';

/** Reaches the moment before the event, and gives what the event is. */
type Event = readonly [name: string, prepare: (t: RawTarget) => () => unknown, counters: Counters];

const OUT = { TcpOutSegs: 1 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const OPEN = { TcpPassiveOpens: 1, TcpCurrEstab: 1 };
const OVER = { ListenOverflows: 1, ListenDrops: 1 };

/** A half-open connection of port 1. */
function half(t: RawTarget, all = false): void {
  t.listener(5);
  syn(t, 1, all);
}

/** Port 1 has a place in the queue, port 2 has the last one, port 3 is half-open. */
function overfull(t: RawTarget, abort: number): void {
  t.sysctl('net.ipv4.tcp_abort_on_overflow', abort);
  t.listener(1);
  syn(t, 1);
  syn(t, 2);
  ack(t, 1);
  syn(t, 3);
  ack(t, 2);
}

function cookie(t: RawTarget, backlog = 5): void {
  t.sysctl('net.ipv4.tcp_syncookies', 2);
  t.listener(backlog);
  syn(t, 1);
}

/** A connection in TIME-WAIT with ts_recent 200. */
function timeWait(t: RawTarget): void {
  const listener = t.listener(5);
  syn(t, 1, true);
  t.segment(1, '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 200 ecr 1000>');
  t.close(t.accept(listener) as number);
  t.segment(1, 'F. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 200 ecr 1000>');
}

const OLD = '. 1002:1002(0) ack 2 win 512 <nop,nop,TS val 199 ecr 1000>';

const EVENTS: readonly Event[] = [
  [
    'SYN accepted',
    (t) => {
      t.listener(5);
      return () => syn(t, 1);
    },
    OUT,
  ],
  [
    'SYN answered by a cookie',
    (t) => {
      t.listener(0);
      syn(t, 1);
      return () => syn(t, 2);
    },
    { ...OUT, TCPReqQFullDoCookies: 1, SyncookiesSent: 1 },
  ],
  [
    'SYN, request queue full, cookies off',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.listener(0);
      syn(t, 1);
      return () => syn(t, 2);
    },
    { TCPReqQFullDrop: 1, ListenDrops: 1 },
  ],
  [
    'SYN, accept queue full',
    (t) => {
      t.listener(0);
      syn(t, 1);
      ack(t, 1);
      return () => syn(t, 2);
    },
    OVER,
  ],
  [
    'SYN, accept queue full, tcp_syncookies 2',
    (t) => {
      t.listener(0);
      syn(t, 1);
      ack(t, 1);
      t.sysctl('net.ipv4.tcp_syncookies', 2);
      return () => syn(t, 2);
    },
    { ...OVER, TCPReqQFullDoCookies: 1 },
  ],
  [
    'SYN of an unproven peer',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.sysctl('net.ipv4.tcp_max_syn_backlog', 1);
      t.listener(5);
      syn(t, 1);
      syn(t, 2);
      return () => syn(t, 3);
    },
    { ListenDrops: 1 },
  ],
  [
    'SYN without a route back',
    (t) => {
      t.listener(5);
      return () => t.segment(1, 'S 1000:1000(0) win 65535 [from 203.0.113.9]');
    },
    { ListenDrops: 1, IpOutNoRoutes: 1 },
  ],
  [
    'duplicate SYN, answered',
    (t) => {
      half(t);
      return () => syn(t, 1);
    },
    { ...OUT, TcpRetransSegs: 1, TCPSynRetrans: 1 },
  ],
  [
    'duplicate SYN, suppressed',
    (t) => {
      half(t);
      syn(t, 1);
      return () => syn(t, 1);
    },
    { TCPACKSkippedSynRecv: 1 },
  ],
  [
    'third ACK, bare',
    (t) => {
      half(t);
      return () => ack(t, 1);
    },
    { ...OPEN, TCPPureAcks: 1 },
  ],
  [
    'third ACK with data',
    (t) => {
      half(t);
      return () => data(t, 1);
    },
    { ...OPEN, ...OUT },
  ],
  [
    'cookie ACK',
    (t) => {
      cookie(t);
      return () => ack(t, 1);
    },
    { ...OPEN, TCPPureAcks: 1, SyncookiesRecv: 1 },
  ],
  [
    'third ACK, queue full, tcp_abort_on_overflow 0',
    (t) => {
      overfull(t, 0);
      return () => ack(t, 3);
    },
    OVER,
  ],
  [
    'third ACK, queue full, tcp_abort_on_overflow 1',
    (t) => {
      overfull(t, 1);
      return () => ack(t, 3);
    },
    { ...OVER, ...RST, EmbryonicRsts: 1 },
  ],
  [
    'cookie ACK, queue full',
    (t) => {
      cookie(t, 0);
      syn(t, 2);
      ack(t, 1);
      return () => ack(t, 2);
    },
    { ...OVER, SyncookiesRecv: 1 },
  ],
  [
    'bad cookie, a cookie was sent lately',
    (t) => {
      cookie(t);
      return () => t.segment(1, '. 1001:1001(0) ack 9 win 65535');
    },
    { ...RST, SyncookiesFailed: 1 },
  ],
  [
    'bad cookie, none was sent',
    (t) => {
      t.listener(5);
      return () => t.segment(1, '. 1001:1001(0) ack 9 win 65535');
    },
    RST,
  ],
  [
    'bare ACK under TCP_DEFER_ACCEPT',
    (t) => {
      t.setsockopt(t.listener(5), 'TCP_DEFER_ACCEPT', 5);
      syn(t, 1);
      return () => ack(t, 1);
    },
    { TCPDeferAcceptDrop: 1 },
  ],
  [
    'RST ends a request',
    (t) => {
      half(t);
      return () => t.segment(1, 'R 1001:1001(0) win 0');
    },
    { TcpAttemptFails: 1, EmbryonicRsts: 1 },
  ],
  [
    'a SYN in the window ends a request',
    (t) => {
      half(t);
      return () => t.segment(1, 'S 1001:1001(0) win 65535');
    },
    { ...RST, TcpAttemptFails: 1, EmbryonicRsts: 1 },
  ],
  [
    'an ICMP error ends a request',
    (t) => {
      half(t);
      return () => t.icmp(1, { type: 3, code: 1 });
    },
    { ListenDrops: 1, IcmpInMsgs: 1, IcmpInDestUnreachs: 1 },
  ],
  [
    'PAWS failure on a request',
    (t) => {
      half(t, true);
      return () => t.segment(1, '. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 99 ecr 1000>');
    },
    { ...OUT, PAWSEstab: 1 },
  ],
  [
    'TSecr failure on a request',
    (t) => {
      half(t, true);
      return () => t.segment(1, '. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 1001>');
    },
    { ...OUT, TSEcrRejected: 1 },
  ],
  [
    'SYN to ESTABLISHED, answered',
    (t) => {
      accepted(t, t.listener(5), 1);
      return () => syn(t, 1);
    },
    { ...OUT, TcpInErrs: 1, TCPSYNChallenge: 1, TCPChallengeACK: 1 },
  ],
  [
    'SYN to ESTABLISHED, limited',
    (t) => {
      accepted(t, t.listener(5), 1);
      syn(t, 1);
      return () => syn(t, 1);
    },
    { TcpInErrs: 1, TCPSYNChallenge: 1, TCPACKSkippedChallenge: 1 },
  ],
  [
    'PAWS-rejected segment in TIME-WAIT, answered',
    (t) => {
      timeWait(t);
      return () => t.segment(1, OLD);
    },
    { ...OUT, PAWSTimewait: 1 },
  ],
  [
    'PAWS-rejected segment in TIME-WAIT, limited',
    (t) => {
      timeWait(t);
      t.segment(1, OLD);
      return () => t.segment(1, OLD);
    },
    { PAWSTimewait: 1, TCPACKSkippedTimeWait: 1 },
  ],
  [
    'a queued connection is reset by its peer',
    (t) => {
      half(t);
      ack(t, 1);
      return () => t.segment(1, 'R 1001:1001(0) win 0');
    },
    { TcpEstabResets: 1, TcpCurrEstab: -1 },
  ],
  [
    'a queued connection is reset because its listener closes',
    (t) => {
      const listener = t.listener(5);
      syn(t, 1);
      ack(t, 1);
      return () => t.close(listener);
    },
    { ...RST, TcpEstabResets: 1, TcpCurrEstab: -1 },
  ],
  [
    'a request is ended by the close of its listener',
    (t) => {
      const listener = t.listener(5);
      syn(t, 1);
      return () => t.close(listener);
    },
    {},
  ],
  ['a segment to no socket', (t) => () => ack(t, 1), RST],
  [
    'TIME-WAIT is made',
    (t) => {
      const fd = accepted(t, t.listener(5), 1);
      t.close(fd);
      t.segment(1, '. 1001:1001(0) ack 1 win 65535');
      return () => t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
    },
    { ...OUT, TW: 1, TCPDelivered: 1 },
  ],
  [
    'no TIME-WAIT can be made',
    (t) => {
      t.sysctl('net.ipv4.tcp_max_tw_buckets', 0);
      const fd = accepted(t, t.listener(5), 1);
      t.close(fd);
      return () => t.segment(1, 'F. 1001:1001(0) ack 2 win 65535');
    },
    { ...OUT, TCPTimeWaitOverflow: 1, TCPDelivered: 1 },
  ],
];

export const COUNTERS: readonly OracleCase[] = EVENTS.map(([name, prepare, counters]) => ({
  cite: '13',
  name,
  run: (t) => {
    const event = prepare(t);
    moved(t);
    event();
    return moved(t);
  },
  expected: counters,
}));

const timer = (
  name: string,
  from: number,
  to: number,
  counters: Counters,
  retries?: number,
): ScheduleCase => ({
  cite: '13',
  name,
  *schedule(t) {
    if (retries !== undefined) t.sysctl('net.ipv4.tcp_synack_retries', retries);
    half(t);
    yield from;
    moved(t);
    yield to;
    return moved(t);
  },
  expected: counters,
});

export const COUNTER_SCHEDULES: readonly ScheduleCase[] = [
  timer('SYN-ACK sent again by its timer', 500, 1300, {
    ...OUT,
    TCPTimeouts: 1,
    TcpRetransSegs: 1,
    TCPSynRetrans: 1,
  }),
  timer('a request expires', 500, 1300, { TCPTimeouts: 1 }, 0),
];
