import type { ConnectRecord, PortProbes, RunResult } from '@halfopen/simnet';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../test/run-command.ts';
import { CATALOGUES } from '../messages/index.ts';
import { searchLines, searchText } from './port-searches.ts';
import { width } from './text.ts';

const NONE: PortProbes = { free: 0, shared: 0, established: 0, timeWait: 0, bound: 0, reserved: 0 };

const connect = (probes: Partial<PortProbes> | null, port = 40_123): ConnectRecord => ({
  host: 'client',
  process: 'client',
  local: `10.0.0.1:${port}`,
  remote: '10.0.0.2:80',
  startNs: 0,
  latencyNs: 0,
  errno: null,
  synsNs: [],
  probes: probes === null ? null : { ...NONE, ...probes },
  cpuNs: null,
});

describe('the search of one connect()', () => {
  test.each([
    [
      { free: 1, established: 14_115 },
      'port 40123 (looked at 14,116: 14,115 in use)',
      '端口 40123（查看 14,116 个：14,115 个在用）',
    ],
    [
      { free: 1, established: 1, timeWait: 2, bound: 3, reserved: 4 },
      'port 40123 (looked at 11: 1 in use, 2 in TIME-WAIT, 3 taken by bind(), 4 reserved)',
      '端口 40123（查看 11 个：1 个在用，2 个处于 TIME-WAIT，3 个已被 bind()，4 个保留）',
    ],
    [
      { shared: 1, established: 2 },
      'port 40123 (looked at 3: 2 in use, the last one shared)',
      '端口 40123（查看 3 个：2 个在用，最后一个共用）',
    ],
    [{ reserved: 1 }, 'no port (looked at 1: 1 reserved)', '没有找到端口（查看 1 个：1 个保留）'],
  ])('%j', (probes, en, zh) => {
    expect([CATALOGUES.en, CATALOGUES.zh].map((m) => searchText(connect(probes), m))).toEqual([en, zh]);
  });

  test.each([[null], [{ free: 1 }], [{ shared: 1 }], [{}]])('%j has nothing to say', (probes) => {
    expect(searchText(connect(probes), CATALOGUES.en)).toBeNull();
  });
});

test('the longest are listed under their own numbers, and the rest counted', () => {
  const connects = [1, 5, 9, 1, 7, 8].map((n, i) => connect({ free: 1, established: n - 1 }, 40_000 + i));
  expect(searchLines({ connects } as unknown as RunResult, 78, CATALOGUES.en)).toEqual([
    '4 of 6 connect() calls looked at more than one port',
    'connect() 3: port 40002 (looked at 9: 8 in use)',
    'connect() 5: port 40004 (looked at 7: 6 in use)',
    'connect() 6: port 40005 (looked at 8: 7 in use)',
    '1 other looked at no more',
  ]);
});

describe('halfopen run port-range-half', () => {
  test.each([
    ['en', 'connect() 2001: no port (looked at 2,000: 2,000 in use)'],
    ['zh', 'connect() 2001: 没有找到端口（查看 2,000 个：2,000 个在用）'],
  ])('in %s names the connect() that looked in vain, within 80 columns', async (lang, line) => {
    const { stdout } = await runCommand(['run', 'port-range-half', '--lang', lang]);
    expect(stdout).toContain(line);
    const ours = stdout.split('\n').filter((text) => !text.startsWith('  halfopen '));
    expect(ours.filter((text) => width(text) > 80)).toEqual([]);
  });
});
