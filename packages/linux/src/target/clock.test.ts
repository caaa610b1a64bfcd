import { expect, it } from 'vitest';
import { priorityIn } from './clock.ts';

const FIELDS = '0 -1 4194368 1 0 0 0 0 0 0 0 -21 0 7 0 9 1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 -1 1';

it('finds the real-time priority behind a name with spaces and brackets', () => {
  expect(priorityIn(`77 (node (v22) x) S 1 77 77 ${FIELDS} 20 1 0 0 0\n`)).toBe(20);
  expect(priorityIn(`77 (node) S 1 77 77 ${FIELDS} 0 0 0 0 0\n`)).toBe(0);
});
