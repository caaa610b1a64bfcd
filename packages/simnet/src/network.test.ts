import { describe, expect, it } from 'vitest';
import { type RunResult, readScenario, runScenario, type SegmentRecord } from './index.ts';

const MS = 1e6;

/** One client, one request and answer, with the given faults. */
const runWith = (faults: readonly object[], over: object = {}): Promise<RunResult> =>
  runScenario(
    readScenario({
      format: 1,
      name: 'faults',
      duration: '60s',
      hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
      links: [{ between: ['client', 'server'], latency: '10ms' }],
      faults,
      processes: [
        { host: 'server', program: 'server', port: 80, request: 3000, reply: 3000 },
        { host: 'client', program: 'client', to: 'server:80', request: 3000, reply: 3000 },
      ],
      ...over,
    }),
  );

const of = (result: RunResult, from: string, flags: string): SegmentRecord[] =>
  result.segments.filter((s) => s.from === from && s.flags === flags);

describe('fault rules', () => {
  it('drop: the first SYN is lost, and sent again after 1 s', async () => {
    const result = await runWith([
      { drop: 'syn', from: 'client', to: 'server', nth: 1, text: 'the first SYN is lost' },
    ]);
    const [first, second] = of(result, 'client', 'S');
    expect(first).toMatchObject({ fate: 'lost', why: 'the first SYN is lost', arrivedNs: null });
    expect(second).toMatchObject({ fate: 'delivered', sentNs: 1000 * MS, retransmission: true });
    expect(result.connects[0]).toMatchObject({ errno: null, latencyNs: 1020 * MS, synsNs: [0, 1000 * MS] });
  });

  it('delay: adds to the way', async () => {
    const result = await runWith([{ delay: 'syn-ack', by: '300ms' }]);
    expect(result.connects[0]?.latencyNs).toBe(320 * MS);
  });

  it('duplicate: the packet arrives twice', async () => {
    const plain = await runWith([]);
    const result = await runWith([{ duplicate: 'syn', copies: 2 }]);
    const received = (r: RunResult): number => r.hosts.server?.counters.TcpInSegs ?? 0;
    expect(received(result) - received(plain)).toBeGreaterThanOrEqual(2);
    expect(result.requests[0]?.bytes).toBe(3000);
  });

  it('corrupt: the receiver counts a bad checksum and looks no further', async () => {
    const result = await runWith([{ corrupt: 'syn', first: 1 }]);
    const [first] = of(result, 'client', 'S');
    expect(first).toMatchObject({
      fate: 'dropped',
      why: 'bad checksum',
      counters: { TcpInSegs: 1, TcpInErrs: 1, TcpInCsumErrors: 1 },
    });
    expect(result.hosts.server?.counters).toMatchObject({ TcpInErrs: 1, TcpInCsumErrors: 1 });
    expect(result.connects[0]?.latencyNs).toBe(1020 * MS);
  });

  it('reorder: the packet arrives behind the next one', async () => {
    const result = await runWith([{ reorder: 'data', from: 'client', to: 'server', nth: 1 }]);
    const data = result.segments.filter((s) => s.from === 'client' && s.length > 0 && s.fate === 'delivered');
    const arrived = [...data].sort((a, b) => (a.arrivedNs ?? 0) - (b.arrivedNs ?? 0) || 0);
    expect(data[0]?.seq).toBe(1);
    expect(data[0]?.arrivedNs).toBe(data[1]?.arrivedNs);
    expect(result.hosts.server?.counters.TcpExtTCPOFOQueue).toBeGreaterThanOrEqual(1);
    expect(arrived.length).toBeGreaterThanOrEqual(3);
    expect(result.requests[0]?.bytes).toBe(3000);
  });

  it('reorder: a packet that no other follows goes on after a while', async () => {
    const result = await runWith([{ reorder: 'syn', by: '50ms' }]);
    expect(of(result, 'client', 'S')[0]).toMatchObject({ fate: 'delivered', arrivedNs: 60 * MS });
  });

  it('partition: nothing passes in either direction while it lasts', async () => {
    const result = await runWith([{ partition: ['client', 'server'], during: ['5ms', '3500ms'] }]);
    expect(of(result, 'client', 'S').map((s) => s.fate)).toEqual([
      'delivered',
      'lost',
      'lost',
      'lost',
      'delivered',
    ]);
    expect(of(result, 'server', 'S.')[0]).toMatchObject({
      fate: 'lost',
      why: 'partition of client and server',
    });
    expect(result.requests[0]?.errno).toBeNull();
  });

  it('third-ack: means the ACK that completes the handshake, and no other', async () => {
    const result = await runWith([{ drop: 'third-ack', text: 'third ACK lost' }]);
    const lost = result.segments.filter((s) => s.why === 'third ACK lost');
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({ from: 'client', flags: '.', seq: 1, ack: 1, length: 0 });
    expect(result.requests[0]?.bytes).toBe(3000);
  });

  it.each([
    [{ drop: 'syn', nth: [1, 3] }, ['lost', 'delivered']],
    [{ drop: 'syn', first: 2 }, ['lost', 'lost', 'delivered']],
    [{ drop: 'syn', every: 2 }, ['delivered']],
    [{ drop: 'syn', port: 81 }, ['delivered']],
    [{ drop: 'syn', port: 80, first: 1 }, ['lost', 'delivered']],
    [{ drop: 'syn', from: 'server', to: 'client' }, ['delivered']],
    [{ drop: 'syn', during: ['0s', '1500ms'] }, ['lost', 'lost', 'delivered']],
    [{ drop: 'syn', probability: 0 }, ['delivered']],
  ])('%j', async (fault, fates) => {
    const result = await runWith([fault]);
    expect(of(result, 'client', 'S').map((s) => s.fate)).toEqual(fates);
  });

  it('the first rule that decides wins; later ones do not see the packet', async () => {
    const result = await runWith([
      { drop: 'syn', nth: 1, text: 'first rule' },
      { drop: 'syn', nth: 1, text: 'second rule' },
    ]);
    expect(of(result, 'client', 'S').map((s) => s.why)).toEqual(['first rule', 'second rule', null]);
  });
});

