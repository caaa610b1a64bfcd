// Section 8.5: what becomes of requests and queued connections when their listener closes or is shut down.

import {
  ack,
  data,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  stateOf,
  states,
  syn,
} from '../case.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

/** Port 1 half-open, port 2 queued, port 3 queued with unread data. */
function threeKinds(t: RawTarget): number {
  const listener = t.listener(16);
  for (const port of [1, 2, 3]) syn(t, port);
  ack(t, 2);
  data(t, 3);
  t.output();
  moved(t);
  return listener;
}

const RESETS = ['2 R. 1:1(0) ack 1001 win 64240', '3 R. 1:1(0) ack 1006 win 64235'];
const COUNTERS = { TcpOutSegs: 2, TcpOutRsts: 2, TcpEstabResets: 2, TcpCurrEstab: -2 };
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const sent = (t: RawTarget): string[] => t.output().map(({ port, text }) => `${port} ${text}`);

const closings: readonly Row[] = (
  [
    ['close()', (t, fd) => t.close(fd)],
    ['shutdown(SHUT_RD)', (t, fd) => t.shutdown(fd, 'SHUT_RD')],
    ['shutdown(SHUT_RDWR)', (t, fd) => t.shutdown(fd, 'SHUT_RDWR')],
  ] as readonly (readonly [string, (t: RawTarget, fd: number) => unknown])[]
).flatMap(([what, end]) => [
  [
    `${what} resets every queued connection and sends nothing for a request, which stays`,
    (t: RawTarget) => {
      const listener = threeKinds(t);
      return [end(t, listener), sent(t), moved(t), t.sockets()];
    },
    [0, RESETS, COUNTERS, ['1 SYN-RECV 0 0']],
  ],
  [
    `after ${what} the third ACK of a request is answered with RST`,
    (t: RawTarget) => {
      end(t, threeKinds(t));
      t.output();
      moved(t);
      return [ack(t, 1), moved(t), states(t)];
    },
    [['R 1:1(0) win 0'], RST, []],
  ],
  [
    `after ${what} the SYN of a request again is answered with RST`,
    (t: RawTarget) => {
      end(t, threeKinds(t));
      t.output();
      moved(t);
      return [syn(t, 1), moved(t), states(t)];
    },
    [['R. 0:0(0) ack 1001 win 0'], RST, []],
  ],
]);

const OTHERS: readonly Row[] = [
  [
    'shutdown(SHUT_WR) has no effect',
    (t) => {
      const listener = threeKinds(t);
      const result = [t.shutdown(listener, 'SHUT_WR'), sent(t), moved(t), t.queue()];
      return [...result, t.getpeername(t.accept(listener) as number), ack(t, 1), stateOf(t, 1)];
    },
    [0, [], {}, '2,16', 2, [], 'ESTAB'],
  ],
  [
    'after shutdown(SHUT_RD): accept EINVAL, poll says OUT and HUP, the port stays bound, listen works again',
    (t) => {
      const listener = t.listener(5);
      t.shutdown(listener, 'SHUT_RD');
      const ended = [t.accept(listener), t.poll(listener), t.queue(), t.getsockname(listener)];
      const other = t.socket();
      const taken = t.bind(other, 80);
      const again = t.listen(listener, 7);
      syn(t, 1);
      ack(t, 1);
      return [...ended, taken, again, t.queue(), typeof t.accept(listener)];
    },
    ['EINVAL', 'OUT,HUP,WRNORM', 'none', '192.0.2.1:80', 'EADDRINUSE', 0, '1,7', 'number'],
  ],
  [
    'on a listener: connect EISCONN, recv ENOTCONN, send EPIPE, getpeername ENOTCONN',
    (t) => {
      const fd = t.listener(5);
      return [t.connect(fd, 9), t.recv(fd, 1), t.send(fd, 1), t.getpeername(fd)];
    },
    ['EISCONN', 'ENOTCONN', 'EPIPE', 'ENOTCONN'],
  ],
  [
    'shutdown of a socket that is nothing yet: ENOTCONN',
    (t) => t.shutdown(t.socket(), 'SHUT_RDWR'),
    'ENOTCONN',
  ],
  [
    'poll of a listener: IN and RDNORM when a connection waits, else nothing',
    (t) => {
      const fd = t.listener(5);
      const empty = t.poll(fd);
      syn(t, 1);
      const half = t.poll(fd);
      ack(t, 1);
      return [empty, half, t.poll(fd)];
    },
    ['-', '-', 'IN,RDNORM'],
  ],
];

export const LISTENER_CLOSE: readonly OracleCase[] = [...closings, ...OTHERS].map(
  ([name, run, expected]) => ({
    cite: '8.5',
    name,
    run,
    expected,
  }),
);

export const LISTENER_CLOSE_SCHEDULES: readonly ScheduleCase[] = [
  {
    cite: '8.5',
    name: 'a request of a closed listener goes at its next timer tick, in silence and uncounted',
    *schedule(t) {
      const listener = t.listener(16);
      syn(t, 1);
      t.close(listener);
      moved(t);
      yield 900;
      const before = stateOf(t, 1);
      const late = yield 1300;
      return [before, stateOf(t, 1), late.length, moved(t)];
    },
    expected: ['SYN-RECV', 'gone', 0, {}],
  },
];
