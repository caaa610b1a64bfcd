// Client sheet 1.5: connect(AF_UNSPEC), shutdown() and close() around SYN-SENT.

import { moved, type RawTarget, stateOf } from '../case.ts';
import {
  answer,
  CLOSED,
  connecting,
  crossed,
  DROPPED,
  look,
  OWN,
  open,
  PEER,
  portOf,
  type Row,
  rowsOf,
  SYN_ACK,
  sent,
  state,
} from './life.ts';

/** What connect(AF_UNSPEC) does: its result, what is sent, what moves, and the socket afterwards. */
const undone = (t: RawTarget, fd: number): unknown[] => [t.disconnect(fd), sent(t), moved(t), look(t, fd)];

const RESET = { TcpOutSegs: 1, TcpOutRsts: 1 };
const KILLED = { ...RESET, TcpCurrEstab: -1, TcpEstabResets: 1 };
const RST = ['R. 1:1(0) ack 1001 win 64240'];
const AFTER_FIN = ['R. 1:1(0) ack 1002 win 64239'];
const GONE = ['gone', DROPPED, 'rw', 'ECONNRESET', CLOSED];

/** A connection on which the peer's FIN came. */
function closeWait(t: RawTarget): number {
  const fd = open(t);
  t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
  moved(t);
  return fd;
}

/** A connection whose FIN is out, acknowledged or not. */
function finWait(t: RawTarget, acked: boolean): number {
  const fd = open(t);
  t.shutdown(fd, 'SHUT_WR');
  if (acked) t.segment(PEER, '. 1001:1001(0) ack 2 win 65535');
  sent(t);
  moved(t);
  return fd;
}

