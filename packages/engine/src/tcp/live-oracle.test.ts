// What Linux 6.18.44 did in the same situations (a TUN device with a scripted peer, tcp_timestamps=0, reno): windows,
// ACK decisions, PSH, bytes a send() took, and every counter that moved.
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';

const windows = (lines: string[]): number[] => lines.map((line) => Number(/win (\d+)/.exec(line)![1]));
const short = (lines: string[]): string[] => lines.map((line) => line.split(' ').slice(0, 2).join(' '));
const wait = (client: Client, seconds: number): string[] =>
  client.until(client.now + seconds).map(([, line]) => line);
const piece = (i: number, size: number, push: string): string =>
  `${push} ${1 + size * i}:${1 + size * (i + 1)}(${size}) ack 1 win 512`;
const times = <T>(n: number, value: T): T[] => new Array<T>(n).fill(value);

describe('receiving', () => {
  it('20 small segments, each read', () => {
    const client = new Client().establish();
    const seen = Array.from({ length: 20 }, (_, i) => {
      const at = windows(client.peer(piece(i, 100, 'P.')));
      wait(client, 0.005);
      client.recv();
      const read = client.lines().length;
      wait(client, 0.005);
      return `${at.join()}/${read}`;
    });
    expect(seen).toEqual([...times(16, '63/0'), ...times(4, '/1')]);
    expect(client.moved()).toEqual({ TcpOutSegs: 20 });
  });

  it('20 small segments, unread', () => {
    const client = new Client().establish();
    const seen = Array.from({ length: 20 }, (_, i) => {
      const got = windows(client.peer(piece(i, 100, 'P.')));
      wait(client, 0.005);
      return got.join();
    });
    expect(seen).toEqual([...times(16, '63'), ...times(4, '')]);
    expect(client.moved()).toEqual({ TCPHPHits: 15, TcpOutSegs: 16 });
  });

  it('40 full segments, unread', () => {
    const client = new Client().establish();
    const seen = Array.from({ length: 40 }, (_, i) => {
      const got = windows(client.peer(piece(i, 1460, '.')));
      wait(client, 0.0005);
      return got;
    });
    expect(seen.flat()).toEqual([
      66, 69, 72, 75, 74, 73, 72, 71, 70, 69, 68, 67, 66, 65, 64, 63, 62, 61, 60, 59,
    ]);
    expect(seen.slice(20).flat()).toEqual([]);
    expect(windows(wait(client, 0.2))).toEqual([31]);
    expect(client.moved()).toEqual({ DelayedACKs: 1, TCPHPHits: 17, TcpOutSegs: 21 });
  });

  it('40 full segments, each read: every second one after the quick ACKs', () => {
    const client = new Client().establish();
    const seen = Array.from({ length: 40 }, (_, i) => {
      const got = windows(client.peer(piece(i, 1460, '.')));
      wait(client, 0.002);
      client.recv();
      return [...got, ...windows(client.lines()), ...windows(wait(client, 0.002))].join();
    });
    const pairs = times(9, ['', '80']).flat();
    expect(seen).toEqual(['66', '69', '72', '75', '78', ...times(17, '80'), ...pairs]);
    expect(client.moved()).toEqual({ TcpOutSegs: 31 });
  });

  it('SO_RCVBUF 8192 closes after seven segments, and opens again', () => {
    const client = new Client().set('SO_RCVBUF', 8192).establish();
    const seen = Array.from({ length: 14 }, (_, i) =>
      windows([...client.peer(piece(i, 1460, '.')), ...wait(client, 0.06)]).join(),
    );
    expect(seen).toEqual(['8760', '7300', '5840', '4380', '2920', '1460', ...times(8, '0')]);
    expect(client.moved()).toEqual({
      BeyondWindow: 7,
      DelayedACKs: 4,
      TCPHPHits: 3,
      TCPToZeroWindowAdv: 1,
      TcpOutSegs: 14,
    });
    expect(client.recv().length).toBe(10220);
    expect(windows(client.lines())).toEqual([8760]);
    expect(client.moved()).toEqual({ TCPFromZeroWindowAdv: 1, TcpOutSegs: 1 });
  });
});

