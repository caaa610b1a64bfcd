// Short scenarios of the library, or one variant of them, on both kernels. What takes longer is compared by hand; which
// scenarios agree stands in docs/fidelity.md.

import { readFileSync } from 'node:fs';
import type { Comparison } from '@halfopen/linux';
import { expect, it } from 'vitest';
import { problems } from '../../packages/cli/test/json-schema.ts';
import { describeLinux, run } from './kit.ts';

const SHORT = [
  'three-way-handshake',
  'connection-refused',
  'simultaneous-open',
  'abort-on-overflow',
  'time-wait-reuse',
  'syn-flood-cookies',
  'blocking-recv',
  'merged-requests',
  'backlog-and-somaxconn --variant before',
  'backlog-and-somaxconn --variant both',
  'syn-cookies --variant off',
  'syn-cookies --variant on',
  'faster-accept --variant before',
  'long-connections --variant before',
];

const schema = JSON.parse(
  readFileSync(new URL('../../packages/cli/schema/diff-result.schema.json', import.meta.url), 'utf8'),
);

/** One comparison, or one for each variant. */
const comparisonsOf = (document: Comparison | { variants: { comparison: Comparison }[] }): Comparison[] =>
  'variants' in document ? document.variants.map((v) => v.comparison) : [document];

describeLinux('the engine and the real kernel', () => {
  it.each(SHORT)(
    'agree on %s',
    async (words) => {
      const { code, stdout, stderr } = await run('diff', ...words.split(' '), '--json');
      expect(code, stdout + stderr).toBe(0);
      const document = JSON.parse(stdout);
      expect(problems(schema, document)).toEqual([]);
      for (const comparison of comparisonsOf(document)) {
        expect(comparison.linux).toMatch(/^linux \d+\.\d+/);
        expect(comparison.segments.compared).toBeGreaterThan(1);
        expect(comparison.stale).toEqual([]);
      }
    },
    60_000,
  );

  it('are not asked about a load that the wire cannot carry; a smaller scenario is named', async () => {
    const { code, stdout, stderr } = await run('diff', 'redis-time-wait');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('workload calls sends at least 70400 packets to a host');
    expect(stderr).toContain('halfopen diff long-connections');
  });
});
