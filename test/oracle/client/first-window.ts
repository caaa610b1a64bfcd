// Client sheet 6: how much leaves at first, and the buffers of a connection.

import { moved, type OracleCase, type RawTarget } from '../case.ts';
import { openWith, PEER, SACKED, sent, TIMED } from './life.ts';

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const answered =
  (synAck: string) =>
  (t: RawTarget): unknown => {
    const fd = openWith(t, { synAck });
    t.send(fd, 30_000);
    const lines = sent(t);
    return [lines.length, [...new Set(lines.map((line) => Number(/\((\d+)\)/.exec(line)?.[1])))], moved(t)];
  };

const first = (n: number): object => ({ TcpOutSegs: n, TCPOrigDataSent: n });

const WINDOWS: readonly Row[] = [
  ['the first window is ten segments: 1460 bytes each', answered(SACKED.synAck), [10, [1460], first(10)]],
  ['with timestamps 1448 each', answered(TIMED.synAck), [10, [1448], first(10)]],
  [
    'with an MSS of 536 and timestamps 524 each',
    answered(TIMED.synAck.replace('1460', '536')),
    [10, [524], first(10)],
  ],
  ['a peer without an MSS option: 536', answered('S. 1000:1000(0) ack 1 win 65535'), [10, [536], first(10)]],
  ['a window of 3000 bytes: two', answered(SACKED.synAck.replace('65535', '3000')), [2, [1460], first(2)]],
];

export const FIRST_WINDOW: readonly OracleCase[] = WINDOWS.map(([name, run, expected]) => ({
  cite: 'client 6',
  name,
  run,
  expected,
}));

/** SO_RCVBUF and SO_SNDBUF. */
const buffers = (t: RawTarget, fd: number): unknown[] => [
  t.getsockopt(fd, 'SO_RCVBUF'),
  t.getsockopt(fd, 'SO_SNDBUF'),
];

const BUFFERED: readonly Row[] = [
  ['a fresh socket: SO_RCVBUF 131072, SO_SNDBUF 16384', (t) => buffers(t, t.socket()), [131_072, 16_384]],
  [
    'after the handshake SO_SNDBUF has grown to 46080',
    (t) => buffers(t, openWith(t, SACKED)),
    [131_072, 46_080],
  ],
  ['with timestamps too', (t) => buffers(t, openWith(t, TIMED)), [131_072, 46_080]],
  [
    'SO_SNDBUF that was set does not grow',
    (t) => {
      const fd = t.socket();
      t.setsockopt(fd, 'SO_SNDBUF', 20_000);
      t.setsockopt(fd, 'SO_RCVBUF', 20_000);
      const before = buffers(t, fd);
      t.bind(fd, 80);
      t.connect(fd, PEER);
      t.segment(PEER, SACKED.synAck);
      return [before, buffers(t, fd)];
    },
    [
      [40_000, 40_000],
      [40_000, 40_000],
    ],
  ],
];

export const BUFFERS: readonly OracleCase[] = BUFFERED.map(([name, run, expected]) => ({
  cite: 'client 6',
  name,
  run,
  expected,
}));
