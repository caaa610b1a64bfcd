// The checks that need no test run: formatting and lint, walls, types. `npm test` runs the same list.
import { spawnSync } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** So that the tools of this repository are found when a script is not started by npm. */
const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter);

/** @type {{ name: string, command: string[] }[]} */
const steps = [
  { name: 'format and lint', command: ['biome', 'check', '.'] },
  { name: 'banned words', command: ['node', 'scripts/banned-words.mjs'] },
  { name: 'import direction', command: ['node', 'scripts/import-direction.mjs'] },
  { name: 'build', command: ['tsc', '-b'] },
  { name: 'types of tests and scripts', command: ['tsc', '-p', 'tsconfig.test.json'] },
];

/** @param {string[]} command @returns {boolean} whether it exited with 0; its output goes straight through */
export function run([file = '', ...args]) {
  const result = spawnSync(file, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  if (result.error) console.error(`${file}: ${result.error.message}`);
  return result.status === 0;
}

/** Runs every step, also after one has failed. @returns {{ passed: number, failed: number }} */
export function runChecks() {
  let failed = 0;
  for (const step of steps) {
    console.log(`check: ${step.name}`);
    if (run(step.command)) continue;
    failed += 1;
    console.log(`check failed: ${step.name} (${step.command.join(' ')})`);
  }
  return { passed: steps.length - failed, failed };
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  process.exitCode = runChecks().failed > 0 ? 1 : 0;
}
