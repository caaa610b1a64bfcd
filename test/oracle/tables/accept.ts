// Section 9: accept().

import type { SockOptionName, SockOptionValue } from '@halfopen/engine';
import {
  acceptAll,
  accepted,
  ack,
  data,
  moved,
  type OracleCase,
  ports,
  type RawTarget,
  stateOf,
  syn,
} from '../case.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

/** A connection in the queue of a listener. */
function queued(t: RawTarget, port = 1, listener = t.listener(5)): number {
  syn(t, port);
  ack(t, port);
  return listener;
}

const CALLS: readonly Row[] = [
  [
    'the queue is in the order of third ACKs, not of SYNs',
    (t) => {
      const listener = t.listener(5);
      for (const port of [1, 2, 3]) syn(t, port);
      for (const port of [3, 1, 2]) ack(t, port);
      return acceptAll(t, listener);
    },
    [3, 1, 2],
  ],
  ['an empty queue: EAGAIN', (t) => t.accept(t.listener(5)), 'EAGAIN'],
  ['no listener: EINVAL', (t) => t.accept(t.socket()), 'EINVAL'],
  ['no descriptor: EBADF', (t) => t.accept(99), 'EBADF'],
  [
    'no free descriptor: EMFILE, also with an empty queue, and the connection stays',
    (t) => {
      const listener = t.listener(5);
      t.filesFull(true);
      const empty = t.accept(listener);
      queued(t, 1, listener);
      const refused = [t.accept(listener), t.queue()];
      t.filesFull(false);
      return [empty, ...refused, t.getpeername(t.accept(listener) as number), t.queue()];
    },
    ['EMFILE', 'EMFILE', '1,5', 1, '0,5'],
  ],
  [
    'O_NONBLOCK of the listener is not inherited; accept4() sets it',
    (t) => {
      const listener = t.listener(5);
      for (const port of ports(2)) queued(t, port, listener);
      const fds = [t.accept(listener, false), t.accept(listener, true)] as number[];
      return [t.nonblocking(listener), ...fds.map((fd) => t.nonblocking(fd))];
    },
    [true, false, true],
  ],
  [
    'accept() takes the lowest free descriptor',
    (t) => {
      const listener = t.listener(5);
      const spare = t.socket();
      t.close(spare);
      queued(t, 1, listener);
      return t.accept(listener) === spare;
    },
    true,
  ],
];

const DEAD: readonly Row[] = [
  [
    'a connection reset in the queue still counts in Recv-Q and is accepted',
    (t) => {
      const listener = queued(t);
      moved(t);
      t.segment(1, 'R 1001:1001(0) win 0');
      const seen = [moved(t), t.queue(), stateOf(t, 1)];
      const fd = t.accept(listener) as number;
      return [...seen, typeof fd, t.getpeername(fd), t.poll(fd)];
    },
    [
      { TcpEstabResets: 1, TcpCurrEstab: -1 },
      '1,5',
      'gone',
      'number',
      'ENOTCONN',
      'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP',
    ],
  ],
  [
    'its recv gives ECONNRESET once, then 0; its send gives EPIPE',
    (t) => {
      const listener = queued(t);
      t.segment(1, 'R 1001:1001(0) win 0');
      const fd = t.accept(listener) as number;
      return [t.recv(fd, 10), t.recv(fd, 10), t.send(fd, 1)];
    },
    ['ECONNRESET', 0, 'EPIPE'],
  ],
  [
    'data that came before the RST can be read',
    (t) => {
      const listener = t.listener(5);
      syn(t, 1);
      data(t, 1);
      t.segment(1, 'R 1006:1006(0) win 0');
      const fd = t.accept(listener) as number;
      return [t.recv(fd, 10), t.recv(fd, 10), t.recv(fd, 10)];
    },
    [5, 'ECONNRESET', 0],
  ],
  [
    'a connection with FIN is accepted in CLOSE-WAIT, recv gives 0',
    (t) => {
      const listener = queued(t);
      t.segment(1, 'F. 1001:1001(0) ack 1 win 65535');
      const fd = t.accept(listener) as number;
      return [stateOf(t, 1), t.getpeername(fd), t.recv(fd, 10)];
    },
    ['CLOSE-WAIT', 1, 0],
  ],
];

