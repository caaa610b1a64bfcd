// Section 3: listen(), what its backlog becomes, and which listener a SYN reaches.

import {
  acceptAll,
  ack,
  count,
  moved,
  type OracleCase,
  ports,
  type RawTarget,
  states,
  syn,
} from '../case.ts';

const INT_MAX = 2147483647;
const INT_MIN = -2147483648;

type Row = readonly [name: string, run: (target: RawTarget) => unknown, expected: unknown];

function connect(target: RawTarget, port: number): void {
  if (syn(target, port).length > 0) ack(target, port);
}

/** A listener on port 80 with SO_REUSEPORT. */
function member(target: RawTarget, backlog: number, host = '192.0.2.1', v6Only = false): number {
  const fd = target.socket(host.includes(':') ? 'AF_INET6' : 'AF_INET');
  target.setsockopt(fd, 'SO_REUSEPORT', 1);
  if (v6Only) target.setsockopt(fd, 'IPV6_V6ONLY', 1);
  for (const result of [target.bind(fd, 80, host), target.listen(fd, backlog)])
    if (result !== 0) throw new Error(`unexpected ${result}`);
  return fd;
}

const BACKLOGS: readonly Row[] = [
  [0, 0],
  [1, 1],
  [5, 5],
  [4096, 4096],
  [5000, 4096],
  [-1, 4096],
  [INT_MIN, 4096],
  [INT_MAX, 4096],
].map(([given, kept]) => [
  `listen(fd, ${given}) keeps ${kept}`,
  (t) => {
    t.listener(given as number);
    return t.queue();
  },
  `0,${kept}`,
]);

const ERRNOS: readonly Row[] = [
  ['listen on no descriptor: EBADF', (t) => t.listen(99, 1), 'EBADF'],
  [
    'listen on a connected socket: EINVAL',
    (t) => {
      const listener = t.listener(1);
      connect(t, 1);
      return t.listen(t.accept(listener) as number, 1);
    },
    'EINVAL',
  ],
  [
    'listen in SYN-SENT: EINVAL',
    (t) => {
      const fd = t.socket();
      return [t.connect(fd, 9), t.listen(fd, 1)];
    },
    ['EINPROGRESS', 'EINVAL'],
  ],
  [
    'net.core.somaxconn takes 0 to INT_MAX',
    (t) => [0, INT_MAX, -1].map((value) => t.sysctl('net.core.somaxconn', value)),
    [0, 0, 'EINVAL'],
  ],
];

const LISTENING: readonly Row[] = [
  [
    'somaxconn is read at listen() only',
    (t) => {
      const fd = t.listener(100);
      t.sysctl('net.core.somaxconn', 10);
      const before = t.queue();
      t.listen(fd, 100);
      return [before, t.queue()];
    },
    ['0,100', '0,10'],
  ],
  [
    'a second listen() stores a smaller backlog and keeps the queue',
    (t) => {
      const fd = t.listener(10);
      for (const port of ports(4)) connect(t, port);
      t.listen(fd, 1);
      moved(t);
      const seen = [t.queue(), syn(t, 5), moved(t)];
      t.listen(fd, 10);
      connect(t, 6);
      return [...seen, t.queue()];
    },
    ['4,1', [], { ListenOverflows: 1, ListenDrops: 1 }, '5,10'],
  ],
  [
    'listen() without bind() takes a port of the range on 0.0.0.0',
    (t) => {
      const fd = t.socket();
      const result = t.listen(fd, 1);
      const [host, port] = String(t.getsockname(fd)).split(':');
      return [result, host, Number(port) >= 32768 && Number(port) <= 60999];
    },
    [0, '0.0.0.0', true],
  ],
  [
    'the accept queue holds backlog + 1, the request queue as well, each by itself',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.listener(2);
      const half = ports(2).filter((port) => syn(t, port).length > 0);
      for (const port of ports(3, 11)) connect(t, port);
      return [half.length, count(t, 'SYN-RECV'), t.queue(), syn(t, 21)];
    },
    [2, 2, '3,2', []],
  ],
  [
    'half-open requests are listed one by one and do not count in Recv-Q',
    (t) => {
      t.listener(5);
      for (const port of ports(3)) syn(t, port);
      return [t.queue(), t.sockets()];
    },
    ['0,5', ['1 SYN-RECV 0 0', '2 SYN-RECV 0 0', '3 SYN-RECV 0 0']],
  ],
];

