// Blocking calls and epoll on the real kernel: the cases that test/readiness.test.ts plays in the simulator.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '@halfopen/simnet';
import { afterAll, expect, it } from 'vitest';
import { killedOf, unfinished } from '../readiness/case.ts';
import { READINESS_CASES } from '../readiness/cases.ts';
import { EVENTS, returnsOf, WAKEUP_CASES, type WakeupCase } from '../readiness/wakeups.ts';
import { describeLinux, run } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfopen-readiness-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Plays a scenario on the real kernel. */
async function play(document: object): Promise<{ result: RunResult; code: number | null }> {
  const path = join(folder, 'case.json');
  writeFileSync(path, JSON.stringify(document));
  const { code, stdout, stderr } = await run('run', path, '--on', 'linux', '--json');
  expect(stderr).not.toMatch(/error/i);
  return { result: JSON.parse(stdout) as RunResult, code };
}

/** Events that came to the thread they should come to; a busy machine may keep one from waiting again in time. */
const asPromised = (winners: readonly number[], { winners: promised }: WakeupCase): number =>
  promised === null ? winners.length : winners.filter((thread, i) => thread === promised[i]).length;

describeLinux('blocking calls and epoll on the real kernel', () => {
  it.each(READINESS_CASES)(
    '$name',
    async ({ document, killed }) => {
      const { result, code } = await play(document);
      expect(result.expectations).toEqual([]);
      expect(killedOf(result)).toEqual(killed);
      expect(unfinished(result)).toEqual(Object.keys(killed));
      expect(code).toBe(0);
    },
    30_000,
  );
});

describeLinux('of eight threads that wait on the real kernel, one event returns to', () => {
  it.each(WAKEUP_CASES)(
    '$name',
    async (given) => {
      const { result } = await play(given.document);
      const { returned, empty, winners } = returnsOf(result, given);
      expect(winners).toHaveLength(EVENTS);
      // Some who were woken find the event still there and return too: the less busy the machine, the fewer.
      expect(returned - empty).toBeGreaterThanOrEqual(given.expected.returned - 0.2);
      expect(returned).toBeLessThanOrEqual(given.expected.woken === 1 ? 1.1 : 3);
      if (given.call !== 'accept' || given.winners !== null)
        expect(asPromised(winners, given)).toBeGreaterThanOrEqual(EVENTS / 2);
    },
    30_000,
  );
});
