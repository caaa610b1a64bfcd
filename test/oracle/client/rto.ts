// Client sheet 6: round-trip times and the timeout, tail loss probes, and when data that nobody acknowledges is given up.

import type { SockOptionName, SockOptionValue, SysctlName } from '@halfopen/engine';
import {
  type Counters,
  moved,
  type OracleCase,
  type RawTarget,
  type ScheduleCase,
  type Sent,
  stateOf,
} from '../case.ts';
import { connecting, openWith, PEER, SACKED } from './life.ts';
import { onTime, timesOf, until } from './timing.ts';

const JIFFY_US = 4000;
const RTO_MIN_US = 200_000;

const info = (t: RawTarget, fd: number): SockOptionValue<'TCP_INFO'> =>
  t.getsockopt(fd, 'TCP_INFO') as SockOptionValue<'TCP_INFO'>;

/** A measured time (us) as a time in ms: that of the row if it is that or up to 3 ms more. */
const ms = (us: number, due: number): number =>
  us >= due * 1000 && us <= (due + 3) * 1000 ? due : us / 1000;

/** RTO that follows from srtt and four times the deviation, us, in whole jiffies. @kernel __tcp_set_rto net/ipv4/tcp_input.c v6.18 */
const rtoOf = (srttUs: number, rttvar4Us: number): number =>
  Math.ceil((srttUs + Math.max(rttvar4Us, RTO_MIN_US)) / JIFFY_US) * JIFFY_US;

/** After a handshake: the first sample m gives srtt m, deviation m/2, and the RTO m + max(2m, 200 ms). */
const handshake = (rtt: number): OracleCase => ({
  cite: 'client 6',
  name: `a round trip of ${rtt} ms: RTO is that and the larger of twice that and 200 ms`,
  run: (t) => {
    const { rttUs, rttvarUs, rtoUs, minRttUs } = info(t, openWith(t, SACKED, rtt));
    return [
      ms(rttUs, rtt),
      Math.abs(rttvarUs - rttUs / 2) <= 1,
      rtoUs === rtoOf(rttUs, 2 * rttUs),
      Math.abs(minRttUs - rttUs) <= 1,
    ];
  },
  expected: [rtt, true, true, true],
});

/**
 * The estimator as the kernel writes it, in us: srtt8 is eight times srtt, mdev and rttvar four times the deviation.
 * @kernel tcp_rtt_estimator net/ipv4/tcp_input.c v6.18
 */
class Estimator {
  srtt8: number;
  mdev: number;
  constructor(first: number) {
    this.srtt8 = first * 8;
    this.mdev = first * 2;
  }

  add(sample: number): void {
    let m = sample - (this.srtt8 >> 3);
    this.srtt8 += m;
    if (m < 0) {
      m = -m - (this.mdev >> 2);
      if (m > 0) m >>= 3;
    } else m -= this.mdev >> 2;
    this.mdev += m;
  }
}

const near = (value: number, wanted: number): boolean =>
  Math.abs(value - wanted) <= Math.max(wanted * 0.03, 1500);

/** Round trips (ms), one segment each: whether srtt and deviation are what the rule makes of them, after each. */
function follows(t: RawTarget, trips: readonly number[]): boolean[] {
  const fd = openWith(t, SACKED, trips[0]);
  const rule = new Estimator((trips[0] as number) * 1000);
  return trips.slice(1).map((trip, i) => {
    t.send(fd, 1);
    t.wait(trip);
    t.segment(PEER, `. 1001:1001(0) ack ${i + 2} win 512`);
    rule.add(trip * 1000);
    const { rttUs, rttvarUs } = info(t, fd);
    return near(rttUs, rule.srtt8 >> 3) && near(rttvarUs, rule.mdev >> 2);
  });
}

const trips = (name: string, list: readonly number[]): OracleCase => ({
  cite: 'client 6',
  name,
  run: (t) => follows(t, list),
  expected: list.slice(1).map(() => true),
});

export const RTO: readonly OracleCase[] = [
  ...[1, 50, 300].map(handshake),
  trips('a round trip that rises: gain 1/8, deviation 1/4', [10, 30, 30, 30, 60, 60]),
  trips('a round trip that falls by more than the deviation: deviation gain 1/32', [60, 10, 10, 10, 10]),
  trips('a round trip that goes up and down', [20, 40, 20, 40, 20, 40]),
];

type Settings = Partial<Readonly<Record<SysctlName | SockOptionName, number>>>;

