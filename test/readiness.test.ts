// Blocking calls and epoll in the simulator; test/linux/readiness.test.ts plays the same cases on the real kernel.

import { readScenario, runScenario } from '@halfopen/simnet';
import { describe, expect, it } from 'vitest';
import { unfinished } from './readiness/case.ts';
import { READINESS_CASES } from './readiness/cases.ts';

describe('blocking calls and epoll', () => {
  it.each(READINESS_CASES)('$name', async ({ document }) => {
    const result = await runScenario(readScenario(document));
    expect(result.expectations).toEqual([]);
    expect(unfinished(result)).toEqual([]);
  });
});
