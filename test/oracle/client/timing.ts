// Times against nominal ones. Each wait must be as long as it is nominally, and at most what the timer wheel of HZ 250
// rounds up longer (client sheet 0), give or take how late a packet is read on a busy machine.

import type { RawTarget, Sent } from '../case.ts';

/** The wheel's levels at HZ 250: delays below, and their granularity, s. */
const LEVELS = [
  [0.252, 0.004],
  [2.016, 0.032],
  [16.128, 0.256],
  [129.024, 2.048],
] as const;
/** Packets are read every 4 ms, by a process that others keep waiting. */
const LATE_S = 0.05;

const granule = (delay: number): number => LEVELS.find(([below]) => delay < below)?.[1] ?? 16.384;

/** How much later than `delay` its timer may fire: a granule, and a jiffy that has begun. */
const slack = (delay: number): number => granule(delay) + 0.004;

const fits = (gap: number, nominal: number): boolean =>
  gap >= nominal - LATE_S && gap <= nominal + slack(nominal) + LATE_S;

const ms = (s: number): number => Math.round(s * 1000) / 1000;

/**
 * Times (s), each replaced by the nominal one in its place when the wait since the one before is what the wheel makes of
 * the nominal wait. So they can be compared with the sheet. `from` is where the first wait begins.
 */
export function onTime(times: readonly number[], nominal: readonly number[], from = 0): number[] {
  return times.map((at, i) => {
    const due = nominal[i];
    if (due === undefined) return ms(at);
    const gap = at - (i === 0 ? from : (times[i - 1] as number));
    const wait = due - (i === 0 ? from : (nominal[i - 1] as number));
    return fits(gap, wait) ? due : ms(at);
  });
}

/** When what was sent to a port left, s since `fromNs`. */
export const timesOf = (sent: readonly Sent[], port: number, fromNs: number): number[] =>
  sent.filter((packet) => packet.port === port).map(({ atNs }) => (atNs - fromNs) / 1e9);

/** How often a row looks whether something happened, ms. */
const LOOK_MS = 20;

/**
 * Waits until `over()` or `lastMs`, and pushes what was sent meanwhile to `sent`. Gives the time, s since `fromNs`. Times
 * are on the row's clock, which begins with it.
 */
export function* until(
  t: RawTarget,
  fromNs: number,
  over: () => boolean,
  [firstMs, lastMs]: readonly [number, number],
  sent: Sent[] = [],
): Generator<number, number, Sent[]> {
  sent.push(...(yield firstMs));
  for (let ms = firstMs + LOOK_MS; !over() && ms < lastMs; ms += LOOK_MS) sent.push(...(yield ms));
  return (t.now() - fromNs) / 1e9;
}
