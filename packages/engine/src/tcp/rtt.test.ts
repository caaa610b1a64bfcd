import { describe, expect, it } from 'vitest';
import { linux } from '../profile.ts';
import { newNetns } from './new-netns.ts';
import { initRto, rttSample } from './rtt.ts';
import { newSock } from './sock-life.ts';

const rtoMs = (samples: number[], hz: 0 | 250 = 0): number => {
  const net = newNetns({ profile: linux('6.18', hz)!, seed: 1 });
  const sk = newSock(net, 4, 0);
  initRto(net, sk);
  for (const ms of samples) {
    sk.sndNxt += 1000;
    sk.sndUna = sk.sndNxt;
    rttSample(net, sk, ms * 1000);
  }
  return sk.rto / 1e6;
};

describe('RTO after the handshake (client sheet 6)', () => {
  for (const [rtt, exact, hz250] of [
    [1.25, 201.25, 204],
    [50, 250, 252],
    [300.3, 900.9, 904],
  ] as const)
    it(`RTT ${rtt} ms`, () => {
      expect(rtoMs([rtt])).toBeCloseTo(exact, 5);
      expect(rtoMs([rtt], 250)).toBe(hz250);
    });

  it('is 1 s before any sample', () => expect(rtoMs([])).toBe(1000));

  it('falls by a quarter of the gap a round, never below srtt + 200 ms', () => {
    const after = rtoMs([300, ...new Array<number>(200).fill(100)]);
    expect(after).toBeGreaterThan(299);
    expect(after).toBeLessThan(302);
  });
});
