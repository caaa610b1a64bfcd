import type { SegmentRecord } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { fold } from './fold.ts';
import type { Row } from './rows.ts';

const segment = (atNs: number, change: Partial<SegmentRecord> = {}): SegmentRecord => ({
  id: 1,
  from: 'client',
  to: 'server',
  sentNs: atNs,
  arrivedNs: atNs + 1,
  source: '10.0.0.1:40000',
  destination: '10.0.0.2:80',
  flags: 'S',
  seq: 0,
  ack: null,
  window: 64240,
  length: 0,
  text: 'S 0:0(0) win 64240',
  retransmission: false,
  fate: 'delivered',
  injected: false,
  why: null,
  counters: {},
  ...change,
});

const row = (atNs: number, from: 'near' | 'far', change: Partial<SegmentRecord> = {}): Row => {
  const s = segment(atNs, change);
  return { kind: 'segment', atNs, from, segment: s, resend: s.retransmission ? 1 : 0, farNs: atNs };
};

const resends = (n: number): Row[] =>
  Array.from({ length: n }, (_, i) => row(i, 'near', { retransmission: true }));

test('a few resends stay as they are', () => {
  expect(fold(resends(4), false)).toHaveLength(4);
});

test('of many resends two, a fold and the last stay', () => {
  const rows = fold(resends(10), false);
  expect(rows.map((r) => r.kind)).toEqual(['segment', 'segment', 'fold', 'segment']);
  expect(rows[2]).toMatchObject({ kind: 'fold', atNs: 2 });
  expect(rows[2]?.kind === 'fold' && rows[2].rows).toHaveLength(7);
});

test('data and its ACK in turn are one pattern', () => {
  const rows = Array.from({ length: 20 }, (_, i) =>
    i % 2 === 0 ? row(i, 'far', { flags: '.', length: 1448 }) : row(i, 'near', { flags: '.', ack: 1 }),
  );
  const out = fold(rows, false);
  expect(out.map((r) => r.kind)).toEqual([...Array(4).fill('segment'), 'fold', 'segment', 'segment']);
});

test('what has no pattern is cut in the middle', () => {
  const rows = Array.from({ length: 200 }, (_, i) =>
    row(i, i % 7 < 3 ? 'near' : 'far', { length: (i * i) % 5 }),
  );
  const out = fold(rows, false);
  expect(out.length).toBeLessThan(40);
  const kept = out.flatMap((r) => (r.kind === 'fold' ? r.rows : [r]));
  expect(kept.map((r) => r.atNs)).toEqual(rows.map((r) => r.atNs));
});

test('--full folds nothing', () => {
  expect(fold(resends(100), true)).toHaveLength(100);
});
