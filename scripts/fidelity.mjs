// Runs every row of both fact sheets on the engine and on the real kernel, and writes the counts into
// docs/fidelity.md and its Chinese twin. Needs root and Linux 6.18. Exit 1 when a row does not hold.
//
// Usage: npm run fidelity
import { readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { openLinuxTarget } from '../packages/linux/src/raw/linux-target.ts';
import { CASES, SCHEDULES } from '../test/oracle/cases.ts';
import { withResults } from '../test/oracle/fidelity.ts';
import {
  engine,
  runCase,
  runCaseOnLinux,
  runScheduleOnEngine,
  runSchedulesOnLinux,
} from '../test/oracle/run.ts';
import { whyNotLinux } from '../test/oracle/why-not-linux.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {import('../test/oracle/run.ts').Outcome} Outcome */

/** Rows that hold on one target, by section. */
class Results {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    /** @type {Map<string, number>} */
    this.tally = new Map();
    this.wrong = 0;
  }

  /** @param {{ cite: string, name: string, expected: unknown }} row @param {Outcome | undefined} outcome */
  add(row, outcome) {
    if (outcome !== undefined && 'value' in outcome && isDeepStrictEqual(outcome.value, row.expected)) {
      this.tally.set(row.cite, (this.tally.get(row.cite) ?? 0) + 1);
      return;
    }
    this.wrong += 1;
    console.log(`${this.name}: ${row.cite} ${row.name}: ${JSON.stringify(outcome)}`);
  }
}

function onEngine() {
  const results = new Results('engine');
  const target = engine();
  for (const row of CASES) results.add(row, runCase(target, row));
  for (const row of SCHEDULES) results.add(row, runScheduleOnEngine(target, row));
  return results;
}

async function onLinux() {
  const results = new Results('Linux');
  const target = await openLinuxTarget();
  try {
    for (const row of CASES) results.add(row, runCaseOnLinux(target, row));
  } finally {
    target.end();
  }
  const batch = await runSchedulesOnLinux(SCHEDULES);
  for (const row of SCHEDULES) results.add(row, batch.get(row));
  return results;
}

async function main() {
  const reason = await whyNotLinux();
  if (reason !== null) {
    console.error(`fidelity: ${reason}`);
    return 3;
  }
  const ours = onEngine();
  const theirs = await onLinux();
  for (const [file, language] of /** @type {const} */ ([
    ['docs/fidelity.md', 'en'],
    ['docs/fidelity.zh-CN.md', 'zh'],
  ])) {
    const path = join(root, file);
    writeFileSync(path, withResults(readFileSync(path, 'utf8'), language, ours.tally, theirs.tally));
  }
  const rows = CASES.length + SCHEDULES.length;
  console.log(
    `Linux ${release()}: ${rows} rows; engine agrees on ${rows - ours.wrong}, Linux on ${rows - theirs.wrong}`,
  );
  return ours.wrong + theirs.wrong > 0 ? 1 : 0;
}

process.exitCode = await main();
