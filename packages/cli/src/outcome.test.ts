import { expect, test } from 'vitest';
import { exitCodeOf, unable, wrong } from './outcome.ts';

test('each kind of outcome has its exit code', () => {
  expect(exitCodeOf({ kind: 'ok' })).toBe(0);
  expect(exitCodeOf({ kind: 'findings' })).toBe(1);
  expect(exitCodeOf(wrong('unknown option'))).toBe(2);
  expect(exitCodeOf(unable('no such file'))).toBe(3);
});
