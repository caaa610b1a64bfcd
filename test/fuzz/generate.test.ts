import { describe, expect, it } from 'vitest';
import type { Case, Step } from './case.ts';
import { generate } from './generate.ts';
import { shrink } from './shrink.ts';

describe('a random case', () => {
  it.each(['server', 'client'] as const)('is the same for the same seed and number: %s', (side) => {
    for (const index of [0, 1, 299]) expect(generate(side, 1, index)).toEqual(generate(side, 1, index));
  });

  it('is another for another seed or number', () => {
    expect(generate('server', 1, 0)).not.toEqual(generate('server', 1, 1));
    expect(generate('server', 1, 0)).not.toEqual(generate('server', 2, 0));
    expect(generate('server', 1, 0)).not.toEqual(generate('client', 1, 0));
  });

  it('survives JSON', () => {
    for (const one of [generate('server', 1, 7), generate('client', 1, 7)])
      expect(JSON.parse(JSON.stringify(one))).toEqual(one);
  });
});

describe('shrinking', () => {
  const poll = (fd: number): Step => ({ do: 'poll', fd });
  const long: Case = {
    settings: {
      backlog: 1,
      sysctls: { 'net.ipv4.tcp_sack': 0, 'net.ipv4.tcp_ecn': 1 },
      options: { TCP_NODELAY: 1 },
    },
    steps: [1, 2, 3, 4, 5, 6, 7, 8, 9].map(poll),
  };

  /** Differs at the step that polls 7, if 3 was polled before it and ECN is on. */
  function differs({ settings, steps }: Case): number | null {
    const fds = steps.map((step) => (step.do === 'poll' ? step.fd : 0));
    const at = fds.indexOf(7);
    const needed = settings.sysctls['net.ipv4.tcp_ecn'] === 1 && fds.indexOf(3) >= 0 && fds.indexOf(3) < at;
    return needed ? at : null;
  }

  it('leaves what the difference needs and nothing else', () => {
    expect(shrink(long, 6, differs)).toEqual({
      settings: { backlog: 1, sysctls: { 'net.ipv4.tcp_ecn': 1 }, options: {} },
      steps: [poll(3), poll(7)],
    });
  });
});
