// SYN schedules, RTO and give-up times of the client sheet, sections 3 and 6, without timer-wheel rounding.
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';

const LIN = 'net.ipv4.tcp_syn_linear_timeouts';
const TRIES = 'net.ipv4.tcp_syn_retries';
const s = (...seconds: number[]): number[] => seconds.map((x) => x * 1000);

/** When the connection fails, ms. */
function failedAt(client: Client, limit: number): number {
  while (client.kernel.nextTimerAt() <= limit * 1e9) {
    client.kernel.advanceTo(client.kernel.nextTimerAt());
    if (client.state() !== 'SYN-SENT' && client.state() !== 'ESTAB') return Math.round(client.now * 1000);
  }
  return -1;
}

describe('SYN retransmission', () => {
  const ROWS: [name: string, client: () => Client, times: number[], failure: number][] = [
    ['default', () => new Client(), s(1, 2, 3, 4, 5, 7, 11, 19, 35, 67), 131],
    ['linear 0', () => new Client({ [LIN]: 0 }), s(1, 3, 7, 15, 31, 63), 127],
    ['linear 1', () => new Client({ [LIN]: 1 }), s(1, 2, 4, 8, 16, 32, 64), 128],
    ['syn_retries 1', () => new Client({ [TRIES]: 1 }), s(1, 2), 3],
    ['syn_retries 2', () => new Client({ [TRIES]: 2 }), s(1, 2, 3, 4, 5), 7],
    ['syn_retries 2, linear 0', () => new Client({ [TRIES]: 2, [LIN]: 0 }), s(1, 3), 7],
    ['TCP_SYNCNT 3', () => new Client().set('TCP_SYNCNT', 3), s(1, 2, 3, 4, 5, 7, 11), 19],
    ['TCP_SYNCNT 3, linear 0', () => new Client({ [LIN]: 0 }).set('TCP_SYNCNT', 3), s(1, 3, 7), 15],
    [
      'rto_max_ms 4000',
      () => new Client({ 'net.ipv4.tcp_rto_max_ms': 4000 }),
      s(1, 2, 3, 4, 5, 7, 11, 15, 19),
      23,
    ],
    ['TCP_USER_TIMEOUT 300', () => new Client().set('TCP_USER_TIMEOUT', 300), s(1), 1.001],
    ['TCP_USER_TIMEOUT 5000', () => new Client().set('TCP_USER_TIMEOUT', 5000), s(1, 2, 3, 4), 5],
    ['TCP_USER_TIMEOUT 5500', () => new Client().set('TCP_USER_TIMEOUT', 5500), s(1, 2, 3, 4, 5), 5.5],
  ];
  for (const [name, make, times, failure] of ROWS)
    it(name, () => {
      const client = make();
      client.connect();
      expect(client.times(200)).toEqual(times);
      const again = make();
      again.connect();
      expect(failedAt(again, 200)).toBe(Math.round(failure * 1000));
      expect(again.error()).toBe('ETIMEDOUT');
    });

  it('counts n resends and the end', () => {
    const client = new Client({ [TRIES]: 2 });
    client.connect();
    client.until(20);
    expect(client.moved()).toEqual({
      TcpActiveOpens: 1,
      TcpAttemptFails: 1,
      TcpOutSegs: 1,
      TcpRetransSegs: 5,
      TCPTimeouts: 6,
      TCPSynRetrans: 5,
      TcpTimeoutRehash: 5,
      TCPLostRetransmit: 4,
      TCPAbortOnTimeout: 1,
    });
  });

  it('with the timer wheel of HZ=250 the grid of the live kernel', () => {
    const client = new Client({ [LIN]: 0 }, 250);
    client.connect();
    const times = client.times(70);
    expect(times[0]).toBeGreaterThanOrEqual(1000);
    expect(times[0]).toBeLessThanOrEqual(1036);
    expect(times[1]! - times[0]!).toBe(2016);
  });
});

describe('after a lost SYN (table of section 3)', () => {
  const NO_TS = 'S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>';
  for (const [resends, cwnd] of [
    [1, 10],
    [2, 1],
    [3, 1],
  ] as const)
    it(`${resends} resends, no timestamps: cwnd ${cwnd}, RTO 3 s`, () => {
      const client = new Client();
      client.connect();
      client.until(resends + 0.02);
      client.peer(NO_TS);
      client.send(20000);
      expect(client.lines().length).toBe(cwnd);
      client.until(client.now + 2.9);
      client.moved();
    });

  it('2 resends, TSecr of the first SYN: spurious, so 10', () => {
    const client = new Client({ 'net.ipv4.tcp_timestamps': 1 });
    client.connect();
    const first = client.tsVal;
    client.until(2.02);
    client.peer(`S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1 ecr ${first >>> 0},nop,wscale 7>`);
    client.send(20000);
    expect(client.lines().length).toBe(10);
  });
});

