// Client sheet 1.4: what an ICMP message about our segment does, by type and code, before and after the handshake.

import { type Counters, moved, type RawTarget, type ScheduleCase } from '../case.ts';
import {
  connecting,
  crossed,
  FAILED,
  look,
  NOTHING,
  OPEN,
  open,
  PEER,
  type Row,
  ready,
  rowsOf,
  still,
} from './life.ts';

/** Type, code, and the errno; null when the message changes nothing. */
type Message = readonly [type: number, code: number, errno: string | null];

const MESSAGES: readonly Message[] = [
  [3, 0, 'ENETUNREACH'],
  [3, 1, 'EHOSTUNREACH'],
  [3, 2, 'ENOPROTOOPT'],
  [3, 3, 'ECONNREFUSED'],
  [3, 5, 'EOPNOTSUPP'],
  [3, 6, 'ENETUNREACH'],
  [3, 7, 'EHOSTDOWN'],
  [3, 8, 'ENONET'],
  [3, 9, 'ENETUNREACH'],
  [3, 10, 'EHOSTUNREACH'],
  [3, 11, 'ENETUNREACH'],
  [3, 12, 'EHOSTUNREACH'],
  [3, 13, 'EHOSTUNREACH'],
  [3, 14, 'EHOSTUNREACH'],
  [3, 15, 'EHOSTUNREACH'],
  [3, 16, null],
  [3, 255, null],
  [4, 0, null],
  [5, 1, null],
  [11, 0, 'EHOSTUNREACH'],
  [11, 1, null],
  [12, 0, 'EPROTO'],
  [12, 1, 'EPROTO'],
];

/** What ICMP itself counts. */
function arrival(type: number, code: number): Counters {
  const names: { readonly [type: number]: string } = {
    3: 'IcmpInDestUnreachs',
    11: 'IcmpInTimeExcds',
    12: 'IcmpInParmProbs',
  };
  const name = names[type];
  if (type === 3 && code > 15) return { IcmpInMsgs: 1, IcmpInDestUnreachs: 1 };
  return name === undefined ? { IcmpInMsgs: 1 } : { IcmpInMsgs: 1, [name]: 1 };
}

const KILLED = { TcpAttemptFails: 1 };

const FATAL = MESSAGES.flatMap(([type, code, errno]): Row[] =>
  (
    [
      ['SYN-SENT', connecting],
      ['SYN-RECV', crossed],
    ] as const
  ).map(
    ([where, make]): Row => [
      `${type}/${code} in ${where}: ${errno ?? 'nothing'}`,
      (t) => {
        const fd = make(t);
        return [t.icmp(PEER, { type, code }), moved(t), look(t, fd), t.recvError(fd)];
      },
      errno === null
        ? [[], arrival(type, code), [where, NOTHING, NOTHING, null, NOTHING], 'EAGAIN']
        : [
            [],
            { ...arrival(type, code), ...KILLED },
            ['gone', FAILED, 'rw', errno, FAILED],
            `${errno} icmp ${type}/${code} info 0 to ${PEER}`,
          ],
    ],
  ),
);

const HOST_UNREACHABLE = { type: 3, code: 1 };
const UNREACHABLE = arrival(3, 1);

const QUOTES = (
  [
    [-1, false],
    [0, true],
    [1, true],
    [2, false],
  ] as const
).map(
  ([seq, good]): Row => [
    `a quoted sequence number of ISN${seq === 0 ? '' : seq > 0 ? `+${seq}` : seq} is ${good ? 'ours' : 'not: OutOfWindowIcmps'}`,
    (t) => {
      const fd = connecting(t);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq });
      return [ready(t, fd)[0], moved(t)];
    },
    good ? ['gone', { ...UNREACHABLE, ...KILLED }] : ['SYN-SENT', { ...UNREACHABLE, OutOfWindowIcmps: 1 }],
  ],
);

