// Nothing that a run made outlives it, however it ends.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { descendants, describeLinux, namespacesOf, run, sleep, start, survivors } from './kit.ts';

/** Two hosts, a server and clients that go on for a minute. */
const LONG = `
format: 1
name: long
title: A minute
about: A run that is ended from outside.
duration: 60s
hosts: { client: { address: 10.0.0.1/24 }, server: { address: 10.0.0.2/24 } }
links: [{ between: [client, server], latency: 5ms }]
processes:
  - { host: server, program: server, port: 80, workers: 2, request: 100, reply: 100 }
  - { host: client, program: client, to: 'server:80', times: [0ms, 30s], request: 100, reply: 100 }
`;

/** Runs `test` with the path of that scenario. */
const withLong = (test: (file: string) => Promise<void>) => async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'halfopen-linux-'));
  try {
    writeFileSync(join(folder, 'long.yaml'), LONG);
    await test(join(folder, 'long.yaml'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** The command and its children, once all of them are there: two scenario processes and the observer. */
async function whenRunning(pid: number): Promise<number[]> {
  for (let n = 0; n < 400; n++) {
    const children = descendants(pid).filter((child) => namespacesOf([child]).size > 1);
    if (children.length >= 3) {
      await sleep(1500);
      return [pid, ...descendants(pid)];
    }
    await sleep(50);
  }
  throw new Error('the run never began');
}

describeLinux('after the end of a run nothing is left', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'that %s ended',
    (signal) =>
      withLong(async (file) => {
        const { child, finished } = start(['run', '--on', 'linux', file]);
        try {
          const all = await whenRunning(child.pid as number);
          const own = namespacesOf([process.pid]);
          // Two hosts, and the namespaces in which children still warm up.
          const made = [...namespacesOf(all)].filter((ns) => !own.has(ns));
          expect(made.length).toBeGreaterThanOrEqual(2);
          child.kill(signal);
          await finished;
          expect(await survivors(all)).toEqual([]);
          // A namespace that no process is in or has open does not exist any more. Its number is then free for the next
          // one, which another test file may make meanwhile; what a run leaves behind has init as its parent.
          const ofTests = new Set(descendants(process.ppid));
          const left = namespacesOf(descendants(1).filter((pid) => !ofTests.has(pid)));
          expect(made.filter((ns) => left.has(ns))).toEqual([]);
        } finally {
          child.kill('SIGKILL');
        }
      })(),
    60_000,
  );

  it('that ended by itself', async () => {
    const before = namespacesOf(descendants(1));
    const { code } = await run('run', '--on', 'linux', 'connection-refused', '--quiet');
    expect([0, 1]).toContain(code);
    expect([...namespacesOf(descendants(process.pid))].filter((ns) => !before.has(ns))).toEqual([]);
  }, 60_000);
});

describeLinux('a user without rights', () => {
  it('is told what is missing: exit code 3', async () => {
    const { code, stderr } = await start(
      ['run', '--on', 'linux', 'connection-refused'],
      ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'],
    ).finished;
    expect(stderr).toContain('CAP_SYS_ADMIN is missing');
    expect(stderr).toContain('unshare -Urn halfopen');
    expect(code).toBe(3);
  }, 30_000);

  it('may use a user namespace of their own', async () => {
    const { code, stdout, stderr } = await start(
      ['run', '--on', 'linux', 'connection-refused', '--json'],
      ['unshare', '-Urn'],
    ).finished;
    expect([0, 1], stderr).toContain(code);
    expect(JSON.parse(stdout)).toMatchObject({ connects: [{ errno: 'ECONNREFUSED' }] });
  }, 30_000);
});
