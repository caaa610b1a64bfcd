import { describe, expect, it } from 'vitest';
import { newLinkDirection, transmit } from './link.ts';
import type { LinkSpec } from './scenario.ts';

const SPEC: LinkSpec = {
  between: ['a', 'b'],
  latencyNs: 1000,
  jitterNs: 0,
  bandwidth: null,
  queue: 1000,
  loss: 0,
  duplicate: 0,
  reorder: { probability: 0, delayNs: 0 },
};
const spec = (over: Partial<LinkSpec>): LinkSpec => ({ ...SPEC, ...over });

/** Sends `count` packets of 1000 bytes, one each `gapNs`. */
function sendMany(over: Partial<LinkSpec>, count: number, gapNs: number, seed = 1) {
  const link = newLinkDirection(seed);
  return Array.from({ length: count }, (_, i) => transmit(link, spec(over), i * gapNs, 1000));
}

describe('a link', () => {
  it('delays by its latency', () => {
    expect(transmit(newLinkDirection(1), SPEC, 500, 40)).toEqual({ arrivalsNs: [1500], why: null });
  });

  it('sends one packet after the other at its bandwidth', () => {
    const sent = sendMany({ bandwidth: 8e6 }, 3, 0);
    expect(sent.map((t) => t.arrivalsNs)).toEqual([[1_001_000], [2_001_000], [3_001_000]]);
  });

  it('holds one packet on the wire and as many as its queue says, and drops the rest', () => {
    const sent = sendMany({ bandwidth: 8e6, queue: 2 }, 5, 0);
    expect(sent.map((t) => t.why)).toEqual([null, null, null, 'queue full', 'queue full']);
  });

  it('has room again when packets have left', () => {
    const sent = sendMany({ bandwidth: 8e6, queue: 1 }, 6, 1_000_000);
    expect(sent.every((t) => t.why === null)).toBe(true);
  });

  it('loses about as many as its loss says', () => {
    const lost = sendMany({ loss: 0.1 }, 10_000, 10).filter((t) => t.why === 'loss').length;
    expect(lost).toBeGreaterThan(900);
    expect(lost).toBeLessThan(1100);
  });

  it('loses the same packets with the same seed, and others with another', () => {
    const fates = (seed: number) => sendMany({ loss: 0.5 }, 64, 1, seed).map((t) => t.why);
    expect(fates(7)).toEqual(fates(7));
    expect(fates(7)).not.toEqual(fates(8));
  });

  it('keeps the order under jitter, and spreads the delays', () => {
    const arrivals = sendMany({ jitterNs: 5000 }, 200, 100).map((t) => t.arrivalsNs[0] as number);
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
    const delays = arrivals.map((atNs, i) => atNs - i * 100);
    expect(Math.min(...delays)).toBeLessThan(3000);
    expect(Math.max(...delays)).toBeGreaterThan(4000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(6000);
  });

  it('delivers about as many twice as its duplicate says', () => {
    const twice = sendMany({ duplicate: 0.2 }, 5000, 1).filter((t) => t.arrivalsNs.length === 2).length;
    expect(twice).toBeGreaterThan(900);
    expect(twice).toBeLessThan(1100);
  });

  it('lets others pass a reordered packet', () => {
    const arrivals = sendMany({ reorder: { probability: 0.2, delayNs: 350 } }, 1000, 100).map(
      (t) => t.arrivalsNs[0] as number,
    );
    const passed = arrivals.filter(
      (atNs, i) => i + 1 < arrivals.length && atNs > (arrivals[i + 1] as number),
    ).length;
    expect(passed).toBeGreaterThan(100);
  });
});

it('keeps the packets of a direction apart when it has a gap and no bandwidth', () => {
  const link = newLinkDirection(1);
  const arrivals = [0, 0, 100, 5000].map(
    (nowNs) => transmit(link, spec({ gapNs: 400 }), nowNs, 1500).arrivalsNs,
  );
  expect(arrivals).toEqual([[1000], [1400], [1800], [6000]]);
});
