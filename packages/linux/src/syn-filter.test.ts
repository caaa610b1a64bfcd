import { ACK, parseAddr, type Segment, SYN, setDestination, setSource, takeSegment } from '@halfopen/engine';
import { describe, expect, it } from 'vitest';
import { SynFilter } from './syn-filter.ts';

function segment(flags: number, sport = 1000, seq = 5): Segment {
  const seg = takeSegment();
  setSource(seg, parseAddr('10.0.0.1')!);
  setDestination(seg, parseAddr('10.0.0.2')!);
  return Object.assign(seg, { flags, sport, dport: 80, seq });
}

describe('the SYN filter', () => {
  it('loses the first N SYNs of each connection', () => {
    const filter = new SynFilter(2);
    expect([1, 2, 3, 4].map(() => filter.loses(segment(SYN)))).toEqual([true, true, false, false]);
    expect(filter.loses(segment(SYN, 1001))).toBe(true);
  });

  it('tells a new connection on the same ports by its sequence number', () => {
    const filter = new SynFilter(1);
    expect([5, 5, 6, 6].map((seq) => filter.loses(segment(SYN, 1000, seq)))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it('lets everything else pass, and all SYNs when N is 0', () => {
    expect(new SynFilter(1).loses(segment(SYN | ACK))).toBe(false);
    expect(new SynFilter(1).loses(segment(ACK))).toBe(false);
    expect(new SynFilter(0).loses(segment(SYN))).toBe(false);
  });

  it('forgets the oldest connection beyond its bound', () => {
    const filter = new SynFilter(1);
    for (let seq = 0; seq <= 10_000; seq++) filter.loses(segment(SYN, 1000, seq));
    expect(filter.loses(segment(SYN, 1000, 0))).toBe(true);
    expect(filter.loses(segment(SYN, 1000, 10_000))).toBe(false);
  });
});
