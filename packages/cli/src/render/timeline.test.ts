import { expect, test } from 'vitest';
import { peaks } from './timeline.ts';

test('each cell shows the greatest length in its span', () => {
  const series = [
    [0, 0],
    [25, 3],
    [27, 1],
    [60, 0],
  ] as const;
  expect(peaks(series, 100, 10)).toEqual([0, 0, 3, 1, 1, 1, 0, 0, 0, 0]);
});

test('a change at the very end counts in the last cell', () => {
  expect(peaks([[100, 2]], 100, 4)).toEqual([0, 0, 0, 2]);
});

test('a listener that nobody asked has nothing to show', () => {
  expect(peaks([], 100, 3)).toEqual([0, 0, 0]);
});
