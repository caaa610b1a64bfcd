import { expect, test } from 'vitest';
import { runCommand } from '../../test/run-command.ts';

const FILE = `format: 1
name: named
duration: 1s
hosts: { client: { address: 10.0.0.1 }, server: { address: 10.0.0.2 } }
processes:
  - { host: server, program: server, port: 80, workers: 2 }
  - { host: client, program: client, to: 'server:80' }
follow: [client, cleint, server]
`;

const run = (text: string, lang = 'en'): ReturnType<typeof runCommand> =>
  runCommand(['run', 'named.yaml', '--quiet', '--lang', lang], { files: { 'named.yaml': text } });

test('a process to follow that is not there is refused, with its place and the names that are', async () => {
  const { stderr, exitCode } = await run(FILE);
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    [
      'named.yaml:8:18: error: follow[1]: expected one of the processes server#1, server#2, client, got "cleint"',
      'named.yaml:8:26: error: follow[2]: expected one of the processes server#1, server#2, client, got "server"',
      '  hint: did you mean server#1?',
      '',
    ].join('\n'),
  );
});

test('those that are there, or only in a variant, are followed', async () => {
  expect((await run(FILE.replace('cleint, server', 'server#2'))).exitCode).toBe(0);
  const late = FILE.replace('[client, cleint, server]', '[client, late]');
  expect((await run(late)).exitCode).toBe(2);
  const variants = `variants:
  - { name: one }
  - name: two
    set: { processes: [{ host: client, name: late, program: idle }] }
`;
  expect((await run(late + variants)).exitCode).toBe(0);
});
