// Kernel profiles are data: what changed between Linux versions, as sysctl defaults and named behaviour switches, each
// citing where it changed. No other file asks for a version.

import type { WheelKind } from './jiffies.ts';
import { defaultSysctls, type SysctlName, type Sysctls, type SysctlValue } from './sysctl.ts';

export interface Behaviour {
  /** First SYN and SYN-ACK timeout, ms. 3000 before 3.1 (RFC 1122), 1000 since (RFC 6298, commit 9ad7c049f0f7). */
  readonly timeoutInitMs: number;
  /**
   * When the request queue is full. `table`: qlen reached the power of two fixed at listen() (to 4.3). `at-backlog`:
   * qlen >= backlog (4.4 to 6.12). `above-backlog`: qlen > backlog (6.13, commit 3479c7549fb1, and stable backports).
   */
  readonly requestQueueFull: 'table' | 'at-backlog' | 'above-backlog';
  /** SYN with a full accept queue: dropped always (4.10, commit 5ea8ea2cb7f1), before that only when young > 1. */
  readonly synDropNeedsYoung: boolean;
  /** SYN-stage drops are counted (ListenOverflows, ListenDrops, TCPReqQFull*); 2.6.32 counts nothing there. */
  readonly countsSynDrops: boolean;
  /** Thinning of old requests starts when 2*qlen > max(8, backlog) (4.4), before that at half of the table. */
  readonly thinByBacklog: boolean;
  /** SYN-ACK retransmissions counted in TcpRetransSegs (3.10) and in TCPSynRetrans (4.2); timer in TCPTimeouts (3.10). */
  readonly synAckRetransCounters: 'none' | 'segs' | 'segs-and-syn';
  readonly countsSynAckTimeouts: boolean;
  /** A duplicate SYN of a request is answered at most once per tcp_invalid_ratelimit (4.0). */
  readonly limitsDuplicateSyn: boolean;
  /** So is an out-of-window segment of a request (by 4.19). */
  readonly limitsRequestOutOfWindow: boolean;
  /** ICMP codes that remove a request: any unreachable but 3/4 (to 4.3), or only net/host unreachable (4.4). */
  readonly icmpRequestCodes: 'any' | 'net-host';
  readonly countsIcmpRequestDrop: boolean;
  /** An ICMP error while connecting also goes to the error queue (5.8, commit 45af29ca761c). */
  readonly queuesIcmpErrors: boolean;
  /** RST to a request with seq != rcv_nxt gets a challenge ACK (stable backport of 2025). */
  readonly challengesRequestRst: boolean;
  /** The SYN's TSval stays with a request until its child exists (6.14, commit 8d52da23b6c6, stable backports of 2025). */
  readonly keepsRequestTimestamp: boolean;
  /** TSecr of a third ACK must lie between the TSvals of the SYN-ACKs (6.18). */
  readonly checksRequestTsecr: boolean;
  /** MSS values a SYN cookie can carry. */
  readonly cookieMss4: readonly number[];
  readonly cookieMss6: readonly number[];
  /** Minutes a cookie stays good, counted in clock periods (2 since 3.12, 4 before). */
  readonly cookiePeriods: number;
  /** Cookies are looked at only this long after the last one was sent, ms. */
  readonly cookieRecentMs: number;
  /** Timestamp offset: none (to 4.9), per address pair (4.10 to 5.15), per 4-tuple (6.1 with backports). */
  readonly timestampOffset: 'none' | 'pair' | 'tuple';
  /** PAWSTimewait exists (6.13); before, PAWSEstab counts those too. */
  readonly countsPawsTimewait: boolean;
  /** A bare ACK that is older than rcv.nxt and fails PAWS is counted in PAWSOldAck and not answered (6.14, commit 124c4c32e9f3). */
  readonly ignoresOldPawsAck: boolean;
  /** TIME-WAIT reuse age is in ms (6.14) or in whole seconds. */
  readonly reuseDelayInMs: boolean;
  /** connect() port choice; see inet/ephemeral-ports.ts. */
  readonly portChoice: 'hint-step1' | 'hint-even-step1' | 'hint-two-pass' | 'perturb-256' | 'perturb-64k';
  /** A segment without room in the receive buffer is answered with a window of 0 (6.6, commit e2142825c120). */
  readonly closesWindowWithoutMemory: boolean;
  /** connect() passes a port in use without taking its locks (6.15: __inet_check_established() looks under RCU first; client sheet 2.1). */
  readonly lockFreeProbes: boolean;
  /**
   * bind(0): ports one by one from a random start, only those nobody has (`rover-alone`, to 3.1), also those whose owners
   * do not conflict (`rover`, to 4.1), SO_REUSEADDR sockets in the lower half of the range first (`rover-halves`, 4.2,
   * commit 946f9eb226b1); odd parity first (`parity`, 4.6, commit ea8add2b1903).
   */
  readonly bindZero: 'rover-alone' | 'rover' | 'rover-halves' | 'parity';
  /** A port remembers that all its owners set SO_REUSEADDR, and asks the next such one no more (to 6.7, commit 8002d44fe84d). */
  readonly remembersReuse: boolean;
  /** (port, address) buckets beside port buckets (6.1). */
  readonly flipsBucketBack: boolean;
  /** Initial congestion window, segments (10 since 2.6.39, commit 442b9635c569). */
  readonly initialCwnd: number;
  /** Challenge ACK to a SYN, or to a RST not at rcv_nxt, in a synchronised state (3.6, RFC 5961); before: reset. */
  readonly challenges: boolean;
  /** Tail loss probe (3.10) and RACK (4.4). */
  readonly tailLossProbe: boolean;
  /** A send record takes in the next one before it is sent (6.10, commit 8ee602c63520). */
  readonly growsRecords: boolean;
  /** Text of the SYN flood log line: `%s` is address and port, or the port alone. */
  readonly floodLog: 'address' | 'port' | 'lower-case';
  /** The first window is at most 65535 bytes, scaled or not (to 6.10, commit 378979e94e95). */
  readonly limitsFirstWindow: boolean;
  /** Ratio of receive buffer used for the first window: half (4.20), or 20 * MSS of older kernels (3.x), 4 * MSS (2.6). */
  readonly initialWindowSegments: number;
  /** How timers are rounded when `hz` is set. */
  readonly timerWheel: WheelKind;
}

