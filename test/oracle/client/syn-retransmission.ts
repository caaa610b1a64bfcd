// Client sheet 3: when a SYN that nobody answers is sent again, and when connect() is given up.

import type { SockOptionName, SysctlName } from '@halfopen/engine';
import { type Counters, moved, type RawTarget, type ScheduleCase, type Sent } from '../case.ts';
import { bound, PEER } from './life.ts';
import { onTime, timesOf, until } from './timing.ts';

type Settings = Partial<Readonly<Record<SysctlName | SockOptionName, number>>>;

const LIN = 'net.ipv4.tcp_syn_linear_timeouts';
const TRIES = 'net.ipv4.tcp_syn_retries';

/** A socket made under these sysctls, with these options. */
function prepared(t: RawTarget, settings: Settings): number {
  const [sysctls, options] = [true, false].map((of) =>
    Object.entries(settings).filter(([name]) => name.startsWith('net.') === of),
  );
  for (const [name, value] of sysctls ?? []) t.sysctl(name as SysctlName, value as never);
  const fd = bound(t);
  for (const [name, value] of options ?? []) t.setsockopt(fd, name as SockOptionName, value as never);
  return fd;
}

/** After n resends and the end. TCPOutSegs is only of the first SYN. */
const gaveUp = (n: number): Counters => ({
  TcpActiveOpens: 1,
  TcpAttemptFails: 1,
  TcpOutSegs: 1,
  TcpRetransSegs: n,
  TCPTimeouts: n + 1,
  TCPSynRetrans: n,
  TcpTimeoutRehash: n,
  ...(n > 1 ? { TCPLostRetransmit: n - 1 } : {}),
  TCPAbortOnTimeout: 1,
});

const FAILED = 'IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP';

/** Nominal times (s) of resends, and of ETIMEDOUT. */
type Row = readonly [name: string, settings: Settings, resends: readonly number[], failure: number];

const DEFAULT = [1, 2, 3, 4, 5, 7, 11, 19, 35, 67];

const ROWS: readonly Row[] = [
  ['by default: every second four times, then doubling', {}, DEFAULT, 131],
  ['tcp_syn_linear_timeouts 0: doubling from the first on', { [LIN]: 0 }, [1, 3, 7, 15, 31, 63], 127],
  ['tcp_syn_linear_timeouts 1', { [LIN]: 1 }, [1, 2, 4, 8, 16, 32, 64], 128],
  ['tcp_syn_retries 1: the model ends it, not the count', { [TRIES]: 1 }, [1, 2], 3],
  ['tcp_syn_retries 2: the model ends it, not the count', { [TRIES]: 2 }, [1, 2, 3, 4, 5], 7],
  ['tcp_syn_retries 2, tcp_syn_linear_timeouts 0', { [TRIES]: 2, [LIN]: 0 }, [1, 3], 7],
  ['TCP_SYNCNT 3', { TCP_SYNCNT: 3 }, [1, 2, 3, 4, 5, 7, 11], 19],
  ['TCP_SYNCNT 3, tcp_syn_linear_timeouts 0', { TCP_SYNCNT: 3, [LIN]: 0 }, [1, 3, 7], 15],
  ['TCP_SYNCNT comes before tcp_syn_retries', { TCP_SYNCNT: 1, [TRIES]: 6, [LIN]: 0 }, [1], 3],
  ['tcp_rto_max_ms 4000', { 'net.ipv4.tcp_rto_max_ms': 4000 }, [1, 2, 3, 4, 5, 7, 11, 15, 19], 23],
  ['TCP_RTO_MAX_MS 2000', { TCP_RTO_MAX_MS: 2000 }, [1, 2, 3, 4, 5, 7, 9, 11], 13],
  ['TCP_USER_TIMEOUT 300: the first second is not shortened', { TCP_USER_TIMEOUT: 300 }, [1], 1.001],
  ['TCP_USER_TIMEOUT 5000', { TCP_USER_TIMEOUT: 5000 }, [1, 2, 3, 4], 5],
  ['TCP_USER_TIMEOUT 5500', { TCP_USER_TIMEOUT: 5500 }, [1, 2, 3, 4, 5], 5.5],
  ['TCP_USER_TIMEOUT 200000 does not extend it', { TCP_USER_TIMEOUT: 200_000 }, DEFAULT, 131],
];

/** The wheel adds up to an eighth to every wait. */
const LATEST = 1.07;

function* unanswered(
  t: RawTarget,
  settings: Settings,
  [, , resends, failure]: Row,
): Generator<number, unknown, Sent[]> {
  const fd = prepared(t, settings);
  moved(t);
  const from = t.now();
  t.connect(fd, PEER);
  const sent = t.output();
  const last = resends.at(-1) as number;
  const span = [Math.max(last, failure - 1) * 1000, failure * LATEST * 1000 + 300] as const;
  const end = yield* until(t, from, () => t.poll(fd) !== '-', span, sent);
  const seen = timesOf(sent, PEER, from);
  // A timeout of the user's counts from the first SYN, so what the wheel added before does not matter.
  const byUser = settings.TCP_USER_TIMEOUT === failure * 1000;
  const times = byUser
    ? [...onTime(seen, [0, ...resends]), ...onTime([end], [failure])]
    : onTime([...seen, end], [0, ...resends, failure]);
  return [times, t.poll(fd), t.getsockopt(fd, 'SO_ERROR'), moved(t)];
}

export const SYN_SCHEDULES: readonly ScheduleCase[] = ROWS.map((row) => ({
  cite: 'client 3',
  name: `a SYN that nobody answers, ${row[0]}`,
  schedule: (t) => unanswered(t, row[1], row),
  expected: [[0, ...row[2], row[3]], FAILED, 'ETIMEDOUT', gaveUp(row[2].length)],
}));
