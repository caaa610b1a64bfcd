// A real curl waits as long as the simulation says: the same server program with the same settings, once behind TUN
// with this machine's kernel as the client, once in virtual time with the engine as the client.
import { release } from 'node:os';
import { readScenario, runScenario } from '@halfopen/simnet';
import { expect, it } from 'vitest';
import { client } from '../../packages/linux/src/programs/client.ts';
import { EchoConversation } from '../../packages/linux/src/programs/echo.ts';
import { serve } from '../../packages/linux/src/programs/serve.ts';
import { countersOf, describeLive, eventsOf, inNamespace, type JsonEvent, sleep } from './kit.ts';

const CLIENTS = 5;
/** Between the clients, so that each handshake is over before the next one begins. */
const GAP_MS = 100;
const STALL_MS = 1900;
const BACKLOG = 1;

/** Kernels from 6.5 on resend a SYN every second four times before the time-out doubles (tcp_syn_linear_timeouts). */
function clientProfile(): string {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 5) ? '6.18' : '6.1';
}

/** connect() times in virtual time, ms, of clients that start at these times, ns. */
async function predicted(startsNs: readonly number[]): Promise<number[]> {
  const clients = startsNs.map((startNs) => ({
    host: 'client',
    program: 'custom',
    call: 'client',
    start: `${startNs}ns`,
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
  return result.connects.map((c) => c.latencyNs / 1e6);
}

/** When the first SYN of each client came, ns after the very first, and from which port; in that order. */
function firstSyns(events: readonly JsonEvent[]): { readonly port: number; readonly atNs: number }[] {
  const firsts = new Map<number, number>();
  for (const { event, direction, text, remote, atNs } of events) {
    if (event !== 'segment' || direction !== 'in' || !String(text).startsWith('S ')) continue;
    const port = Number(String(remote).split(':').at(-1));
    if (!firsts.has(port)) firsts.set(port, atNs);
  }
  const [startNs = 0] = firsts.values();
  return [...firsts].map(([port, atNs]) => ({ port, atNs: atNs - startNs }));
}

describeLive('an accept loop that stalls', ['curl'], () => {
  it(
    'costs real curls the SYN resends that the simulation predicts',
    inNamespace(async (ns) => {
      const settings = ['--backlog', String(BACKLOG), '--stall-accept', `${STALL_MS}ms`];
      const server = await ns.serve(...settings);
      const format = ['-sS', '-m', '20', '-o', '/dev/null', '-w', '%{local_port} %{time_connect}'];
      const curls = Array.from({ length: CLIENTS }, async (_, n) => {
        await sleep(n * GAP_MS);
        return ns.run('curl', ...format, 'http://10.80.0.2/');
      });
      const finished = await Promise.all(curls);
      expect(finished.map((f) => f.code)).toEqual(Array(CLIENTS).fill(0));
      const { stdout } = await server.stop();
      const arrivals = firstSyns(eventsOf(stdout));
      const curlsByPort = new Map(
        finished.map((f) => f.stdout.toString().split(' ').map(Number) as [number, number]),
      );
      const measured = arrivals.map(({ port }) => (curlsByPort.get(port) ?? Number.NaN) * 1000);
      const expected = await predicted(arrivals.map(({ atNs }) => atNs));
      console.log(
        `connect() took, ms: real ${measured.map(Math.round)}, simulated ${expected.map(Math.round)}`,
      );
      // Queue of backlog + 1, then one resend a second; Linux's timer wheel adds up to 1/32 to each, and a busy
      // machine some more.
      measured.forEach((ms, i) => {
        expect(ms).toBeGreaterThan((expected[i] as number) - 20);
        expect(ms).toBeLessThan((expected[i] as number) * 1.04 + 150);
      });
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
