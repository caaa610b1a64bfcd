import { describe, expect, it } from 'vitest';
import { Host, must } from '../../test-kit/host.ts';
import { PEER, Raw } from '../../test-kit/raw.ts';

/** A connection that our side closed first and the peer closed after it: TIME-WAIT, rcv_nxt 1002, snd_nxt 2. */
function timeWait(options: { ts?: boolean; sysctls?: object } = {}): { raw: Raw; tsval: number } {
  const raw = new Raw(options.sysctls === undefined ? {} : { sysctls: options.sysctls });
  const [reply] = raw.syn(1, options.ts ?? false);
  const tsval = Number(/TS val (\d+)/.exec(reply ?? '')?.[1] ?? 0);
  const stamp = options.ts ? ` <nop,nop,TS val 101 ecr ${tsval}>` : '';
  raw.send(1, `. 1001:1001(0) ack 1 win 65535${stamp}`);
  const fd = raw.accept() as number;
  raw.kernel.close(raw.task, fd);
  raw.output();
  raw.send(1, `F. 1001:1001(0) ack 2 win 65535${stamp}`);
  expect(raw.states()).toEqual(['TIME-WAIT']);
  raw.moved();
  return { raw, tsval };
}

const SYN_ACK = /^S\. 0:0\(0\) ack /;
const ACK = /^\. 2:2\(0\) ack 1002 /;

describe('segments in TIME-WAIT (server sheet 8.3)', () => {
  it('lives 60 s and is counted once', () => {
    const { raw } = timeWait();
    expect(raw.kernel.counter('TcpExtTW')).toBe(1);
    raw.until(59.9);
    expect(raw.states()).toEqual(['TIME-WAIT']);
    raw.until(60);
    expect(raw.states()).toEqual([]);
  });

  it('SYN without timestamps: newer is accepted with ISN snd_nxt + 65537, equal and older are acknowledged', () => {
    const { raw } = timeWait();
    const old = raw.iss.get(1)!;
    expect(raw.send(1, 'S 1003:1003(0) win 9 <mss 1460>')).toEqual([expect.stringMatching(SYN_ACK)]);
    expect((raw.iss.get(1)! - old) >>> 0).toBe(65539);
    for (const seq of [1002, 1001]) {
      const other = timeWait().raw;
      expect(other.send(1, `S ${seq}:${seq}(0) win 9 <mss 1460>`)).toEqual([expect.stringMatching(ACK)]);
      other.moved();
      expect(other.send(1, `S ${seq}:${seq}(0) win 9 <mss 1460>`)).toEqual([]);
      expect(other.moved()).toEqual({ TCPACKSkippedTimeWait: 1 });
    }
  });

  const STAMPED: [name: string, syn: string, accepted: boolean, counters: object][] = [
    ['older seq, newer TSval', 'S 900:900(0) win 9 <mss 1460,nop,nop,TS val 102 ecr 0>', true, {}],
    ['newer seq, equal TSval', 'S 2000:2000(0) win 9 <mss 1460,nop,nop,TS val 101 ecr 0>', true, {}],
    ['older seq, equal TSval', 'S 900:900(0) win 9 <mss 1460,nop,nop,TS val 101 ecr 0>', false, {}],
    [
      'newer seq, older TSval',
      'S 2000:2000(0) win 9 <mss 1460,nop,nop,TS val 100 ecr 0>',
      false,
      { PAWSTimewait: 1 },
    ],
    ['newer seq, no timestamp', 'S 2000:2000(0) win 9 <mss 1460>', true, {}],
  ];
  for (const [name, syn, accepted, counters] of STAMPED)
    it(`SYN with timestamps: ${name}`, () => {
      const { raw } = timeWait({ ts: true });
      expect(raw.send(1, syn)).toEqual([expect.stringMatching(accepted ? SYN_ACK : ACK)]);
      expect(raw.moved()).toEqual({ TcpOutSegs: 1, ...counters });
      expect(raw.states()).toEqual([accepted ? 'SYN-RECV' : 'TIME-WAIT']);
    });

  it('RST at rcv_nxt ends it, unless tcp_rfc1337', () => {
    for (const [on, left] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const { raw } = timeWait({ sysctls: { 'net.ipv4.tcp_rfc1337': on } });
      expect(raw.send(1, 'R 1002:1002(0) win 0')).toEqual([]);
      expect(raw.count('TIME-WAIT')).toBe(left);
    }
    const { raw } = timeWait();
    raw.send(1, 'R 1003:1003(0) win 0');
    expect(raw.count('TIME-WAIT')).toBe(1);
  });

  it('a pure ACK in order restarts the 60 s in silence; FIN, data and SYN-ACK are acknowledged', () => {
    const { raw } = timeWait();
    raw.until(30);
    expect(raw.send(1, '. 1002:1002(0) ack 2 win 9')).toEqual([]);
    raw.until(89);
    expect(raw.count('TIME-WAIT')).toBe(1);
    expect(raw.send(1, 'F. 1001:1001(0) ack 2 win 9')).toEqual([expect.stringMatching(ACK)]);
    raw.until(148);
    expect(raw.send(1, 'P. 1002:1007(5) ack 2 win 9').length).toBe(1);
    expect(raw.send(1, 'S. 1001:1001(0) ack 2 win 9').length).toBeLessThanOrEqual(1);
    raw.until(207);
    expect(raw.count('TIME-WAIT')).toBe(1);
    raw.until(209);
    expect(raw.count('TIME-WAIT')).toBe(0);
  });

  it('a full accept queue: the SYN is dropped and the record is gone', () => {
    const raw = new Raw({ backlog: 0 });
    raw.connect(1);
    const fd = raw.accept() as number;
    raw.kernel.close(raw.task, fd);
    raw.send(1, 'F. 1001:1001(0) ack 2 win 65535');
    raw.connect(2);
    raw.output();
    raw.moved();
    expect(raw.send(1, 'S 9000:9000(0) win 9 <mss 1460>')).toEqual([]);
    expect(raw.moved()).toEqual({ ListenOverflows: 1, ListenDrops: 1 });
    expect(raw.states()).toEqual(['ESTAB']);
  });

  it('tcp_max_tw_buckets: none is made, the FIN of the peer is reset', () => {
    const raw = new Raw({ sysctls: { 'net.ipv4.tcp_max_tw_buckets': 0 } });
    raw.connect(1);
    raw.kernel.close(raw.task, raw.accept() as number);
    raw.output();
    raw.moved();
    raw.send(1, '. 1001:1001(0) ack 2 win 65535');
    expect(raw.moved()).toMatchObject({ TCPTimeWaitOverflow: 1 });
    expect(raw.send(1, 'F. 1001:1001(0) ack 2 win 65535')).toEqual([expect.stringMatching(/^R 2:2/)]);
  });
});

