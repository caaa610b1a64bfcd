// Holds the verdicts of the claims against runs: the pages and the source follow from the written verdicts, and the
// verdicts from probes played again.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROFILE_NAMES } from '@halfopen/engine';
import { expect, test } from 'vitest';
import { scenariosOfClaim, writtenVerdicts } from '../packages/cli/src/claims/describe.ts';
import { CLAIMS } from '../packages/cli/src/claims/index.ts';
import { libraryOf } from '../packages/cli/src/claims/library.ts';
import { playClaim } from '../packages/cli/src/claims/play.ts';
import { runCommand } from '../packages/cli/test/run-command.ts';
import { claimFiles } from '../scripts/claims.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const readText = (path: string): string => readFileSync(path, 'utf8');
const IDS = Object.keys(CLAIMS);

/** Tens of thousands of connections for each kernel; they are played on two. */
const LARGE = ['N15', 'N16', 'N22', 'N24', 'N26'];
const TWO = ['6.18', '2.6.32'];

test('there are 42 statements and 15 myths, and each is tested', () => {
  const numbers = [
    ...Array.from({ length: 42 }, (_, i) => `N${i + 1}`),
    ...Array.from({ length: 15 }, (_, i) => `M${i + 1}`),
  ];
  expect(IDS).toEqual(numbers);
  expect(IDS.filter((id) => (CLAIMS[id]?.probes.length ?? 0) === 0)).toEqual([]);
  expect(IDS.filter((id) => writtenVerdicts(id).every((v) => v === null))).toEqual([]);
});

test.each(IDS)('%s: the written verdicts are those of runs', { timeout: 60_000 }, async (id) => {
  const claim = CLAIMS[id];
  if (claim === undefined) throw new Error(id);
  const kernels = LARGE.includes(id) ? TWO : PROFILE_NAMES;
  const played = await playClaim(claim, libraryOf(readText), kernels);
  const written = writtenVerdicts(id);
  expect(played.map((v) => v.verdict)).toEqual(
    kernels.map((kernel) => written[PROFILE_NAMES.indexOf(kernel)]),
  );
});

test.each(Object.entries(claimFiles(new Map(IDS.map((id) => [id, writtenVerdicts(id)])))))(
  '%s is up to date (npm run claims)',
  (path, text) => {
    expect(readText(join(root, path))).toBe(text);
  },
);

test.each(IDS)('halfopen explain %s tells it in both languages', async (id) => {
  const en = await runCommand(['explain', id.toLowerCase(), '--lang', 'en']);
  const zh = await runCommand(['explain', id, '--lang', 'zh']);
  expect([en.exitCode, zh.exitCode]).toEqual([0, 0]);
  expect(en.stdout).toContain('Verdict by runs');
  expect(zh.stdout).toContain('运行得出的结论');
  const { stdout } = await runCommand(['explain', id, '--json']);
  const { claims } = JSON.parse(stdout) as { claims: { name: string; scenarios: string[] }[] };
  expect(claims).toMatchObject([{ name: id, scenarios: scenariosOfClaim(id, { readText }) }]);
});
