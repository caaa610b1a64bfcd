// Client sheet 1.5: connect(AF_UNSPEC), shutdown() and close() around SYN-SENT.

import { moved, type OracleCase, type RawTarget } from '../case.ts';
import { connecting, look, open, sent } from './life.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const CLOSED = 'OUT,HUP,WRNORM';

const ROWS: readonly Row[] = [
  [
    'connect(AF_UNSPEC) on a fresh socket: 0, and nothing happens',
    (t) => {
      const fd = t.socket();
      return [t.disconnect(fd), look(t, fd), sent(t), moved(t)];
    },
    [0, ['gone', CLOSED, null, CLOSED], [], {}],
  ],
  [
    'connect(AF_UNSPEC) in SYN-SENT: closed with ECONNRESET, nothing sent, no TcpAttemptFails',
    (t) => {
      const fd = connecting(t);
      return [t.disconnect(fd), look(t, fd), sent(t), moved(t)];
    },
    [0, ['gone', 'OUT,ERR,HUP,WRNORM', 'ECONNRESET', CLOSED], [], {}],
  ],
  [
    'connect(AF_UNSPEC) in ESTAB: a RST, and ECONNRESET',
    (t) => {
      const fd = open(t);
      return [t.disconnect(fd), look(t, fd), sent(t), moved(t)];
    },
    [
      0,
      ['gone', 'OUT,ERR,HUP,WRNORM', 'ECONNRESET', CLOSED],
      ['R. 1:1(0) ack 1001 win 64240'],
      { TcpCurrEstab: -1, TcpEstabResets: 1, TcpOutSegs: 1, TcpOutRsts: 1 },
    ],
  ],
];

export const DISCONNECT: readonly OracleCase[] = ROWS.map(([name, run, expected]) => ({
  cite: 'client 1.5',
  name,
  run,
  expected,
}));
