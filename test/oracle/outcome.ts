// What a row gave, held against what it should give.

import { expect } from 'vitest';
import { DIFFERENCES, type Difference } from './differences.ts';
import type { Outcome } from './run.ts';

interface Named {
  readonly cite: string;
  readonly name: string;
}

export const differenceOf = ({ cite, name }: Named): Difference | undefined =>
  DIFFERENCES.find((difference) => difference.cite === cite && difference.name === name);

/** Throws what the row threw, or the difference. */
export function holds(outcome: Outcome, expected: unknown): void {
  if ('thrown' in outcome) throw outcome.thrown;
  expect(outcome.value).toEqual(expected);
}

/** `8.1 a duplicate SYN ...` */
export const titleOf = ({ cite, name }: Named): string => `${cite} ${name}`;
