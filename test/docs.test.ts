// Holds the documents against the product: links resolve, Chinese twins exist, examples run, commands exist, YAML blocks
// are scenarios whose expectations hold, and generated pages are up to date.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROFILE_NAMES } from '@halfopen/engine';
import type { RunResult } from '@halfopen/simnet';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { CLAIMS } from '../packages/cli/src/claims/index.ts';
import { COMMANDS } from '../packages/cli/src/commands/index.ts';
import { en } from '../packages/cli/src/messages/en.ts';
import { libraryNames } from '../packages/cli/src/scenario-file/library.ts';
import { parseYaml } from '../packages/cli/src/scenario-file/yaml-document.ts';
import { isHeavy } from '../packages/cli/test/heavy.ts';
import { runCommand } from '../packages/cli/test/run-command.ts';
import { supportPages } from '../scripts/support-table.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Pages for those who work on halfopen; like docs/decisions and docs/kernel-notes they are in English only. */
const FOR_CONTRIBUTORS = ['docs/performance.md'];
/** Pages that users read; each has a Chinese twin. */
const USER_PAGES = ['README.md', ...pagesIn('docs')].filter(
  (page) => !page.includes('.zh-CN.') && !FOR_CONTRIBUTORS.includes(page),
);
/** Those that exist; a test of its own asks for the rest. */
const TWINS = USER_PAGES.map(twinOf).filter((page) => existsSync(join(root, page)));
const ALL_PAGES = ['.', 'docs', 'docs/decisions', 'docs/kernel-notes'].flatMap(pagesIn);

function pagesIn(folder: string): string[] {
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.md'));
  return files.sort().map((file) => (folder === '.' ? file : `${folder}/${file}`));
}

function twinOf(page: string): string {
  return page.replace(/\.md$/, '.zh-CN.md');
}

interface Fence {
  readonly page: string;
  readonly line: number;
  readonly lang: string;
  readonly text: string;
}

function fencesOf(page: string): Fence[] {
  const text = read(page);
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    lang: match[1] as string,
    text: match[2] as string,
  }));
}

const withoutFences = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** Anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`*]/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

const anchorsOf = (page: string): string[] =>
  [...withoutFences(read(page)).matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] as string));

function brokenLinks(page: string): string[] {
  const targets = [...withoutFences(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map((m) => m[1] as string);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative(root, join(root, dirname(page), path));
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
}

test.each(ALL_PAGES)('%s: every relative link and anchor resolves', (page) => {
  expect(brokenLinks(page)).toEqual([]);
});

test.each(USER_PAGES)('%s has a Chinese twin with the same headings, tables and code', (page) => {
  const twin = twinOf(page);
  expect(existsSync(join(root, twin)), twin).toBe(true);
  expect(read(page)).toContain(twin.slice(twin.lastIndexOf('/') + 1));
  if (page === 'docs/support-table.md') return;
  const shape = (of: string): unknown => ({
    headings: [...withoutFences(read(of)).matchAll(/^(#+) /gm)].map((m) => m[1]),
    rows: withoutFences(read(of)).match(/^\|/gm)?.length ?? 0,
    fences: fencesOf(of).map((f) => f.lang),
    code: fencesOf(of)
      .filter((f) => ['yaml', 'ts', 'sh'].includes(f.lang) && !f.text.includes('#'))
      .map((f) => f.text),
  });
  expect(shape(twin)).toEqual(shape(page));
});

test.each(TWINS)('%s has a space between Chinese and Latin', (page) => {
  const prose = withoutFences(read(page)).replace(/\]\([^)]*\)/g, ']');
  expect(prose.match(/.?\p{Script=Han}[A-Za-z0-9].{0,9}|.{0,9}[A-Za-z0-9]\p{Script=Han}.?/gu) ?? []).toEqual(
    [],
  );
});

describe('README', () => {
  const [example, output] = exampleAndOutput();

  function exampleAndOutput(): [Fence, Fence] {
    const fences = fencesOf('README.md');
    const at = fences.findIndex((f) => f.lang === 'ts');
    return [fences[at] as Fence, fences[at + 1] as Fence];
  }

  /** Runs `use` on the example as a file inside the repository, where the packages are found. */
  function withExample<T>(use: (file: string) => T): T {
    mkdirSync(join(root, 'tmp'), { recursive: true });
    const folder = mkdtempSync(join(root, 'tmp/readme-'));
    try {
      const file = join(folder, 'demo.mts');
      writeFileSync(file, example.text);
      return use(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test('has one ts block, and it prints what stands below it', { timeout: 60_000 }, () => {
    expect(fencesOf('README.md').filter((f) => f.lang === 'ts')).toHaveLength(1);
    const args = ['--conditions=halfopen-source', '--import', 'tsx'];
    const { stdout, stderr } = withExample((file) =>
      spawnSync(process.execPath, [...args, file], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      }),
    );
    expect(stderr).toBe('');
    expect(stdout).toBe(output.text);
  });

  test('its ts block has no type error', { timeout: 60_000 }, () => {
    const config = ts.getParsedCommandLineOfConfigFile(
      join(root, 'tsconfig.test.json'),
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    );
    const problems = withExample((file) => {
      const program = ts.createProgram([file], config?.options ?? {});
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        (d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'),
      );
    });
    expect(problems).toEqual([]);
  });

  test.each(['README.md', 'README.zh-CN.md'])(
    '%s: the picture is what npm start shows, in order',
    async (page) => {
      const picture = fencesOf(page).find((f) => f.lang === 'text') as Fence;
      const { stdout } = await runCommand([
        'run',
        'accept-queue-full',
        '--lang',
        page === 'README.md' ? 'en' : 'zh',
      ]);
      const shown = stdout.split('\n');
      let from = 0;
      for (const line of picture.text.split('\n').filter((l) => l !== '...' && l !== '')) {
        const at = shown.indexOf(line, from);
        expect(at, `not in the output after line ${from}: ${line}`).toBeGreaterThanOrEqual(0);
        from = at + 1;
      }
    },
  );

  test('names every kernel profile, and says how many scenarios there are', () => {
    const text = read('README.md');
    expect(text).toContain(PROFILE_NAMES.map((name) => `\`${name}\``).join(' '));
    expect(text).toContain(`the ${libraryNames().length} scenarios`);
  });
});

