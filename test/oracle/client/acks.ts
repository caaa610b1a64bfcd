// Client sheet 6: when what arrives is acknowledged: quick ACKs, the timer, every second segment, after recv().

import {
  type Counters,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  type Sent,
} from '../case.ts';
import { openWith, PEER, SACKED, sent } from './life.ts';

/** `i`th piece of `size` bytes from the peer. */
const piece = (i: number, size: number, flags = 'P.', ack = 1): string =>
  `${flags} ${1001 + size * i}:${1001 + size * (i + 1)}(${size}) ack ${ack} win 512`;

/** ACK that answers a piece, `*` for the window. */
const acks = (lines: readonly string[]): string[] =>
  lines.map((line) => /^\. \d+:\d+\(0\) ack (\d+)/.exec(line)?.[1] ?? line);

/** How long after the piece its ACK came, ms, by class: at once, by the timer of 40 ms, or what it was. */
function delayOf(ms: number): string | number {
  if (ms < 10) return 'at once';
  return ms >= 38 && ms <= 70 ? '40 ms' : Math.round(ms);
}

/** `n` small pieces, one each `gapMs`, unread or read: when each is acknowledged. */
function* trickle(t: RawTarget, n: number, gapMs: number, read: boolean): Generator<number, unknown, Sent[]> {
  const startNs = t.now();
  const fd = openWith(t, SACKED);
  const begin = (t.now() - startNs) / 1e6;
  const delays: unknown[] = [];
  for (let i = 0; i < n; i++) {
    const at = t.now();
    const now = t.segment(PEER, piece(i, 100));
    if (read) t.recv(fd, 1000);
    const later = yield begin + gapMs * (i + 1);
    if (now.length > 0) delays.push('at once');
    else delays.push(...later.map(({ atNs }) => delayOf((atNs - at) / 1e6)));
  }
  return [delays, moved(t)];
}

const times = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);

type Trickle = readonly [
  name: string,
  n: number,
  gapMs: number,
  read: boolean,
  delays: unknown[],
  counters: Counters,
];

const TRICKLES: readonly Trickle[] = [
  [
    '100 bytes every 60 ms, read: always at once, the first 16 as they come, then by recv()',
    20,
    60,
    true,
    times(20, 'at once'),
    { TcpOutSegs: 20 },
  ],
  [
    '100 bytes every 60 ms, unread: the same',
    20,
    60,
    false,
    [...times(16, 'at once'), ...times(4, '40 ms')],
    { TcpOutSegs: 20, DelayedACKs: 4, TCPHPHits: 15 },
  ],
  [
    '100 bytes every 250 ms, longer than the RTO: always at once',
    20,
    250,
    false,
    times(20, 'at once'),
    { TcpOutSegs: 20, TCPHPHits: 15 },
  ],
];

const trickles: ScheduleCase[] = TRICKLES.map(([name, n, gapMs, read, delays, counters]) => ({
  cite: 'client 6',
  name,
  schedule: (t) => trickle(t, n, gapMs, read),
  expected: [delays, counters],
}));

/** Pieces at once: what each brings, and what comes within 60 ms after the last. */
function burst(t: RawTarget, n: number, size: number, flags: string): unknown[] {
  openWith(t, SACKED);
  const answers = Array.from({ length: n }, (_, i) => acks(t.segment(PEER, piece(i, size, flags))));
  t.wait(60);
  return [answers.map((list) => list.length), acks(sent(t)), moved(t)];
}

/** Uses up the quick ACKs with small pieces that are read. */
function quickAcksUsed(t: RawTarget): number {
  const fd = openWith(t, SACKED);
  for (let i = 0; i < 16; i++) {
    t.segment(PEER, piece(i, 100));
    t.recv(fd, 1000);
  }
  sent(t);
  moved(t);
  return fd;
}

type Row = readonly [name: string, run: (t: RawTarget) => unknown, expected: unknown];

const FROM = 1001 + 1600;

