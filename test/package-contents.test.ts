// What npm would publish as `halfopen`.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

test('the package holds the command, every scenario and the schemas', { timeout: 60_000 }, () => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--loglevel=error'], {
    cwd: path('packages/cli'),
    encoding: 'utf8',
  });
  // Scripts of the package may write lines of their own before the document.
  const [answer] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[\n')));
  const files: string[] = answer.files.map((file: { path: string }) => file.path);
  const scenarios = readdirSync(path('scenarios')).map((name) => `scenarios/${name}`);
  expect(files).toEqual(expect.arrayContaining(scenarios));
  expect(files).toEqual(
    expect.arrayContaining([
      'bin/halfopen.js',
      'dist/main.js',
      'schema/cost-profile.schema.json',
      'schema/run-result.schema.json',
      'schema/scenario.schema.json',
      'schema/sweep-result.schema.json',
    ]),
  );
  expect(readdirSync(path('packages/cli'))).not.toContain('scenarios');
});
