import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COUNTER_NAMES, SYSCTLS } from '@halfopen/engine';
import type { RunResult, VariantsResult } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { runCommand } from '../../test/run-command.ts';
import { libraryNames } from '../scenario-file/library.ts';
import { logLinesIn } from './log-lines.ts';

/** Sources of a package that do the work; the engine's tables name everything. */
function sources(name: 'engine' | 'simnet'): string {
  const folder = fileURLToPath(new URL(`../../../${name}/src`, import.meta.url));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.ts') && !file.endsWith('.test.ts') && !/^(?:mib|sysctl|profile)\.ts$/.test(file),
  );
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

const HEAD = `// Written by moved.test.ts; do not edit. After a change of the engine or of the library:
// npx vitest run packages/cli/src/explain/moved.test.ts --update
`;

const table = (name: string, about: string, lines: readonly string[]): string =>
  `\n/** ${about} */\nexport const ${name} = \`\n${lines.map((line) => `${line}\n`).join('')}\`;\n`;

test('the counters that move in the library, and those that the engine does not have', {
  timeout: 240_000,
}, async () => {
  const moved: string[] = [];
  for (const name of libraryNames()) {
    const { stdout } = await runCommand(['run', name, '--json']);
    const document = JSON.parse(stdout) as RunResult | VariantsResult;
    const runs = 'variants' in document ? document.variants.map((v) => v.result) : [document];
    const hosts = runs.flatMap((run) => Object.values(run.hosts));
    const counters = COUNTER_NAMES.filter((counter) =>
      hosts.some((host) => (host.counters[counter] ?? 0) !== 0),
    );
    const log = [
      ...new Set(hosts.flatMap((host) => host.log).flatMap((line) => logLinesIn(JSON.stringify(line)))),
    ];
    moved.push(`${name}=${[...counters, ...log].join('|')}`);
  }
  const text = sources('engine');
  // What waits for softirq on a CPU is the simulator's.
  const all = text + sources('simnet');
  const unmoved = COUNTER_NAMES.filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
  const unread = Object.keys(SYSCTLS).filter((name) => !all.includes(`'${name}'`));
  const file =
    HEAD +
    table(
      'MOVED',
      'Counters that are not zero at the end of a scenario, and the log lines of its hosts.',
      moved,
    ) +
    table('NOT_COUNTED', 'Counters that no source of the engine names.', unmoved) +
    table('NOT_READ', 'Sysctls that no source of the engine or the simulator names.', unread);
  await expect(file).toMatchFileSnapshot('./moved.ts');
});
