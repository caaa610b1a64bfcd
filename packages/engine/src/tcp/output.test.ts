// Sending: Nagle, cork, initial window, PSH, zero window, FIN (client sheet, section 6).
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';

const short = (lines: string[]): string[] => lines.map((line) => line.split(' ').slice(0, 2).join(' '));
const seqs = (lines: string[]): string[] => lines.map((line) => line.split(' ')[1]!);

describe('Nagle in Minshall’s variant', () => {
  it('three small writes: the first goes, the others after its ACK as one', () => {
    const client = new Client().establish();
    for (let i = 0; i < 3; i++) client.send('0123456789');
    expect(short(client.lines())).toEqual(['P. 1:11(10)']);
    expect(short(client.peer('. 1:1(0) ack 11 win 512'))).toEqual(['P. 11:31(20)']);
  });

  it('a partial tail goes when no partial segment is in flight, and waits otherwise', () => {
    const client = new Client().establish();
    client.send(2000);
    expect(short(client.lines())).toEqual(['. 1:1461(1460)', 'P. 1461:2001(540)']);
    client.send(2000);
    expect(short(client.lines())).toEqual(['. 2001:3461(1460)']);
    expect(short(client.peer('. 1:1(0) ack 2001 win 512'))).toEqual(['P. 3461:4001(540)']);
  });

  it('TCP_NODELAY sends at once', () => {
    const client = new Client().establish().set('TCP_NODELAY', 1);
    client.send('a');
    client.send('b');
    expect(short(client.lines())).toEqual(['P. 1:2(1)', 'P. 2:3(1)']);
  });

  it('TCP_CORK holds a partial segment until the probe timer', () => {
    const client = new Client().establish(0.05).set('TCP_CORK', 1);
    const from = client.now;
    client.send('corked');
    expect(client.lines()).toEqual([]);
    expect(client.until(from + 1).slice(0, 1)).toEqual([
      [expect.closeTo(from + 0.25, 3), expect.stringMatching(/^P. 1:7\(6\)/)],
    ]);
  });
});

describe('initial congestion window', () => {
  it('ten segments', () => {
    const client = new Client().establish();
    client.send(100000);
    expect(seqs(client.lines()).length).toBe(10);
  });

  it('is bound by the peer’s window', () => {
    const client = new Client().establish(0.001, 'S. 0:0(0) ack 1 win 3000 <mss 1460>');
    client.send(100000);
    expect(seqs(client.lines())).toEqual(['1:1461(1460)', '1461:2921(1460)']);
  });

  it('a tiny MSS is floored to tcp_min_snd_mss', () => {
    const client = new Client().establish(0.001, 'S. 0:0(0) ack 1 win 3000 <mss 10>');
    client.send(100);
    expect(seqs(client.lines())[0]).toBe('1:49(48)');
  });
});

describe('zero window', () => {
  it('is probed with backoff, each probe one byte below snd.una', () => {
    const client = new Client().establish(0.01, 'S. 0:0(0) ack 1 win 0 <mss 1460,nop,nop,sackOK>');
    const from = client.now;
    client.send('data');
    expect(client.lines()).toEqual([]);
    const probes = client.until(from + 7);
    expect(probes.map(([at]) => Math.round((at - from) * 1000))).toEqual([210, 630, 1470, 3150, 6510]);
    expect(new Set(probes.map(([, line]) => short([line])[0]))).toEqual(new Set(['. 0:0(0)']));
    expect(client.moved()).toMatchObject({ TCPWinProbe: 5, TcpOutSegs: 5 });
    expect(short(client.peer('. 1:1(0) ack 1 win 1000'))).toEqual(['P. 1:5(4)']);
  });
});

describe('FIN', () => {
  it('counts as original data', () => {
    const client = new Client().establish();
    expect(short(client.close())).toEqual(['F. 1:1(0)']);
    expect(client.moved()).toMatchObject({ TcpCurrEstab: -1, TCPOrigDataSent: 1, TcpOutSegs: 1 });
  });

  it('rides on unsent data', () => {
    const client = new Client().establish();
    client.send('a');
    client.send('b');
    client.lines();
    expect(short(client.shutdown())).toEqual(['FP. 2:3(1)']);
  });
});

describe('retransmission of small neighbours', () => {
  it('merges them into one segment', () => {
    const client = new Client({ 'net.ipv4.tcp_early_retrans': 0 }).establish().set('TCP_NODELAY', 1);
    for (const part of ['aa', 'bb', 'cc']) client.send(part);
    client.lines();
    expect(client.until(client.now + 0.3).map(([, line]) => short([line])[0])).toEqual(['P. 1:7(6)']);
  });
});