describe('an orphan in FIN-WAIT-2 (server sheet 8.3)', () => {
  function finWait2(): Raw {
    const raw = new Raw();
    raw.connect(1);
    raw.kernel.close(raw.task, raw.accept() as number);
    raw.send(1, '. 1001:1001(0) ack 2 win 65535');
    raw.output();
    raw.moved();
    expect(raw.states()).toEqual(['FIN-WAIT-2']);
    return raw;
  }
  const CASES: [probe: string, reply: RegExp | null, state: string][] = [
    ['S 1001:1001(0) win 9', /^R\. /, 'gone'],
    ['S 900:900(0) win 9', /^\. 2:2\(0\) ack 1001/, 'FIN-WAIT-2'],
    ['P. 1001:1006(5) ack 2 win 9', /^R 2:2/, 'gone'],
    ['FP. 1001:1006(5) ack 2 win 9', /^R 2:2/, 'gone'],
    ['F. 1001:1001(0) ack 2 win 9', /^\. 2:2\(0\) ack 1002/, 'TIME-WAIT'],
    ['R 1001:1001(0) win 9', null, 'gone'],
  ];
  for (const [probe, reply, state] of CASES)
    it(probe, () => {
      const raw = finWait2();
      expect(raw.send(1, probe)).toEqual(reply === null ? [] : [expect.stringMatching(reply)]);
      expect(raw.states()[0] ?? 'gone').toBe(state);
    });
});

describe('reuse by connect() (client sheet 2.3)', () => {
  /** All ports of a range of ten in TIME-WAIT towards one destination. */
  function exhausted(address: string, sysctls: object): { host: Host; lfd: number } {
    const options = { 'net.ipv4.ip_local_port_range': [40000, 40009], ...sysctls } as object;
    const host = new Host({
      sysctls: options,
      interfaces: [
        { name: 'eth0', mtu: 1500, up: true, addrs: [{ addr: { ...PEER, w3: 0x0a000001 }, prefixLen: 24 }] },
      ],
    });
    const lfd = host.socket();
    host.bind(lfd, address, 80);
    host.listen(lfd, 64);
    for (let i = 0; i < 10; i++) {
      const fd = host.socket();
      expect(host.connect(fd, address, 80)).toBe('EINPROGRESS');
      const child = host.accept(lfd) as number;
      host.close(fd);
      host.close(child);
    }
    return { host, lfd };
  }
  const tries = (host: Host, address: string): string => {
    const fd = host.socket();
    return String(host.connect(fd, address, 80));
  };
  const CASES: [address: string, sysctls: object, at0: string, after: string, when: number][] = [
    ['127.0.0.1', {}, 'EADDRNOTAVAIL', 'EINPROGRESS', 1.2],
    ['10.0.0.1', {}, 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 1.2],
    ['10.0.0.1', { 'net.ipv4.tcp_tw_reuse': 1 }, 'EADDRNOTAVAIL', 'EINPROGRESS', 1.2],
    ['127.0.0.1', { 'net.ipv4.tcp_tw_reuse': 0 }, 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 1.2],
    ['127.0.0.1', { 'net.ipv4.tcp_timestamps': 0 }, 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 1.2],
    ['127.0.0.1', { 'net.ipv4.tcp_tw_reuse_delay': 100 }, 'EADDRNOTAVAIL', 'EINPROGRESS', 0.15],
    ['127.0.0.1', { 'net.ipv4.tcp_tw_reuse_delay': 3000 }, 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 2.9],
    ['127.0.0.1', { 'net.ipv4.tcp_tw_reuse_delay': 3000 }, 'EADDRNOTAVAIL', 'EINPROGRESS', 3.2],
  ];
  for (const [address, sysctls, at0, after, when] of CASES)
    it(`${address} ${JSON.stringify(sysctls)}: ${at0}, after ${when} s ${after}`, () => {
      const { host } = exhausted(address, sysctls);
      expect(host.kernel.sockets().filter((row) => row.state === 'TIME-WAIT').length).toBe(10);
      expect(tries(host, address)).toBe(at0);
      host.kernel.advanceTo(when * 1e9);
      expect(tries(host, address)).toBe(after);
      expect(host.kernel.counter('TcpExtTWRecycled')).toBe(after === 'EINPROGRESS' ? 1 : 0);
    });

  it('an explicitly bound port is taken over at once', () => {
    const { host } = exhausted('127.0.0.1', {});
    const row = must({ ok: true, value: host.kernel.sockets().find((r) => r.state === 'TIME-WAIT')! });
    const port = Number(row.local.split(':')[1]);
    const fd = host.socket();
    expect(host.bind(fd, '127.0.0.1', port)).toBe('EADDRINUSE');
  });
});
