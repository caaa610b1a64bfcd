import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dropFrom, giveBack, grantOf, newPool, OPEN_ONE, takeFrom } from './pool.ts';

it('gives the connection that was used last', () => {
  const pool = newPool();
  const spec = { size: 2, idle: 2 };
  takeFrom(pool, spec, 1);
  takeFrom(pool, spec, 2);
  giveBack(pool, spec, 10);
  giveBack(pool, spec, 11);
  expect(takeFrom(pool, spec, 3)).toBe(11);
});

it('closes what is more than it keeps idle', () => {
  const pool = newPool();
  const spec = { size: 3, idle: 1 };
  for (let thread = 0; thread < 3; thread++) takeFrom(pool, spec, thread);
  expect([10, 11, 12].map((fd) => giveBack(pool, spec, fd).keep)).toEqual([true, false, false]);
  expect(pool.open).toBe(1);
});

it('never has more connections than its size, loses none, and serves who waits in order', () => {
  const step = fc.record({ what: fc.constantFrom('take', 'back', 'drop'), pick: fc.nat() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (size, steps) => {
      const pool = newPool();
      const spec = { size, idle: size };
      const holders: number[] = [];
      const waited: number[] = [];
      const served: number[] = [];
      let thread = 0;
      let fd = 100;
      const woken = (who: number | null): void => {
        if (who === null) return;
        served.push(who);
        const grant = grantOf(pool, who);
        holders.push(grant === OPEN_ONE ? fd++ : (grant as number));
      };
      for (const { what, pick } of steps) {
        if (what === 'take') {
          const got = takeFrom(pool, spec, thread);
          if (got === null) waited.push(thread);
          else holders.push(got === OPEN_ONE ? fd++ : got);
          thread++;
        } else if (holders.length > 0) {
          const [gone] = holders.splice(pick % holders.length, 1);
          woken(what === 'back' ? giveBack(pool, spec, gone as number).wake : dropFrom(pool));
        }
        expect(pool.open).toBe(holders.length + pool.idle.length);
        expect(pool.open).toBeLessThanOrEqual(size);
        expect(pool.waiting.length === 0 || pool.idle.length === 0).toBe(true);
      }
      expect(served).toEqual(waited.slice(0, served.length));
    }),
  );
});
