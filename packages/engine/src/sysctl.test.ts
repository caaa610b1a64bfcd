import { describe, expect, it } from 'vitest';
import { linux, PROFILE_NAMES, profileSysctls } from './profile.ts';
import {
  defaultSysctls,
  isSysctl,
  SYSCTLS,
  type SysctlInfo,
  type SysctlName,
  type SysctlValue,
  writeSysctl,
} from './sysctl.ts';

describe('writing sysctls (server sheet 11, client sheet 3)', () => {
  const RANGES: [name: SysctlName, good: SysctlValue[], bad: SysctlValue[]][] = [
    ['net.core.somaxconn', [0, 2147483647], [-1, 1.5, Number.NaN, [1, 2]]],
    ['net.ipv4.tcp_syncookies', [0, 255], [256, -1]],
    ['net.ipv4.tcp_syn_retries', [1, 127], [0, 128]],
    ['net.ipv4.tcp_syn_linear_timeouts', [0, 127], [128]],
    ['net.ipv4.tcp_rto_max_ms', [1000, 120000], [999, 120001]],
    ['net.ipv4.tcp_max_syn_backlog', [-5, 0, 100000], [2147483648]],
    ['net.ipv4.tcp_tw_reuse_delay', [1, 60000], [0, 60001]],
    ['net.ipv4.tcp_ecn', [0, 2], [3]],
    ['net.ipv4.ip_local_port_range', [[1, 65535]], [[5, 4], [0, 5], [1, 65536], 5]],
    ['net.ipv4.ip_local_reserved_ports', ['', '8080,9000-9010', 8080], ['9-8', '70000', 'a', [1, 2], 1.5]],
    ['net.ipv4.tcp_rmem', [[4096, 131072, 6291456]], [[1, 2]]],
  ];
  for (const [name, good, bad] of RANGES)
    it(name, () => {
      const values = defaultSysctls();
      for (const value of good) expect(writeSysctl(values, name, value)).toEqual({ ok: true, value: 0 });
      const before = JSON.stringify(values);
      for (const value of bad)
        expect(writeSysctl(values, name, value)).toEqual({ ok: false, errno: 'EINVAL' });
      expect(JSON.stringify(values)).toBe(before);
    });

  it('every default lies in its own range', () => {
    for (const [name, info] of Object.entries(SYSCTLS) as [SysctlName, SysctlInfo][]) {
      const value = typeof info.default === 'object' ? [...info.default] : info.default;
      expect([name, writeSysctl(defaultSysctls(), name, value).ok]).toEqual([name, true]);
    }
  });

  it('knows its own names only', () => {
    expect([isSysctl('net.core.somaxconn'), isSysctl('somaxconn'), isSysctl('toString')]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('defaults of kernels (server sheet 11)', () => {
  const ROWS: [SysctlName, { [kernel: string]: unknown }][] = [
    ['net.core.somaxconn', { '2.6.32': 128, '4.19': 128, '5.4': 4096, '6.18': 4096 }],
    ['net.ipv4.tcp_syncookies', { '2.6.32': 0, '3.10': 1, '6.18': 1 }],
    ['net.ipv4.tcp_syn_retries', { '2.6.32': 5, '3.10': 6, '6.18': 6 }],
    ['net.ipv4.tcp_syn_linear_timeouts', { '6.1': 0, '6.12': 4, '6.18': 4 }],
    [
      'net.ipv4.ip_local_port_range',
      { '3.10': [32768, 61000], '4.4': [32768, 60999], '6.18': [32768, 60999] },
    ],
    ['net.ipv4.tcp_tw_reuse', { '4.4': 0, '4.19': 2, '6.18': 2 }],
    ['net.ipv4.tcp_max_syn_backlog', { '4.19': 1024, '5.4': 2048 }],
    [
      'net.ipv4.tcp_rmem',
      { '4.19': [4096, 87380, 6291456], '5.4': [4096, 131072, 6291456], '6.18': [4096, 131072, 33554432] },
    ],
    ['net.ipv4.tcp_challenge_ack_limit', { '4.4': 100, '4.19': 1000, '5.15': 1000, '6.1': 2147483647 }],
  ];
  for (const [name, kernels] of ROWS)
    it(name, () => {
      for (const [kernel, value] of Object.entries(kernels)) {
        expect([kernel, profileSysctls(linux(kernel)!)[name]]).toEqual([kernel, value]);
      }
    });

  it('profiles do not share their values', () => {
    const one = profileSysctls(linux('5.4')!);
    writeSysctl(one, 'net.ipv4.tcp_rmem', [1, 2, 3]);
    expect(profileSysctls(linux('5.4')!)['net.ipv4.tcp_rmem']).toEqual([4096, 131072, 6291456]);
  });

  it('there is none of an unknown name', () => {
    expect(linux('7.0')).toBe(null);
    expect(PROFILE_NAMES[0]).toBe('6.18');
  });
});