type Inherited = { readonly [N in SockOptionName]?: readonly [set: SockOptionValue<N>, child: unknown] };

/** Set on the listener, read on the child. */
const INHERITED: Inherited = {
  SO_REUSEADDR: [1, 1],
  SO_REUSEPORT: [1, 1],
  SO_KEEPALIVE: [1, 1],
  SO_LINGER: [
    { on: true, seconds: 7 },
    { on: true, seconds: 7 },
  ],
  SO_OOBINLINE: [1, 1],
  SO_SNDBUF: [20000, 40000],
  SO_RCVBUF: [30000, 60000],
  SO_RCVLOWAT: [17, 17],
  SO_RCVTIMEO: [3_000_000_000, 3_000_000_000],
  SO_SNDTIMEO: [4_000_000_000, 4_000_000_000],
  IP_TOS: [0x10, 0x10],
  IP_TTL: [33, 33],
  IP_FREEBIND: [1, 1],
  IP_TRANSPARENT: [1, 1],
  IP_BIND_ADDRESS_NO_PORT: [1, 1],
  IP_LOCAL_PORT_RANGE: [40000 | (40010 << 16), 40000 | (40010 << 16)],
  TCP_NODELAY: [1, 1],
  TCP_CORK: [1, 1],
  TCP_KEEPIDLE: [11, 11],
  TCP_KEEPINTVL: [12, 12],
  TCP_KEEPCNT: [5, 5],
  TCP_SYNCNT: [4, 4],
  TCP_LINGER2: [9, 9],
  TCP_WINDOW_CLAMP: [50000, 50000],
  TCP_USER_TIMEOUT: [7000, 7000],
  TCP_RTO_MAX_MS: [5000, 5000],
  TCP_DEFER_ACCEPT: [7, 0],
};

/** An option of 32 bits may come back signed or not. */
const plainValue = (value: unknown): unknown => (typeof value === 'number' ? value >>> 0 : value);

const inheritance: readonly Row[] = (Object.keys(INHERITED) as SockOptionName[]).map((name) => {
  const [set, child] = INHERITED[name] as readonly [SockOptionValue<typeof name>, unknown];
  const kept = name === 'TCP_DEFER_ACCEPT' ? 'not inherited' : 'inherited';
  return [
    `${name} is ${kept}`,
    (t) => {
      const listener = t.listener(5);
      const result = t.setsockopt(listener, name, set);
      syn(t, 1);
      data(t, 1);
      return [result, plainValue(t.getsockopt(t.accept(listener) as number, name))];
    },
    [0, plainValue(child)],
  ];
});

const MAXSEG: readonly Row[] = [
  [
    'TCP_MAXSEG 1200 of the listener is announced, and a child with timestamps sends 1188',
    (t) => {
      const listener = t.listener(5);
      t.setsockopt(listener, 'TCP_MAXSEG', 1200);
      const [reply = ''] = syn(t, 1, true);
      t.segment(1, '. 1001:1001(0) ack 1 win 512 <nop,nop,TS val 101 ecr 1000>');
      const fd = t.accept(listener) as number;
      const info = t.getsockopt(fd, 'TCP_INFO');
      return [
        /mss \d+/.exec(reply)?.[0],
        t.getsockopt(fd, 'TCP_MAXSEG'),
        typeof info === 'string' ? info : info.sndMss,
      ];
    },
    ['mss 1200', 1188, 1188],
  ],
  [
    'SO_ERROR, SO_ACCEPTCONN and the address of a child are its own',
    (t) => {
      const fd = accepted(t, t.listener(5), 1);
      return [
        t.getsockopt(fd, 'SO_ERROR'),
        t.getsockopt(fd, 'SO_ACCEPTCONN'),
        t.getsockname(fd),
        t.getpeername(fd),
      ];
    },
    [null, 0, '192.0.2.1:80', 1],
  ],
];

export const ACCEPT: readonly OracleCase[] = [...CALLS, ...DEAD, ...inheritance, ...MAXSEG].map(
  ([name, run, expected]) => ({ cite: '9', name, run, expected }),
);
