// Client sheet 3: what is in a SYN, and in a SYN that is sent again.

import type { SockOptionName, SysctlName } from '@halfopen/engine';
import { moved, type OracleCase, type RawTarget, type ScheduleCase, type Sent, untimed } from '../case.ts';
import { bound, PEER } from './life.ts';

type Settings = Partial<Readonly<Record<SysctlName | SockOptionName, number | readonly number[]>>>;

/** The SYN of a connect() with these settings. */
function syn(t: RawTarget, settings: Settings): string[] {
  const fd = bound(t);
  for (const [name, value] of Object.entries(settings)) {
    const refused = name.startsWith('net.')
      ? t.sysctl(name as SysctlName, value as never)
      : t.setsockopt(fd, name as SockOptionName, value as never);
    if (refused !== 0) throw new Error(`${name}: ${refused}`);
  }
  t.connect(fd, PEER);
  return untimed(t.output().map(({ text }) => text));
}

const [TS, SACK, WS] = [
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_sack',
  'net.ipv4.tcp_window_scaling',
] as const;
const RMEM = 'net.ipv4.tcp_rmem';
const RMEM_OF = (most: number): Settings => ({ [RMEM]: [4096, 131_072, most] });

const all = (win: number, wscale: number, mss = 1460): string =>
  `S 0:0(0) win ${win} <mss ${mss},sackOK,TS val * ecr 0,nop,wscale ${wscale}>`;

const CONTENTS: readonly (readonly [name: string, settings: Settings, syn: string])[] = [
  ['by default: MSS, SACK, timestamps, scale', {}, all(64_240, 10)],
  ['without timestamps', { [TS]: 0 }, 'S 0:0(0) win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 10>'],
  ['without SACK', { [SACK]: 0 }, 'S 0:0(0) win 64240 <mss 1460,nop,nop,TS val * ecr 0,nop,wscale 10>'],
  ['without scale', { [WS]: 0 }, 'S 0:0(0) win 64240 <mss 1460,sackOK,TS val * ecr 0>'],
  ['without any of them', { [TS]: 0, [SACK]: 0, [WS]: 0 }, 'S 0:0(0) win 64240 <mss 1460>'],
  ['timestamps alone', { [SACK]: 0, [WS]: 0 }, 'S 0:0(0) win 64240 <mss 1460,nop,nop,TS val * ecr 0>'],
  ['SACK alone', { [TS]: 0, [WS]: 0 }, 'S 0:0(0) win 64240 <mss 1460,nop,nop,sackOK>'],
  ['scale alone', { [TS]: 0, [SACK]: 0 }, 'S 0:0(0) win 64240 <mss 1460,nop,wscale 10>'],
  ['tcp_rmem up to 6 MiB: rmem_max counts too', RMEM_OF(6 << 20), all(64_240, 7)],
  ['SO_RCVBUF 8192: only its own space counts', { SO_RCVBUF: 8192 }, all(7300, 0)],
  ['SO_RCVBUF 65536', { SO_RCVBUF: 65_536 }, all(64_240, 1)],
  ['SO_RCVBUF 200000', { SO_RCVBUF: 200_000 }, all(65_535, 2)],
  ['TCP_WINDOW_CLAMP 10000', { TCP_WINDOW_CLAMP: 10_000 }, all(8760, 0)],
  ['TCP_MAXSEG 536', { TCP_MAXSEG: 536 }, all(65_392, 10, 536)],
  ['tcp_ecn 1 asks for ECN', { 'net.ipv4.tcp_ecn': 1 }, all(64_240, 10).replace('S ', 'SEW ')],
  ['tcp_ecn 2 does not', { 'net.ipv4.tcp_ecn': 2 }, all(64_240, 10)],
  ['IP_TTL and IP_TOS', { IP_TTL: 9, IP_TOS: 0x10 }, `${all(64_240, 10)} [ttl 9, tos 0x10]`],
];

const OK = 0;
const NO = 'EINVAL';

/** Values that are taken, and values that are not. */
type Range = readonly [
  name: SysctlName | SockOptionName,
  taken: readonly number[],
  refused: readonly number[],
];

const RANGES: readonly Range[] = [
  ['TCP_SYNCNT', [1, 127], [0, 128, -1]],
  ['TCP_RTO_MAX_MS', [1000, 120_000], [999, 120_001, 0]],
  ['TCP_USER_TIMEOUT', [0, 1, 2_147_483_647], [-1]],
  ['TCP_KEEPIDLE', [1, 32_767], [0, 32_768]],
  ['TCP_KEEPINTVL', [1, 32_767], [0, 32_768]],
  ['TCP_KEEPCNT', [1, 127], [0, 128]],
  ['TCP_MAXSEG', [0, 88, 32_767], [1, 87, 32_768]],
  ['net.ipv4.tcp_syn_retries', [1, 127], [0, 128]],
  ['net.ipv4.tcp_syn_linear_timeouts', [0, 127], [-1, 128]],
  ['net.ipv4.tcp_rto_max_ms', [1000, 120_000], [999, 120_001]],
  ['net.ipv4.tcp_ecn', [0, 1, 2], [-1, 3, 4, 5]],
];