const SENDERS: readonly Row[] = [
  [
    'whoever sends it is believed',
    (t) => {
      const fd = connecting(t);
      t.icmp(PEER, { ...HOST_UNREACHABLE, from: '192.0.254.254' });
      return [look(t, fd), moved(t)];
    },
    [['gone', FAILED, 'rw', 'EHOSTUNREACH', FAILED], { ...UNREACHABLE, ...KILLED }],
  ],
  [
    'what 3/4 says of the path holds for the next connection to the same host',
    (t) => {
      connecting(t);
      t.icmp(PEER, { type: 3, code: 4, mtu: 1200 });
      t.connect(t.socket(), PEER + 1);
      return still(t.output().map(({ text }) => text));
    },
    ['S 0:0(0) win 64960 <mss 1160,sackOK,TS val * ecr 0,nop,wscale 10>'],
  ],
  [
    'after 3/4 without an MTU a connection sends without DF, but not what answers for a request',
    (t) => {
      const fd = open(t);
      t.icmp(PEER, { type: 3, code: 4, seq: 1 });
      t.send(fd, 5);
      t.listener(1, 81);
      const own = still(t.output().map(({ text }) => text));
      const synAck = still(t.segment(PEER + 1, 'S 1001:1001(0) win 65535 <mss 1460>', 81));
      return [
        own,
        synAck,
        t.segment(PEER + 1, 'SF 1000:1005(5) win 0', 81),
        t.segment(1, '. 1:1(0) ack 1 win 9'),
      ];
    },
    [
      ['P. 1:6(5) ack 1001 win 64240 [no DF]'],
      ['S. 0:0(0) ack 1002 win 65535 <mss 512>'],
      ['R. 0:0(0) ack 1007 win 0'],
      ['R 1:1(0) win 0'],
    ],
  ],
  [
    'about a connection that is not there: IcmpInErrors',
    (t) => {
      connecting(t);
      t.icmp(PEER + 1, HOST_UNREACHABLE);
      return moved(t);
    },
    { ...UNREACHABLE, IcmpInErrors: 1 },
  ],
];

/** ESTAB: a soft error, seen once in SO_ERROR, without a poll bit. */
const SOFT = MESSAGES.map(
  ([type, code, errno]): Row => [
    `${type}/${code} in ESTAB: ${errno === null ? 'nothing' : `${errno} in SO_ERROR once, and the connection lives`}`,
    (t) => {
      const fd = open(t);
      const packets = t.icmp(PEER, { type, code, seq: 1 });
      return [packets, moved(t), look(t, fd), t.getsockopt(fd, 'SO_ERROR'), t.recvError(fd), t.send(fd, 1)];
    },
    [[], arrival(type, code), ['ESTAB', OPEN, 'w', errno, OPEN], null, 'EAGAIN', 1],
  ],
);

/** Other states past the handshake. */
const STATES: readonly (readonly [string, (t: RawTarget) => number])[] = [
  [
    'CLOSE-WAIT',
    (t) => {
      const fd = open(t);
      t.segment(PEER, 'F. 1001:1001(0) ack 1 win 65535');
      return fd;
    },
  ],
  [
    'FIN-WAIT-1',
    (t) => {
      const fd = open(t);
      t.shutdown(fd, 'SHUT_WR');
      t.output();
      return fd;
    },
  ],
];

const LATER = STATES.map(
  ([where, make]): Row => [
    `3/1 in ${where}: a soft error too`,
    (t) => {
      const fd = make(t);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 1 });
      return [ready(t, fd)[0], t.getsockopt(fd, 'SO_ERROR'), t.getsockopt(fd, 'SO_ERROR')];
    },
    [where, 'EHOSTUNREACH', null],
  ],
);

const ASKED: readonly Row[] = [
  [
    'with IP_RECVERR in ESTAB: a pending error and POLLERR, and the connection lives',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'IP_RECVERR', 1);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 1 });
      return [look(t, fd), t.recvError(fd), t.send(fd, 1)];
    },
    [['ESTAB', 'OUT,ERR,WRNORM', 'rw', 'EHOSTUNREACH', OPEN], 'EAGAIN', 1],
  ],
  [
    'with IP_RECVERR in ESTAB: recv() gives it once',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'IP_RECVERR', 1);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 1 });
      return [t.recv(fd, 1), t.recv(fd, 1)];
    },
    ['EHOSTUNREACH', 'EAGAIN'],
  ],
  [
    'with IP_RECVERR in ESTAB: send() gives it once',
    (t) => {
      const fd = open(t);
      t.setsockopt(fd, 'IP_RECVERR', 1);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 1 });
      return [t.send(fd, 1), t.send(fd, 1)];
    },
    ['EHOSTUNREACH', 1],
  ],
  [
    'an acknowledgement of data takes a soft error away',
    (t) => {
      const fd = open(t);
      t.send(fd, 5);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 1 });
      t.segment(PEER, '. 1001:1001(0) ack 6 win 65535');
      return t.getsockopt(fd, 'SO_ERROR');
    },
    null,
  ],
  [
    'a quoted sequence number beyond what was sent: OutOfWindowIcmps',
    (t) => {
      const fd = open(t);
      t.icmp(PEER, { ...HOST_UNREACHABLE, seq: 2 });
      return [t.getsockopt(fd, 'SO_ERROR'), moved(t)];
    },
    [null, { ...UNREACHABLE, OutOfWindowIcmps: 1 }],
  ],
];

