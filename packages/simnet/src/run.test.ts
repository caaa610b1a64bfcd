import { describe, expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL, HANDSHAKE } from './example-scenarios.ts';
import { readScenario, runScenario } from './index.ts';

describe('whole scenarios', () => {
  it.each([HANDSHAKE, ACCEPT_QUEUE_FULL])('$name meets its expectations', async (data) => {
    const result = await runScenario(readScenario(data));
    expect(result.expectations.filter((e) => !e.ok)).toEqual([]);
  });

  it('gives the same bytes twice', async () => {
    const run = async () => JSON.stringify(await runScenario(readScenario(ACCEPT_QUEUE_FULL)));
    expect(await run()).toBe(await run());
  });
});
