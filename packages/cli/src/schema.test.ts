import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compareRuns, DIFF_JSON_SCHEMA } from '@halfopen/linux';
import {
  COST_PROFILE_JSON_SCHEMA,
  RESULT_JSON_SCHEMA,
  type RunResult,
  VARIANTS_JSON_SCHEMA,
} from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isHeavy } from '../test/heavy.ts';
import { problems } from '../test/json-schema.ts';
import { at, runCommand } from '../test/run-command.ts';
import { libraryNames } from './scenario-file/library.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const schema = (name: string): Record<string, unknown> => JSON.parse(read(`../schema/${name}.schema.json`));

// After a change of the schema: npx vitest run packages/cli/src/schema.test.ts --update
test.each([
  ['run-result', RESULT_JSON_SCHEMA],
  ['variants-result', VARIANTS_JSON_SCHEMA],
  ['diff-result', DIFF_JSON_SCHEMA],
])('the published schema of %s is the one that the code has', async (name, own) => {
  await expect(`${JSON.stringify(own, null, 2)}\n`).toMatchFileSnapshot(at(`../schema/${name}.schema.json`));
});

test('the published schema of cost profiles is the one the simulator has', async () => {
  const text = `${JSON.stringify(COST_PROFILE_JSON_SCHEMA, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(at('../schema/cost-profile.schema.json'));
});

test.each(libraryNames().filter((name) => !isHeavy(name)))(
  '%s: the JSON document is valid by the published schema',
  async (name) => {
    const { stdout } = await runCommand(['run', name, '--json']);
    const document = JSON.parse(stdout);
    const own = 'variants' in document ? 'variants-result' : 'run-result';
    expect(problems(schema(own), document)).toEqual([]);
  },
);

// The documents of real comparisons are held against it by test/linux/diff.test.ts.
test('a comparison is valid by the published schema, with differences, explanations and port steps', async () => {
  const run = async (name: string, ...options: string[]): Promise<RunResult> =>
    JSON.parse((await runCommand(['run', name, '--json', ...options])).stdout);
  const [short, long] = [
    await run('wider-port-range', '--variant', 'before'),
    await run('wider-port-range', '--variant', 'after'),
  ];
  const explanation = { scenario: '*', what: '* TcpActiveOpens', reason: 'a test', chance: false };
  const comparison = compareRuns(
    short,
    long,
    250,
    [explanation, { ...explanation, what: 'nothing like it' }],
    { client: [40000, 40199] },
  );
  expect(comparison.explained).toHaveLength(1);
  expect(comparison.stale).toHaveLength(1);
  expect(comparison.ports.steps).toHaveLength(1);
  expect(comparison.errnos.differences).not.toEqual([]);
  const variants = [{ name: 'one', title: 'One', comparison }];
  expect(problems(schema('diff-result'), comparison)).toEqual([]);
  expect(problems(schema('diff-result'), { schemaVersion: 1, scenario: 'x', variants })).toEqual([]);
  expect(problems(schema('diff-result'), { ...comparison, ports: comparison.states })).not.toEqual([]);
});

test.each(libraryNames())('%s: the scenario file is valid by the published schema', (name) => {
  expect(problems(schema('scenario'), parse(read(`../../../scenarios/${name}.yaml`)))).toEqual([]);
});

test.each([
  '--vary server:net.core.somaxconn=1..16x2',
  '--vary kernel=6.18,5.15 --vary links.0.loss=0,5% --seeds 3',
])('sweep %s: the JSON document is valid by the published schema', async (line) => {
  const words = ['sweep', 'accept-queue-full', ...line.split(' '), '--jobs', '1', '--json'];
  const { stdout } = await runCommand([...words, '--show', 'connect 1 syns', '--show', 'connect 99 latency']);
  expect(problems(schema('sweep-result'), JSON.parse(stdout))).toEqual([]);
});

test('the schema of scenario files refuses what the command refuses', () => {
  const bySchema = ['unknown-key.yaml', 'wrong-value.yaml', 'no-hosts.yaml'];
  const files = readdirSync(at('wrong'));
  for (const file of bySchema) {
    expect(files).toContain(file);
    expect(problems(schema('scenario'), parse(readFileSync(at(`wrong/${file}`), 'utf8'))), file).not.toEqual(
      [],
    );
  }
});
