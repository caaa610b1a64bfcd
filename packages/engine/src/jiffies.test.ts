import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundToWheel, type WheelKind } from './jiffies.ts';

/** Least and greatest ms that each timer of a chain takes, each armed when the one before fires, from many phases. */
function chain(hz: number, seconds: readonly number[], kind: WheelKind = 'levels'): [number, number][] {
  const gaps = seconds.map((): number[] => []);
  for (let phase = 0; phase < 20_000; phase++) {
    let now = 1e15 + phase * 123_456_789;
    for (const [i, s] of seconds.entries()) {
      const at = roundToWheel(now, s * 1e9, hz, kind);
      gaps[i]!.push((at - now) / 1e6);
      now = at;
    }
  }
  return gaps.map((all) => [Math.min(...all), Math.max(...all)]);
}

const steady = (ms: number): [number, number] => [ms, ms];

describe('the wheel of 4.8 and later (client sheet 0)', () => {
  test.each([
    // [delay in jiffies, granularity of its level]
    [0, 1],
    [62, 1],
    [63, 8],
    [503, 8],
    [504, 64],
    [4031, 64],
    [4032, 512],
    [32_255, 512],
    [32_256, 4096],
    [258_047, 4096],
    [258_048, 32_768],
  ])('a timer of %d jiffies fires on the next multiple of %d', (delta, granularity) => {
    for (const now of [0, 1, 7, 8, 63, 64, 4095, 123_456, 9_999_999]) {
      const jiffy = roundToWheel(now * 4e6, delta * 4e6, 250) / 4e6;
      expect(jiffy).toBe((Math.floor((now + delta) / granularity) + 1) * granularity);
    }
  });

  const SYNS = [1, 2, 4, 8, 16, 32, 64];

  test('HZ 250: the times of SYNs measured on 6.18', () => {
    const [first, ...rest] = chain(250, SYNS);
    expect(first?.[0]).toBeGreaterThan(1000);
    expect(first?.[1]).toBeLessThanOrEqual(1032);
    expect(rest).toEqual([
      steady(2016),
      [4032, 4256],
      steady(8192),
      steady(16_128),
      [32_256, 34_048],
      steady(65_536),
    ]);
    expect(chain(250, [1, 1, 1])[2]).toEqual(steady(1024));
  });

  test('HZ 1000: computed the same way', () => {
    const [first, ...rest] = chain(1000, SYNS);
    expect(first?.[0]).toBeGreaterThan(1000);
    expect(first?.[1]).toBeLessThanOrEqual(1064);
    expect(rest).toEqual([
      steady(2048),
      steady(4032),
      [8064, 8512],
      steady(16_384),
      steady(32_256),
      [64_512, 68_096],
    ]);
    expect(chain(1000, [1, 1, 1])[2]).toEqual(steady(1024));
  });

  test('a TIME-WAIT of 60 s lasts 60 to 62.05 s at HZ 250', () => {
    const [[least, most] = [0, 0]] = chain(250, [60]);
    expect(least).toBeGreaterThan(60_000);
    expect(most).toBeLessThanOrEqual(62_048);
  });

  test('never early, and late by at most an eighth and two jiffies', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -300e9, max: 1e15 }),
        fc.integer({ min: 0, max: 128e9 }),
        fc.constantFrom(100, 250, 300, 1000),
        (now, ns, hz) => {
          const late = roundToWheel(now, ns, hz) - now - ns;
          expect(late).toBeGreaterThan(-2);
          expect(late).toBeLessThanOrEqual(ns / 7.8 + 2e9 / hz + 2);
        },
      ),
    );
  });
});

describe('the cascading wheel before 4.8', () => {
  test.each([250, 1000])('2.6.32, HZ %d: nominal to the jiffy, the first less than a jiffy early', (hz) => {
    const [first, ...rest] = chain(hz, [3, 6, 12, 24, 48, 96], 'cascade');
    expect(first?.[0]).toBeGreaterThan(3000 - 1000 / hz);
    expect(first?.[1]).toBeLessThanOrEqual(3000);
    expect(rest).toEqual([6000, 12_000, 24_000, 48_000, 96_000].map(steady));
  });

  test.each([250, 1000])(
    '3.10 and 4.4, HZ %d: late by 1/256 at most, and not at all below 256 jiffies',
    (hz) => {
      for (const s of [0.2, 1, 2, 4, 8, 16, 32, 64]) {
        const [[least, most] = [0, 0]] = chain(hz, [s], 'cascade-slack');
        expect(least).toBeGreaterThan(s * 1000 - 1000 / hz);
        expect(most).toBeLessThanOrEqual(s * 1000 + (s * hz < 256 ? 0 : (s * 1000) / 256));
      }
    },
  );

  test('the slack rounds to the roundest jiffy in reach', () => {
    // 500 jiffies from 11: 511 and one more is 512. From 12: 512 and 513, whose highest difference is the last bit.
    expect(roundToWheel(11 * 4e6, 2e9, 250, 'cascade-slack') / 4e6).toBe(512);
    expect(roundToWheel(12 * 4e6, 2e9, 250, 'cascade-slack') / 4e6).toBe(513);
    // 16000 jiffies from 300: 0x3fac to 0x3fea, whose highest difference is bit 6.
    expect(roundToWheel(300 * 4e6, 64e9, 250, 'cascade-slack') / 4e6).toBe(0x3fc0);
  });

  test('a timer that is due already waits for the next jiffy', () => {
    expect(roundToWheel(40e6, 0, 250, 'cascade')).toBe(44e6);
    expect(roundToWheel(40e6, 0, 250, 'cascade-slack')).toBe(44e6);
  });
});
