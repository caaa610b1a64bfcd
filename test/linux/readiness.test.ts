// Blocking calls and epoll on the real kernel: the cases that test/readiness.test.ts plays in the simulator.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '@halfopen/simnet';
import { afterAll, expect, it } from 'vitest';
import { unfinished } from '../readiness/case.ts';
import { READINESS_CASES } from '../readiness/cases.ts';
import { describeLinux, run } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'halfopen-readiness-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeLinux('blocking calls and epoll on the real kernel', () => {
  it.each(READINESS_CASES)(
    '$name',
    async ({ document }) => {
      const path = join(folder, 'case.json');
      writeFileSync(path, JSON.stringify(document));
      const { code, stdout, stderr } = await run('run', path, '--on', 'linux', '--json');
      expect(stderr).not.toMatch(/error/i);
      const result = JSON.parse(stdout) as RunResult;
      expect(result.expectations).toEqual([]);
      expect(unfinished(result)).toEqual([]);
      expect(code).toBe(0);
    },
    30_000,
  );
});
