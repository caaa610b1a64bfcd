// A standard load tool against the engine: many connections, opened and closed by a real kernel.
import { expect, it } from 'vitest';
import { countersOf, describeLive, inNamespace } from './kit.ts';

/** A number of ab's report. */
const field = (report: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(report)?.[1]);

describeLive('2,000 requests by ab, 20 at once', ['ab'], () => {
  it.each([
    ['a connection each', []],
    ['connections kept alive', ['-k']],
  ])(
    'finish without an error: %s',
    (_, options) =>
      inNamespace(async (ns) => {
        const server = await ns.serve('--quiet');
        const { code, stdout, stderr } = await ns.run(
          'ab',
          '-q',
          '-n',
          '2000',
          '-c',
          '20',
          '-s',
          '20',
          ...options,
          'http://10.80.0.2/bytes/1000',
        );
        const report = stdout.toString();
        expect(code, stderr).toBe(0);
        expect(field(report, 'Complete requests')).toBe(2000);
        expect(field(report, 'Failed requests')).toBe(0);
        expect(report).not.toContain('Non-2xx');
        const counters = countersOf((await server.stop()).stdout);
        // ab opens up to 20 connections more than it needs.
        const least = options.length === 0 ? 2000 : 20;
        expect(counters.TcpPassiveOpens).toBeGreaterThanOrEqual(least);
        expect(counters.TcpPassiveOpens).toBeLessThanOrEqual(least + 20);
        expect(counters.TcpRetransSegs ?? 0).toBeLessThan(20);
        expect(counters.TcpExtListenOverflows).toBeUndefined();
      })(),
    90_000,
  );
});
