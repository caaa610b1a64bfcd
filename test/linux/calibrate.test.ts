// `halfopen calibrate` on this machine: what it measures can be so, and is a profile that a run takes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCostProfile } from '@halfopen/simnet';
import { expect, it } from 'vitest';
import { descendants, describeLinux, namespacesOf, run, start } from './kit.ts';

describeLinux('calibrate', () => {
  it('measures this machine and writes a profile that run takes; nothing is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'halfopen-calibrate-'));
    const file = join(folder, 'costs.json');
    const before = namespacesOf(descendants(process.pid));
    try {
      const { code, stdout, stderr } = await run('calibrate', '--json', '--out', file);
      expect(code, stderr).toBe(0);
      const { costs } = readCostProfile(JSON.parse(stdout), 'stdout');
      // Any machine that runs this: a call takes tens of ns at least, a whole connect() some us at most.
      expect(costs.syscall).toBeGreaterThan(20);
      expect(costs.syscall).toBeLessThan(20_000);
      expect(costs.connect).toBeGreaterThan(500);
      expect(costs.connect).toBeLessThan(200_000);
      expect(costs.packetIn).toBeGreaterThan(100);
      expect(costs.probeEstablished).toBeGreaterThan(5);
      expect(costs.probeTimeWait).toBeGreaterThan(costs.probeEstablished);
      expect(costs.wake + costs.switch).toBeGreaterThan(200);
      const replay = await run('run', 'connection-refused', '--costs', file, '--quiet');
      expect(replay.code, replay.stderr).toBe(0);
      const left = [...namespacesOf(descendants(process.pid))].filter((ns) => !before.has(ns));
      expect(left).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);

  it('says what is missing to a user without rights: exit code 3', async () => {
    const { code, stderr } = await start(
      ['calibrate'],
      ['setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin'],
    ).finished;
    expect(stderr).toContain('CAP_SYS_ADMIN is missing');
    expect(code).toBe(3);
  }, 30_000);
});
