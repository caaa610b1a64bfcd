import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkImports } from '../scripts/import-direction.mjs';

const script = join(import.meta.dirname, '../scripts/import-direction.mjs');
const trees: string[] = [];

afterEach(() => {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
});

/** A made-up repository: paths below packages/ and their text. */
function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'halfopen-imports-'));
  trees.push(root);
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, 'packages', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

/** The breaches in such a tree, as `file:line message` without `packages/`. */
function breaches(files: Record<string, string>): string[] {
  return checkImports(tree(files)).breaches.map(
    (b) => `${b.path.replace('packages/', '')}:${b.line} ${b.message}`,
  );
}

test('the command prints file and line of a breach and fails', () => {
  const root = tree({ 'engine/src/seq.ts': "// head\nimport { world } from '@halfopen/simnet';\n" });
  const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  expect(stdout).toBe(
    'packages/engine/src/seq.ts:2 engine may not import simnet\nimport direction: 1 files, 1 breach\n',
  );
  expect(status).toBe(1);
});

test('the command passes on a tree without a breach', () => {
  const root = tree({
    'engine/src/index.ts': "export * from './kernel.ts';\n",
    'engine/src/kernel.ts': "import './socket/listen.ts';\nimport './errno.ts';\n",
    'simnet/src/index.ts': "import { kernel } from '@halfopen/engine';\nimport * as v from 'valibot';\n",
    'linux/src/index.ts': "import { readFileSync } from 'node:fs';\nimport koffi from 'koffi';\n",
    'cli/src/main.ts': "import '@halfopen/engine';\nimport '@halfopen/linux';\n",
  });
  const { status, stdout } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
  expect(stdout).toBe('import direction: 5 files, 0 breaches\n');
  expect(status).toBe(0);
});

test.each([
  ['engine', '@halfopen/simnet', 'engine may not import simnet'],
  ['simnet', '@halfopen/linux', 'simnet may not import linux'],
  ['doctor', '@halfopen/simnet', 'doctor may not import simnet'],
  ['linux', 'halfopen', 'linux may not import cli'],
  ['lab', '@halfopen/linux', 'lab may not import linux'],
  ['cli', '@halfopen/engine/src/seq.ts', 'engine/src/seq.ts is not a public entry point of engine'],
  [
    'cli',
    '../../engine/src/seq.ts',
    '../../engine/src/seq.ts reaches out of the package; import its public entry point',
  ],
  ['engine', 'node:fs', 'engine is pure and may not import node:fs'],
  ['simnet', 'fs', 'simnet is pure and may not import fs'],
  ['engine', 'valibot', 'engine may not depend on valibot'],
])('%s importing %s is a breach', (name, specifier, message) => {
  expect(breaches({ [`${name}/src/a.ts`]: `import '${specifier}';\n` })).toEqual([
    `${name}/src/a.ts:1 ${message}`,
  ]);
});

test('an entry point that the other package exports is public', () => {
  const manifest = JSON.stringify({ exports: { '.': {}, './tables': {} } });
  expect(
    breaches({
      'engine/package.json': manifest,
      'engine/src/tables.ts': '',
      'doctor/src/index.ts': "import '@halfopen/engine/tables';\n",
    }),
  ).toEqual([]);
});

test('a package refers to every package that it imports', () => {
  const files = { 'linux/src/index.ts': "import '@halfopen/engine';\nimport '@halfopen/simnet';\n" };
  const config = JSON.stringify({ references: [{ path: '../engine' }] });
  expect(breaches({ ...files, 'linux/tsconfig.json': config })).toEqual([
    'linux/src/index.ts:2 linux imports simnet, which its tsconfig.json does not reference',
  ]);
});

test.each([
  ['seq.ts', './wire/segment.ts', 'seq.ts (leaves) may not import wire/segment.ts (wire)'],
  ['wire/segment.ts', '../inet/bind.ts', 'wire/segment.ts (wire) may not import inet/bind.ts (inet)'],
  ['inet/bind.ts', '../tcp/states.ts', 'inet/bind.ts (inet) may not import tcp/states.ts (tcp)'],
  ['tcp/output.ts', '../socket/fd.ts', 'tcp/output.ts (tcp) may not import socket/fd.ts (socket)'],
  ['socket/fd.ts', '../kernel.ts', 'socket/fd.ts (socket) may not import kernel.ts (kernel.ts)'],
  ['kernel.ts', './index.ts', 'kernel.ts (kernel.ts) may not import index.ts (index.ts)'],
  ['trace/event.ts', '../tcp/states.ts', 'trace/event.ts (wire) may not import tcp/states.ts (tcp)'],
  ['seq.ts', './extra/thing.ts', 'folder extra has no place in the order of engine/src'],
])('inside the engine, %s importing %s is a breach', (from, specifier, message) => {
  const path = `engine/src/${from}`;
  expect(breaches({ [path]: `import '${specifier}';\n` })).toEqual([`${path}:1 ${message}`]);
});

test('every folder of the engine may import trace, and trace may name segments', () => {
  expect(
    breaches({
      'engine/src/timer-wheel.ts': "import './trace/event.ts';\n",
      'engine/src/wire/segment.ts': "import '../trace/event.ts';\n",
      'engine/src/tcp/states.ts': "import '../trace/event.ts';\n",
      'engine/src/trace/event.ts': "import type { Segment } from '../wire/segment.ts';\n",
    }),
  ).toEqual([]);
});

test.each([
  "import type { State } from '../tcp/states.ts';",
  "export type { State } from '../tcp/states.ts';",
  "export * from '../tcp/states.ts';",
  "type State = import('../tcp/states.ts').State;",
  "const states = import('../tcp/states.ts');",
])('%s counts as an import', (line) => {
  expect(breaches({ 'engine/src/inet/bind.ts': `${line}\n` })).toHaveLength(1);
});

test('an import named only in a comment or a string is none', () => {
  const text = "// import '../tcp/states.ts';\nexport const s = \"import '../tcp/states.ts'\";\n";
  expect(breaches({ 'engine/src/inet/bind.ts': text })).toEqual([]);
});

test('tests may look at any folder of their package and use Node, but keep the order of packages', () => {
  const text = "import 'node:fs';\nimport 'vitest';\nimport '../kernel.ts';\nimport '@halfopen/simnet';\n";
  expect(breaches({ 'engine/src/inet/bind.test.ts': text })).toEqual([
    'engine/src/inet/bind.test.ts:4 engine may not import simnet',
  ]);
});

test('an exception silences its one import, and is a breach once nothing needs it', () => {
  const exceptions = [{ from: 'inet/bind.ts', to: 'tcp/states.ts', why: 'the reason' }];
  const needed = tree({ 'engine/src/inet/bind.ts': "import '../tcp/states.ts';\n" });
  expect(checkImports(needed, exceptions).breaches).toEqual([]);
  const unneeded = tree({ 'engine/src/inet/bind.ts': '' });
  expect(checkImports(unneeded, exceptions).breaches.map((b) => b.message)).toEqual([
    'the exception for tcp/states.ts is not needed any more',
  ]);
});

test('a package that the table does not know is a breach', () => {
  expect(breaches({ 'extra/src/a.ts': '' })).toEqual([
    'extra/src/a.ts:1 package extra has no place in the order',
  ]);
});
