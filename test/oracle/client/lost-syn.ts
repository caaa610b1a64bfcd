// Client sheet 3: what a connection starts with when its SYN had to be sent again.

import type { SockOptionValue } from '@halfopen/engine';
import type { RawTarget, ScheduleCase, Sent } from '../case.ts';
import { bound, PEER } from './life.ts';
import { until } from './timing.ts';

/** Which SYN the answer's timestamp echoes; none: it has no timestamps. */
type Echo = 'last' | 'first' | 'none';

const JIFFY_US = 4000;
const RTO_MIN_US = 200_000;
/** From the last SYN to the answer. */
const RTT_MS = 20;

/** RTO after a first sample, us. @kernel tcp_rtt_estimator net/ipv4/tcp_input.c v6.18 */
const rtoOf = (rttUs: number): number =>
  Math.ceil((rttUs + Math.max(2 * rttUs, RTO_MIN_US)) / JIFFY_US) * JIFFY_US;

/** A time that is as long as nominally, or longer by what the timer wheel and a busy machine add. */
const nominally = (ms: number, due: number): number => (ms >= due - 2 && ms <= due * 1.05 + 60 ? due : ms);

function synAck(echo: Echo, syns: readonly Sent[]): string {
  if (echo === 'none') return 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>';
  const syn = echo === 'first' ? syns[0] : syns.at(-1);
  const tsval = /TS val (\d+)/.exec(syn?.text ?? '')?.[1];
  return `S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 100 ecr ${tsval},nop,wscale 7>`;
}

/** Congestion window, RTT (ms, null for none), RTO (`from RTT` when it is what follows), segments of 20000 bytes that leave. */
function begins(t: RawTarget, fd: number, dueMs: number): unknown[] {
  const { sndCwnd, rttUs, rtoUs } = t.getsockopt(fd, 'TCP_INFO') as SockOptionValue<'TCP_INFO'>;
  t.send(fd, 20_000);
  const rtt = rttUs === 0 ? null : nominally(rttUs / 1000, dueMs);
  return [sndCwnd, rtt, rttUs > 0 && rtoUs === rtoOf(rttUs) ? 'from RTT' : rtoUs / 1e6, t.output().length];
}

function* answered(t: RawTarget, resends: number, echo: Echo): Generator<number, unknown, Sent[]> {
  const startNs = t.now();
  const fd = bound(t);
  t.connect(fd, PEER);
  const syns = t.output();
  yield* until(t, startNs, () => syns.length > resends, [resends * 1000 - 100, resends * 1000 + 500], syns);
  syns.push(...(yield (t.now() - startNs) / 1e6 + RTT_MS));
  t.segment(PEER, synAck(echo, syns));
  return [syns.length, ...begins(t, fd, echo === 'first' ? resends * 1000 + RTT_MS : RTT_MS)];
}

const NONE = [null, 3] as const;

/** Resends, echo: congestion window, RTT in ms, RTO (s), segments. */
const ROWS: readonly (readonly [resends: number, echo: Echo, expected: readonly unknown[]])[] = [
  [1, 'last', [10, RTT_MS, 'from RTT', 10]],
  [2, 'last', [1, RTT_MS, 'from RTT', 1]],
  [3, 'last', [1, RTT_MS, 'from RTT', 1]],
  [1, 'first', [10, 1020, 'from RTT', 10]],
  [2, 'first', [10, 2020, 'from RTT', 10]],
  [3, 'first', [10, 3020, 'from RTT', 10]],
  [1, 'none', [10, ...NONE, 10]],
  [2, 'none', [1, ...NONE, 1]],
  [3, 'none', [1, ...NONE, 1]],
];

const ECHOES: { readonly [E in Echo]: string } = {
  last: 'TSecr is the last one',
  first: 'TSecr is the first one',
  none: 'no timestamps',
};

export const LOST_SYN_SCHEDULES: readonly ScheduleCase[] = ROWS.map(([resends, echo, expected]) => ({
  cite: 'client 3',
  name: `${resends} of ${resends + 1} SYNs lost, ${ECHOES[echo]}: window ${expected[0]}`,
  schedule: (t) => answered(t, resends, echo),
  expected: [resends + 1, ...expected],
}));