describe('a lone segment unanswered', () => {
  const ROWS: [rtt: number, times: number[]][] = [
    [0.001, [201, 402, 804, 1608, 3216]],
    [0.05, [250, 500, 1000, 2000, 4000]],
    [0.3, [800, 1700, 3500]],
  ];
  for (const [rtt, times] of ROWS)
    it(`RTT ${rtt * 1000} ms: a tail loss probe, then the RTO doubling`, () => {
      const client = new Client().establish(rtt);
      const from = client.now;
      client.send('x');
      client.lines();
      expect(client.times(from + times[times.length - 1]! / 1000 + 0.01, from)).toEqual(times);
      const n = times.length;
      expect(client.moved()).toMatchObject({
        TCPLossProbes: 1,
        TCPTimeouts: n - 1,
        TcpRetransSegs: n,
        TCPOrigDataSent: 1,
      });
    });

  it('five segments, RTT 50 ms: the probe is the last one, the RTO resends the first', () => {
    const client = new Client().establish(0.05);
    const from = client.now;
    client.send(5 * 1460);
    client.lines();
    const sent = client
      .until(from + 2)
      .map(([at, line]) => `${Math.round((at - from) * 1000)} ${line.split(' ')[1]}`);
    expect(sent).toEqual([
      '102 5841:7301(1460)',
      '352 1:1461(1460)',
      '852 1:1461(1460)',
      '1852 1:1461(1460)',
    ]);
  });

  for (const [retries, seconds] of [
    [1, 1.8],
    [3, 6.94],
    [5, 13.55],
  ] as const)
    it(`tcp_retries2 ${retries}: given up after about ${seconds} s`, () => {
      const client = new Client({ 'net.ipv4.tcp_retries2': retries }, 250).establish(0.001);
      const from = client.now;
      client.send('x');
      const end = failedAt(client, 30) / 1000 - from;
      expect(end).toBeGreaterThan(seconds * 0.9);
      expect(end).toBeLessThan(seconds * 1.04);
      expect(client.error()).toBe('ETIMEDOUT');
      expect(client.moved()).toMatchObject({ TCPAbortOnTimeout: 1, TcpEstabResets: 1 });
    });

  it('tcp_retries2 15, the default: given up 924.6 s after the first RTO, with the next one', () => {
    const client = new Client().establish(0.001);
    const from = client.now;
    client.send('x');
    const end = failedAt(client, 2000) / 1000 - from;
    // The probe after 201 ms, then the RTO of 201 ms doubling up to 120 s; the 16th ends it.
    const rto = Array.from({ length: 16 }, (_, i) => Math.min(0.201 * 2 ** i, 120));
    expect(end).toBeCloseTo(0.201 + rto.reduce((a, b) => a + b), 1);
    expect(end - 0.402).toBeGreaterThan(924.6);
    expect(client.error()).toBe('ETIMEDOUT');
  });

  it('keepalive by default: a probe after 7200 s, nine of them 75 s apart, then a RST', () => {
    const client = new Client().set('SO_KEEPALIVE', 1).establish(0.001);
    const from = client.now;
    const sent = client.until(from + 8000);
    const at = sent.map(([when]) => Math.round(when - from));
    expect(at).toEqual(Array.from({ length: 10 }, (_, i) => 7200 + 75 * i));
    expect(sent.map(([, line]) => line.split(' ')[0])).toEqual([...Array(9).fill('.'), 'R.']);
    expect(client.error()).toBe('ETIMEDOUT');
    expect(client.moved()).toMatchObject({ TCPKeepAlive: 9, TCPAbortOnTimeout: 1, TcpOutRsts: 1 });
  });

  it('TCP_USER_TIMEOUT 3000: from the first RTO resend', () => {
    const client = new Client().set('TCP_USER_TIMEOUT', 3000).establish(0.001);
    const from = client.now;
    client.send('x');
    const end = failedAt(client, 30) - from * 1000;
    expect(end).toBeGreaterThan(3390);
    expect(end).toBeLessThan(3460);
  });
});