/** What the engine's tables have and this kernel did not have yet. */
export interface Lacks {
  /** Writing one: ENOENT. */
  readonly sysctls: readonly SysctlName[];
  /** Names of socket options; getting and setting one: ENOPROTOOPT. */
  readonly options: readonly string[];
}

export interface Profile {
  /** `6.18`, `5.15` … */
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly sysctls: Partial<Sysctls>;
  readonly lacks: Lacks;
  /** Jiffies a second for Linux's timer-wheel rounding, or 0 for exact times. */
  readonly hz: 0 | 100 | 250 | 300 | 1000;
}

const NOW: Behaviour = {
  timeoutInitMs: 1000,
  requestQueueFull: 'above-backlog',
  synDropNeedsYoung: false,
  countsSynDrops: true,
  thinByBacklog: true,
  synAckRetransCounters: 'segs-and-syn',
  countsSynAckTimeouts: true,
  limitsDuplicateSyn: true,
  limitsRequestOutOfWindow: true,
  icmpRequestCodes: 'net-host',
  countsIcmpRequestDrop: true,
  queuesIcmpErrors: true,
  challengesRequestRst: true,
  keepsRequestTimestamp: true,
  checksRequestTsecr: true,
  cookieMss4: [536, 1300, 1440, 1460],
  cookieMss6: [1220, 1420, 1440, 8940],
  cookiePeriods: 2,
  cookieRecentMs: 120000,
  timestampOffset: 'tuple',
  countsPawsTimewait: true,
  ignoresOldPawsAck: true,
  reuseDelayInMs: true,
  portChoice: 'perturb-64k',
  closesWindowWithoutMemory: true,
  lockFreeProbes: true,
  bindZero: 'parity',
  remembersReuse: false,
  flipsBucketBack: true,
  initialCwnd: 10,
  challenges: true,
  tailLossProbe: true,
  growsRecords: true,
  floodLog: 'address',
  limitsFirstWindow: false,
  initialWindowSegments: 0,
  timerWheel: 'levels',
};