/** Commands as users type them: `npx halfopen …`, up to what belongs to the shell. */
function commandsOf(page: string): string[][] {
  return [...read(page).matchAll(/npx halfopen ([^`\n&|>]+)/g)].map((match) =>
    [...(match[1] as string).matchAll(/'([^']*)'|(\S+)/g)].map((word) => word[1] ?? (word[2] as string)),
  );
}

test.each([...USER_PAGES, ...TWINS])('%s: every halfopen command in it exists', async (page) => {
  for (const [name = '', ...words] of commandsOf(page)) {
    const command = COMMANDS.find((c) => c.name === name);
    expect(command, `halfopen ${name}`).toBeDefined();
    const help = command?.help(en).join('\n').replace(/\s+/g, ' ') ?? '';
    for (const word of words.filter((w) => w.startsWith('--'))) {
      expect(help, `halfopen ${name} ${word}`).toContain(word.replace(/=.*/, ''));
    }
    // What needs a real host is tried in test/live and test/linux.
    if (['live', 'diff', 'calibrate'].includes(name) || words.includes('--on') || words.includes('my.yaml'))
      continue;
    // Played once elsewhere.
    if (isHeavy(words.join(' '))) continue;
    const { exitCode, stderr } = await runCommand([name, ...words]);
    expect(exitCode, `halfopen ${name} ${words.join(' ')}\n${stderr}`).toBe(words.includes('--set') ? 1 : 0);
  }
});

test.each([...USER_PAGES, ...TWINS])('%s: every npm script in it exists', (page) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const [, name] of read(page).matchAll(/npm (?:run )?(?!ci|install)([a-z]+(?::[a-z]+)?)\b/g)) {
    expect(Object.keys(scripts)).toContain(name);
  }
});

/** What a YAML block that is no whole file is put into. */
const FRAME = {
  format: 1,
  name: 'fragment',
  duration: '10s',
  hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24' } },
  processes: [
    { host: 'server', program: 'server', port: 80, request: 100, reply: 1000 },
    { host: 'client', program: 'client', to: 'server:80', request: 100, reply: 1000 },
  ],
};

/** Runs a block as the command would run it in a file; a part of a file gets the rest from FRAME. */
async function failedIn({ page, line, text }: Fence): Promise<unknown> {
  const yaml = parseYaml(text);
  if (!yaml.ok) return yaml.problems;
  const data = yaml.data as Record<string, unknown>;
  const file = 'format' in data ? text : JSON.stringify({ ...FRAME, ...data });
  const { stdout, stderr } = await runCommand(['run', 'block.yaml', '--json'], {
    files: { 'block.yaml': file },
  });
  if (stdout === '') return `${page}:${line}: ${stderr}`;
  return (JSON.parse(stdout) as RunResult).expectations.filter((e) => !e.ok);
}

const yamlBlocks = [...USER_PAGES, ...TWINS].flatMap(fencesOf).filter((f) => f.lang === 'yaml');

test.each(yamlBlocks)('$page:$line: the YAML is a scenario, and what it expects holds', async (block) => {
  expect(await failedIn(block)).toEqual([]);
});

/** Names of all members that a JSON Schema describes. */
function membersOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties } = schema as { properties?: object };
  const own = properties !== undefined && !Array.isArray(properties) ? Object.keys(properties) : [];
  return [...own, ...Object.values(schema).flatMap(membersOf)];
}

/** Everything that stands in backquotes or in a code block. */
const codeIn = (page: string): string => [...read(page).matchAll(/```[\s\S]*?```|`[^`]+`/g)].join('\n');

test.each([
  ['docs/scenarios.md', 'packages/cli/schema/scenario.schema.json'],
  ['docs/result.md', 'packages/cli/schema/run-result.schema.json'],
  ['docs/result.md', 'packages/cli/schema/variants-result.schema.json'],
  ['docs/sweep.md', 'packages/cli/schema/sweep-result.schema.json'],
])('%s names every member of %s', (page, schema) => {
  const words = new Set(codeIn(page).match(/\w+/g));
  expect(membersOf(JSON.parse(read(schema))).filter((name) => !words.has(name))).toEqual([]);
});

/** What a page of statements says of N1 or S01: the scenarios in the last column of its row. */
const scenariosByNote = (page: string): Map<string, string[]> =>
  new Map(
    [...read(page).matchAll(/^\| ([NS]\d+) \|.*\| ([^|]*) \|$/gm)].map(([, note = '', shown = '']) => [
      note,
      [...shown.matchAll(/`([^`]+)`/g)].map((m) => m[1] as string),
    ]),
  );

test.each(['docs/statements.md', 'docs/statements.zh-CN.md'])(
  '%s has every number, and with each the scenarios that name it',
  async (page) => {
    const { stdout } = await runCommand(['list', '--json']);
    const { scenarios } = JSON.parse(stdout) as { scenarios: { name: string; notes: string[] }[] };
    const numbers = [...Array.from({ length: 34 }, (_, i) => `S${String(i + 1).padStart(2, '0')}`)];
    const expected = numbers.map((note) => [
      note,
      scenarios.filter(({ notes }) => notes.includes(note)).map(({ name }) => name),
    ]);
    expect([...scenariosByNote(page)]).toEqual(expected);
    const unknown = scenarios
      .flatMap(({ notes }) => notes)
      .filter((note) => !numbers.includes(note) && !Object.hasOwn(CLAIMS, note));
    expect(unknown).toEqual([]);
  },
);

test.each([
  ['docs/sweep.md', 'en'],
  ['docs/sweep.zh-CN.md', 'zh'],
])('%s shows what its first command prints', async (page, lang) => {
  const [, command] = /npx halfopen (.*)/.exec(read(page)) as unknown as [string, string];
  const { stdout } = await runCommand([...command.split(' '), '--lang', lang]);
  const shown = fencesOf(page).find((f) => f.lang === 'text') as Fence;
  expect(stdout).toContain(shown.text);
});

test('docs/live.md has every option of the command, and no other', () => {
  const live = COMMANDS.find((c) => c.name === 'live');
  const options = (text: string): string[] => [...new Set(text.match(/--[a-z]+(?:-[a-z]+)*/g))].sort();
  const everywhere = ['--lang', '--color'];
  const table =
    read('docs/live.md')
      .match(/^\| `--.*$/gm)
      ?.map((row) => row.split(' | ')[0]) ?? [];
  expect(options(table.join('\n'))).toEqual(
    options(live?.help(en).join('\n') ?? '').filter((option) => !everywhere.includes(option)),
  );
});

test('docs/live.md quotes what live mode really says when something is missing', () => {
  const folder = join(root, 'packages/linux/src');
  const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const said = sources.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const table = /^\| it says[\s\S]*?\n\n/m.exec(read('docs/live.md'))?.[0] ?? '';
  const quotes = [...table.matchAll(/^\| `([^`]+)`/gm)].flatMap((match) => (match[1] as string).split('…'));
  expect(quotes.length).toBeGreaterThan(5);
  expect(quotes.filter((quote) => !said.includes(quote.trim()))).toEqual([]);
});

test.each(Object.entries(supportPages(root)))('%s is up to date (npm run docs)', (path, text) => {
  expect(read(path)).toBe(text);
});

test.each(ALL_PAGES)('%s names no path of a machine', (page) => {
  expect(read(page).match(/(?:^|[\s`'"(])\/(?:home|root|work|tmp|Users|opt)\/\S*/g) ?? []).toEqual([]);
});
