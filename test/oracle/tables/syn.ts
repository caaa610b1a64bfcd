// Section 4.1 and 4.2: what arrives at a listener or at a closed port, and the order of checks on a SYN.

import {
  ack,
  type Counters,
  count,
  data,
  moved,
  type OracleCase,
  ports,
  type RawTarget,
  syn,
} from '../case.ts';

const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };

type Segment = readonly [text: string, replies: string[], counters: Counters];

const TO_LISTENER: readonly Segment[] = [
  ['. 5:5(0) ack 777 win 1000', ['R 777:777(0) win 0'], RST],
  ['S. 5:5(0) ack 777 win 1000', ['R 777:777(0) win 0'], RST],
  ['P. 5:9(4) ack 777 win 1000', ['R 777:777(0) win 0'], RST],
  ['F. 5:5(0) ack 777 win 1000', ['R 777:777(0) win 0'], RST],
  ['R 5:5(0) win 0', [], {}],
  ['R. 5:5(0) ack 777 win 0', [], {}],
  ['F 5:5(0) win 0', [], {}],
  ['- 5:5(0) win 0', [], {}],
  ['P 5:9(4) win 0', [], {}],
  ['SF 5:5(0) win 0', [], {}],
  ['S 5:5(0) win 0 [bad checksum]', [], { TcpInErrs: 1, TcpInCsumErrors: 1 }],
];

const TO_CLOSED: readonly Segment[] = [
  ['S 7:7(0) win 0', ['R. 0:0(0) ack 8 win 0'], RST],
  ['S 7:10(3) win 0', ['R. 0:0(0) ack 11 win 0'], RST],
  ['SF 7:10(3) win 0', ['R. 0:0(0) ack 12 win 0'], RST],
  ['. 7:7(0) ack 99 win 0', ['R 99:99(0) win 0'], RST],
  ['P. 7:10(3) ack 99 win 0', ['R 99:99(0) win 0'], RST],
  ['P 7:10(3) win 0', ['R. 0:0(0) ack 10 win 0'], RST],
  ['F 7:7(0) win 0', ['R. 0:0(0) ack 8 win 0'], RST],
  ['R 7:7(0) win 0', [], {}],
  ['R. 7:7(0) ack 99 win 0', [], {}],
  ['S 7:7(0) win 0 [bad checksum]', [], { TcpInErrs: 1, TcpInCsumErrors: 1 }],
];

const segments = (rows: readonly Segment[], where: string, port: number): OracleCase[] =>
  rows.map(([text, replies, counters]) => ({
    cite: '4.1',
    name: `${where}: ${text}`,
    run: (t) => {
      t.listener(5);
      return [t.segment(1, text, port), moved(t), t.sockets()];
    },
    expected: [replies, counters, []],
  }));

type Row = readonly [cite: string, name: string, run: (target: RawTarget) => unknown, expected: unknown];

/** Fills the accept queue of a listener with backlog 0. */
function fill(t: RawTarget): void {
  t.listener(0);
  syn(t, 1);
  ack(t, 1);
}

/** Fills both queues of a listener with backlog 0. */
function fillBoth(t: RawTarget, cookies: number): void {
  t.sysctl('net.ipv4.tcp_syncookies', 0);
  t.listener(0);
  syn(t, 1);
  // The only way to have both full: a cookie's ACK takes the place in the accept queue.
  t.sysctl('net.ipv4.tcp_syncookies', 1);
  syn(t, 2);
  ack(t, 2);
  t.sysctl('net.ipv4.tcp_syncookies', cookies);
  moved(t);
}

