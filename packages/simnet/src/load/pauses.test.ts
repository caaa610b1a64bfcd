import { expect, it } from 'vitest';
import { runnableAt } from './pauses.ts';

const NONE = { spans: [], every: [], cpuMax: null };

it('a span stops threads until its end', () => {
  const pauses = { ...NONE, spans: [{ atNs: 100, forNs: 50 }] };
  expect([99, 100, 149, 150].map((at) => runnableAt(pauses, 0, at))).toEqual([99, 150, 150, 150]);
});

it('a periodic pause comes back', () => {
  const pauses = { ...NONE, every: [{ everyNs: 1000, forNs: 100, fromNs: 2000 }] };
  expect([1000, 2000, 2099, 2100, 5050].map((at) => runnableAt(pauses, 0, at))).toEqual([
    1000, 2100, 2100, 2100, 5100,
  ]);
});

it('a quota leaves the beginning of each period', () => {
  const pauses = { ...NONE, cpuMax: { quotaNs: 20, periodNs: 100 } };
  expect([0, 19, 20, 99, 100, 250].map((at) => runnableAt(pauses, 0, at))).toEqual([
    0, 19, 100, 100, 100, 300,
  ]);
});

it('pauses that follow each other are one', () => {
  const pauses = {
    ...NONE,
    spans: [
      { atNs: 0, forNs: 10 },
      { atNs: 10, forNs: 10 },
    ],
  };
  expect(runnableAt(pauses, 0, 5)).toBe(20);
});

it('a process that never runs is given up after many pauses, not searched for ever', () => {
  const pauses = {
    spans: [],
    every: [{ everyNs: 100, forNs: 90, fromNs: 0 }],
    cpuMax: { quotaNs: 10, periodNs: 100 },
  };
  expect(runnableAt(pauses, 0, 50)).toBeGreaterThan(50);
});
