// `halfopen run` on the scenarios of the library.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VariantsResult } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { HEAVY, HEAVY_TIMEOUT, isHeavy } from '../test/heavy.ts';
import { runCommand } from '../test/run-command.ts';
import { libraryFile, libraryNames } from './scenario-file/library.ts';

const NAMES = libraryNames();
const LIGHT = NAMES.filter((name) => !HEAVY.includes(name));

/** Scenarios whose variants are played side by side. */
async function variantsOf(name: string): Promise<string[]> {
  const { stdout } = await runCommand(['list', '--json']);
  const { scenarios } = JSON.parse(stdout) as { scenarios: { name: string; variants: string[] }[] };
  return scenarios.find((s) => s.name === name)?.variants ?? [];
}

test.each(NAMES)(
  '%s: what it expects holds',
  async (name) => {
    const { stdout, exitCode } = await runCommand(['run', name, '--quiet']);
    expect(stdout).toBe('');
    expect(exitCode).toBe(0);
  },
  HEAVY_TIMEOUT,
);

test.each(LIGHT)('%s: two runs give the same bytes', async (name) => {
  const [a, b] = [await runCommand(['run', name, '--json']), await runCommand(['run', name, '--json'])];
  expect(a.stdout).toBe(b.stdout);
  expect(a.stdout.endsWith('}\n')).toBe(true);
});

/** Settings under which what the scenario expects must not hold. */
const BREAKS: Readonly<Record<string, readonly string[]>> = {
  'three-way-handshake': ['--set', 'server:net.ipv4.tcp_syncookies=2'],
  'syn-loss': ['--kernel', '5.15'],
  'accept-queue-full': ['--set', 'server:net.core.somaxconn=128'],
  'half-open-full': ['--set', 'server:net.ipv4.tcp_syncookies=1'],
  'syn-flood-cookies': ['--kernel', '5.15'],
  'abort-on-overflow': ['--set', 'server:net.ipv4.tcp_abort_on_overflow=0'],
  'simultaneous-open': ['--set', 'left:net.ipv4.tcp_sack=0'],
  'time-wait-reuse': ['--set', 'client:net.ipv4.tcp_tw_reuse=0'],
  'one-second-latency': ['--kernel', '6.12', '--hz', '1000'],
  'slow-accept': ['--set', 'server:net.core.somaxconn=4'],
  'faster-accept': ['--set', 'server:net.core.somaxconn=4'],
  'syn-cookies': ['--set', 'server:net.ipv4.tcp_syncookies=0'],
  'long-connections': ['--set', 'client:net.ipv4.ip_local_port_range=40000,40999'],
  'merged-requests': ['--set', 'client:net.ipv4.ip_local_port_range=40000,40000'],
  'wider-port-range': ['--set', 'client:net.ipv4.ip_local_port_range=40000,40099'],
  'more-servers': ['--set', 'client:net.ipv4.ip_local_port_range=40000,40999'],
  'backlog-and-somaxconn': ['--set', 'server:net.core.somaxconn=4'],
  'port-range-half': ['--set', 'client:net.ipv4.ip_local_port_range=40000,43999'],
  'redis-port-exhaustion': [
    '--variant',
    'one-server',
    '--set',
    'shop:net.ipv4.ip_local_port_range=1024,65535',
  ],
  'redis-time-wait': [
    '--variant',
    '300-a-second',
    '--set',
    'service:net.ipv4.ip_local_port_range=1024,65535',
  ],
  'threads-or-epoll': ['--set', 'client:net.ipv4.ip_local_port_range=40000,40009'],
};

test.each(Object.entries(BREAKS))(
  '%s: what it expects can fail, with %j',
  async (name, breaking) => {
    const { stdout, exitCode } = await runCommand(['run', name, '--quiet', ...breaking]);
    expect(stdout).toContain('FAILED');
    expect(exitCode).toBe(1);
  },
  HEAVY_TIMEOUT,
);

/** What to change in a scenario that no setting breaks. */
const EDITS: Readonly<Record<string, readonly [from: string, to: string]>> = {
  // A server on the port.
  'connection-refused': ['port: 80', 'port: 81'],
  // Nobody has to make room on the CPU.
  'blocking-recv': ['compute: 60ms', 'sleep: 60ms'],
};

test.each(Object.entries(EDITS))('%s: what it expects can fail, with %j', async (name, [from, to]) => {
  const text = readFileSync(libraryFile(name) as string, 'utf8');
  expect(text).toContain(from);
  const files = { 'x.yaml': text.replace(from, to) };
  const { stdout, exitCode } = await runCommand(['run', 'x.yaml', '--quiet'], { files });
  expect(stdout).toContain('FAILED');
  expect(exitCode).toBe(1);
});

