// Client sheet 1.2: a non-blocking connection attempt from the fresh socket to its end, as poll(), select(), SO_ERROR and
// further calls show it.

import { acceptAll, moved, type RawTarget, type ScheduleCase, stateOf } from '../case.ts';
import {
  bound,
  CLOSED,
  connecting,
  crossed,
  FAILED,
  look,
  NOTHING,
  OPEN,
  OVER,
  OWN,
  open,
  PEER,
  portOf,
  type Row,
  RST,
  RST_ACK,
  ready,
  refused,
  rowsOf,
  SYN_ACK,
  sent,
  start,
  state,
} from './life.ts';

/** A host that is not the peer, on the same network. */
const ELSEWHERE = '192.0.200.1';

/** What other calls say of a socket: send, recv, getpeername, listen, bind. */
const others = (t: RawTarget, fd: number): unknown[] => [
  t.send(fd, 1),
  t.recv(fd, 1),
  t.getpeername(fd),
  t.listen(fd, 1),
  t.bind(fd, 0),
];

const STAGES: readonly Row[] = [
  [
    'a fresh socket: writable, hung up, without an error',
    (t) => {
      const fd = t.socket();
      return [look(t, fd), t.send(fd, 1), t.recv(fd, 1), t.getpeername(fd)];
    },
    [['gone', CLOSED, 'rw', null, CLOSED], 'EPIPE', 'ENOTCONN', 'ENOTCONN'],
  ],
  [
    'SYN-SENT: neither readable nor writable',
    (t) => {
      const fd = connecting(t);
      return [look(t, fd), others(t, fd), t.getsockname(fd)];
    },
    [
      ['SYN-SENT', NOTHING, NOTHING, null, NOTHING],
      ['EAGAIN', 'EAGAIN', 'ENOTCONN', 'EINVAL', 'EINVAL'],
      '192.0.2.1:80',
    ],
  ],
  [
    'connect() again in SYN-SENT: EALREADY, to whatever address, and nothing is sent',
    (t) => {
      const fd = connecting(t);
      return [
        t.connect(fd, PEER),
        t.connect(fd, PEER + 1),
        t.connect(fd, PEER, ELSEWHERE),
        sent(t),
        moved(t),
      ];
    },
    ['EALREADY', 'EALREADY', 'EALREADY', [], {}],
  ],
  [
    'SYN-RECV of a simultaneous open: the same, but the peer is known',
    (t) => {
      const fd = crossed(t);
      return [look(t, fd), t.connect(fd, PEER), others(t, fd), sent(t)];
    },
    [
      ['SYN-RECV', NOTHING, NOTHING, null, NOTHING],
      'EALREADY',
      ['EAGAIN', 'EAGAIN', PEER, 'EINVAL', 'EINVAL'],
      [],
    ],
  ],
  [
    'ESTAB: writable; connect() gives 0 once, then EISCONN',
    (t) => {
      const fd = open(t);
      return [look(t, fd), [1, 2, 3].map(() => t.connect(fd, PEER)), t.recv(fd, 1), t.getpeername(fd)];
    },
    [['ESTAB', OPEN, 'w', null, OPEN], [0, 'EISCONN', 'EISCONN'], 'EAGAIN', PEER],
  ],
  [
    'ESTAB: the connect() that gives 0 does not look at the address',
    (t) => t.connect(open(t), PEER, ELSEWHERE),
    0,
  ],
  [
    'ESTAB: data can be sent before connect() has told of it',
    (t) => {
      const fd = open(t);
      return [t.send(fd, 5), sent(t), t.connect(fd, PEER)];
    },
    [5, ['P. 1:6(5) ack 1001 win 64240'], 0],
  ],
  [
    'ESTAB: listen() and bind() give EINVAL',
    (t) => {
      const fd = open(t);
      return [t.listen(fd, 1), t.bind(fd, 0)];
    },
    ['EINVAL', 'EINVAL'],
  ],
];

/** How an attempt can fail, with the errno it leaves and whether an ICMP message waits on the error queue. */
interface Ending {
  readonly name: string;
  readonly errno: string;
  readonly queued: boolean;
  readonly fail: (t: RawTarget) => number;
}

