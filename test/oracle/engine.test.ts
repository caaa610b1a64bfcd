// Every row of both fact sheets on the engine, in virtual time.

import { expect, test } from 'vitest';
import { CASES, SCHEDULES, SECTIONS } from './cases.ts';
import { DIFFERENCES } from './differences.ts';
import { differenceOf, holds, titleOf } from './outcome.ts';
import { engine, type Outcome, runCase, runScheduleOnEngine } from './run.ts';

const target = engine();

function judge(row: { cite: string; name: string; expected: unknown }, outcome: Outcome): void {
  const difference = differenceOf(row);
  if (difference === undefined) return holds(outcome, row.expected);
  // It must still differ, and in the way that is written down.
  holds(outcome, difference.engine);
  expect(difference.engine).not.toEqual(row.expected);
}

for (const row of CASES) test(titleOf(row), () => judge(row, runCase(target, row)));
for (const row of SCHEDULES) test(titleOf(row), () => judge(row, runScheduleOnEngine(target, row)));

test('no two rows have the same name, and each section has one', () => {
  const titles = [...CASES, ...SCHEDULES].map(titleOf);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
  const cited = new Set([...CASES, ...SCHEDULES].map(({ cite }) => cite));
  expect([...cited].sort()).toEqual([...SECTIONS.keys()].sort());
});

test('every explained difference is about a row', () => {
  const titles = new Set([...CASES, ...SCHEDULES].map(titleOf));
  expect(DIFFERENCES.filter((difference) => !titles.has(titleOf(difference)))).toEqual([]);
});
