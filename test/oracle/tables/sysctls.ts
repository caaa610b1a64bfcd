// Section 11: which values a setting takes. (Defaults are not compared: the harness sets every sysctl to the engine's.)

import type { SysctlName } from '@halfopen/engine';
import type { OracleCase } from '../case.ts';

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;
const NO = 'EINVAL';

/** Values that are taken, and values that are not. */
const RANGES: readonly (readonly [sysctl: SysctlName, taken: number[], refused: number[]])[] = [
  ['net.ipv4.tcp_syncookies', [0, 255], [-1, 256]],
  ['net.ipv4.tcp_synack_retries', [0, 255], [-1, 256]],
  ['net.ipv4.tcp_abort_on_overflow', [0, 255], [-1, 256]],
  ['net.ipv4.tcp_syn_retries', [1, 127], [0, 128]],
  ['net.ipv4.tcp_syn_linear_timeouts', [0, 127], [-1, 128]],
  ['net.ipv4.tcp_rto_max_ms', [1000, 120000], [999, 120001]],
  ['net.ipv4.tcp_max_syn_backlog', [INT_MIN, -1, 0, INT_MAX], []],
];

const ranges: OracleCase[] = RANGES.map(([sysctl, taken, refused]) => ({
  cite: '11',
  name: `${sysctl} takes ${[taken[0], taken.at(-1)].join(' to ')}`,
  run: (t) => [...taken, ...refused].map((value) => t.sysctl(sysctl, value)),
  expected: [...taken.map(() => 0), ...refused.map(() => NO)],
}));

export const SYSCTLS_11: readonly OracleCase[] = [
  ...ranges,
  {
    cite: '11',
    name: 'TCP_SYNCNT takes 1 to 127',
    run: (t) => {
      const fd = t.socket();
      return [1, 127, 0, 128].map((value) => t.setsockopt(fd, 'TCP_SYNCNT', value));
    },
    expected: [0, 0, NO, NO],
  },
];
