#!/usr/bin/env node
// Starts the compiled command. It is committed, so that npm can link it before the first build.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('halfopen: packages/cli/dist is missing; run `npm run build` first\n');
  process.exitCode = 3;
}
