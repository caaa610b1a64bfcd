// A real curl waits as long as the simulation says: the same server program with the same settings, once behind TUN
// with this machine's kernel as the client, once in virtual time with the engine as the client.
import { release } from 'node:os';
import { readScenario, runScenario } from '@halfopen/simnet';
import { expect, it } from 'vitest';
import { client } from '../../packages/linux/src/programs/client.ts';
import { EchoConversation } from '../../packages/linux/src/programs/echo.ts';
import { serve } from '../../packages/linux/src/programs/serve.ts';
import { countersOf, describeLive, eventsOf, inNamespace, sleep } from './kit.ts';

const CLIENTS = 5;
/** Between the clients, so that each handshake is over before the next one begins. */
const GAP_MS = 100;
const STALL_MS = 1500;
const BACKLOG = 1;

/** Kernels from 6.5 on resend a SYN every second four times before the time-out doubles (tcp_syn_linear_timeouts). */
function clientProfile(): string {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 5) ? '6.18' : '6.1';
}

/** connect() times in virtual time, ms, shortest first. */
async function predicted(): Promise<number[]> {
  const clients = Array.from({ length: CLIENTS }, (_, n) => ({
    host: 'client',
    program: 'custom',
    call: 'client',
    start: `${n * GAP_MS}ms`,
  }));
  const scenario = readScenario({
    format: 1,
    name: 'stall',
    title: 'The accept loop stalls',
    duration: '10s',
    hosts: {
      client: { address: '10.80.0.1/24', kernel: clientProfile() },
      server: { address: '10.80.0.2/24' },
    },
    links: [{ between: ['client', 'server'], latency: '50us' }],
    processes: [{ host: 'server', program: 'custom', call: 'server' }, ...clients],
  });
  const at = { host: '0.0.0.0', port: 80 };
  const options = { family: 'AF_INET', at, backlog: BACKLOG, stallNs: STALL_MS * 1e6 } as const;
  const request = new TextEncoder().encode('hello\n');
  const to = { host: '10.80.0.2', port: 80 };
  const result = await runScenario(scenario, {
    programs: {
      server: serve(options, () => new EchoConversation()),
      client: client({ family: 'AF_INET', to, request, after: 'half-close', onData: () => {} }, () => {}),
    },
  });
  return result.connects.map((c) => c.latencyNs / 1e6).sort((a, b) => a - b);
}

describeLive('an accept loop that stalls', ['curl'], () => {
  it(
    'costs real curls the SYN resends that the simulation predicts',
    inNamespace(async (ns) => {
      const settings = ['--backlog', String(BACKLOG), '--stall-accept', `${STALL_MS}ms`];
      const server = await ns.serve(...settings);
      const format = ['-sS', '-m', '20', '-o', '/dev/null', '-w', '%{time_connect}'];
      const curls = Array.from({ length: CLIENTS }, async (_, n) => {
        await sleep(n * GAP_MS);
        return ns.run('curl', ...format, 'http://10.80.0.2/');
      });
      const finished = await Promise.all(curls);
      expect(finished.map((f) => f.code)).toEqual(Array(CLIENTS).fill(0));
      const measured = finished.map((f) => Number(f.stdout.toString()) * 1000).sort((a, b) => a - b);
      const expected = await predicted();
      console.log(
        `connect() took, ms: real ${measured.map(Math.round)}, simulated ${expected.map(Math.round)}`,
      );
      // Queue of backlog + 1, then one resend a second; Linux's timer wheel adds up to 1/32 to each, and a busy
      // machine some more.
      measured.forEach((ms, i) => {
        expect(ms).toBeGreaterThan((expected[i] as number) - 20);
        expect(ms).toBeLessThan((expected[i] as number) * 1.04 + 150);
      });
      const { stdout } = await server.stop();
      const drops = eventsOf(stdout).filter((e) => e.event === 'drop');
      expect(new Set(drops.map((d) => d.reason))).toEqual(new Set(['accept-queue-full']));
      expect(countersOf(stdout).TcpExtListenOverflows).toBe(drops.length);
    }),
    60_000,
  );

  it(
    'and the first SYN of each connection lost costs a second',
    inNamespace(async (ns) => {
      await ns.serve('--drop-syn', '1');
      const { stdout } = await ns.run(
        'curl',
        '-sS',
        '-m',
        '20',
        '-o',
        '/dev/null',
        '-w',
        '%{time_connect}',
        'http://10.80.0.2/',
      );
      expect(Number(stdout.toString())).toBeGreaterThan(0.98);
      expect(Number(stdout.toString())).toBeLessThan(1.2);
    }),
    30_000,
  );
});