// Each older kernel is the next newer one with what had not changed yet.
const B_6_12: Behaviour = {
  ...NOW,
  checksRequestTsecr: false,
  lockFreeProbes: false,
  countsPawsTimewait: false,
  ignoresOldPawsAck: false,
  reuseDelayInMs: false,
  flipsBucketBack: false,
};
const B_6_1: Behaviour = {
  ...B_6_12,
  remembersReuse: true,
  limitsFirstWindow: true,
  growsRecords: false,
  floodLog: 'port',
  closesWindowWithoutMemory: false,
};
const B_5_15: Behaviour = {
  ...B_6_1,
  requestQueueFull: 'at-backlog',
  challengesRequestRst: false,
  keepsRequestTimestamp: false,
  timestampOffset: 'pair',
};
const B_5_4: Behaviour = { ...B_5_15, queuesIcmpErrors: false, portChoice: 'hint-two-pass' };
const B_4_19: Behaviour = { ...B_5_4, initialWindowSegments: 20 };
const B_4_4: Behaviour = {
  ...B_4_19,
  synDropNeedsYoung: true,
  limitsRequestOutOfWindow: false,
  timestampOffset: 'none',
  portChoice: 'hint-even-step1',
  bindZero: 'rover-halves',
  timerWheel: 'cascade-slack',
};
const B_3_10: Behaviour = {
  ...B_4_4,
  requestQueueFull: 'table',
  thinByBacklog: false,
  synAckRetransCounters: 'segs',
  limitsDuplicateSyn: false,
  icmpRequestCodes: 'any',
  cookieMss4: [64, 512, 536, 1024, 1440, 1460, 4312, 8960],
  cookieMss6: [64, 512, 536, 1280 - 60, 1480 - 60, 1500 - 60, 4460 - 60, 9000 - 60],
  cookiePeriods: 4,
  cookieRecentMs: 3000,
  portChoice: 'hint-step1',
  bindZero: 'rover',
};
const B_2_6_32: Behaviour = {
  ...B_3_10,
  timeoutInitMs: 3000,
  countsSynDrops: false,
  synAckRetransCounters: 'none',
  countsSynAckTimeouts: false,
  countsIcmpRequestDrop: false,
  // The source lists each value less one and adds it again (msstab[] net/ipv4/syncookies.c v2.6.32).
  cookieMss4: [64, 256, 512, 536, 1024, 1440, 1460, 4312],
  cookieMss6: [64, 256, 512, 536, 1024, 1440, 1460, 4312],
  initialCwnd: 3,
  challenges: false,
  tailLossProbe: false,
  floodLog: 'lower-case',
  bindZero: 'rover-alone',
  initialWindowSegments: 4,
  timerWheel: 'cascade',
};

const S_6_12: Partial<Sysctls> = {
  'net.ipv4.tcp_rmem': [4096, 131072, 6291456],
  'net.core.rmem_max': 212992,
  'net.core.wmem_max': 212992,
};
const S_6_1: Partial<Sysctls> = { ...S_6_12, 'net.ipv4.tcp_syn_linear_timeouts': 0 };
const S_5_15: Partial<Sysctls> = { ...S_6_1, 'net.ipv4.tcp_challenge_ack_limit': 1000 };
const S_4_19: Partial<Sysctls> = {
  ...S_5_15,
  'net.core.somaxconn': 128,
  'net.ipv4.tcp_max_syn_backlog': 1024,
  'net.ipv4.tcp_rmem': [4096, 87380, 6291456],
};
const S_4_4: Partial<Sysctls> = {
  ...S_4_19,
  'net.ipv4.tcp_tw_reuse': 0,
  'net.ipv4.tcp_challenge_ack_limit': 100,
};
const S_3_10: Partial<Sysctls> = {
  ...S_4_4,
  'net.ipv4.ip_local_port_range': [32768, 61000],
  'net.ipv4.tcp_fastopen': 0,
};
const S_2_6_32: Partial<Sysctls> = {
  ...S_3_10,
  'net.ipv4.tcp_syncookies': 0,
  'net.ipv4.tcp_syn_retries': 5,
  'net.ipv4.tcp_rmem': [4096, 87380, 4194304],
  'net.core.rmem_max': 131071,
  'net.core.wmem_max': 131071,
};

const NOTHING: Lacks = { sysctls: [], options: [] };

const older = (next: Lacks, sysctls: readonly SysctlName[], options: readonly string[] = []): Lacks => ({
  sysctls: [...next.sysctls, ...sysctls],
  options: [...next.options, ...options],
});

