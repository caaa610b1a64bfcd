import { expect, test } from 'vitest';
import { clock, duration, ssTimer } from './duration.ts';

test.each([
  [0, '0 s'],
  [850, '850 ns'],
  [12_500, '12.5 us'],
  [20_000_000, '20 ms'],
  [1_025_300_000, '1.03 s'],
  [131_000_000_000, '131 s'],
])('%d ns reads %s', (ns, text) => {
  expect(duration(ns)).toBe(text);
});

test('the clock of the ladder has fixed decimals', () => {
  expect(clock(1_000_000_000, 3)).toBe('1.000');
});

test.each([
  [980_000_000, '980ms'],
  [1_020_000_000, '1.02sec'],
  [3_000_000_000, '3sec'],
  [59_900_000_000, '59sec'],
  [72_000_000_000, '1min12sec'],
])('%d ns of a timer reads %s', (ns, text) => {
  expect(ssTimer(ns)).toBe(text);
});
