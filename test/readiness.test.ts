// Blocking calls and epoll in the simulator; test/linux/readiness.test.ts plays the same cases on the real kernel.

import { readScenario, runScenario } from '@halfopen/simnet';
import { describe, expect, it } from 'vitest';
import { killedOf, unfinished } from './readiness/case.ts';
import { READINESS_CASES } from './readiness/cases.ts';
import { EVENTS, returnsOf, WAKEUP_CASES, wokenOf } from './readiness/wakeups.ts';

describe('blocking calls and epoll', () => {
  it.each(READINESS_CASES)('$name', async ({ document, killed }) => {
    const result = await runScenario(readScenario(document));
    expect(result.expectations).toEqual([]);
    expect(killedOf(result)).toEqual(killed);
    expect(unfinished(result)).toEqual(Object.keys(killed));
  });
});

describe('of eight threads that wait, one event wakes', () => {
  it.each(WAKEUP_CASES)('$name', async (given) => {
    const result = await runScenario(readScenario(given.document));
    const { returned, empty, winners } = returnsOf(result, given);
    expect({ woken: wokenOf(result), returned, empty }).toEqual(given.expected);
    expect(winners).toHaveLength(EVENTS);
    if (given.winners !== null) expect(winners).toEqual(given.winners);
  });
});
