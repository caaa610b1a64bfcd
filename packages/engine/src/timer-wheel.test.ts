import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { handleOf, TIMER } from './handle.ts';
import { newSlab, type Slab, slabTake } from './slab.ts';
import {
  isArmed,
  newTimerWheel,
  type TimerWheel,
  wheelArm,
  wheelCancel,
  wheelDeadline,
  wheelNext,
  wheelPop,
} from './timer-wheel.ts';

interface Rig {
  wheel: TimerWheel;
  slabs: Slab[];
  timers: number[];
}

function rig(count: number, base = 0, lastFirst = false): Rig {
  const slab = newSlab(4);
  const slabs = Array.from({ length: 8 }, () => slab);
  const timers = Array.from({ length: count }, () => handleOf(TIMER, slabTake(slab)));
  const wheel = newTimerWheel(lastFirst);
  wheelPop(wheel, slabs, base);
  return { wheel, slabs, timers };
}

/** Everything due by `now`, as [time, index of the timer]. */
function popAll({ wheel, slabs, timers }: Rig, now: number): [number, number][] {
  const out: [number, number][] = [];
  for (let h = wheelPop(wheel, slabs, now); h !== 0; h = wheelPop(wheel, slabs, now))
    out.push([wheel.base, timers.indexOf(h)]);
  return out;
}

describe('an empty wheel', () => {
  test('has nothing due and follows the time', () => {
    const { wheel, slabs } = rig(0);
    expect(wheelNext(wheel)).toBe(Infinity);
    expect(wheelPop(wheel, slabs, 5e12)).toBe(0);
    expect(wheel.base).toBe(5e12);
  });
});

describe('arming', () => {
  test('a fresh record is not armed; an armed one is, until it is popped', () => {
    const r = rig(1);
    const [h] = r.timers as [number];
    expect(isArmed(r.slabs, h)).toBe(false);
    wheelArm(r.wheel, r.slabs, h, 1000);
    expect(isArmed(r.slabs, h)).toBe(true);
    expect(wheelDeadline(r.wheel, r.slabs, h)).toBe(1000);
    expect(popAll(r, 999)).toEqual([]);
    expect(popAll(r, 1000)).toEqual([[1000, 0]]);
    expect(isArmed(r.slabs, h)).toBe(false);
    expect(r.wheel.count).toBe(0);
  });

  test('arming again moves a timer behind those armed meanwhile for the same time', () => {
    const r = rig(2);
    for (const i of [0, 1, 0]) wheelArm(r.wheel, r.slabs, r.timers[i]!, 70_000);
    expect(popAll(r, 1e6)).toEqual([
      [70_000, 1],
      [70_000, 0],
    ]);
  });

  test('a deadline in the past fires at the base', () => {
    const r = rig(1, 10_000);
    wheelArm(r.wheel, r.slabs, r.timers[0]!, 5);
    expect(popAll(r, 10_000)).toEqual([[10_000, 0]]);
  });

  test('the base never passes the timer that is handed out, so its handler may arm for now', () => {
    const r = rig(3);
    wheelArm(r.wheel, r.slabs, r.timers[0]!, 300);
    wheelArm(r.wheel, r.slabs, r.timers[1]!, 90_000);
    expect(wheelPop(r.wheel, r.slabs, 1e6)).toBe(r.timers[0]);
    wheelArm(r.wheel, r.slabs, r.timers[2]!, 301);
    expect(popAll(r, 1e6)).toEqual([
      [301, 2],
      [90_000, 1],
    ]);
  });

  test('an idle wheel may lag by hours', () => {
    const r = rig(2);
    wheelArm(r.wheel, r.slabs, r.timers[0]!, 9e12);
    wheelArm(r.wheel, r.slabs, r.timers[1]!, 9e12 - 5);
    expect(popAll(r, 9e12)).toEqual([
      [9e12 - 5, 1],
      [9e12, 0],
    ]);
  });

  test('a deadline 2^31 us after a timer that waits is refused', () => {
    const r = rig(2);
    wheelArm(r.wheel, r.slabs, r.timers[0]!, 10);
    expect(() => wheelArm(r.wheel, r.slabs, r.timers[1]!, 2 ** 31 + 100)).toThrow(/2\^31/);
  });
});

