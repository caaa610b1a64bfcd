// The scenarios stand at the root of the repository, because the command, the lab and the tests share them. A package
// can only hold files of its own folder, so they are copied into packages/cli when it is packed, and removed after.
//
// Usage: node scripts/pack-scenarios.mjs copy|remove
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const from = fileURLToPath(new URL('../scenarios/', import.meta.url));
const to = fileURLToPath(new URL('../packages/cli/scenarios/', import.meta.url));

const what = process.argv[2];
if (what !== 'copy' && what !== 'remove') {
  console.error('usage: node scripts/pack-scenarios.mjs copy|remove');
  process.exitCode = 2;
} else {
  rmSync(to, { recursive: true, force: true });
  if (what === 'copy') cpSync(from, to, { recursive: true });
}
