// Client sheet 0: what the timer wheel of HZ 250 makes of timers: the first one is late by chance, those after it begin on
// its grid and are late by a fixed time. Those that meet there fire in a certain order.

import type { ScheduleCase } from '../case.ts';
import { bound, open, PEER } from './life.ts';
import { timesOf } from './timing.ts';

/** Least and greatest wait in ms that the wheel makes of 1, 2, 4, 8 and 16 s, one after the other. */
const GAPS: readonly (readonly [least: number, most: number])[] = [
  [1000, 1032],
  [2016, 2016],
  [4032, 4256],
  [8192, 8192],
  [16_128, 16_128],
];
/** Ports of the peer that three sockets connect to. */
const PEERS = [21, 22, 23];
/** How late a packet may be read, ms. */
const LATE_MS = 25;

export const WHEEL_SCHEDULES: readonly ScheduleCase[] = [
  {
    cite: 'client 0',
    name: 'SYNs due after 1, 2, 4, 8 and 16 s leave after 1.000 to 1.032, 2.016, 4.032 to 4.256, 8.192 and 16.128 s',
    *schedule(t) {
      t.sysctl('net.ipv4.tcp_syn_linear_timeouts', 0);
      const from = t.now();
      t.connect(bound(t), PEER);
      const times = timesOf([...t.output(), ...(yield 34_000)], PEER, from);
      const gaps = times.slice(1).map((at, i) => (at - (times[i] as number)) * 1000);
      return gaps.map((gap, i) => {
        const [least, most] = GAPS[i] ?? [0, 0];
        return gap >= least - LATE_MS && gap <= most + LATE_MS ? [least, most] : gap;
      });
    },
    expected: GAPS.map(([least, most]) => [least, most]),
  },
  {
    cite: 'client 0',
    name: 'of timers that fire in one tick the last armed comes first: three SYNs leave again in reverse order, then as at first',
    *schedule(t) {
      for (const peer of PEERS) t.connect(t.socket(), peer);
      return [...t.output(), ...(yield 2200)].map(({ port }) => port);
    },
    expected: [...PEERS, ...PEERS.toReversed(), ...PEERS],
  },
  {
    cite: 'client 0',
    name: 'a delayed ACK of 40 ms leaves after 40 to 44 ms',
    *schedule(t) {
      const startNs = t.now();
      open(t);
      // 16 are acknowledged at once.
      for (let i = 0; i < 16; i++) t.segment(PEER, `P. ${1001 + i}:${1002 + i}(1) ack 1 win 65535`);
      t.output();
      const from = t.now();
      const at = t.segment(PEER, 'P. 1017:1018(1) ack 1 win 65535');
      const [wait = 0] = timesOf(yield (from - startNs) / 1e6 + 100, PEER, from);
      return [at, wait >= 0.036 && wait <= 0.044 + LATE_MS / 1000 ? '40 ms' : wait];
    },
    expected: [[], '40 ms'],
  },
];
