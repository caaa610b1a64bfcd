// Every row of both fact sheets on the real kernel, in a network namespace of its own. Needs root; skipped with a
// reason otherwise, or when the kernel is older than the one that the rows are about.

import { release } from 'node:os';
import { afterAll, describe, test } from 'vitest';
import { type LinuxTarget, openLinuxTarget } from '../../packages/linux/src/raw/linux-target.ts';
import { CASES, SCHEDULES } from './cases.ts';
import { holds, titleOf } from './outcome.ts';
import { type Outcome, runCaseOnLinux, runSchedulesOnLinux } from './run.ts';
import { whyNotLinux } from './why-not-linux.ts';

/** The longest schedule takes 137 s; twice that when the machine was too busy the first time. */
const SCHEDULES_MS = 400_000;

/** A row with a short wait can fail on a busy machine. */
const RETRIES = 2;

const reason = await whyNotLinux();
if (reason !== null) console.log(`skipped: the fact sheets on Linux: ${reason}`);

describe.skipIf(reason !== null)(
  `the fact sheets on Linux ${release()}${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    let target: LinuxTarget | undefined;
    afterAll(() => target?.end());

    for (const row of CASES)
      test(titleOf(row), { retry: RETRIES }, async () => {
        target ??= await openLinuxTarget();
        holds(runCaseOnLinux(target, row), row.expected);
      });

    // One batch for all: the first of these tests waits for it.
    let batch: ReturnType<typeof runSchedulesOnLinux> | undefined;
    for (const row of SCHEDULES)
      test(titleOf(row), { timeout: SCHEDULES_MS }, async () => {
        batch ??= runSchedulesOnLinux(SCHEDULES);
        holds((await batch).get(row) as Outcome, row.expected);
      });
  },
);