describe('sending', () => {
  it('1 MB: ten segments in pairs with PSH, 46720 bytes taken', () => {
    const client = new Client().establish(0.05);
    expect(client.send(1_000_000)).toBe(46720);
    const lines = short(client.lines());
    expect(lines.length).toBe(10);
    expect(lines.map((line) => line.startsWith('P.'))).toEqual(times(5, [false, true]).flat());
    expect(client.send(1)).toBe('EAGAIN');
  });

  it('four writes of 3000', () => {
    const client = new Client().establish(0.05);
    for (let i = 0; i < 4; i++) client.send(3000);
    expect(short(client.lines())).toEqual([
      '. 1:1461(1460)',
      'P. 1461:2921(1460)',
      'P. 2921:3001(80)',
      '. 3001:4461(1460)',
      'P. 4461:5921(1460)',
      '. 5921:7381(1460)',
      'P. 7381:8841(1460)',
      '. 8841:10301(1460)',
      'P. 10301:11761(1460)',
    ]);
  });

  for (const [name, sndbuf, window, writes] of [
    ['32120 and more', 0, 65535, [32120, 14600, 'EAGAIN']],
    ['40000 and more', 0, 65535, [40000, 6720, 'EAGAIN']],
    ['SO_SNDBUF 100000', 100000, 65535, [207320, 'EAGAIN']],
    ['SO_SNDBUF 10000', 10000, 65535, [46720, 'EAGAIN']],
  ] as const)
    it(`bytes that send() takes: ${name}`, () => {
      const client = new Client();
      if (sndbuf > 0) client.set('SO_SNDBUF', sndbuf);
      client.establish(0.05, `S. 0:0(0) ack 1 win ${window} <mss 1460,nop,nop,sackOK,nop,wscale 7>`);
      const first = writes[0] > 40000 ? 1_000_000 : writes[0];
      expect(
        writes.map((_, i) => client.send(i === 0 ? first : i === 1 && first < 50000 ? first : 1)),
      ).toEqual(writes);
    });
});

describe('ACKs for what we sent', () => {
  it('HPAcks for plain progress, PureAcks for a duplicate or a new window', () => {
    const client = new Client().establish();
    client.send(14600);
    client.lines();
    client.moved();
    for (const k of [2, 4, 6]) client.peer(`. 1:1(0) ack ${1 + 1460 * k} win 512`);
    expect(client.moved()).toEqual({ TCPPureAcks: 1, TCPHPAcks: 2, TCPDelivered: 6 });
    client.peer(`. 1:1(0) ack ${1 + 1460 * 6} win 512`);
    expect(client.moved()).toEqual({ TCPPureAcks: 1 });
    client.peer(`. 1:1(0) ack ${1 + 1460 * 8} win 500`);
    expect(client.moved()).toEqual({ TCPPureAcks: 1, TCPDelivered: 2 });
    client.peer(`. 1:1(0) ack ${1 + 1460 * 10} win 500`);
    expect(client.moved()).toEqual({ TCPHPAcks: 1, TCPDelivered: 2 });
  });

  it('NewReno: the third duplicate resends', () => {
    const client = new Client().establish(0.001, 'S. 0:0(0) ack 1 win 65535 <mss 1460>');
    client.send(14600);
    client.lines();
    client.moved();
    const seen = Array.from({ length: 5 }, () => [
      short(client.peer('. 1:1(0) ack 1 win 65535')).join(),
      client.moved(),
    ]);
    const plain = { TCPPureAcks: 1, TCPDelivered: 1 };
    expect(seen).toEqual([
      ['', { TCPPureAcks: 1 }],
      ['', plain],
      ['', plain],
      ['. 1:1461(1460)', { ...plain, TCPRenoRecovery: 1, TCPFastRetrans: 1, TcpRetransSegs: 1 }],
      ['', plain],
    ]);
    client.peer('. 1:1(0) ack 14601 win 65535');
    expect(client.moved()).toEqual({ TCPHPAcks: 1, TCPDelivered: 6 });
  });

  it('SACK: the third segment beyond the hole resends', () => {
    const client = new Client().establish(0.05);
    client.send(14600);
    client.lines();
    client.moved();
    wait(client, 0.01);
    const sack = (k: number): unknown => [
      short(client.peer(`. 1:1(0) ack 1 win 512 <nop,nop,sack 1461:${1 + 1460 * k}>`)).join(),
      client.moved(),
    ];
    const plain = { TCPPureAcks: 1, TCPDelivered: 1 };
    expect([sack(2), sack(3), sack(4)]).toEqual([
      ['', { ...plain, TCPSackShiftFallback: 2 }],
      ['', { ...plain, TCPSackShifted: 1 }],
      [
        '. 1:1461(1460)',
        { ...plain, TCPSackMerged: 1, TCPSackRecovery: 1, TCPFastRetrans: 1, TcpRetransSegs: 1 },
      ],
    ]);
    client.peer('. 1:1(0) ack 14601 win 512');
    expect(client.moved()).toEqual({ TCPHPAcks: 1, TCPDelivered: 7 });
  });
});