const AF_UNSPEC: readonly Row[] = [
  [
    'connect(AF_UNSPEC) on a fresh socket: 0, and nothing happens',
    (t) => undone(t, t.socket()),
    [0, [], {}, ['gone', CLOSED, 'rw', null, CLOSED]],
  ],
  [
    'connect(AF_UNSPEC) in SYN-SENT: closed with ECONNRESET, nothing sent, no TcpAttemptFails',
    (t) => undone(t, connecting(t)),
    [0, [], {}, GONE],
  ],
  ['connect(AF_UNSPEC) in ESTAB: a RST, and ECONNRESET', (t) => undone(t, open(t)), [0, RST, KILLED, GONE]],
  [
    'connect(AF_UNSPEC) in CLOSE-WAIT: a RST, and ECONNRESET',
    (t) => undone(t, closeWait(t)),
    [0, AFTER_FIN, KILLED, GONE],
  ],
  [
    'connect(AF_UNSPEC) in FIN-WAIT-1: a RST, and ECONNRESET',
    (t) => undone(t, finWait(t, false)),
    [0, ['R. 2:2(0) ack 1001 win 64240'], RESET, GONE],
  ],
  [
    'connect(AF_UNSPEC) in FIN-WAIT-2: a RST, and ECONNRESET',
    (t) => undone(t, finWait(t, true)),
    [0, ['R. 2:2(0) ack 1001 win 64240'], RESET, GONE],
  ],
  [
    'connect(AF_UNSPEC) in SYN-RECV: a RST, and ECONNRESET',
    (t) => undone(t, crossed(t)),
    [0, ['R. 1:1(0) ack 1001 win 63'], RESET, GONE],
  ],
  [
    'connect(AF_UNSPEC) keeps what was bound',
    (t) => {
      const fd = connecting(t);
      return [t.disconnect(fd), t.getsockname(fd), t.bind(t.socket(), OWN)];
    },
    [0, '192.0.2.1:80', 'EADDRINUSE'],
  ],
  [
    'connect(AF_UNSPEC) frees what was not, though getsockname() goes on telling the port',
    (t) => {
      const fd = t.socket();
      t.connect(fd, PEER);
      const port = portOf(t.getsockname(fd));
      return [
        t.disconnect(fd),
        t.getsockname(fd) === `0.0.0.0:${port}`,
        t.bind(t.socket(), port),
        t.connect(fd, PEER),
        portOf(t.getsockname(fd)) === port,
      ];
    },
    [0, true, 0, 'EINPROGRESS', false],
  ],
  [
    'the next connect() from SYN-SENT has an ISN of 2 more than what was written',
    (t) => {
      const fd = connecting(t);
      const before = t.isn(PEER) as number;
      t.disconnect(fd);
      return [t.connect(fd, PEER), sent(t).length, ((t.isn(PEER) as number) - before) >>> 0];
    },
    ['EINPROGRESS', 1, 3],
  ],
  [
    "the next connect() from ESTAB has an ISN of the peer's largest window and 2 more",
    (t) => {
      const fd = open(t);
      const before = t.isn(PEER) as number;
      t.disconnect(fd);
      sent(t);
      const error = t.getsockopt(fd, 'SO_ERROR');
      return [error, t.connect(fd, PEER), sent(t).length, ((t.isn(PEER) as number) - before) >>> 0];
    },
    ['ECONNRESET', 'EINPROGRESS', 1, 65538],
  ],
  [
    'an ECONNRESET that was not read does not disturb the next connect()',
    (t) => {
      const fd = connecting(t);
      t.disconnect(fd);
      return [t.connect(fd, PEER), t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
    },
    ['EINPROGRESS', '-', null],
  ],
];

const HOWS = ['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'] as const;

const SHUTDOWN: readonly Row[] = [
  ...HOWS.map(
    (how): Row => [
      `shutdown(${how}) in SYN-SENT: 0, closed with ECONNRESET, nothing sent`,
      (t) => {
        const fd = connecting(t);
        return [t.shutdown(fd, how), sent(t), moved(t), look(t, fd)];
      },
      [0, [], {}, GONE],
    ],
  ),
  [
    'after shutdown() in SYN-SENT connect() begins anew',
    (t) => {
      const fd = connecting(t);
      t.shutdown(fd, 'SHUT_RDWR');
      return [t.connect(fd, PEER), sent(t).length, t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
    },
    ['EINPROGRESS', 1, '-', null],
  ],
  [
    "after shutdown() in SYN-SENT the peer's SYN-ACK is reset",
    (t) => {
      const fd = connecting(t);
      t.shutdown(fd, 'SHUT_RDWR');
      return [answer(t, SYN_ACK), moved(t)];
    },
    [['R 1:1(0) win 0'], RESET],
  ],
  ...HOWS.map(
    (how): Row => [
      `shutdown(${how}) on a fresh socket: ENOTCONN`,
      (t) => {
        const fd = t.socket();
        return [t.shutdown(fd, how), sent(t), moved(t), state(t, fd), t.getsockopt(fd, 'SO_ERROR')];
      },
      ['ENOTCONN', [], {}, 'UNCONN', null],
    ],
  ),
];

const LATE = [['R 1:1(0) win 0'], RESET];

/** close() in SYN-SENT: what is sent, what is left, what moves, and what a late SYN-ACK gets. */
function closed(t: RawTarget, linger?: { on: boolean; seconds: number }): unknown[] {
  const fd = connecting(t);
  if (linger !== undefined) t.setsockopt(fd, 'SO_LINGER', linger);
  const from = t.now();
  const result = t.close(fd);
  const quick = t.now() - from < 500e6;
  return [
    result,
    quick,
    sent(t),
    stateOf(t, PEER),
    moved(t),
    [answer(t, SYN_ACK), moved(t)],
    t.bind(t.socket(), OWN),
  ];
}

const CLOSE: readonly Row[] = [
  [
    'close() in SYN-SENT: gone at once, the port is free, a late SYN-ACK gets a bare RST',
    (t) => closed(t),
    [0, true, [], 'gone', {}, LATE, 0],
  ],
  [
    'close() in SYN-SENT with SO_LINGER 5 does not wait',
    (t) => closed(t, { on: true, seconds: 5 }),
    [0, true, [], 'gone', {}, LATE, 0],
  ],
  [
    'close() in SYN-SENT with SO_LINGER 0: the same, and TCPAbortOnData',
    (t) => closed(t, { on: true, seconds: 0 }),
    [0, true, [], 'gone', { TCPAbortOnData: 1 }, LATE, 0],
  ],
];

/** A connection that both ends have closed, the descriptor still open: the peer closed first, so nothing is left of it. */
function finished(t: RawTarget): number {
  const fd = open(t);
  t.connect(fd, PEER);
  t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
  t.shutdown(fd, 'SHUT_WR');
  t.segment(PEER, '. 1002:1002(0) ack 2 win 65535');
  sent(t);
  return fd;
}

const REUSE: readonly Row[] = [
  [
    'connect() after both ends closed: EISCONN, nothing sent',
    (t) => {
      const fd = finished(t);
      return [state(t, fd), t.connect(fd, PEER), sent(t)];
    },
    ['UNCONN', 'EISCONN', []],
  ],
  [
    'only connect(AF_UNSPEC) makes the socket new',
    (t) => {
      const fd = finished(t);
      return [t.disconnect(fd), t.getsockopt(fd, 'SO_ERROR'), t.connect(fd, PEER), sent(t).length];
    },
    [0, null, 'EINPROGRESS', 1],
  ],
];

export const DISCONNECT = rowsOf('client 1.5', [...AF_UNSPEC, ...SHUTDOWN, ...CLOSE, ...REUSE]);