/** A connection under these sysctls, with these options, after a round trip of so many ms. */
function* opened(t: RawTarget, settings: Settings, rtt: number): Generator<number, number, Sent[]> {
  const all = Object.entries(settings);
  for (const [name, value] of all) if (name.startsWith('net.')) t.sysctl(name as SysctlName, value as never);
  const fd = connecting(t);
  if (rtt > 0) yield rtt;
  t.segment(PEER, SACKED.synAck);
  for (const [name, value] of all)
    if (!name.startsWith('net.')) t.setsockopt(fd, name as SockOptionName, value as never);
  return fd;
}

/** What of the transmissions is told: flags, numbers. */
const short = (packets: readonly Sent[]): string[] =>
  packets.map(({ text }) => text.split(' ').slice(0, 2).join(' '));

/** After a round trip of `rtt` ms, bytes that nobody acknowledges: what is sent, and when, up to `lastMs`. */
function* unacknowledged(
  t: RawTarget,
  rtt: number,
  bytes: number,
  nominal: readonly number[],
  settings: Settings,
): Generator<number, unknown, Sent[]> {
  const startNs = t.now();
  const fd = yield* opened(t, settings, rtt);
  moved(t);
  const from = t.now();
  t.send(fd, bytes);
  const packets = t.output();
  const flight = packets.length;
  const last = nominal.at(-1) as number;
  packets.push(...(yield (from - startNs) / 1e6 + last * 1100 + 100));
  const resent = packets.slice(flight);
  return [short(resent), onTime(timesOf(resent, PEER, from), nominal), moved(t)];
}

/** `probe`: the tail loss probe; the others are RTOs. */
const counted = (flight: number, resent: number, probe: 0 | 1, extra: Counters = {}): Counters => ({
  TcpOutSegs: flight,
  TCPOrigDataSent: flight,
  TcpRetransSegs: resent,
  TCPTimeouts: resent - probe,
  TcpTimeoutRehash: resent - probe,
  ...(probe > 0 ? { TCPLossProbes: 1 } : {}),
  ...extra,
});

const same = (line: string, n: number): string[] => Array.from({ length: n }, () => line);

const LONE = 'P. 1:2(1)';

type Resends = readonly [
  name: string,
  rtt: number,
  bytes: number,
  resent: readonly string[],
  nominal: readonly number[],
  counters: Counters,
  settings?: Settings,
];

const RESENDS: readonly Resends[] = [
  [
    'RTT below 2 ms, one segment: a probe after 2 RTT and 200 ms, then the RTO of 204 ms doubling',
    0,
    1,
    same(LONE, 5),
    [0.204, 0.408, 0.816, 1.632, 3.264],
    counted(1, 5, 1, { TCPLostRetransmit: 3 }),
  ],
  [
    'RTT 50 ms, one segment: both are 252 ms',
    50,
    1,
    same(LONE, 5),
    [0.252, 0.504, 1.008, 2.016, 4.032],
    counted(1, 5, 1, { TCPLostRetransmit: 3 }),
  ],
  [
    'RTT 300 ms, one segment: a probe after 804 ms, then the RTO of 904 ms',
    300,
    1,
    same(LONE, 3),
    [0.804, 1.708, 3.516],
    counted(1, 3, 1, { TCPLostRetransmit: 1 }),
  ],
  [
    'RTT 50 ms, five segments: the last one as a probe after 2 RTT and 2 ms, the first one by the RTO',
    50,
    7300,
    ['P. 5841:7301(1460)', ...same('. 1:1461(1460)', 3)],
    [0.104, 0.356, 0.86, 1.868],
    counted(5, 4, 1, { TCPLostRetransmit: 2 }),
  ],
  [
    'without probes (tcp_early_retrans 0): the RTO',
    0,
    1,
    same(LONE, 3),
    [0.204, 0.612, 1.428],
    counted(1, 3, 0, { TCPLostRetransmit: 2 }),
    { 'net.ipv4.tcp_early_retrans': 0 },
  ],
  [
    'tcp_rto_max_ms 1000 caps the doubling',
    0,
    1,
    same(LONE, 6),
    [0.204, 0.408, 0.816, 1.632, 2.632, 3.632],
    counted(1, 6, 1, { TCPLostRetransmit: 4 }),
    { 'net.ipv4.tcp_rto_max_ms': 1000 },
  ],
  [
    'tcp_rto_min_us 50000: RTO of 52 ms, and the probe with it',
    0,
    1,
    same(LONE, 4),
    [0.056, 0.112, 0.224, 0.448],
    counted(1, 4, 1, { TCPLostRetransmit: 2 }),
    { 'net.ipv4.tcp_rto_min_us': 50_000 },
  ],
];

