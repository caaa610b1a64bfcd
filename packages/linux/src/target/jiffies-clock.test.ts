import { expect, it } from 'vitest';
import { jiffiesIn, lagIn } from './jiffies-clock.ts';

/** As /proc/timer_list of 6.18 with HZ=250 had it, CPU by CPU. */
const text = `Timer List Version: v0.10
now at 13395881585334 nsecs

  .idle_jiffies   : 4298239188
  .last_jiffies   : 4298240854
jiffies: 4298241202

  .idle_jiffies   : 4298240853
jiffies: 4298241203
`;
const SINCE_BOOT = 3_348_907;

it('reads the count of the CPU that is ahead, from five minutes before its wrap on', () => {
  expect(jiffiesIn(text, 250)).toBe(SINCE_BOOT);
  expect(jiffiesIn('now at 5 nsecs', 250)).toBeNull();
});

it('tells by how many jiffies the count lags behind the clock', () => {
  const fromNs = (SINCE_BOOT + 63) * 4e6;
  expect(lagIn({ fromNs, toNs: fromNs + 3e6, text }, 250)).toBe(63);
});

it('does not tell when a jiffy ended meanwhile', () => {
  const fromNs = (SINCE_BOOT + 63) * 4e6;
  expect(lagIn({ fromNs: fromNs - 1, toNs: fromNs, text }, 250)).toBeNull();
});
