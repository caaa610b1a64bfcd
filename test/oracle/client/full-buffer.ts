// Client sheet 6: a receive buffer that is full. Buffers are copied together, early data is dropped, and only then is a
// segment refused. Sizes are those of linear skbs, as a TUN device makes them: 2304 bytes for 1000 to 1448 of data.

import { moved, type RawTarget } from '../case.ts';
import { answer, connecting, PEER, type Row, rowsOf } from './life.ts';

/** A connection with SO_RCVBUF set so that two segments of 1000 bytes fill it. */
function small(t: RawTarget): number {
  const fd = connecting(t);
  t.setsockopt(fd, 'SO_RCVBUF', 2304);
  t.segment(PEER, 'S. 1000:1000(0) ack 1 win 65535 <mss 1460>');
  moved(t);
  return fd;
}

type Step = readonly [from: number, length: number] | ((t: RawTarget, fd: number) => unknown);

/** What comes of each step: of a segment by its first byte and length, what was sent and what was counted. */
const after =
  (...steps: readonly Step[]) =>
  (t: RawTarget): unknown => {
    const fd = small(t);
    return steps.map((step) => {
      if (typeof step === 'function') return [step(t, fd), moved(t)];
      const [from, length] = step;
      const end = 1000 + from + length;
      return [answer(t, `. ${1000 + from}:${end}(${length}) ack 1 win 65535`), moved(t)];
    });
  };

const read = (t: RawTarget, fd: number): unknown => t.recv(fd, 10_000);

/** Five segments of 1448 bytes behind a hole and so many bytes more, then one that finds twice the buffer full. */
const early =
  (bytes: number) =>
  (t: RawTarget): unknown => {
    const fd = connecting(t);
    t.setsockopt(fd, 'SO_RCVBUF', 4608);
    t.segment(PEER, 'S. 1000:1000(0) ack 1 win 65535 <mss 1460>');
    if (bytes > 0) t.segment(PEER, `. 1011:${1011 + bytes}(${bytes}) ack 1 win 65535`);
    for (let seq = 1011 + bytes, i = 0; i < 4; i++, seq += 1448)
      t.segment(PEER, `. ${seq}:${seq + 1448}(1448) ack 1 win 65535`);
    const seq = 1011 + bytes + 4 * 1448;
    moved(t);
    return [1448, 100].map((length, i) => {
      const from = seq + 1448 * i;
      return [answer(t, `. ${from}:${from + length}(${length}) ack 1 win 65535`), moved(t)];
    });
  };

const ROWS: readonly Row[] = [
  [
    'what fits behind the last segment takes no more memory',
    after([1, 1000], [1001, 1000], [2001, 100]),
    [
      [['. 1:1(0) ack 2001 win 63240'], { TcpOutSegs: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 3001 win 62240'], { TcpOutSegs: 1, TCPWantZeroWindowAdv: 1 }],
      [[], { TCPHPHits: 1, TCPRcvCoalesce: 1 }],
    ],
  ],
  [
    'in order: what is bloated is copied, the segment refused all the same, the window closed',
    after([1, 1000], [1001, 1000], [2001, 900], [2901, 1000], read, [2901, 1000]),
    [
      [['. 1:1(0) ack 2001 win 63240'], { TcpOutSegs: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 3001 win 62240'], { TcpOutSegs: 1, TCPWantZeroWindowAdv: 1 }],
      [[], { TCPHPHits: 1 }],
      [
        ['. 1:1(0) ack 3901 win 0'],
        { TcpOutSegs: 1, PruneCalled: 1, RcvPruned: 1, TCPRcvCollapsed: 1, TCPRcvQDrop: 1 },
      ],
      [2900, { TcpOutSegs: 1, TCPFromZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 3901 win 1000'], {}],
    ],
  ],
  [
    'early: neighbours are copied into one buffer, and its room takes the segment',
    after([6, 5], [11, 1448], [1459, 1000], [2459, 100]),
    [
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [
        ['. 1:1(0) ack 1001 win 64240'],
        {
          TcpOutSegs: 1,
          PruneCalled: 1,
          TCPRcvCollapsed: 3,
          TCPRcvCoalesce: 1,
          TCPOFOQueue: 1,
          TCPWantZeroWindowAdv: 1,
        },
      ],
    ],
  ],
  [
    'early, with holes: nothing to copy, so the last ones are dropped for an earlier one',
    after([101, 1000], [1201, 1000], [2301, 1000], [51, 20]),
    [
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [
        ['. 1:1(0) ack 1001 win 64240'],
        { TcpOutSegs: 1, PruneCalled: 1, OfoPruned: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 },
      ],
    ],
  ],
  [
    'early, with holes: nothing is dropped for one that would be the last',
    after([101, 1000], [1201, 1000], [2301, 1000], [3401, 1000]),
    [
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [[], { PruneCalled: 1, RcvPruned: 1, TCPOFODrop: 1 }],
    ],
  ],
  [
    'in order: early data is dropped for it',
    after([101, 1000], [1201, 1000], [2301, 1000], [1, 100], read),
    [
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [
        ['. 1:1(0) ack 2101 win 63140'],
        { TcpOutSegs: 1, PruneCalled: 1, OfoPruned: 1, TCPWantZeroWindowAdv: 1 },
      ],
      [1100, {}],
    ],
  ],
  [
    'full segments are worth their memory: none is copied',
    early(0),
    [
      [['. 1:1(0) ack 1001 win 64240'], { TcpOutSegs: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 }],
      [[], { PruneCalled: 1, RcvPruned: 1, TCPOFODrop: 1 }],
    ],
  ],
  [
    'behind a small one they are, into two buffers, as a page is the most for one',
    early(5),
    [
      [
        ['. 1:1(0) ack 1001 win 64240'],
        {
          TcpOutSegs: 1,
          PruneCalled: 1,
          TCPRcvCollapsed: 5,
          TCPRcvCoalesce: 1,
          TCPOFOQueue: 1,
          TCPWantZeroWindowAdv: 1,
        },
      ],
      [
        ['. 1:1(0) ack 1001 win 64240'],
        { TcpOutSegs: 1, TCPRcvCoalesce: 1, TCPOFOQueue: 1, TCPWantZeroWindowAdv: 1 },
      ],
    ],
  ],
];

export const FULL_BUFFER = rowsOf('client 6', ROWS);