const ENDINGS: readonly Ending[] = [
  { name: 'RST', errno: 'ECONNREFUSED', queued: false, fail: refused },
  {
    name: 'RST in SYN-RECV',
    errno: 'ECONNRESET',
    queued: false,
    fail: (t) => {
      const fd = crossed(t);
      t.segment(PEER, RST);
      return fd;
    },
  },
  {
    name: 'ICMP 3/1',
    errno: 'EHOSTUNREACH',
    queued: true,
    fail: (t) => {
      const fd = connecting(t);
      t.icmp(PEER, { type: 3, code: 1 });
      return fd;
    },
  },
  {
    name: 'ICMP 3/3 in SYN-RECV',
    errno: 'ECONNREFUSED',
    queued: true,
    fail: (t) => {
      const fd = crossed(t);
      t.icmp(PEER, { type: 3, code: 3 });
      return fd;
    },
  },
];

/** Bits that stay when the error was read. */
const after = (queued: boolean): string => (queued ? FAILED : OVER);

const FAILURES = ENDINGS.flatMap(({ name, errno, queued, fail }): Row[] => [
  [
    `failed by ${name}: readable and writable, never exceptional; SO_ERROR gives ${errno}, then nothing`,
    (t) => {
      const fd = fail(t);
      return [look(t, fd), t.getsockopt(fd, 'SO_ERROR'), t.select(fd)];
    },
    [['gone', FAILED, 'rw', errno, after(queued)], null, 'rw'],
  ],
  [
    `failed by ${name}: connect() gives ${errno}, and the next one starts anew`,
    (t) => {
      const fd = fail(t);
      sent(t);
      const result = t.connect(fd, PEER);
      const between = [t.poll(fd), t.select(fd), t.getsockopt(fd, 'SO_ERROR')];
      return [result, between, t.connect(fd, PEER), sent(t).length, stateOf(t, PEER)];
    },
    [errno, [queued ? 'OUT,ERR,HUP,WRNORM' : CLOSED, 'rw', null], 'EINPROGRESS', 1, 'SYN-SENT'],
  ],
  [
    `failed by ${name}, SO_ERROR read: connect() gives ECONNABORTED once`,
    (t) => {
      const fd = fail(t);
      sent(t);
      const error = t.getsockopt(fd, 'SO_ERROR');
      const result = t.connect(fd, PEER);
      return [error, result, t.getsockopt(fd, 'SO_ERROR'), t.connect(fd, PEER), sent(t).length];
    },
    [errno, 'ECONNABORTED', null, 'EINPROGRESS', 1],
  ],
  [
    `failed by ${name}: the first send() gives ${errno}, later ones EPIPE`,
    (t) => {
      const fd = fail(t);
      return [t.send(fd, 1), t.send(fd, 1), t.recv(fd, 1), t.recv(fd, 1), t.getsockopt(fd, 'SO_ERROR')];
    },
    [errno, 'EPIPE', 0, 0, null],
  ],
  [
    `failed by ${name}: the first recv() gives ${errno}, later ones 0`,
    (t) => {
      const fd = fail(t);
      return [t.recv(fd, 1), t.recv(fd, 1), t.send(fd, 1), t.getpeername(fd), t.getsockopt(fd, 'SO_ERROR')];
    },
    [errno, 0, 'EPIPE', 'ENOTCONN', null],
  ],
  [
    `failed by ${name}: shutdown() gives ENOTCONN, and bind() EINVAL, since it is bound`,
    (t) => {
      const fd = fail(t);
      return [t.shutdown(fd, 'SHUT_RDWR'), t.bind(fd, 0), t.getsockname(fd), t.poll(fd)];
    },
    ['ENOTCONN', 'EINVAL', '192.0.2.1:80', FAILED],
  ],
]);

/** A failed attempt from a port that the kernel chose. */
function unbound(t: RawTarget): { fd: number; own: number; isn: number } {
  const fd = t.socket();
  start(t, fd);
  const own = portOf(t.getsockname(fd));
  t.segment(PEER, RST_ACK, own);
  return { fd, own, isn: t.isn(PEER) as number };
}

