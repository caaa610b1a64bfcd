// A workload on the real kernel: the same threads, over calls that do not block.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult, WorkloadRecord } from '@halfopen/simnet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLinux, run } from './kit.ts';

const BASE = {
  format: 1,
  name: 'load',
  duration: '3s',
  hosts: {
    client: { address: '10.0.0.1/24', sysctls: { 'net.ipv4.ip_local_port_range': [40000, 40029] } },
    server: { address: '10.0.0.2/24' },
  },
  links: [{ between: ['client', 'server'], latency: '2ms' }],
};
const WEB = { name: 'web', host: 'server', serve: 80, workers: 8, request: 100, reply: 200, keepAlive: true };
const USERS = { name: 'users', host: 'client', to: 'server:80', request: 100, reply: 200 };

describeLinux('a workload on the real kernel', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'halfopen-load-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const play = async (workloads: readonly object[], ...words: string[]) => {
    const file = join(folder, 'load.yaml');
    writeFileSync(file, JSON.stringify({ ...BASE, workloads }));
    return run('run', file, ...words);
  };

  const records = async (workloads: readonly object[]): Promise<{ [name: string]: WorkloadRecord }> => {
    const { code, stdout, stderr } = await play(workloads, '--on', 'linux', '--json');
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout) as RunResult;
    expect(result.kernel).toMatch(/^linux /);
    return Object.fromEntries(result.workloads.map((w) => [w.name, w]));
  };

  it('runs out of ports after as many short connections as there are, as the engine says', async () => {
    const users = { ...USERS, rate: 50, count: 60 };
    const { web, users: real } = await records([WEB, users]);
    // 30 ports, each in TIME-WAIT for 60 s.
    expect(real).toMatchObject({ started: 60, completed: 30, failed: { EADDRNOTAVAIL: 30 } });
    expect(web).toMatchObject({ completed: 30, connected: 30 });
    const { stdout } = await play([WEB, users], '--json');
    const engine = (JSON.parse(stdout) as RunResult).workloads.find((w) => w.name === 'users');
    expect(engine).toMatchObject({ started: 60, completed: 30, failed: { EADDRNOTAVAIL: 30 } });
  }, 60_000);

  it('pools connections, makes requests wait for one, gives up in time, and holds what is to be held', async () => {
    const { pooled, late, held } = await records([
      { ...WEB, style: 'events', workers: 2, think: '10ms' },
      { name: 'deaf', host: 'server', serve: 81, acceptFrom: '1h' },
      { ...USERS, name: 'pooled', users: 4, count: 40, pool: 2 },
      { ...USERS, name: 'late', to: 'server:81', rate: 10, count: 3, timeout: '200ms' },
      { name: 'held', host: 'client', to: 'server:80', hold: 10 },
    ]);
    expect(pooled).toMatchObject({ completed: 40, connected: 2, failed: {} });
    // Four users on two connections: each waits for another's 14 ms.
    expect(pooled?.request.p50).toBeGreaterThan(26e6);
    expect(late).toMatchObject({ completed: 0, failed: { EAGAIN: 3 } });
    expect(held).toMatchObject({ completed: 10, connected: 10 });
  }, 60_000);

  it('agrees with the engine where ports run out', async () => {
    const file = join(folder, 'diff.yaml');
    const users = { ...USERS, rate: 30, count: 40, start: '100ms' };
    writeFileSync(file, JSON.stringify({ ...BASE, name: 'load-diff', workloads: [WEB, users] }));
    const { code, stdout, stderr } = await run('diff', file, '--json');
    expect(code, stdout + stderr).toBe(0);
  }, 60_000);

  it('refuses what the wire could not carry', async () => {
    const { code, stderr } = await play([WEB, { ...USERS, rate: 10_000 }], '--on', 'linux');
    expect(code).toBe(3);
    expect(stderr).toContain('workload users: about 30000 connections');
  });
});
