import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';

const times = (sent: [number, string, number][], port: number): number[] =>
  sent.filter(([, text, to]) => to === port && text.startsWith('S.')).map(([at]) => at);

describe('SYN-ACK schedule (server sheet 5), nominal times', () => {
  it('one request: 1, 3, 7, 15, 31 s, gone at 63 s without a word', () => {
    const raw = new Raw();
    raw.syn(1);
    expect(times(raw.until(62.9), 1)).toEqual([1, 3, 7, 15, 31]);
    expect(raw.states()).toEqual(['SYN-RECV']);
    expect(raw.until(64)).toEqual([]);
    expect(raw.states()).toEqual([]);
    expect(raw.moved()).toEqual({ TCPTimeouts: 6, TcpRetransSegs: 5, TCPSynRetrans: 5, TcpOutSegs: 6 });
  });

  for (const [retries, at, gone] of [
    [0, [], 1],
    [1, [1], 3],
  ] as const)
    it(`tcp_synack_retries ${retries}`, () => {
      const raw = new Raw({ sysctls: { 'net.ipv4.tcp_synack_retries': retries } });
      raw.syn(1);
      expect(times(raw.until(gone - 0.001), 1)).toEqual(at);
      expect(raw.count('SYN-RECV')).toBe(1);
      raw.until(gone);
      expect(raw.count('SYN-RECV')).toBe(0);
    });

  it('TCP_SYNCNT of the listener replaces tcp_synack_retries', () => {
    const raw = new Raw().set('TCP_SYNCNT', 2);
    raw.syn(1);
    expect(times(raw.until(100), 1)).toEqual([1, 3]);
    expect(raw.kernel.now).toBe(100e9);
  });

  it('with the timer wheel of HZ=250 each time is rounded up as measured', () => {
    const raw = new Raw();
    raw.kernel.net.profile = { ...raw.kernel.net.profile, hz: 250 };
    raw.syn(1);
    const measured = [1.005, 3.021, 7.277, 15.469, 31.597];
    const sent = times(raw.until(70), 1);
    expect(sent.length).toBe(5);
    const slack = [0.04, 0.04, 0.26, 0.26, 0.5];
    for (const [i, at] of sent.entries()) expect(Math.abs(at - measured[i]!)).toBeLessThan(slack[i]!);
  });

  it('2.6.32: 3, 9, 21, 45, 93 s', () => {
    const raw = new Raw({ kernel: '2.6.32' });
    raw.syn(1);
    expect(times(raw.until(188), 1)).toEqual([3, 9, 21, 45, 93]);
    raw.until(189);
    expect(raw.states()).toEqual([]);
    expect(raw.moved()).toEqual({ TcpOutSegs: 6 });
  });
});

describe('thinning of old requests (server sheet 5)', () => {
  for (const [backlog, requests, left] of [
    [4, 4, 4],
    [4, 5, 4],
    [8, 9, 4],
    [16, 17, 8],
    [16, 8, 8],
    [128, 100, 64],
    [128, 129, 64],
  ] as const)
    it(`backlog ${backlog}, ${requests} requests: ${left} outlive 7 s`, () => {
      const raw = new Raw({ backlog });
      for (let port = 1; port <= requests; port++) raw.syn(port);
      raw.until(6.9);
      expect(raw.count('SYN-RECV')).toBe(requests);
      raw.until(62);
      expect(raw.count('SYN-RECV')).toBe(left);
      raw.until(64);
      expect(raw.count('SYN-RECV')).toBe(0);
    });

  it('young requests drive out old ones: backlog 8, 4 at 0 s and 5 at 2.6 s', () => {
    const raw = new Raw({ backlog: 8 });
    for (let port = 1; port <= 4; port++) raw.syn(port);
    raw.until(2.6);
    for (let port = 11; port <= 15; port++) raw.syn(port);
    raw.until(7.1);
    expect(raw.count('SYN-RECV')).toBe(5);
    raw.until(10);
    expect(raw.count('SYN-RECV')).toBe(4);
    raw.until(62);
    expect(raw.count('SYN-RECV')).toBe(4);
  });
});

describe('duplicate SYN (server sheet 5)', () => {
  it('is answered at once and restarts the timer with the current backoff', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.until(0.8);
    expect(raw.syn(1).length).toBe(1);
    expect(times(raw.until(2.51), 1)).toEqual([1.8]);
    expect(raw.syn(1).length).toBe(1);
    raw.until(2.71);
    expect(raw.syn(1)).toEqual([]);
    expect(raw.moved()).toMatchObject({ TCPACKSkippedSynRecv: 1, TcpRetransSegs: 3, TCPSynRetrans: 3 });
    expect(times(raw.until(9), 1)).toEqual([4.51, 8.51]);
  });

  it('3.10 answers each one', () => {
    const raw = new Raw({ kernel: '3.10' });
    raw.syn(1);
    expect([raw.syn(1), raw.syn(1), raw.syn(1)].map((r) => r.length)).toEqual([1, 1, 1]);
  });
});

describe('TCP_DEFER_ACCEPT (server sheet 5)', () => {
  for (const [seconds, at] of [
    [1, [1, 3, 7, 15, 31]],
    [3, [3, 7, 15, 31]],
    [5, [7, 15, 31]],
    [10, [15, 31]],
    [30, [31]],
    [60, [63]],
  ] as const)
    it(`${seconds} s, one bare ACK: SYN-ACKs again at ${at.join(', ')}`, () => {
      const raw = new Raw().set('TCP_DEFER_ACCEPT', seconds);
      raw.syn(1);
      expect(raw.ack(1)).toEqual([]);
      expect(raw.states()).toEqual(['SYN-RECV']);
      expect(raw.moved()).toEqual({ TcpOutSegs: 1, TCPDeferAcceptDrop: 1 });
      expect(times(raw.until(126), 1)).toEqual(at);
    });

  it('never acknowledged: the plain schedule', () => {
    const raw = new Raw().set('TCP_DEFER_ACCEPT', 10);
    raw.syn(1);
    expect(times(raw.until(64), 1)).toEqual([1, 3, 7, 15, 31]);
  });

  it('data opens at once', () => {
    const raw = new Raw().set('TCP_DEFER_ACCEPT', 10);
    raw.syn(1);
    raw.ack(1);
    raw.until(2);
    raw.data(1);
    expect(raw.states()).toEqual(['ESTAB']);
  });

  it('3 s: the ACK of the SYN-ACK at 3 s opens without data', () => {
    const raw = new Raw().set('TCP_DEFER_ACCEPT', 3);
    raw.syn(1);
    raw.ack(1);
    expect(times(raw.until(3), 1)).toEqual([3]);
    raw.ack(1);
    expect(raw.states()).toEqual(['ESTAB']);
  });
});

describe('the listener closes', () => {
  it('requests stay, silent, until their timer', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.kernel.close(raw.task, raw.listener);
    expect(raw.output()).toEqual([]);
    expect(raw.states()).toEqual(['SYN-RECV']);
    raw.moved();
    expect(raw.until(1.1)).toEqual([]);
    expect(raw.states()).toEqual([]);
    expect(raw.moved()).toEqual({});
  });

  it('a segment for such a request is treated as for a closed port', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.syn(2);
    raw.kernel.close(raw.task, raw.listener);
    expect(raw.ack(1)).toEqual(['R 1:1(0) win 0']);
    expect(raw.syn(2)).toEqual([expect.stringMatching(/^R\. \d+:\d+\(0\) ack 1001 win 0$/)]);
    expect(raw.states()).toEqual([]);
  });
});