const ROWS: readonly Row[] = [
  [
    '4.1',
    'a SYN to a broadcast address counts ListenDrops only',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 80, '0.0.0.0');
      t.listen(fd, 5);
      return [t.segment(1, 'S 5:5(0) win 1000 [to 192.0.255.255]'), moved(t), t.sockets()];
    },
    [[], { ListenDrops: 1 }, []],
  ],
  [
    '4.1',
    'a SYN to a multicast address counts ListenDrops only',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 80, '0.0.0.0');
      t.listen(fd, 5);
      return [t.segment(1, 'S 5:5(0) win 1000 [to 224.0.0.1]'), moved(t), t.sockets()];
    },
    [[], { ListenDrops: 1 }, []],
  ],
  [
    '4.1',
    'an ACK to a multicast address is not answered, though the listener counts a RST',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 80, '0.0.0.0');
      t.listen(fd, 5);
      return [t.segment(1, '. 5:5(0) ack 777 win 1000 [to 224.0.0.1]'), moved(t)];
    },
    [[], RST],
  ],
  [
    '4.1',
    'an ACK to a broadcast address is not answered, though the listener counts a RST',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 80, '0.0.0.0');
      t.listen(fd, 5);
      return [t.segment(1, '. 5:5(0) ack 777 win 1000 [to 192.0.255.255]'), moved(t)];
    },
    [[], RST],
  ],
  [
    '4.1',
    'a SYN to a broadcast address without a listener: nothing',
    (t) => [t.segment(1, 'S 5:5(0) win 1000 [to 192.0.255.255]'), moved(t)],
    [[], {}],
  ],
  [
    '4.1',
    'a RST without a socket has the TOS of what it answers, less the ECN bits',
    (t) => [
      t.segment(1, 'S 7:7(0) win 0 [tos 0xbb]', 81),
      t.segment(2, '. 7:7(0) ack 9 win 0 [tos 0x10]', 81),
    ],
    [['R. 0:0(0) ack 8 win 0 [tos 0xb8]'], ['R 9:9(0) win 0 [tos 0x10]']],
  ],
  [
    '4.1',
    "a SYN-ACK has TTL and TOS of the listener, or the SYN's TOS with tcp_reflect_tos",
    (t) => {
      const fd = t.listener(5);
      t.setsockopt(fd, 'IP_TOS', 0x20);
      t.setsockopt(fd, 'IP_TTL', 33);
      const own = t.segment(1, 'S 1000:1000(0) win 65535 <mss 1460> [tos 0x48]');
      t.sysctl('net.ipv4.tcp_reflect_tos', 1);
      return [own, t.segment(2, 'S 1000:1000(0) win 65535 <mss 1460> [tos 0x48]')];
    },
    [
      ['S. 0:0(0) ack 1001 win 64240 <mss 1460> [ttl 33, tos 0x20]'],
      ['S. 0:0(0) ack 1001 win 64240 <mss 1460> [ttl 33, tos 0x48]'],
    ],
  ],
  [
    '4.2',
    'request queue full without cookies: TCPReqQFullDrop and ListenDrops',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.listener(0);
      syn(t, 1);
      moved(t);
      return [syn(t, 2), moved(t)];
    },
    [[], { TCPReqQFullDrop: 1, ListenDrops: 1 }],
  ],
  [
    '4.2',
    'request queue full with cookies: a SYN-ACK and no state',
    (t) => {
      t.listener(0);
      syn(t, 1);
      moved(t);
      return [syn(t, 2), moved(t), t.sockets()];
    },
    [
      ['S. 0:0(0) ack 1001 win 64240 <mss 1460>'],
      { TcpOutSegs: 1, TCPReqQFullDoCookies: 1, SyncookiesSent: 1 },
      ['1 SYN-RECV 0 0'],
    ],
  ],
  ...[0, 1].map(
    (abort): Row => [
      '4.2',
      `accept queue full: the SYN is dropped without RST, tcp_abort_on_overflow ${abort}`,
      (t) => {
        t.sysctl('net.ipv4.tcp_abort_on_overflow', abort);
        fill(t);
        moved(t);
        return [syn(t, 2), moved(t)];
      },
      [[], { ListenOverflows: 1, ListenDrops: 1 }],
    ],
  ),
  [
    '4.2',
    'both full without cookies: only the request queue is counted',
    (t) => {
      fillBoth(t, 0);
      return [syn(t, 3), moved(t)];
    },
    [[], { TCPReqQFullDrop: 1, ListenDrops: 1 }],
  ],
  [
    '4.2',
    'both full with cookies: both are counted',
    (t) => {
      fillBoth(t, 1);
      return [syn(t, 3), moved(t)];
    },
    [[], { TCPReqQFullDoCookies: 1, ListenOverflows: 1, ListenDrops: 1 }],
  ],
  [
    '4.2',
    'no route back: ListenDrops and IpOutNoRoutes',
    (t) => {
      t.listener(5);
      return [t.segment(1, 'S 1000:1000(0) win 65535 <mss 1460> [from 203.0.113.9]'), moved(t), t.sockets()];
    },
    [[], { IpOutNoRoutes: 1, ListenDrops: 1 }, []],
  ],
  [
    '4.2',
    'without cookies tcp_max_syn_backlog 16 lets 13 unproven peers in, the others count ListenDrops only',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.sysctl('net.ipv4.tcp_max_syn_backlog', 16);
      t.listener(100);
      for (const port of ports(40)) syn(t, port);
      return [count(t, 'SYN-RECV'), moved(t)];
    },
    [13, { TcpOutSegs: 13, ListenDrops: 27 }],
  ],
  [
    '4.2',
    'without cookies tcp_max_syn_backlog 128 lets 97 unproven peers in',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.sysctl('net.ipv4.tcp_max_syn_backlog', 128);
      t.listener(500);
      for (const port of ports(140)) syn(t, port);
      return count(t, 'SYN-RECV');
    },
    97,
  ],
  [
    '4.2',
    'with cookies on tcp_max_syn_backlog is not read',
    (t) => {
      t.sysctl('net.ipv4.tcp_max_syn_backlog', 16);
      t.listener(100);
      for (const port of ports(40)) syn(t, port);
      return [count(t, 'SYN-RECV'), moved(t)];
    },
    [40, { TcpOutSegs: 40 }],
  ],
  [
    '4.2',
    'data in a SYN is ignored',
    (t) => {
      t.listener(5);
      const reply = t.segment(1, 'S 1000:1005(5) win 65535 <mss 1460>');
      return [reply, data(t, 1), t.sockets()];
    },
    [['S. 0:0(0) ack 1001 win 64240 <mss 1460>'], ['. 1:1(0) ack 1006 win 64235'], ['1 ESTAB 5 0']],
  ],
];

export const SYN: readonly OracleCase[] = [
  ...segments(TO_LISTENER, 'to a listener', 80),
  ...segments(TO_CLOSED, 'to a closed port', 81),
  ...ROWS.map(([cite, name, run, expected]) => ({ cite, name, run, expected })),
];