/** What each of these adds to the drops of a listener that has port 1 half-open. */
const DISCARDED: readonly Row[] = (
  [
    ['a duplicate SYN', 'S 1000:1000(0) win 65535 <mss 1460>', 1],
    ['a SYN in the window', 'S 1001:1001(0) win 65535', 1],
    ['an old ACK', '. 1000:1000(0) ack 1 win 65535', 1],
    ['a RST', 'R 1001:1001(0) win 0', 1],
    ['a segment without ACK', 'P 1001:1006(5) win 65535', 1],
    ['a bad ACK', '. 1001:1001(0) ack 77 win 65535', 0],
    ['the third ACK', '. 1001:1001(0) ack 1 win 65535', 0],
  ] as const
).map(([what, text, drops]) => [
  `${what} of a half-open connection counts ${drops} of its listener's drops`,
  (t) => {
    t.listener(5);
    syn(t, 1);
    const before = t.drops();
    t.segment(1, text);
    return t.drops() - before;
  },
  drops,
]);

const DROPS: readonly Row[] = [
  [
    'each SYN that finds the accept queue full counts one drop of the listener',
    (t) => {
      t.listener(0);
      for (const port of ports(4)) connect(t, port);
      return t.drops();
    },
    3,
  ],
  [
    'each SYN that finds the request queue full counts one drop of the listener',
    (t) => {
      t.sysctl('net.ipv4.tcp_syncookies', 0);
      t.listener(0);
      for (const port of ports(4)) syn(t, port);
      return t.drops();
    },
    3,
  ],
  [
    'each third ACK that finds the accept queue full counts two',
    (t) => {
      t.listener(1);
      syn(t, 1);
      syn(t, 2);
      ack(t, 1);
      syn(t, 3);
      ack(t, 2);
      const before = t.drops();
      ack(t, 3);
      return t.drops() - before;
    },
    2,
  ],
  [
    'a bare ACK under TCP_DEFER_ACCEPT counts one',
    (t) => {
      t.setsockopt(t.listener(5), 'TCP_DEFER_ACCEPT', 5);
      syn(t, 1);
      ack(t, 1);
      return t.drops();
    },
    1,
  ],
  [
    'segments that a listener ignores count one each, those that it resets none',
    (t) => {
      t.listener(5);
      const texts = [
        'R 5:5(0) win 0',
        'F 5:5(0) win 0',
        '- 5:5(0) win 0',
        'SF 5:5(0) win 0',
        '. 5:5(0) ack 7 win 0',
      ];
      return texts.map((text, i) => {
        t.segment(i + 1, text);
        return t.drops();
      });
    },
    [1, 2, 3, 4, 4],
  ],
];

