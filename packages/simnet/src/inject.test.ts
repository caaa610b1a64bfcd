import { describe, expect, it } from 'vitest';
import { type RunResult, readScenario, runScenario } from './index.ts';

const run = (inject: readonly object[], over: object = {}): Promise<RunResult> =>
  runScenario(
    readScenario({
      format: 1,
      name: 'inject',
      duration: '5s',
      hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
      links: [{ between: ['client', 'server'], latency: '10ms' }],
      inject,
      ...over,
    }),
  );

const SYN = 'S 0:0(0) win 65535 <mss 1460>';
const LISTENER = { host: 'server', program: 'server', port: 80, backlog: 10, acceptMax: 0 };

describe('injected packets', () => {
  it('a SYN flood fills the request queue, then gets cookies; the answers reach nobody', async () => {
    const result = await run(
      [
        {
          at: '1s',
          from: '203.0.113.1:1024',
          to: 'server:80',
          segment: SYN,
          count: 50,
          interval: '1ms',
          step: { address: 1, port: 7 },
        },
      ],
      { processes: [LISTENER], expect: ['at 1.2s server sockets SYN-RECV == 11'] },
    );
    expect(result.expectations).toEqual([
      { text: 'at 1.2s server sockets SYN-RECV == 11', ok: true, actual: '11' },
    ]);
    expect(result.segments[1]).toMatchObject({
      from: 'server',
      to: '203.0.113.1',
      fate: 'lost',
      why: 'no such host',
    });
    const syns = result.segments.filter((s) => s.injected);
    expect(syns[49]).toMatchObject({
      source: '203.0.113.50:1367',
      flags: 'S',
      sentNs: 1.049e9,
      fate: 'delivered',
    });
    expect(result.hosts.server?.counters).toMatchObject({
      TcpExtTCPReqQFullDoCookies: 39,
      TcpExtSyncookiesSent: 39,
    });
    expect(result.hosts.server?.log[0]?.text).toContain('Possible SYN flooding');
  });

  it('a stray RST without ports hits the connection in its window', async () => {
    const result = await run([{ at: '1s', from: 'server:80', to: 'client', segment: 'R 1:1(0)' }], {
      processes: [LISTENER, { host: 'client', program: 'client', to: 'server:80', reply: 10 }],
    });
    expect(result.segments.find((s) => s.injected)).toMatchObject({
      seq: 1,
      from: 'server',
      fate: 'delivered',
    });
    expect(result.requests[0]).toMatchObject({ errno: 'ECONNRESET', latencyNs: 1e9 });
  });

  it('an ICMP error about the last segment ends a connect()', async () => {
    const result = await run(
      [{ at: '500ms', from: '10.0.0.254', to: 'client', icmp: 'host-unreachable', about: '10.0.0.9:80' }],
      {
        duration: '100s',
        hosts: { client: { address: '10.0.0.1', sysctls: { 'net.ipv4.tcp_syn_retries': 1 } } },
        links: [],
        processes: [{ host: 'client', program: 'client', to: '10.0.0.9:80' }],
      },
    );
    expect(result.segments.find((s) => s.flags === 'icmp')).toMatchObject({
      fate: 'delivered',
      text: expect.stringMatching(/^icmp type 3 code 1 about 10.0.0.1:\d+ > 10.0.0.9:80$/),
    });
    expect(result.hosts.client?.counters.IcmpInDestUnreachs).toBe(1);
    expect(result.connects[0]?.errno).toBe('EHOSTUNREACH');
  });

  it('says so when there is nothing to build them from', async () => {
    const result = await run([{ at: '1s', from: 'server:80', to: 'client', segment: 'R 1:1(0)' }]);
    expect(result.segments).toEqual([]);
    expect(result.events).toMatchObject([
      { type: 'log', text: 'nothing injected: client has sent nothing to server' },
    ]);
  });
});

describe('a SYN flood', () => {
  it('sends so many SYNs a second, each from an address and a port of its own', async () => {
    const result = await run([{ synFlood: 'server:80', at: '1s', perSecond: 200, for: '500ms' }], {
      duration: '3s',
      processes: [{ host: 'server', program: 'server', port: 80, backlog: 1000 }],
    });
    const syns = result.segments.filter((s) => s.injected);
    expect(syns).toHaveLength(100);
    expect(syns.map((s) => s.sentNs).slice(0, 3)).toEqual([1e9, 1.005e9, 1.01e9]);
    expect(new Set(syns.map((s) => s.source)).size).toBe(100);
    expect(syns[1]?.source).toBe('198.18.0.2:1025');
    expect(result.hosts.server?.socketStates['SYN-RECV']).toBe(100);
  });

  it('is refused with its path when it would have no end', () => {
    const inject = [{ synFlood: 'server:80', at: '1s', perSecond: 1_000_000, for: '1m' }];
    expect(() =>
      readScenario({
        format: 1,
        name: 'x',
        duration: '1s',
        hosts: { server: { address: '10.0.0.1' } },
        inject,
      }),
    ).toThrow('inject[0].for: expected at most 10000000 packets in all');
  });
});
