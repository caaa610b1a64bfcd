// Counts what a Vitest run did, so that nothing which went wrong is left out of the sum.

/**
 * The part of Vitest's JSON report that is read here.
 * @typedef {{
 *   testResults: { name: string, status: string, message?: string, assertionResults: { status: string }[] }[]
 * }} VitestReport
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * A file that could not be loaded, or whose set-up failed, has no failed test of its own: it counts as one. So does a
 * run that ended badly although every test passed (an unhandled error), or that left no report.
 * @param {VitestReport | undefined} report @param {boolean} ok whether Vitest exited with 0 @returns {Counts}
 */
export function countTests(report, ok) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    const failedBefore = counts.failed;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed += 1;
  }
  if (!ok && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** @param {Counts} counts the last line of `npm test` */
export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
