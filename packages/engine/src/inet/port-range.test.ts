import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPortList, parsePortList } from '../port-list.ts';
import { isReservedPort, localPortRange } from './port-range.ts';

describe('range', () => {
  const range = (portRangeLow: number, portRangeHigh: number): number[] => {
    const r = localPortRange([40_000, 40_009], { portRangeLow, portRangeHigh });
    return [r.low, r.high, Number(r.own)];
  };

  test.each([
    ['unset', 0, 0, [40_000, 40_009, 0]],
    ['inside', 40_002, 40_005, [40_002, 40_005, 1]],
    ['low end only', 40_002, 0, [40_002, 40_009, 1]],
    ['high end outside', 40_002, 50_000, [40_002, 40_009, 1]],
    ['wholly outside: ignored', 50_000, 50_009, [40_000, 40_009, 1]],
  ])('of a socket, %s', (_name, low, high, answer) => {
    expect(range(low, high)).toEqual(answer);
  });
});

describe('reserved ports', () => {
  test('membership agrees with the list of pieces', () => {
    const piece = fc.tuple(fc.nat(60), fc.nat(5)).map(([first, n]) => [first, first + n] as const);
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const reserved = parsePortList(pieces.map(([a, b]) => `${a}-${b}`).join(','))!;
        for (let port = 0; port < 70; port++)
          expect(isReservedPort(reserved, port)).toBe(pieces.some(([a, b]) => a <= port && port <= b));
        expect(parsePortList(formatPortList(reserved))).toEqual(reserved);
      }),
    );
  });
});