const LOOKUP: readonly Row[] = [
  [
    'a specific address beats the wildcard, whoever listens last',
    (t) => {
      const [specific, any] = [member(t, 9), member(t, 9, '0.0.0.0')];
      for (const port of ports(5)) connect(t, port);
      return [acceptAll(t, specific).length, acceptAll(t, any).length];
    },
    [5, 0],
  ],
  [
    'a specific address beats the wildcard that listened first',
    (t) => {
      const [any, specific] = [member(t, 9, '0.0.0.0'), member(t, 9)];
      for (const port of ports(5)) connect(t, port);
      return [acceptAll(t, specific).length, acceptAll(t, any).length];
    },
    [5, 0],
  ],
  [
    'v4 any beats v6 dual-stack any',
    (t) => {
      const [v6, v4] = [member(t, 9, '::'), member(t, 9, '0.0.0.0')];
      for (const port of ports(5)) connect(t, port);
      return [acceptAll(t, v4).length, acceptAll(t, v6).length];
    },
    [5, 0],
  ],
  [
    'v4 any beats v6 dual-stack any that listened later',
    (t) => {
      const [v4, v6] = [member(t, 9, '0.0.0.0'), member(t, 9, '::')];
      for (const port of ports(5)) connect(t, port);
      return [acceptAll(t, v4).length, acceptAll(t, v6).length];
    },
    [5, 0],
  ],
  [
    'v6 dual-stack any alone takes IPv4, with IPV6_V6ONLY it does not',
    (t) => {
      const dual = member(t, 9, '::');
      connect(t, 1);
      const taken = acceptAll(t, dual).length;
      t.close(dual);
      member(t, 9, '::', true);
      return [taken, syn(t, 2)];
    },
    [1, ['R. 0:0(0) ack 1001 win 0']],
  ],
  [
    'SO_REUSEPORT members share connections about evenly',
    (t) => {
      const members = [0, 1, 2, 3].map(() => member(t, 500));
      for (const port of ports(400)) connect(t, port);
      const shares = members.map((fd) => acceptAll(t, fd).length);
      return [shares.reduce((a, b) => a + b), shares.every((n) => n > 55 && n < 155)];
    },
    [400, true],
  ],
  [
    'a full SO_REUSEPORT member drops its share',
    (t) => {
      const [small, big] = [member(t, 0), member(t, 500)];
      for (const port of ports(60)) connect(t, port);
      const lost = t.moved().ListenOverflows ?? 0;
      return [acceptAll(t, small).length, acceptAll(t, big).length + lost, lost > 10];
    },
    [1, 59, true],
  ],
  [
    'closing a SO_REUSEPORT member resets its queue, the others take what comes',
    (t) => {
      const [one, two] = [member(t, 500), member(t, 500)];
      for (const port of ports(40)) connect(t, port);
      t.output();
      t.close(one);
      const resets = t.output().filter(({ text }) => text.startsWith('R. 1:1(0) ack 1001')).length;
      const left = acceptAll(t, two).length;
      for (const port of ports(10, 101)) connect(t, port);
      return [resets + left, resets > 5, acceptAll(t, two).length];
    },
    [40, true, 10],
  ],
  [
    'tcp_migrate_req moves the queue of a closed member',
    (t) => {
      t.sysctl('net.ipv4.tcp_migrate_req', 1);
      const [one, two] = [member(t, 500), member(t, 500)];
      for (const port of ports(40)) connect(t, port);
      t.output();
      moved(t);
      t.close(one);
      const resets = t.output().length;
      const { TCPMigrateReqSuccess = 0, ...others } = moved(t);
      return [resets, TCPMigrateReqSuccess > 5, others, acceptAll(t, two).length, states(t).length];
    },
    [0, true, {}, 40, 40],
  ],
  [
    'tcp_migrate_req lets a request of a closed member finish at another',
    (t) => {
      t.sysctl('net.ipv4.tcp_migrate_req', 1);
      const [one, two] = [member(t, 500), member(t, 500)];
      for (const port of ports(40)) syn(t, port);
      t.close(one);
      t.output();
      moved(t);
      const replies = ports(40).flatMap((port) => ack(t, port));
      const { TCPMigrateReqSuccess = 0, ...others } = moved(t);
      return [replies, TCPMigrateReqSuccess > 5, others, acceptAll(t, two).length];
    },
    [[], true, { TcpPassiveOpens: 40, TcpCurrEstab: 40, TCPPureAcks: 40 }, 40],
  ],
];

export const LISTEN: readonly OracleCase[] = [
  ...BACKLOGS,
  ...ERRNOS,
  ...LISTENING,
  ...DISCARDED,
  ...DROPS,
  ...LOOKUP,
].map(([name, run, expected]) => ({ cite: '3', name, run, expected }));