const ROWS: readonly Row[] = [
  [
    '40 full segments, unread: 20 are acknowledged one by one, the rest after 40 ms',
    (t) => burst(t, 40, 1460, '.'),
    [[...times(20, 1), ...times(20, 0)], ['59401'], { TcpOutSegs: 21, DelayedACKs: 1, TCPHPHits: 17 }],
  ],
  [
    'a small segment with PSH: acknowledged as soon as it is read',
    (t) => {
      const fd = quickAcksUsed(t);
      const arrived = t.segment(PEER, `P. ${FROM}:${FROM + 10}(10) ack 1 win 512`);
      return [arrived, t.recv(fd, 10), acks(sent(t)), moved(t)];
    },
    [[], 10, [String(FROM + 10)], { TcpOutSegs: 1 }],
  ],
  [
    'in ping-pong mode it does not: after 40 ms',
    (t) => {
      const fd = quickAcksUsed(t);
      t.setsockopt(fd, 'TCP_QUICKACK', 0);
      t.segment(PEER, `P. ${FROM}:${FROM + 10}(10) ack 1 win 512`);
      const read = [t.recv(fd, 10), acks(sent(t))];
      t.wait(60);
      return [...read, acks(sent(t)), moved(t)];
    },
    [10, [], [String(FROM + 10)], { TcpOutSegs: 1, DelayedACKs: 1 }],
  ],
  [
    'what is written soon after carries the ACK, and ping-pong begins',
    (t) => {
      const fd = quickAcksUsed(t);
      t.segment(PEER, `P. ${FROM}:${FROM + 10}(10) ack 1 win 512`);
      t.send(fd, 10);
      const first = sent(t);
      t.segment(PEER, `P. ${FROM + 10}:${FROM + 20}(10) ack 11 win 512`);
      const second = sent(t);
      t.wait(60);
      return [first.length, /ack (\d+)/.exec(first[0] ?? '')?.[1], second, acks(sent(t))];
    },
    [1, String(FROM + 10), [], [String(FROM + 20)]],
  ],
  [
    'TCP_QUICKACK 1 sends an ACK that waits, if all was read',
    (t) => {
      const fd = quickAcksUsed(t);
      t.setsockopt(fd, 'TCP_QUICKACK', 0);
      const arrives = (at: number): string[] => t.segment(PEER, `P. ${at}:${at + 10}(10) ack 1 win 512`);
      const unread = [arrives(FROM), t.setsockopt(fd, 'TCP_QUICKACK', 1), sent(t)];
      t.recv(fd, 10);
      sent(t);
      t.setsockopt(fd, 'TCP_QUICKACK', 0);
      const read = [arrives(FROM + 10), t.recv(fd, 10), sent(t)];
      return [unread, read, t.setsockopt(fd, 'TCP_QUICKACK', 1), acks(sent(t))];
    },
    [[[], 0, []], [[], 10, []], 0, [String(FROM + 20)]],
  ],
  [
    'a window that at least doubles by recv() is announced at once',
    (t) => {
      const fd = openWith(t, SACKED);
      for (let i = 0; i < 40; i++) t.segment(PEER, piece(i, 1460, '.'));
      t.wait(60);
      sent(t);
      moved(t);
      const some = [t.recv(fd, 100), sent(t).length];
      return [...some, t.recv(fd, 1 << 20), sent(t).length, moved(t)];
    },
    [100, 0, 58_300, 1, { TcpOutSegs: 1 }],
  ],
  [
    'full segments that are read',
    (t) => {
      const fd = quickAcksUsed(t);
      const seen: number[] = [];
      for (let i = 0; i < 8; i++) {
        const at = FROM + 1460 * i;
        seen.push(t.segment(PEER, `. ${at}:${at + 1460}(1460) ack 1 win 512`).length);
        t.recv(fd, 10_000);
        seen.push(sent(t).length);
      }
      return [seen, moved(t)];
    },
    [[1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0], { TcpOutSegs: 7 }],
  ],
];

export const ACKS: readonly OracleCase[] = ROWS.map(([name, run, expected]) => ({
  cite: 'client 6',
  name,
  run,
  expected,
}));

export const ACK_SCHEDULES: readonly ScheduleCase[] = trickles;