test('every scenario has a way to fail above', () => {
  expect([...Object.keys(BREAKS), ...Object.keys(EDITS)].sort()).toEqual(NAMES);
});

test.each(LIGHT)('%s: the next commands run', async (name) => {
  const { stdout } = await runCommand(['run', name]);
  const commands = stdout.split('\n').flatMap((line) => /^ {2}halfopen (.+)$/.exec(line)?.[1] ?? []);
  expect(commands).toHaveLength(3);
  for (const command of commands.filter((line) => !isHeavy(line))) {
    const { exitCode, stderr } = await runCommand(command.split(' '));
    expect([0, 1], `${command}: ${stderr}`).toContain(exitCode);
  }
});

test.each(LIGHT)('%s: each of its variants can be played alone, and gives the same record', async (name) => {
  const variants = await variantsOf(name);
  if (variants.length === 0) return;
  const together = JSON.parse((await runCommand(['run', name, '--json'])).stdout) as VariantsResult;
  expect(together.variants.map((v) => v.name)).toEqual(variants);
  for (const { name: variant, result } of together.variants) {
    const { stdout } = await runCommand(['run', name, '--variant', variant, '--json']);
    expect(JSON.parse(stdout)).toEqual(result);
  }
});

test('colour only where a terminal is, or where it is asked for', async () => {
  const sequence = '\u001b[';
  const coloured = async (argv: string[], terminal: boolean, env = {}): Promise<boolean> =>
    (await runCommand(['run', 'connection-refused', ...argv], { terminal, env })).stdout.includes(sequence);
  expect(await coloured([], false)).toBe(false);
  expect(await coloured([], true)).toBe(true);
  expect(await coloured([], true, { NO_COLOR: '1' })).toBe(false);
  expect(await coloured([], false, { FORCE_COLOR: '1' })).toBe(true);
  expect(await coloured(['--color', 'always'], false)).toBe(true);
  expect(await coloured(['--color=never'], true)).toBe(false);
});

test('the language of the environment is spoken', async () => {
  const { stdout } = await runCommand(['run', 'connection-refused'], { env: { LANG: 'zh_CN.UTF-8' } });
  expect(stdout).toContain('接下来试试');
});

const tsharkMissing = spawnSync('tshark', ['--version']).status !== 0;
const FIELDS = ['frame.comment', '_ws.malformed', 'tcp.checksum.status', 'ip.checksum.status'];

test.skipIf(tsharkMissing)(
  'tshark reads the captures: nothing malformed, every checksum good (skipped without tshark)',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-pcap-'));
    try {
      for (const name of LIGHT) {
        const variant = (await variantsOf(name)).slice(0, 1).flatMap((first) => ['--variant', first]);
        const argv = ['run', name, ...variant, '--quiet', '--pcap', 'x.pcapng'];
        const { written, stderr } = await runCommand(argv);
        const bytes = written.get('x.pcapng') as Uint8Array;
        const file = join(folder, `${name}.pcapng`);
        writeFileSync(file, bytes);
        const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
        const fields = FIELDS.flatMap((field) => ['-e', field]);
        const shown = spawnSync(
          'tshark',
          ['-r', file, ...checks, '-T', 'fields', '-E', 'separator=|', ...fields],
          {
            encoding: 'utf8',
          },
        );
        const lines = shown.stdout
          .trim()
          .split('\n')
          .map((line) => line.split('|'));
        expect(stderr).toContain(String(lines.length));
        expect(
          lines.filter(([, malformed, tcp, ip]) => malformed !== '' || tcp !== '1' || ip !== '1'),
          name,
        ).toEqual([]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('a dropped packet of the capture says why', { timeout: 60_000 }, async (context) => {
  if (tsharkMissing) context.skip('no tshark here');
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-pcap-'));
  try {
    const file = join(folder, 'x.pcapng');
    for (const [name, comment] of [
      ['accept-queue-full', 'dropped by server: accept queue full (5 > backlog 4)'],
      ['syn-loss', 'lost on link: rule: drop the first 2 SYNs'],
    ] as const) {
      const { written } = await runCommand(['run', name, '--quiet', '--pcap', 'x']);
      writeFileSync(file, written.get('x') as Uint8Array);
      const shown = spawnSync('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.comment'], {
        encoding: 'utf8',
      });
      expect(shown.stdout.split('\n')).toContain(comment);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
