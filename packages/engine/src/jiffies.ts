// When Linux's own timer wheels let a timer fire, in whole jiffies: the wheel of 4.8 and later, which never sorts its
// timers again and so rounds late ones up, and the cascading wheels before it. Hierarchical wheels of ours: timer-wheel.ts.

/** How a kernel rounds timers when it counts jiffies. */
export type WheelKind =
  /** 2.6.32: on the jiffy. */
  | 'cascade'
  /** 2.6.35 (commit 3bbb9ec946ed) to 4.7: up to 1/256 late, so that timers meet. */
  | 'cascade-slack'
  /** 4.8 (commit 500462a9de65): up to 1/8 late, as the level's granularity has it. */
  | 'levels';

/** Slots of a level, and how far the granularity grows a level. Source: LVL_SIZE, LVL_CLK_SHIFT kernel/time/timer.c v6.18. */
const LEVEL_SLOTS = 64;
const LEVEL_FACTOR = 8;
/** Levels: LVL_DEPTH, 9 when HZ > 100. */
const levelsOf = (hz: number): number => (hz > 100 ? 9 : 8);

/** @kernel calc_wheel_index kernel/time/timer.c v6.18 */
function levelJiffy(expires: number, delta: number, hz: number): number {
  let granularity = 1;
  let level = 0;
  while (level < levelsOf(hz) - 1 && delta >= (LEVEL_SLOTS - 1) * granularity) {
    granularity *= LEVEL_FACTOR;
    level++;
  }
  return (Math.floor(expires / granularity) + 1) * granularity;
}

/** Below this many jiffies no slack is taken. */
const SLACK_FROM = 256;

/** The roundest number between `expires` and 1/256 of the delay later. @kernel apply_slack kernel/time/timer.c v4.4 */
function slackJiffy(expires: number, delta: number): number {
  if (delta < SLACK_FROM) return expires;
  const limit = expires + Math.floor(delta / SLACK_FROM);
  let unit = 1;
  while (Math.floor(limit / (unit * 2)) !== Math.floor(expires / (unit * 2))) unit *= 2;
  return Math.floor(limit / unit) * unit;
}

/** The jiffy in which a timer fires; one that is due already waits for the next. */
function firesIn(kind: WheelKind, expires: number, delta: number, hz: number): number {
  if (kind === 'levels') return levelJiffy(expires, delta, hz);
  if (delta === 0) return expires + 1;
  return kind === 'cascade' ? expires : slackJiffy(expires, delta);
}

/** Whole jiffies of a delay in ns, of which a part counts as one. @kernel nsecs_to_jiffies kernel/time/time.c v6.18 */
const jiffiesOf = (delayNs: number, hz: number): number =>
  Math.max(Math.ceil((delayNs * hz) / 1e9 - 1e-6), 0);

/**
 * The jiffy for which a timer asks that is armed at `clockNs` for `delayNs`: what sock_diag shows, and code that looks at
 * `expires` sees. The clock is 0 when jiffies are, and may be negative.
 */
export const jiffyAsked = (clockNs: number, delayNs: number, hz: number): number =>
  Math.floor((clockNs * hz) / 1e9 + 1e-6) + jiffiesOf(delayNs, hz);

/**
 * When that timer fires, ns. Since 4.8 never early; before that by less than a jiffy, because the one that runs counts as
 * whole. @kernel mod_timer kernel/time/timer.c v6.18
 */
export function roundToWheel(
  clockNs: number,
  delayNs: number,
  hz: number,
  kind: WheelKind = 'levels',
): number {
  const asked = jiffyAsked(clockNs, delayNs, hz);
  return Math.ceil((firesIn(kind, asked, jiffiesOf(delayNs, hz), hz) * 1e9) / hz - 1e-6);
}
