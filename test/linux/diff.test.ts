// Short scenarios of the library on both kernels. What takes a minute or more is compared by hand.
import type { Comparison } from '@halfopen/linux';
import { expect, it } from 'vitest';
import { describeLinux, run } from './kit.ts';

const SHORT = [
  'three-way-handshake',
  'connection-refused',
  'simultaneous-open',
  'abort-on-overflow',
  'time-wait-reuse',
  'syn-flood-cookies',
  'blocking-recv',
];

describeLinux('the engine and the real kernel', () => {
  it.each(SHORT)(
    'agree on %s',
    async (name) => {
      const { code, stdout, stderr } = await run('diff', name, '--json');
      expect(code, stdout + stderr).toBe(0);
      const comparison = JSON.parse(stdout) as Comparison;
      expect(comparison.linux).toMatch(/^linux \d+\.\d+/);
      expect(comparison.segments.compared).toBeGreaterThan(1);
      expect(comparison.stale).toEqual([]);
    },
    60_000,
  );
});