// The version that brought each. tcp_min_snd_mss came to stable kernels from 4.4 on.
const L_6_12 = older(
  NOTHING,
  ['net.ipv4.tcp_rto_max_ms' /* 6.15 */, 'net.ipv4.tcp_tw_reuse_delay' /* 6.14 */],
  ['TCP_RTO_MAX_MS' /* 6.15 */],
);
const L_6_1 = older(
  L_6_12,
  [
    'net.ipv4.tcp_rto_min_us' /* 6.11 */,
    'net.ipv4.tcp_pingpong_thresh' /* 6.7 */,
    'net.ipv4.tcp_syn_linear_timeouts' /* 6.5 */,
  ],
  ['IP_LOCAL_PORT_RANGE' /* 6.3 */],
);
const L_5_4 = older(L_6_1, [
  'net.ipv4.tcp_migrate_req' /* 5.14 */,
  'net.ipv4.tcp_reflect_tos' /* 5.10 */,
  'net.ipv4.ip_autobind_reuse' /* 5.7 */,
]);
const L_4_4 = older(L_5_4, ['net.ipv4.ip_unprivileged_port_start' /* 4.11 */]);
const L_3_10 = older(
  L_4_4,
  [
    'net.ipv4.tcp_min_rtt_wlen' /* 4.4 */,
    'net.ipv4.tcp_recovery' /* 4.4 */,
    'net.ipv4.tcp_min_snd_mss' /* 5.2 */,
    'net.ipv4.tcp_invalid_ratelimit' /* 4.0 */,
    'net.ipv4.tcp_autocorking' /* 3.14 */,
  ],
  ['IP_BIND_ADDRESS_NO_PORT' /* 4.2 */],
);
const L_2_6_32 = older(
  L_3_10,
  [
    'net.ipv4.ip_local_reserved_ports' /* 2.6.35 */,
    'net.ipv4.tcp_challenge_ack_limit' /* 3.6 */,
    'net.ipv4.tcp_fastopen' /* 3.6 */,
    'net.ipv4.tcp_early_retrans' /* 3.5 */,
  ],
  ['SO_REUSEPORT' /* 3.9 */, 'TCP_USER_TIMEOUT' /* 2.6.37 */],
);

const TABLE: readonly Profile[] = [
  { name: '6.18', behaviour: NOW, sysctls: {}, lacks: NOTHING, hz: 0 },
  { name: '6.12', behaviour: B_6_12, sysctls: S_6_12, lacks: L_6_12, hz: 0 },
  { name: '6.1', behaviour: B_6_1, sysctls: S_6_1, lacks: L_6_1, hz: 0 },
  { name: '5.15', behaviour: B_5_15, sysctls: S_5_15, lacks: L_6_1, hz: 0 },
  { name: '5.4', behaviour: B_5_4, sysctls: S_5_15, lacks: L_5_4, hz: 0 },
  { name: '4.19', behaviour: B_4_19, sysctls: S_4_19, lacks: L_5_4, hz: 0 },
  { name: '4.4', behaviour: B_4_4, sysctls: S_4_4, lacks: L_4_4, hz: 0 },
  { name: '3.10', behaviour: B_3_10, sysctls: S_3_10, lacks: L_3_10, hz: 0 },
  { name: '2.6.32', behaviour: B_2_6_32, sysctls: S_2_6_32, lacks: L_2_6_32, hz: 0 },
];

/** Names that `linux()` takes, newest first. */
export const PROFILE_NAMES: readonly string[] = TABLE.map((p) => p.name);

/** The profile of a kernel, or null when there is none of that name. `hz` switches Linux's timer-wheel rounding on. */
export function linux(name: string, hz: Profile['hz'] = 0): Profile | null {
  const found = TABLE.find((p) => p.name === name);
  return found === undefined ? null : { ...found, hz };
}

/** Kernels of the table that have a sysctl, newest first. */
export const kernelsWith = (name: SysctlName): string[] =>
  TABLE.filter((p) => !p.lacks.sysctls.includes(name)).map((p) => p.name);

/** Sysctl values a namespace of this kernel starts with. Those it lacks are among them: the engine has one table. */
export function profileSysctls(profile: Profile): Sysctls {
  return { ...defaultSysctls(), ...structuredCopy(profile.sysctls) };
}

function structuredCopy(values: Partial<Sysctls>): Partial<Sysctls> {
  const out: Record<string, SysctlValue> = {};
  for (const [name, value] of Object.entries(values))
    out[name] = typeof value === 'object' ? [...value] : value;
  return out as Partial<Sysctls>;
}
