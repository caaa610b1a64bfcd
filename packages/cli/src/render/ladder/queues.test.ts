import { expect, test } from 'vitest';
import { bar, lengthAt } from './queues.ts';

test('the length at a time is that after the last change, changes at that very time included', () => {
  const series = [
    [10, 1],
    [20, 2],
    [30, 0],
  ] as const;
  expect([0, 9, 10, 19, 20, 29, 30, 99].map((at) => lengthAt(series, at))).toEqual([0, 0, 1, 1, 2, 2, 0, 0]);
});

test.each([
  [0, 4, '[....] 0/4'],
  [1, 4, '[#...] 1/4'],
  [4, 4, '[###.] 4/4'],
  [5, 4, '[####]!5/4'],
  [1, 128, '[#...] 1/128'],
  [0, 0, '[....] 0/0'],
  [1, 0, '[####]!1/0'],
])('length %d of backlog %d: %s', (length, backlog, text) => {
  expect(bar(length, backlog)).toBe(text);
});