describe('a wheel that lets the last armed go first', () => {
  const AT = 70_000;

  test('does so for equal deadlines only, also after they have moved down from a coarse level', () => {
    const r = rig(5, 0, true);
    for (const i of [0, 1, 2]) wheelArm(r.wheel, r.slabs, r.timers[i]!, AT);
    wheelArm(r.wheel, r.slabs, r.timers[3]!, AT + 1);
    expect(popAll(r, AT - 10)).toEqual([]);
    wheelArm(r.wheel, r.slabs, r.timers[4]!, AT);
    expect(popAll(r, 1e6)).toEqual([
      [AT, 4],
      [AT, 2],
      [AT, 1],
      [AT, 0],
      [AT + 1, 3],
    ]);
  });

  test('leaves a timer in its place that is armed again for the same time', () => {
    const r = rig(3, 0, true);
    for (const i of [0, 1, 0]) wheelArm(r.wheel, r.slabs, r.timers[i]!, AT);
    expect(popAll(r, 1e6).map(([, i]) => i)).toEqual([1, 0]);
  });

  test('takes one out of the middle, and puts one that was armed for another time first', () => {
    const r = rig(4, 0, true);
    for (const i of [0, 1, 2]) wheelArm(r.wheel, r.slabs, r.timers[i]!, AT);
    wheelArm(r.wheel, r.slabs, r.timers[3]!, AT + 500);
    wheelCancel(r.wheel, r.slabs, r.timers[1]!);
    wheelArm(r.wheel, r.slabs, r.timers[3]!, AT);
    expect(popAll(r, 1e6).map(([, i]) => i)).toEqual([3, 2, 0]);
    expect(r.wheel.count).toBe(0);
  });
});

describe('the clock of 32 bits', () => {
  test.each([2 ** 31 - 3, 2 ** 32 - 3, 2 ** 40 - 3])('wraps at %d', (base) => {
    const r = rig(4, base);
    const delays = [2 ** 31 - 1, 5, 300, 2 ** 24];
    for (const [i, delay] of delays.entries()) wheelArm(r.wheel, r.slabs, r.timers[i]!, base + delay);
    for (const [i, delay] of delays.entries())
      expect(wheelDeadline(r.wheel, r.slabs, r.timers[i]!)).toBe(base + delay);
    expect(popAll(r, base + 2 ** 32)).toEqual([
      [base + 5, 1],
      [base + 300, 2],
      [base + 2 ** 24, 3],
      [base + 2 ** 31 - 1, 0],
    ]);
  });
});

/** The model: a list sorted by deadline, then by order of arming. */
class Model {
  private order = 0;
  private readonly armed = new Map<number, { at: number; order: number }>();
  arm(i: number, at: number): void {
    this.armed.set(i, { at, order: this.order++ });
  }
  cancel(i: number): void {
    this.armed.delete(i);
  }
  due(now: number): [number, number][] {
    const out = [...this.armed].filter(([, t]) => t.at <= now);
    out.sort(([, a], [, b]) => a.at - b.at || a.order - b.order);
    for (const [i] of out) this.armed.delete(i);
    return out.map(([i, t]) => [t.at, i]);
  }
}

const TIMERS = 40;
const delay = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 1000 }),
  fc.integer({ min: 0, max: 2 ** 20 }),
  fc.integer({ min: 0, max: 2 ** 29 }),
);
const step = fc.record({
  what: fc.constantFrom('arm', 'arm', 'arm', 'cancel', 'advance'),
  timer: fc.nat(TIMERS - 1),
  delay,
  grid: fc.constantFrom(1, 256, 65536),
});

describe('against a sorted list', () => {
  test('any history of arm, cancel and advance fires the same timers in the same order', () => {
    const bases = fc.constantFrom(0, 255, 65_530, 2 ** 31 - 100, 2 ** 32 - 1000, 2 ** 45 + 12_345);
    fc.assert(
      fc.property(bases, fc.array(step, { maxLength: 200 }), (base, steps) => {
        const r = rig(TIMERS, base);
        const model = new Model();
        let now = base;
        for (const s of steps) {
          const at = Math.ceil((now + s.delay) / s.grid) * s.grid;
          if (s.what === 'arm') {
            wheelArm(r.wheel, r.slabs, r.timers[s.timer]!, at);
            model.arm(s.timer, at);
          } else if (s.what === 'cancel') {
            wheelCancel(r.wheel, r.slabs, r.timers[s.timer]!);
            model.cancel(s.timer);
          } else {
            now = at;
            expect(popAll(r, now)).toEqual(model.due(now));
            expect(wheelNext(r.wheel)).toBeGreaterThan(now);
          }
        }
        expect(popAll(r, now + 2 ** 31)).toEqual(model.due(now + 2 ** 31));
        expect(r.wheel.count).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  test('20 000 mixed timers fire in order, ties in order of arming', () => {
    const r = rig(20_000);
    const order = r.timers.map((h, i) => {
      const at = [i % 50, (i * 7919) % 5000, ((i * 104_729) % 4000) * 1000, ((i * 31) % 60) * 1e6][i % 4]!;
      wheelArm(r.wheel, r.slabs, h, at);
      return [at, i] as [number, number];
    });
    order.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const index = new Map(r.timers.map((h, i) => [h, i]));
    const fired: [number, number][] = [];
    for (let now = 0; now <= 60e6; now += 333_333)
      for (let h = wheelPop(r.wheel, r.slabs, now); h !== 0; h = wheelPop(r.wheel, r.slabs, now))
        fired.push([r.wheel.base, index.get(h)!]);
    expect(fired).toEqual(order);
  });
});
