import { describe, expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL, HANDSHAKE } from './example-scenarios.ts';
import { readScenario, runScenario } from './index.ts';

describe('whole scenarios', () => {
  it.each([HANDSHAKE, ACCEPT_QUEUE_FULL])('$name meets its expectations', async (data) => {
    const result = await runScenario(readScenario(data));
    expect(result.expectations.filter((e) => !e.ok)).toEqual([]);
  });

  it.each([
    ['exact', [1000, 2000, 4000]],
    ['hz250', [1024, 2016, 4032]],
    ['hz1000', [1024, 2048, 4032]],
  ] as const)('timers: %s: SYNs to nobody are resent as that wheel lets them', async (timers, gaps) => {
    const scenario = readScenario({
      format: 1,
      name: 'nobody',
      duration: '20s',
      timers,
      hosts: { client: { address: '10.0.0.1' }, hole: { address: '10.0.0.2' } },
      faults: [{ drop: 'any', to: 'hole' }],
      processes: [{ host: 'client', program: 'client', to: 'hole:80' }],
    });
    const result = await runScenario(scenario);
    const syns = (result.connects[0]?.synsNs ?? []).map((ns) => ns / 1e6);
    expect(result.timers).toBe(timers);
    // The first timer depends on where the wheel stands; those after it begin on its grid.
    expect(syns[1]).toBeGreaterThanOrEqual(1000);
    expect(syns[1]).toBeLessThanOrEqual(timers === 'hz1000' ? 1064 : 1032);
    const differences = syns.slice(2).map((at, i) => Math.round(at - (syns[i + 1] as number)));
    expect(differences.slice(0, 3)).toEqual([gaps[0], gaps[0], gaps[0]]);
    expect(differences.slice(3)[0]).toBe(gaps[0]);
    expect(differences[4]).toBe(gaps[1]);
    expect(differences[5]).toBeGreaterThanOrEqual(gaps[2] === 4000 ? 4000 : 4032);
    expect(differences[5]).toBeLessThanOrEqual(gaps[2] === 4000 ? 4000 : 4256);
  });

  it('gives the same bytes twice', async () => {
    const run = async () => JSON.stringify(await runScenario(readScenario(ACCEPT_QUEUE_FULL)));
    expect(await run()).toBe(await run());
  });
});