describe('the network', () => {
  it('loses packets to nobody', async () => {
    const result = await runWith([], {
      duration: '2s',
      processes: [{ host: 'client', program: 'client', to: '10.0.0.77:80' }],
    });
    expect(result.segments[0]).toMatchObject({ fate: 'lost', why: 'no such host', to: '10.0.0.77' });
    expect(result.connects[0]).toMatchObject({ errno: 'EINPROGRESS', latencyNs: 2e9 });
  });

  it('loses packets between hosts that no link joins', async () => {
    const result = await runWith([], { duration: '500ms', links: [] });
    expect(result.segments[0]).toMatchObject({ fate: 'lost', why: 'no link' });
  });

  it('joins any number of hosts on one segment, IPv4 and IPv6', async () => {
    const result = await runWith([], {
      hosts: {
        a: { address: '2001:db8::1/64' },
        b: { addresses: ['192.168.7.1/24', '2001:db8::2/64'] },
        c: { address: '10.9.9.9/32' },
      },
      links: [{ between: ['a', 'b', 'c'] }],
      processes: [
        { host: 'b', program: 'echo', port: 80, family: 6 },
        { host: 'a', program: 'client', to: 'b:80', family: 6, request: 10, reply: 10 },
        { host: 'c', name: 'v4', program: 'client', to: 'b:80', request: 10, reply: 10, start: '1s' },
      ],
    });
    expect(result.requests.map((r) => [r.host, r.errno, r.bytes])).toEqual([
      ['a', null, 10],
      ['c', null, 10],
    ]);
    expect(result.connects[0]?.remote).toBe('[2001:db8::2]:80');
  });

  it('carries a megabyte across loss, reordering and duplication', async () => {
    const result = await runWith([], {
      duration: '120s',
      links: [
        {
          between: ['client', 'server'],
          latency: '5ms',
          bandwidth: '50Mbit',
          queue: 50,
          loss: '2%',
          reorder: '2%',
          duplicate: '1%',
        },
      ],
      processes: [
        { host: 'server', program: 'server', port: 80, request: '1MB', reply: '1MB' },
        { host: 'client', program: 'client', to: 'server:80', request: '1MB', reply: '1MB' },
      ],
    });
    expect(result.requests[0]).toMatchObject({ errno: null, bytes: 1e6 });
  });

  it('shows what a host sends to itself', async () => {
    const result = await runWith([], {
      processes: [
        { host: 'server', program: 'server', port: 80, request: 10, reply: 10 },
        { host: 'server', name: 'local', program: 'client', to: '127.0.0.1:80', request: 10, reply: 10 },
      ],
    });
    expect(result.requests[0]).toMatchObject({ errno: null, bytes: 10, latencyNs: 0 });
    expect(result.segments.slice(0, 3).map((s) => [s.from, s.to, s.flags, s.fate])).toEqual([
      ['server', 'server', 'S', 'delivered'],
      ['server', 'server', 'S.', 'delivered'],
      ['server', 'server', '.', 'delivered'],
    ]);
  });
});
