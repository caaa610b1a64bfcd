// FIN in every order, RST rules, teardown (client sheet section 5, server sheet 8.2), keepalive.
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';

const short = (lines: string[]): string[] => lines.map((line) => line.replace(/ win.*/, ''));

describe('the closing handshake', () => {
  it('we close first', () => {
    const client = new Client().establish();
    expect(short(client.shutdown())).toEqual(['F. 1:1(0) ack 1']);
    expect(client.state()).toBe('FIN-WAIT-1');
    client.peer('. 1:1(0) ack 2 win 512');
    expect(client.state()).toBe('FIN-WAIT-2');
    expect(short(client.peer('F. 1:1(0) ack 2 win 512'))).toEqual(['. 2:2(0) ack 2']);
    expect(client.state()).toBe('TIME-WAIT');
  });

  it('the peer closes first', () => {
    const client = new Client().establish();
    client.peer('F. 1:1(0) ack 1 win 512');
    expect(client.state()).toBe('CLOSE-WAIT');
    expect(client.recv()).toBe('');
    expect(short(client.close())).toEqual(['F. 1:1(0) ack 2']);
    expect(client.state()).toBe('LAST-ACK');
    client.peer('. 2:2(0) ack 2 win 512');
    expect(client.state()).toBe('gone');
  });

  it('both at once', () => {
    const client = new Client().establish();
    client.shutdown();
    expect(short(client.peer('F. 1:1(0) ack 1 win 512'))).toEqual(['. 2:2(0) ack 2']);
    expect(client.state()).toBe('CLOSING');
    client.peer('. 2:2(0) ack 2 win 512');
    expect(client.state()).toBe('TIME-WAIT');
  });

  it('FIN together with the ACK of ours', () => {
    const client = new Client().establish();
    client.shutdown();
    expect(short(client.peer('F. 1:1(0) ack 2 win 512'))).toEqual(['. 2:2(0) ack 2']);
    expect(client.state()).toBe('TIME-WAIT');
  });

  it('FIN before the data it follows', () => {
    const client = new Client().establish();
    client.peer('F. 4:4(0) ack 1 win 512');
    expect(client.state()).toBe('ESTAB');
    client.peer('P. 1:4(3) ack 1 win 512');
    expect(client.state()).toBe('CLOSE-WAIT');
    expect([client.recv().length, client.recv()]).toEqual([3, '']);
  });

  it('an orphan whose FIN is acknowledged waits 60 s in FIN-WAIT-2 as a mini socket', () => {
    const client = new Client().establish();
    client.close();
    client.peer('. 1:1(0) ack 2 win 512');
    expect(client.state()).toBe('FIN-WAIT-2');
    expect(client.moved()).toMatchObject({ TW: 1 });
    client.until(client.now + 61);
    expect(client.state()).toBe('gone');
  });

  it('with an open descriptor FIN-WAIT-2 lasts for ever', () => {
    const client = new Client().establish();
    client.shutdown();
    client.peer('. 1:1(0) ack 2 win 512');
    client.until(client.now + 1000);
    expect(client.state()).toBe('FIN-WAIT-2');
  });

  it('an orphan’s FIN that is never acknowledged: a probe and eight doublings, then about 102 s are over', () => {
    const client = new Client().establish(0.008);
    const from = client.now;
    client.close();
    const times = client.times(from + 200, from);
    expect(times.length).toBe(9);
    expect(client.now - from).toBeGreaterThan(100);
    expect(client.state()).toBe('gone');
  });
});

describe('close() that aborts', () => {
  it('unread data: RST and TCPAbortOnClose', () => {
    const client = new Client().establish();
    client.peer('P. 1:4(3) ack 1 win 512');
    client.moved();
    expect(short(client.close())).toEqual(['R. 1:1(0) ack 4']);
    expect(client.moved()).toMatchObject({
      TCPAbortOnClose: 1,
      TcpEstabResets: 1,
      TcpOutRsts: 1,
      TcpCurrEstab: -1,
    });
    expect(client.state()).toBe('gone');
  });

  it('linger 0: RST and TCPAbortOnData', () => {
    const client = new Client().establish().set('SO_LINGER', { on: true, seconds: 0 });
    expect(short(client.close())).toEqual(['R. 1:1(0) ack 1']);
    expect(client.moved()).toMatchObject({ TCPAbortOnData: 1, TcpEstabResets: 1, TcpOutRsts: 1 });
  });

  it('data for an orphan whose FIN is out: RST', () => {
    const client = new Client().establish();
    client.close();
    client.moved();
    expect(short(client.peer('P. 1:4(3) ack 1 win 512'))).toEqual(['R 1:1(0)']);
    expect(client.moved()).toMatchObject({ TCPAbortOnData: 1, TcpOutRsts: 1 });
    expect(client.state()).toBe('gone');
  });
});