const set = (t: RawTarget, fd: number, name: Range[0], value: number): unknown =>
  name.startsWith('net.')
    ? t.sysctl(name as SysctlName, value as never)
    : t.setsockopt(fd, name as SockOptionName, value as never);

const ranges: OracleCase[] = RANGES.map(([name, taken, refused]) => ({
  cite: 'client 3',
  name: `${name} takes ${taken.join(', ')}, and not ${refused.join(', ')}`,
  run: (t) => {
    const fd = t.socket();
    return [...taken, ...refused].map((value) => set(t, fd, name, value));
  },
  expected: [...taken.map(() => OK), ...refused.map(() => NO)],
}));

export const SYN_CONTENTS: readonly OracleCase[] = [
  ...CONTENTS.map(([name, settings, expected]) => ({
    cite: 'client 3',
    name: `a SYN, ${name}`,
    run: (t: RawTarget) => syn(t, settings),
    expected: [expected],
  })),
  ...ranges,
  {
    cite: 'client 3',
    name: 'tcp_rto_max_ms counts for sockets that are made after it was set',
    run: (t) => {
      const before = t.socket();
      t.sysctl('net.ipv4.tcp_rto_max_ms', 5000);
      const after = t.socket();
      return [t.getsockopt(before, 'TCP_RTO_MAX_MS'), t.getsockopt(after, 'TCP_RTO_MAX_MS')];
    },
    expected: [120_000, 5000],
  },
  {
    cite: 'client 3',
    name: 'TCP_LINGER2 keeps at most 120, negative values as -1, and 0 stands for tcp_fin_timeout',
    run: (t) => {
      const fd = t.socket();
      const kept = (value: number): unknown => [
        t.setsockopt(fd, 'TCP_LINGER2', value),
        t.getsockopt(fd, 'TCP_LINGER2'),
      ];
      return [5, 120, 121, 1000, 0, -1, -7].map(kept);
    },
    expected: [5, 120, 120, 120, 60, -1, -1].map((value) => [0, value]),
  },
];

/** What of a SYN changes when it is sent again: text, TSval against the time since the first, identification, ISN, port. */
function* resent(t: RawTarget, settings: Settings): Generator<number, unknown, Sent[]> {
  const fd = bound(t);
  for (const [name, value] of Object.entries(settings)) t.sysctl(name as SysctlName, value as never);
  moved(t);
  const from = t.now();
  t.connect(fd, PEER);
  const first = t.output();
  const isn = t.isn(PEER);
  const sent = [...first, ...(yield 2500)];
  const ids = sent.map(({ ipId }) => (ipId - (first[0]?.ipId ?? 0)) & 0xffff);
  const stamps = sent.map(({ text, atNs }) => {
    const tsval = Number(/TS val (\d+)/.exec(text)?.[1]);
    const late = tsval - 1000 - (atNs - from) / 1e6;
    return Math.abs(late) < 60 ? 'fresh' : late;
  });
  return [untimed(sent.map(({ text }) => text)), ids, stamps, isn === t.isn(PEER), t.getsockname(fd)];
}

export const SYN_RESENT: readonly ScheduleCase[] = [
  {
    cite: 'client 3',
    name: 'a SYN sent again: same ISN, port, options and window, fresh TSval, the next identification',
    schedule: (t) => resent(t, {}),
    expected: [
      [all(64_240, 10), all(64_240, 10), all(64_240, 10)],
      [0, 1, 2],
      ['fresh', 'fresh', 'fresh'],
      true,
      '192.0.2.1:80',
    ],
  },
  {
    cite: 'client 3',
    name: 'ECN is asked for in the first SYN only',
    schedule: (t) => resent(t, { 'net.ipv4.tcp_ecn': 1 }),
    expected: [
      [all(64_240, 10).replace('S ', 'SEW '), all(64_240, 10), all(64_240, 10)],
      [0, 1, 2],
      ['fresh', 'fresh', 'fresh'],
      true,
      '192.0.2.1:80',
    ],
  },
  {
    cite: 'client 3',
    name: 'after an ICMP error with an MTU of 1200 the next SYN has an MSS of 1160, on time',
    *schedule(t) {
      const fd = bound(t);
      t.connect(fd, PEER);
      t.output();
      moved(t);
      const at = t.icmp(PEER, { type: 3, code: 4, mtu: 1200 });
      const soon = yield 900;
      const resent = yield 1500;
      return [at, soon.length, untimed(resent.map(({ text }) => text)), moved(t)];
    },
    expected: [
      [],
      0,
      [all(64_240, 10, 1160)],
      {
        TcpRetransSegs: 1,
        TCPTimeouts: 1,
        TCPSynRetrans: 1,
        TcpTimeoutRehash: 1,
        IcmpInMsgs: 1,
        IcmpInDestUnreachs: 1,
      },
    ],
  },
];
