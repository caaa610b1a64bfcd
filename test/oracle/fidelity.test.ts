// docs/fidelity.md says what the rows say: a row or a difference that comes or goes must be written there too.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DIFFERENCES, OMISSIONS } from './differences.ts';
import { total, withResults } from './fidelity.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The engine agrees but for the explained differences, as its own test sees to; Linux agrees with every row. */
const engine = new Map(
  [...total].map(([cite, n]) => [cite, n - DIFFERENCES.filter((d) => d.cite === cite).length]),
);

test.each([
  ['docs/fidelity.md', 'en'],
  ['docs/fidelity.zh-CN.md', 'zh'],
] as const)('%s is up to date: npm run fidelity', (file, language) => {
  const page = readFileSync(`${root}/${file}`, 'utf8');
  expect(withResults(page, language, engine, total)).toBe(page);
});

test('where a fact is said to be tested instead, there is a file', () => {
  const files = OMISSIONS.flatMap(({ instead }) => (instead === undefined ? [] : [instead]));
  expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
});