describe('RST', () => {
  it('exact: ECONNRESET, in CLOSE-WAIT EPIPE', () => {
    const client = new Client().establish();
    client.peer('R 1:1(0) win 0');
    expect([client.state(), client.error()]).toEqual(['gone', 'ECONNRESET']);
    const other = new Client().establish();
    other.peer('F. 1:1(0) ack 1 win 512');
    other.peer('R 2:2(0) win 0');
    expect(other.error()).toBe('EPIPE');
    expect(other.moved()).toMatchObject({ TcpEstabResets: 1 });
  });

  it('elsewhere in the window: challenge ACK; outside: nothing', () => {
    const client = new Client().establish();
    expect(short(client.peer('R 5:5(0) win 0'))).toEqual(['. 1:1(0) ack 1']);
    expect(client.moved()).toMatchObject({ TCPChallengeACK: 1 });
    expect(client.peer('R 4000000000:4000000000(0) win 0')).toEqual([]);
    expect(client.state()).toBe('ESTAB');
  });
});

describe('nonsense for an established connection', () => {
  it('a SYN is challenged, at most twice a second', () => {
    const client = new Client().establish();
    expect(short(client.peer('S 900:900(0) win 512'))).toEqual(['. 1:1(0) ack 1']);
    expect(client.moved()).toEqual({ TcpInErrs: 1, TCPSYNChallenge: 1, TCPChallengeACK: 1, TcpOutSegs: 1 });
    expect(client.peer('S. 0:0(0) ack 1 win 512')).toEqual([]);
    expect(client.moved()).toEqual({ TcpInErrs: 1, TCPSYNChallenge: 1, TCPACKSkippedChallenge: 1 });
    client.until(client.now + 0.6);
    expect(client.peer('S. 0:0(0) ack 1 win 512').length).toBe(1);
  });

  it('an ACK of unsent data is challenged', () => {
    const client = new Client().establish();
    expect(short(client.peer('. 1:1(0) ack 900 win 512'))).toEqual(['. 1:1(0) ack 1']);
    expect(client.moved()).toMatchObject({ TCPChallengeACK: 1 });
  });

  it('data beyond the window: plain ACK, BeyondWindow', () => {
    const client = new Client().establish();
    expect(short(client.peer('P. 900000:900003(3) ack 1 win 512'))).toEqual(['. 1:1(0) ack 1']);
    expect(client.moved()).toMatchObject({ BeyondWindow: 1 });
  });

  it('data without the ACK flag is dropped', () => {
    const client = new Client().establish();
    expect(client.peer('P 1:4(3) win 512')).toEqual([]);
    expect(client.recv()).toBe('<EAGAIN>');
  });

  it('an older timestamp: ACK, PAWSEstab', () => {
    const client = new Client({ 'net.ipv4.tcp_timestamps': 1 });
    client.connect();
    const ecr = client.tsVal >>> 0;
    client.peer(`S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,TS val 5000 ecr ${ecr},nop,wscale 7>`);
    client.moved();
    expect(client.peer(`P. 1:4(3) ack 1 win 512 <nop,nop,TS val 4000 ecr ${ecr}>`).length).toBe(1);
    expect(client.moved()).toMatchObject({ PAWSEstab: 1 });
  });
});

describe('keepalive', () => {
  it('idle 2, interval 1, three probes, then RST and ETIMEDOUT', () => {
    const client = new Client();
    client
      .set('SO_KEEPALIVE', 1)
      .set('TCP_KEEPIDLE', 2)
      .set('TCP_KEEPINTVL', 1)
      .set('TCP_KEEPCNT', 3)
      .establish();
    const from = client.now;
    const sent = client
      .until(from + 10)
      .map(([at, line]) => `${Math.round((at - from) * 1000)} ${short([line])[0]}`);
    expect(sent).toEqual([
      '2000 . 0:0(0) ack 1',
      '3000 . 0:0(0) ack 1',
      '4000 . 0:0(0) ack 1',
      '5000 R. 1:1(0) ack 1',
    ]);
    expect(client.error()).toBe('ETIMEDOUT');
    expect(client.moved()).toMatchObject({ TCPKeepAlive: 3, TCPAbortOnTimeout: 1 });
  });
});

describe('simultaneous open (server sheet 8.4)', () => {
  it('SYN, then SYN-ACK: ACK with a D-SACK of the SYN', () => {
    const client = new Client();
    client.connect();
    expect(client.peer('S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>')).toEqual([
      expect.stringMatching(/^S\. 0:0\(0\) ack 1 win 64240 <mss 1460,nop,nop,sackOK/),
    ]);
    expect(client.state()).toBe('SYN-RECV');
    expect(client.moved()).toMatchObject({ TcpOutSegs: 1, TcpActiveOpens: 1 });
    expect(client.peer('S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK>')).toEqual([
      expect.stringMatching(/^\. 1:1\(0\) ack 1 win \d+ <nop,nop,sack 0:1>/),
    ]);
    expect(client.state()).toBe('ESTAB');
    expect(client.moved()).toMatchObject({ TCPDSACKOldSent: 1, DelayedACKLost: 1, TcpCurrEstab: 1 });
  });

  it('RST: ECONNRESET and TcpAttemptFails', () => {
    const client = new Client();
    client.connect();
    client.peer('S 0:0(0) win 65535 <mss 1460>');
    client.moved();
    client.peer('R 1:1(0) win 0');
    expect(client.error()).toBe('ECONNRESET');
    expect(client.moved()).toMatchObject({ TcpAttemptFails: 1 });
  });
});
