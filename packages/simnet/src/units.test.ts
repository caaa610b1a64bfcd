import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, nearest, parseDuration, parseProbability, parseRate, parseSize } from './units.ts';

describe('durations', () => {
  it.each([
    ['1s', 1e9],
    ['250ms', 250e6],
    ['20us', 20e3],
    ['5ns', 5],
    ['1.5ms', 1.5e6],
    ['1m30s', 90e9],
    ['2h', 7200e9],
    ['0', 0],
  ])('%s', (text, ns) => expect(parseDuration(text)).toBe(ns));

  it.each(['', '1', '1 s', '-1s', '1sec', '1e3s', 's', '1s 2s', '100000h'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('reads back what it prints', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e15 }), (ns) => {
        expect(parseDuration(formatDuration(ns))).toBe(ns);
      }),
    );
  });
});

it.each([
  ['64KiB', 65536],
  ['1MB', 1e6],
  ['1000', 1000],
  ['1.5KiB', 1536],
  ['1.5', null],
  ['12 bananas', null],
])('size %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

it.each([
  ['10Mbit', 1e7],
  ['1.5Gbit', 1.5e9],
  ['10', null],
  ['0Mbit', null],
])('rate %s', (text, rate) => expect(parseRate(text)).toBe(rate));

it.each([
  ['2%', 0.02],
  ['0.5', 0.5],
  ['100%', 1],
  ['101%', null],
  ['2', null],
])('probability %s', (text, p) => expect(parseProbability(text)).toBe(p));

it.each([
  ['net.core.somaxcon', 'net.core.somaxconn'],
  ['somaxconn', 'net.core.somaxconn'],
  ['ETIMEOUT', 'ETIMEDOUT'],
  ['zebra', null],
  ['', null],
])('the nearest to %j is %j', (word, near) => {
  expect(nearest(word, ['net.core.somaxconn', 'ETIMEDOUT', 'net.core.rmem_max'])).toBe(near);
});