export const ICMP = rowsOf('client 1.4', [...FATAL, ...QUOTES, ...SENDERS, ...SOFT, ...LATER, ...ASKED]);

const texts = (sent: readonly { text: string }[]): string[] => still(sent.map(({ text }) => text));

/** How often the retransmission timeout was doubled. */
function backoff(t: RawTarget, fd: number): number {
  const info = t.getsockopt(fd, 'TCP_INFO');
  return typeof info === 'string' ? -1 : info.backoff;
}

/** SYNs after 3/4 with a next-hop MTU. */
const smaller = (mtu: number, mss: number): ScheduleCase => ({
  cite: 'client 1.4',
  name: `3/4 with an MTU of ${mtu} in SYN-SENT: no error, nothing at once, the next SYN offers an MSS of ${mss}`,
  *schedule(t) {
    const fd = connecting(t);
    const packets = t.icmp(PEER, { type: 3, code: 4, mtu });
    const now = [packets, moved(t), t.poll(fd), t.getsockopt(fd, 'SO_ERROR')];
    const sent = yield 1300;
    return [now, texts(sent)];
  },
  expected: [
    [[], arrival(3, 4), NOTHING, null],
    [`S 0:0(0) win 64240 <mss ${mss},sackOK,TS val * ecr 0,nop,wscale 10>`],
  ],
});

export const ICMP_SCHEDULES: readonly ScheduleCase[] = [
  smaller(1200, 1160),
  {
    cite: 'client 1.4',
    name: 'a soft error is the errno when the retransmissions give up, and SO_ERROR then tells it twice',
    *schedule(t) {
      t.sysctl('net.ipv4.tcp_retries2', 1);
      const fd = open(t);
      t.send(fd, 5);
      t.icmp(PEER, { type: 3, code: 1, seq: 1 });
      yield 5000;
      return [t.poll(fd), [1, 2, 3].map(() => t.getsockopt(fd, 'SO_ERROR'))];
    },
    expected: [FAILED, ['EHOSTUNREACH', 'EHOSTUNREACH', null]],
  },
  {
    cite: 'client 1.4',
    name: 'without one it is ETIMEDOUT',
    *schedule(t) {
      t.sysctl('net.ipv4.tcp_retries2', 1);
      const fd = open(t);
      t.send(fd, 5);
      yield 5000;
      return [t.poll(fd), [1, 2].map(() => t.getsockopt(fd, 'SO_ERROR'))];
    },
    expected: [FAILED, ['ETIMEDOUT', null]],
  },
  ...(
    [
      [0, true],
      [1, true],
      [2, false],
    ] as const
  ).map(
    ([code, undone]): ScheduleCase => ({
      cite: 'client 1.4',
      name: `3/${code} about data that was sent again ${undone ? 'takes a doubling of the timeout back' : 'leaves the timeout as it is'}`,
      *schedule(t) {
        const fd = open(t);
        t.send(fd, 5);
        yield 850;
        const before = backoff(t, fd);
        t.icmp(PEER, { type: 3, code, seq: 1 });
        return [before, backoff(t, fd)];
      },
      expected: undone ? [2, 1] : [2, 2],
    }),
  ),
  {
    cite: 'client 1.4',
    name: '3/1 about data behind the first that is missing changes no timeout',
    *schedule(t) {
      const fd = open(t);
      t.send(fd, 5);
      t.send(fd, 5);
      t.segment(PEER, '. 1001:1001(0) ack 6 win 65535');
      yield 850;
      const before = backoff(t, fd);
      t.icmp(PEER, { type: 3, code: 1, seq: 8 });
      return [before, backoff(t, fd)];
    },
    expected: [2, 2],
  },
];
