import { DEFAULT_COSTS } from '@halfopen/simnet';
import { describe, expect, test } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { costProfile } from './cost-profile.ts';

const read = (text: string) => costProfile('mine.json', { readText: () => text }, CATALOGUES.en);

describe('a cost profile', () => {
  test('gives its costs, and the default of the others', () => {
    const text = JSON.stringify({ schemaVersion: 1, machine: 'a laptop', costs: { syscall: 90 } });
    expect(read(text)).toEqual({ name: 'a laptop', costs: { ...DEFAULT_COSTS, syscall: 90 } });
  });

  test('with a mistake is refused, with the place and what was meant', () => {
    const text = JSON.stringify({ schemaVersion: 1, machine: 'x', costs: { sycall: 90 } });
    expect(read(text)).toMatchObject({
      kind: 'wrong',
      problems: [{ at: 'mine.json', hint: 'did you mean syscall?' }],
    });
    for (const bad of [
      '{',
      '[]',
      '{"schemaVersion":2,"machine":"x","costs":{}}',
      '{"schemaVersion":1,"costs":{}}',
    ])
      expect(read(bad), bad).toMatchObject({ kind: 'wrong' });
    const free = JSON.stringify({ schemaVersion: 1, machine: 'x', costs: { syscall: 0 } });
    expect(read(free)).toMatchObject({ kind: 'wrong' });
  });
});
