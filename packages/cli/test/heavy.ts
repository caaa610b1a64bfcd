// Scenarios at volume, seconds of work each: tests that play every scenario several times leave them out, and one test
// plays them once.

export const HEAVY: readonly string[] = ['port-range-half', 'redis-port-exhaustion', 'redis-time-wait'];

/** Whether a command line plays one of them. */
export const isHeavy = (line: string): boolean => line.split(' ').some((word) => HEAVY.includes(word));

/** For a test that plays one, ms. */
export const HEAVY_TIMEOUT = 180_000;
