// `npm test`: the programs that the tests drive, then every check, then Vitest. The last line is the sum of all of it;
// each check counts as one test. Arguments go to Vitest: npm test -- packages/engine
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runChecks } from './check.mjs';
import { countTests, summary } from './test-counts.mjs';
import { installTestTools } from './test-tools.mjs';

installTestTools();
const checks = runChecks();
const tests = runVitest(process.argv.slice(2));
if (tests.passed + tests.failed === 0) {
  console.log('no test ran');
  tests.failed = 1;
}
const sum = {
  passed: checks.passed + tests.passed,
  failed: checks.failed + tests.failed,
  skipped: tests.skipped,
};
if (sum.failed > 0) process.exitCode = 1;
console.log(summary(sum));

/** @param {string[]} args */
function runVitest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const ok = run(['vitest', 'run', ...reporters, ...args]);
    const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    return countTests(report, ok);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
