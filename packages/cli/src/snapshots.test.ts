// Each file in test/snapshots holds a command, its full output and its exit code.

import { expect, test } from 'vitest';
import { isHeavy } from '../test/heavy.ts';
import { at, runCommand } from '../test/run-command.ts';
import { width } from './render/text.ts';
import { libraryNames } from './scenario-file/library.ts';

const MISTAKES: Readonly<Record<string, string>> = {
  'wrong-signals': 'run wrong/signals.yaml',
  'unknown-command': 'rum accept-queue-full',
  'unknown-option': 'run accept-queue-full --sed 1',
  'no-scenario': 'run',
  'unknown-scenario': 'run accept-queue-ful',
  'missing-file': 'run no/such/file.yaml',
  'two-scenarios': 'run syn-loss accept-queue-full',
  'bad-seed': 'run syn-loss --seed minus-one',
  'bad-language': 'run syn-loss --lang fr',
  'bad-hz': 'run syn-loss --hz 60',
  'bad-kernel': 'run syn-loss --kernel 6.17',
  'set-unknown-sysctl': 'run syn-loss --set server:net.core.somaxcon=1',
  'set-unknown-host': 'run syn-loss --set sever:net.core.somaxconn=1',
  'set-wrong-value': 'run syn-loss --set server:net.core.somaxconn=-1',
  'set-no-value': 'run syn-loss --set',
  'variant-unknown': 'run backlog-and-somaxconn --variant bth',
  'variant-of-none': 'run syn-loss --variant before',
  'variant-needed-by-sweep': 'sweep backlog-and-somaxconn --vary kernel=6.18,4.4',
  'variant-needed-by-pcap': 'run backlog-and-somaxconn --pcap x.pcapng --lang zh',
  'wrong-variants': 'run wrong/variants.yaml',
  'wrong-variant-settings': 'run wrong/variant-settings.yaml',
  'sweep-nothing': 'sweep accept-queue-full',
  'sweep-wrong-values': 'sweep accept-queue-full --vary processes.server.backlog=x,1 --vary kernel=6.17',
  'sweep-unknown-key': 'sweep accept-queue-full --vary processes.sever.backlog=1 --lang zh',
  'sweep-unknown-scenario': 'sweep accept-queue-ful --vary kernel=6.18',
  'not-yaml': 'run wrong/not-yaml.yaml',
  'unknown-key': 'run wrong/unknown-key.yaml',
  'wrong-value': 'run wrong/wrong-value.yaml',
  'unknown-sysctl': 'run wrong/unknown-sysctl.yaml',
  'wrong-expectation': 'run wrong/wrong-expectation.yaml',
  'no-hosts': 'run wrong/no-hosts.yaml',
  'mistake-in-chinese': 'run wrong/wrong-value.yaml --lang zh',
};

const ANSWERS: Readonly<Record<string, string>> = {
  'no-arguments': '',
  'run-help': 'run --help',
  'list-help': 'list --help',
  list: 'list',
  'list-json': 'list --json',
  'list-chinese': 'list --lang zh',
  quiet: 'run syn-loss --kernel 5.15 --quiet',
  'blocking-recv-chinese': 'run blocking-recv --lang zh',
  'accept-queue-full-chinese': 'run accept-queue-full --lang zh',
  'accept-queue-full-fixed': 'run accept-queue-full --set server:net.core.somaxconn=128',
  'hz-quiet': 'run syn-loss --hz 250 --quiet',
  'hz-chinese': 'run three-way-handshake --hz 1000 --lang zh',
  'sweep-timers': 'sweep syn-loss --vary timers=exact,hz250,hz1000',
  'variants-chinese': 'run backlog-and-somaxconn --lang zh',
  'variants-full': 'run backlog-and-somaxconn --full --set server:net.ipv4.tcp_syncookies=0',
  'variant-alone': 'run backlog-and-somaxconn --variant both',
  'variants-quiet': 'run backlog-and-somaxconn --quiet --set server:net.core.somaxconn=4',
  sweep: 'sweep accept-queue-full --vary server:net.core.somaxconn=1,4,8,16,128',
  'sweep-chinese': 'sweep accept-queue-full --vary server:net.core.somaxconn=1,4,8,16,128 --lang zh',
  'sweep-seeds': 'sweep syn-loss --vary kernel=6.18,5.15 --vary links.0.loss=0,10%,30% --seeds 5',
  'sweep-help': 'sweep --help',
  'sweep-help-chinese': 'sweep --help --lang zh',
  ...Object.fromEntries(
    libraryNames()
      .filter((name) => !isHeavy(name))
      .map((name) => [name, `run ${name}`]),
  ),
};

const words = (line: string): string[] => (line === '' ? [] : line.split(' '));

async function record(line: string): Promise<string> {
  const { stdout, stderr, exitCode } = await runCommand(words(line));
  const errors = stderr === '' ? '' : `--- stderr\n${stderr}`;
  return `$ ${`halfopen ${line}`.trim()}\n${stdout}${errors}--- exit code ${exitCode}\n`;
}

test.each(Object.entries({ ...ANSWERS, ...MISTAKES }))('%s: halfopen %s', async (name, line) => {
  await expect(await record(line)).toMatchFileSnapshot(at(`snapshots/${name}.txt`));
});

test.each(Object.entries(MISTAKES))('%s: exits with 2 or 3, says nothing on stdout', async (_, line) => {
  const { stdout, stderr, exitCode } = await runCommand(words(line));
  expect([2, 3]).toContain(exitCode);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

test.each(Object.entries(ANSWERS))('%s: no line of text is wider than 80 columns', async (_, line) => {
  if (line.includes('--json')) return;
  const { stdout } = await runCommand(words(line));
  expect(stdout.split('\n').filter((text) => width(text) > 80)).toEqual([]);
});