const NAMES: readonly Row[] = [
  [
    'a failed attempt keeps its address until the next connect(), but its port is free',
    (t) => {
      const { fd, own } = unbound(t);
      const before = t.getsockname(fd) === `192.0.2.1:${own}`;
      const other = t.bind(t.socket(), own);
      const told = t.connect(fd, PEER);
      return [before, other, told, t.getsockname(fd) === `0.0.0.0:${own}`];
    },
    [true, 0, 'ECONNREFUSED', true],
  ],
  [
    'the attempt after a failed one has a new port and a new ISN',
    (t) => {
      const { fd, own, isn } = unbound(t);
      t.connect(fd, PEER);
      const again = t.connect(fd, PEER);
      sent(t);
      return [again, portOf(t.getsockname(fd)) === own, (t.isn(PEER) as number) === isn];
    },
    ['EINPROGRESS', false, false],
  ],
  [
    'from a bound port the ISN after a failure is that of the first SYN and 3 more',
    (t) => {
      const fd = refused(t);
      const isn = t.isn(PEER) as number;
      t.connect(fd, PEER);
      t.connect(fd, PEER);
      sent(t);
      return ((t.isn(PEER) as number) - isn) >>> 0;
    },
    3,
  ],
];

/** An attempt that ICMP 3/1 ended, with one message on the error queue. */
const unreachable = (t: RawTarget): number => (ENDINGS[2] as Ending).fail(t);
const MESSAGE = `EHOSTUNREACH icmp 3/1 info 0 to ${PEER}`;