const resends: ScheduleCase[] = RESENDS.map(
  ([name, rtt, bytes, resent, nominal, counters, settings = {}]) => ({
    cite: 'client 6',
    name: `nothing is acknowledged, ${name}`,
    schedule: (t) => unacknowledged(t, rtt, bytes, nominal, settings),
    expected: [resent, nominal, counters],
  }),
);

/** Data that nobody acknowledges until the connection is given up. `softly` puts a host-unreachable error on it. */
function* givenUp(
  t: RawTarget,
  settings: Settings,
  resent: readonly number[],
  failure: number,
  softly: boolean,
): Generator<number, unknown, Sent[]> {
  const startNs = t.now();
  const fd = yield* opened(t, settings, 0);
  moved(t);
  const from = t.now();
  t.send(fd, 1);
  const packets = t.output();
  if (softly) t.icmp(PEER, { type: 3, code: 1, seq: 1 });
  const offset = (from - startNs) / 1e6;
  const span = [offset + (resent.at(-1) as number) * 1000, offset + failure * 1150 + 500] as const;
  const end = yield* until(t, from, () => stateOf(t, PEER) === 'gone', span, packets);
  const seen = timesOf(packets, PEER, from);
  // A timeout of the user's counts from the first RTO, so what the wheel added before does not matter.
  const times = settings.TCP_USER_TIMEOUT
    ? [...onTime(seen, [0, ...resent]), ...onTime([end], [failure])]
    : onTime([...seen, end], [0, ...resent, failure]);
  return [times, t.poll(fd), t.getsockopt(fd, 'SO_ERROR'), t.send(fd, 1), t.recv(fd, 1), moved(t)];
}

const DEAD = 'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP';

const end = (resent: number, counters: Counters = {}): Counters => ({
  TcpOutSegs: 1,
  TCPOrigDataSent: 1,
  TCPLossProbes: 1,
  TcpRetransSegs: resent,
  TCPTimeouts: resent,
  TcpTimeoutRehash: resent - 1,
  TCPAbortOnTimeout: 1,
  TcpEstabResets: 1,
  TcpCurrEstab: -1,
  ...(resent > 2 ? { TCPLostRetransmit: resent - 2 } : {}),
  ...counters,
});

const SERIES = [0.204, 0.408, 0.816, 1.632, 3.264, 6.528];
const RETRIES2 = 'net.ipv4.tcp_retries2';

type End = readonly [
  name: string,
  settings: Settings,
  resent: readonly number[],
  failure: number,
  errno: string,
  counters: Counters,
  softly?: boolean,
];

const ENDS: readonly End[] = [
  ['tcp_retries2 1: after 600 ms of RTOs', { [RETRIES2]: 1 }, SERIES.slice(0, 3), 1.632, 'ETIMEDOUT', end(3)],
  ['tcp_retries2 3: after 3 s', { [RETRIES2]: 3 }, SERIES.slice(0, 5), 6.528, 'ETIMEDOUT', end(5)],
  ['tcp_retries2 5: after 12.6 s', { [RETRIES2]: 5 }, SERIES, 13.056, 'ETIMEDOUT', end(6)],
  [
    'TCP_USER_TIMEOUT 3000: that long after the first RTO',
    { TCP_USER_TIMEOUT: 3000 },
    SERIES.slice(0, 5),
    3.408,
    'ETIMEDOUT',
    end(5),
  ],
  [
    'an ICMP error that came meanwhile is the errno',
    { [RETRIES2]: 1 },
    SERIES.slice(0, 3),
    1.632,
    'EHOSTUNREACH',
    end(3, { IcmpInMsgs: 1, IcmpInDestUnreachs: 1 }),
    true,
  ],
];

const ends: ScheduleCase[] = ENDS.map(
  ([name, settings, resent, failure, errno, counters, softly = false]) => ({
    cite: 'client 6',
    name: `nothing is acknowledged, given up: ${name}`,
    schedule: (t) => givenUp(t, settings, resent, failure, softly),
    expected: [[0, ...resent, failure], DEAD, errno, 'EPIPE', 0, counters],
  }),
);

export const RTO_SCHEDULES: readonly ScheduleCase[] = [...resends, ...ends];
