import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';

const ALWAYS = { 'net.ipv4.tcp_syncookies': 2 } as const;

const isnOf = (raw: Raw, port: number, syn: string): number => {
  raw.send(port, syn);
  return raw.iss.get(port)! >>> 0;
};

/** Both clocks zero, so that the minute of a cookie begins at time 0. */
function clocked(sysctls: object = ALWAYS): Raw {
  const raw = new Raw({ sysctls });
  raw.kernel.net.bootedAt = 600e9;
  return raw;
}

describe('SYN cookies (server sheet 7)', () => {
  it('the ISN moves with the client ISN and with the MSS step, and repeats within the minute', () => {
    const raw = clocked();
    const first = isnOf(raw, 1, 'S 1000:1000(0) win 9 <mss 536>');
    expect(isnOf(raw, 1, 'S 2000:2000(0) win 9 <mss 536>')).toBe((first + 1000) >>> 0);
    const steps = [100, 536, 1299, 1300, 1440, 1459, 1460, 8960].map((mss) => {
      const isn = isnOf(raw, 1, `S 1000:1000(0) win 9 <mss ${mss}>`);
      return (isn - first) >>> 0;
    });
    expect(steps).toEqual([0, 0, 0, 1, 2, 2, 3, 3]);
    raw.until(30);
    expect(isnOf(raw, 1, 'S 1000:1000(0) win 9 <mss 536>')).toBe(first);
  });

  it('keeps no state and forgets options without a timestamp', () => {
    const raw = clocked();
    expect(raw.send(1, 'S 1000:1000(0) win 9 <mss 1460,nop,nop,sackOK,nop,wscale 7>')).toEqual([
      expect.stringMatching(/win 64240 <mss 1460>$/),
    ]);
    expect(raw.states()).toEqual([]);
    expect(raw.kernel.nextTimerAt()).toBe(Number.POSITIVE_INFINITY);
    expect(raw.moved()).toEqual({ TCPReqQFullDoCookies: 1, SyncookiesSent: 1, TcpOutSegs: 1 });
  });

  const STAMPS: [options: string, bits: number][] = [
    ['mss 1460,sackOK,TS val 9 ecr 0,nop,wscale 7', 0b010111],
    ['mss 1460,sackOK,TS val 9 ecr 0,nop,wscale 14', 0b011110],
    ['mss 1460,sackOK,TS val 9 ecr 0', 0b011111],
    ['mss 1460,nop,nop,TS val 9 ecr 0', 0b001111],
  ];
  for (const [options, bits] of STAMPS)
    it(`TSval of the SYN-ACK carries <${options}>`, () => {
      const raw = clocked({ ...ALWAYS, 'net.ipv4.tcp_timestamps': 2 });
      raw.kernel.advanceTo(12_345e6);
      const [reply] = raw.send(1, `S 1000:1000(0) win 9 <${options}>`);
      const tsval = Number(/TS val (\d+)/.exec(reply ?? '')?.[1]);
      expect(tsval & 63).toBe(bits);
      expect(612_345 - tsval).toBeGreaterThanOrEqual(0);
      expect(612_345 - tsval).toBeLessThan(64);
    });

  it('the third ACK brings MSS and options back', () => {
    const raw = clocked();
    const [reply] = raw.syn(1, true);
    const tsval = /TS val (\d+)/.exec(reply ?? '')?.[1];
    raw.moved();
    expect(raw.send(1, `. 1001:1001(0) ack 1 win 500 <nop,nop,TS val 101 ecr ${tsval}>`)).toEqual([]);
    expect(raw.moved()).toEqual({ SyncookiesRecv: 1, TcpPassiveOpens: 1, TcpCurrEstab: 1, TCPPureAcks: 1 });
    const child = [...raw.kernel.net.socks.values()].find((sk) => sk.state === 'ESTAB');
    expect(child).toMatchObject({
      sackOk: true,
      tsOk: true,
      wscaleOk: true,
      sndWscale: 7,
      mssClamp: 1460,
      sndWnd: 500 << 7,
    });
  });

  it('a client MSS of 100 becomes 536', () => {
    const raw = clocked();
    raw.send(1, 'S 1000:1000(0) win 9 <mss 100>');
    raw.ack(1);
    expect([...raw.kernel.net.socks.values()].find((sk) => sk.state === 'ESTAB')?.mssClamp).toBe(536);
  });

  it('is good to the end of the next minute, then refused; after 120 s nobody looks', () => {
    for (const [at, opened, counters] of [
      [55, true, { SyncookiesRecv: 1 }],
      [119, true, { SyncookiesRecv: 1 }],
    ] as const) {
      const raw = clocked();
      raw.syn(1);
      raw.moved();
      raw.until(at);
      expect([at, raw.ack(1).length]).toEqual([at, opened ? 0 : 1]);
      expect(raw.moved()).toMatchObject(counters);
    }
    const raw = clocked();
    raw.kernel.advanceTo(59e9);
    raw.syn(1);
    raw.syn(2);
    raw.until(119.9);
    raw.ack(1);
    expect(raw.count('ESTAB')).toBe(1);
    raw.moved();
    raw.until(121);
    expect(raw.ack(2)).toEqual([expect.stringMatching(/^R 1:1/)]);
    expect(raw.moved()).toEqual({ SyncookiesFailed: 1, TcpOutRsts: 1, TcpOutSegs: 1 });
    raw.until(180);
    raw.ack(2);
    expect(raw.moved()).toEqual({ TcpOutRsts: 1, TcpOutSegs: 1 });
  });

  it('a wrong cookie: SyncookiesFailed and RST', () => {
    const raw = clocked();
    raw.syn(1);
    raw.moved();
    expect(raw.send(1, '. 1000:1000(0) ack 1 win 9').length).toBe(1);
    expect(raw.moved()).toEqual({ SyncookiesFailed: 1, TcpOutRsts: 1, TcpOutSegs: 1 });
  });

  it('may be replayed after the first connection is gone', () => {
    const raw = clocked();
    raw.syn(1);
    raw.ack(1);
    raw.send(1, 'R 1001:1001(0) win 0');
    raw.accept();
    raw.ack(1);
    expect(raw.states()).toContain('ESTAB');
  });

  it('says once a listener that it is flooded, and never in mode 2', () => {
    const raw = new Raw({ backlog: 0, trace: true });
    for (let port = 1; port < 5; port++) raw.syn(port);
    const log = raw.kernel.takeTrace().filter((event) => event.type === 'log');
    expect(log).toEqual([
      {
        type: 'log',
        at: 0,
        text: 'TCP: request_sock_TCP: Possible SYN flooding on port 192.0.2.1:80. Sending cookies.',
      },
    ]);
    const two = new Raw({ backlog: 0, trace: true, sysctls: ALWAYS });
    two.syn(1);
    expect(two.kernel.takeTrace().filter((event) => event.type === 'log')).toEqual([]);
  });

  it('carries IPv6 too', () => {
    const raw = clocked();
    const words = { s0: 0x20010db8, s1: 0, s2: 0, s3: 2, d0: 0x20010db8, d1: 0, d2: 0, d3: 1 };
    raw.kernel.net.interfaces[1]!.addrs.push({
      addr: { w0: 0x20010db8, w1: 0, w2: 0, w3: 1 },
      prefixLen: 64,
    });
    const task = raw.task;
    const six = raw.kernel.socket(task, 'AF_INET6');
    const fd = six.ok ? six.value : -1;
    raw.kernel.bind(task, fd, { family: 'AF_INET6', address: { w0: 0, w1: 0, w2: 0, w3: 0 }, port: 443 });
    raw.kernel.listen(task, fd, 5);
    raw.kernel.deliver(Object.assign(raw.segment(1, 'S 1000:1000(0) win 9 <mss 1440>', 443), words));
    const [reply] = raw.kernel.takeOutput();
    expect(reply).toMatchObject({ kind: 'tcp', mss: 1440, ack: 1001, d3: 2 });
    const isn = reply?.kind === 'tcp' ? reply.seq : 0;
    const ack = Object.assign(raw.segment(1, '. 1001:1001(0) ack 0 win 9', 443), words, {
      ack: (isn + 1) | 0,
    });
    raw.kernel.deliver(ack);
    expect(raw.states()).toEqual(['ESTAB']);
  });
});