const ERROR_QUEUE: readonly Row[] = [
  [
    'the ICMP message waits on the error queue without IP_RECVERR: POLLERR until it is taken',
    (t) => {
      const fd = unreachable(t);
      const error = t.getsockopt(fd, 'SO_ERROR');
      return [error, t.poll(fd), t.recvError(fd), t.poll(fd), t.recvError(fd)];
    },
    ['EHOSTUNREACH', FAILED, MESSAGE, OVER, 'EAGAIN'],
  ],
  [
    'taking the message consumes the pending error as well: SO_ERROR is 0, connect() gives ECONNABORTED',
    (t) => {
      const fd = unreachable(t);
      return [t.recvError(fd), t.poll(fd), t.getsockopt(fd, 'SO_ERROR'), t.connect(fd, PEER)];
    },
    [MESSAGE, OVER, null, 'ECONNABORTED'],
  ],
  [
    'POLLERR outlives the failed attempt: it is there in the next SYN-SENT and in ESTAB',
    (t) => {
      const fd = unreachable(t);
      t.connect(fd, PEER);
      t.connect(fd, PEER);
      sent(t);
      const connectingMask = [stateOf(t, PEER), t.poll(fd), t.select(fd), t.getsockopt(fd, 'SO_ERROR')];
      t.segment(PEER, SYN_ACK);
      return [connectingMask, ready(t, fd), t.recvError(fd), t.poll(fd)];
    },
    [['SYN-SENT', 'ERR', 'rw', null], ['ESTAB', 'OUT,ERR,WRNORM', 'rw'], MESSAGE, OPEN],
  ],
  [
    'two attempts leave two messages',
    (t) => {
      const fd = unreachable(t);
      t.connect(fd, PEER);
      t.connect(fd, PEER);
      sent(t);
      t.icmp(PEER, { type: 3, code: 3 });
      const taken = [t.recvError(fd), t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
      return [taken, t.recvError(fd), t.poll(fd), t.recvError(fd)];
    },
    [[MESSAGE, FAILED, 'ECONNREFUSED'], `ECONNREFUSED icmp 3/3 info 0 to ${PEER}`, OVER, 'EAGAIN'],
  ],
  ['a RST leaves nothing on the error queue', (t) => t.recvError(refused(t)), 'EAGAIN'],
  ['a fresh socket has an empty error queue', (t) => t.recvError(t.socket()), 'EAGAIN'],
];

const HOST = '192.0.2.1';

/** A socket that connects to a port of its own host. */
function loop(t: RawTarget, port: number): { fd: number; result: unknown } {
  const fd = bound(t);
  moved(t);
  return { fd, result: t.connect(fd, port, HOST) };
}

/** Listens on a port of the host. */
function listening(t: RawTarget, backlog: number): number {
  const fd = t.socket();
  t.bind(fd, PEER, HOST);
  t.listen(fd, backlog);
  return fd;
}

const LOOPBACK: readonly Row[] = [
  [
    'to the own host: EINPROGRESS, although the connection is open when connect() returns',
    (t) => {
      const listener = listening(t, 1);
      const { fd, result } = loop(t, PEER);
      return [result, state(t, fd), t.poll(fd), moved(t), acceptAll(t, listener), t.connect(fd, PEER, HOST)];
    },
    [
      'EINPROGRESS',
      'ESTAB',
      OPEN,
      {
        TcpActiveOpens: 1,
        TcpPassiveOpens: 1,
        TcpCurrEstab: 2,
        TcpOutSegs: 3,
        TCPDelivered: 1,
        TCPPureAcks: 1,
      },
      [OWN],
      0,
    ],
  ],
  [
    'to a closed port of the own host: EINPROGRESS, although it is refused when connect() returns',
    (t) => {
      const { fd, result } = loop(t, PEER);
      return [result, state(t, fd), t.poll(fd), moved(t), t.connect(fd, PEER, HOST)];
    },
    [
      'EINPROGRESS',
      'UNCONN',
      FAILED,
      { TcpActiveOpens: 1, TcpAttemptFails: 1, TcpOutSegs: 2, TcpOutRsts: 1 },
      'ECONNREFUSED',
    ],
  ],
  [
    'to a full accept queue of the own host: the SYN is dropped in silence, SYN-SENT',
    (t) => {
      listening(t, 0);
      const first = t.socket();
      t.connect(first, PEER, HOST);
      const { fd, result } = loop(t, PEER);
      return [result, state(t, fd), t.poll(fd), moved(t)];
    },
    [
      'EINPROGRESS',
      'SYN-SENT',
      NOTHING,
      { TcpActiveOpens: 1, TcpOutSegs: 1, ListenOverflows: 1, ListenDrops: 1 },
    ],
  ],
];

export const LIFE_CYCLE = rowsOf('client 1.2', [
  ...STAGES,
  ...FAILURES,
  ...NAMES,
  ...ERROR_QUEUE,
  ...LOOPBACK,
]);

/** An attempt that nobody answers ends after TCP_USER_TIMEOUT of 300 ms, at the first expiry of its timer. */
function* unanswered(t: RawTarget): Generator<number, number> {
  const fd = bound(t);
  t.setsockopt(fd, 'TCP_USER_TIMEOUT', 300);
  start(t, fd);
  yield 1300;
  return fd;
}

export const LIFE_CYCLE_SCHEDULES: readonly ScheduleCase[] = [
  {
    cite: 'client 1.2',
    name: 'timed out: as any failure, with ETIMEDOUT',
    *schedule(t) {
      const fd = yield* unanswered(t);
      return [look(t, fd), t.connect(fd, PEER), t.poll(fd), t.recvError(fd), moved(t)];
    },
    expected: [
      ['gone', FAILED, 'rw', 'ETIMEDOUT', OVER],
      'ECONNABORTED',
      CLOSED,
      'EAGAIN',
      {
        TcpAttemptFails: 1,
        TcpRetransSegs: 1,
        TCPTimeouts: 2,
        TCPAbortOnTimeout: 1,
        TCPSynRetrans: 1,
        TcpTimeoutRehash: 1,
      },
    ],
  },
  {
    cite: 'client 1.2',
    name: 'timed out: the first recv() gives ETIMEDOUT, later ones 0',
    *schedule(t) {
      const fd = yield* unanswered(t);
      return [t.recv(fd, 1), t.recv(fd, 1), t.send(fd, 1)];
    },
    expected: ['ETIMEDOUT', 0, 'EPIPE'],
  },
  {
    cite: 'client 1.2',
    name: 'timed out: connect() gives ETIMEDOUT, and the next one starts anew',
    *schedule(t) {
      const fd = yield* unanswered(t);
      sent(t);
      return [t.connect(fd, PEER), t.connect(fd, PEER), sent(t).length];
    },
    expected: ['ETIMEDOUT', 'EINPROGRESS', 1],
  },
];
