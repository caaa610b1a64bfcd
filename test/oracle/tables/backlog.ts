// Section 4.4: how many connections a backlog holds, one after the other and all SYNs first, and a real client in front
// of a full queue.

import {
  acceptAll,
  ack,
  count,
  moved,
  nominal,
  type OracleCase,
  ports,
  type RawTarget,
  type ScheduleCase,
  syn,
} from '../case.ts';

const ABORT = [0, 1];

function settings(t: RawTarget, backlog: number, cookies: number, abort: number): number {
  t.sysctl('net.ipv4.tcp_syncookies', cookies);
  t.sysctl('net.ipv4.tcp_abort_on_overflow', abort);
  return t.listener(backlog);
}

const opened = (n: number): { [counter: string]: number } => ({
  TcpPassiveOpens: n,
  TcpCurrEstab: n,
  TCPPureAcks: n,
});
const dropped = (n: number): { [counter: string]: number } => ({ ListenOverflows: n, ListenDrops: n });

function sequential(backlog: number, cookies: number, abort: number): OracleCase {
  const n = backlog + 1;
  const cookie = { TCPReqQFullDoCookies: backlog + 5, SyncookiesSent: n, SyncookiesRecv: n };
  return {
    cite: '4.4',
    name: `one after the other: backlog ${backlog}, tcp_syncookies ${cookies}, tcp_abort_on_overflow ${abort}`,
    run: (t) => {
      const listener = settings(t, backlog, cookies, abort);
      const answered = ports(backlog + 5).filter((port) => {
        const replies = syn(t, port);
        return replies.length > 0 && ack(t, port).length === 0;
      });
      return [answered, count(t, 'ESTAB'), t.queue(), moved(t), acceptAll(t, listener)];
    },
    expected: [
      ports(n),
      n,
      `${n},${backlog}`,
      { ...opened(n), TcpOutSegs: n, ...dropped(4), ...(cookies === 2 ? cookie : {}) },
      ports(n),
    ],
  };
}

/** By tcp_syncookies: SYN-RECV rows, SYN-ACKs, counters of the SYNs, counters of the ACKs. */
const CONCURRENT = [
  (n: number) => [n + 1, n + 1, { TcpOutSegs: n + 1, TCPReqQFullDrop: 3, ListenDrops: 3 }, opened(n + 1)],
  (n: number) => [
    n + 1,
    n + 4,
    { TcpOutSegs: n + 4, TCPReqQFullDoCookies: 3, SyncookiesSent: 3 },
    { ...opened(n + 1), ...dropped(3), SyncookiesRecv: 3 },
  ],
  (n: number) => [
    0,
    n + 4,
    { TcpOutSegs: n + 4, TCPReqQFullDoCookies: n + 4, SyncookiesSent: n + 4 },
    { ...opened(n + 1), ...dropped(3), SyncookiesRecv: n + 4 },
  ],
] as const;

function concurrent(backlog: number, cookies: number, abort: number): OracleCase {
  const [half, answers, atSyn, atAck] = (CONCURRENT[cookies] as (typeof CONCURRENT)[0])(backlog);
  return {
    cite: '4.4',
    name: `all SYNs first: backlog ${backlog}, tcp_syncookies ${cookies}, tcp_abort_on_overflow ${abort}`,
    run: (t) => {
      settings(t, backlog, cookies, abort);
      const answered = ports(backlog + 4).filter((port) => syn(t, port).length > 0);
      const first = [count(t, 'SYN-RECV'), answered.length, moved(t)];
      const replies = answered.flatMap((port) => ack(t, port));
      return [...first, replies, count(t, 'ESTAB'), count(t, 'SYN-RECV'), moved(t)];
    },
    expected: [half, answers, atSyn, [], backlog + 1, 0, atAck],
  };
}

export const BACKLOG: readonly OracleCase[] = [
  ...[0, 1, 2, 8, 128].flatMap((n) => [0, 1, 2].flatMap((c) => ABORT.map((a) => sequential(n, c, a)))),
  ...[0, 1, 2, 8].flatMap((n) => [0, 1, 2].flatMap((c) => ABORT.map((a) => concurrent(n, c, a)))),
];

/** Nominal times of an unanswered client's SYNs: five a second apart, then doubling. */
const SYN_TIMES = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
const GIVE_UP_MS = 137_000;
const CLIENT = {
  TcpActiveOpens: 1,
  TcpAttemptFails: 1,
  TcpRetransSegs: 10,
  TCPSynRetrans: 10,
  TCPTimeouts: 11,
  TCPAbortOnTimeout: 1,
  // Not in the sheet.
  TCPLostRetransmit: 9,
  TcpTimeoutRehash: 10,
};

export const BACKLOG_SCHEDULES: readonly ScheduleCase[] = [
  ...ABORT.map(
    (abort): ScheduleCase => ({
      cite: '4.4',
      name: `a client of the same host at a full accept queue ends with ETIMEDOUT, tcp_abort_on_overflow ${abort}`,
      *schedule(t) {
        settings(t, 0, 1, abort);
        syn(t, 1);
        ack(t, 1);
        moved(t);
        const fd = t.socket();
        const begun = t.connect(fd, 80, '192.0.2.1');
        yield 130_000;
        const before = t.getsockopt(fd, 'SO_ERROR');
        yield GIVE_UP_MS;
        const { TcpOutSegs: _, ...counters } = moved(t);
        return [begun, before, t.getsockopt(fd, 'SO_ERROR'), counters];
      },
      expected: ['EINPROGRESS', null, 'ETIMEDOUT', { ...CLIENT, ...dropped(11) }],
    }),
  ),
  {
    cite: '4.4',
    name: 'a client whose SYNs are not answered sends 11 of them and ends with ETIMEDOUT',
    *schedule(t) {
      const fd = t.socket();
      const from = t.now();
      const begun = t.connect(fd, 80);
      const sent = [...t.output(), ...(yield GIVE_UP_MS)];
      const { TcpOutSegs: _, ...counters } = moved(t);
      return [begun, nominal(sent, 80, from, SYN_TIMES), t.getsockopt(fd, 'SO_ERROR'), counters];
    },
    expected: ['EINPROGRESS', SYN_TIMES, 'ETIMEDOUT', CLIENT],
  },
];
