import { expect, test } from 'vitest';
import { secondsOf, timeoutsFor } from './defer-accept.ts';

// Read back with getsockopt() on Linux 6.18.
test.each([
  [-1, 0, 0],
  [0, 0, 0],
  [1, 1, 1],
  [2, 2, 3],
  [3, 2, 3],
  [5, 3, 7],
  [10, 4, 15],
  [30, 5, 31],
  [60, 6, 63],
  [64, 7, 127],
  [127, 7, 127],
  [128, 8, 247],
  [200, 8, 247],
  [255, 9, 367],
  [1000, 15, 1087],
  [100000, 255, 29887],
])('TCP_DEFER_ACCEPT %i is %i timeouts, %i seconds', (given, count, seconds) => {
  expect(timeoutsFor(given)).toBe(count);
  expect(secondsOf(count)).toBe(seconds);
});
