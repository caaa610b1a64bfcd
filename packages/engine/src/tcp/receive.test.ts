// Receiving: delayed ACKs, out-of-order data, windows (client sheet, section 6).
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';

const data = (from: number, length: number): string => `P. ${from}:${from + length}(${length}) ack 1 win 512`;
const full = (from: number): string => `. ${from}:${from + 1460}(1460) ack 1 win 512`;

/** Delays (ms) between small segments `gap` ms apart and their ACKs. */
function delays(gap: number, n: number, read: boolean): number[] {
  const client = new Client().establish();
  const out: number[] = [];
  for (let i = 0; i < n; i++) {
    const at = client.now;
    const now = client.peer(data(1 + i * 100, 100)).length > 0;
    const later = client.until(at + gap / 1000);
    out.push(now ? 0 : later.length > 0 ? Math.round((later[0]![0] - at) * 1000) : -1);
    if (read) client.recv();
    client.lines();
  }
  return out;
}

describe('delayed ACK', () => {
  it('16 at once, then 40 ms', () => {
    expect(delays(60, 20, false)).toEqual([...new Array<number>(16).fill(0), 40, 40, 40, 40]);
  });

  it('a gap beyond the RTO reloads quick ACKs', () => {
    expect(delays(250, 20, false)).toEqual(new Array<number>(20).fill(0));
  });

  it('40 full segments nobody reads: single ACKs, then one by timer', () => {
    const client = new Client().establish();
    let acks = 0;
    for (let i = 0; i < 40; i++) acks += client.peer(full(1 + i * 1460)).length;
    expect(acks).toBeGreaterThanOrEqual(16);
    expect(acks).toBeLessThanOrEqual(24);
    expect(client.until(client.now + 0.2).length).toBe(1);
  });

  it('a reader who drains a pushed small segment ACKs at once, when quick ACKs are spent', () => {
    const client = new Client().establish();
    for (let i = 0; i < 16; i++) client.peer(data(1 + i * 10, 10));
    client.recv();
    client.lines();
    expect(client.peer(data(161, 10))).toEqual([]);
    client.recv();
    expect(client.lines().length).toBe(1);
  });

  it('an answer carries the ACK, and ping-pong follows', () => {
    const client = new Client().establish();
    for (let i = 0; i < 16; i++) client.peer(data(1 + i * 10, 10));
    client.peer(data(161, 10));
    client.send('answer');
    expect(client.lines()).toEqual([expect.stringMatching(/^P\. 1:7\(6\) ack 171/)]);
    expect(client.until(client.now + 0.05)).toEqual([]);
  });
});

describe('out of order', () => {
  it('is acknowledged with SACK and joined when the hole is filled', () => {
    const client = new Client().establish();
    expect(client.peer('P. 4:7(3) ack 1 win 512')).toEqual([expect.stringMatching(/ack 1 .*sack 4:7/)]);
    expect(client.peer('P. 10:13(3) ack 1 win 512')).toEqual([expect.stringMatching(/sack 10:13 4:7/)]);
    expect(client.peer('P. 1:4(3) ack 1 win 512')).toEqual([expect.stringMatching(/ack 7 .*sack 10:13/)]);
    expect(client.recv().length).toBe(6);
    expect(client.peer('P. 7:10(3) ack 1 win 512')).toEqual([expect.stringMatching(/ack 13 win \d+$/)]);
    expect(client.recv().length).toBe(6);
    expect(client.moved()).toMatchObject({ TCPOFOQueue: 2 });
  });

  it('old data is answered with a D-SACK', () => {
    const client = new Client().establish();
    client.peer(data(1, 10));
    expect(client.peer(data(1, 10))).toEqual([expect.stringMatching(/ack 11 .*sack 1:11/)]);
    expect(client.moved()).toMatchObject({ TCPDSACKOldSent: 1, DelayedACKLost: 1 });
  });

  it('without SACK plain duplicate ACKs', () => {
    const client = new Client().establish(0.001, 'S. 0:0(0) ack 1 win 65535 <mss 1460>');
    expect(client.peer('P. 4:7(3) ack 1 win 512')).toEqual(['. 1:1(0) ack 1 win 64240']);
  });

  it('overlaps are trimmed', () => {
    const client = new Client().establish();
    client.peer('P. 1:6(5) ack 1 win 512');
    client.peer('P. 3:9(6) ack 1 win 512');
    expect(client.recv().length).toBe(8);
  });
});

describe('receive window', () => {
  it('closes on a reader who does not read, and opens again by a window update', () => {
    const client = new Client().set('SO_RCVBUF', 8192).establish();
    let seq = 1;
    let window = -1;
    for (let i = 0; i < 30 && window !== 0; i++) {
      for (const line of client.peer(full(seq))) window = Number(/win (\d+)/.exec(line)![1]);
      const acked = client.until(client.now + 0.05).map(([, line]) => line);
      for (const line of acked) window = Number(/win (\d+)/.exec(line)![1]);
      seq += 1460;
    }
    expect(window).toBe(0);
    client.recv(100000);
    expect(client.lines()).toEqual([expect.stringMatching(/win [1-9]\d+/)]);
    expect(client.moved()).toMatchObject({ TCPToZeroWindowAdv: 1, TCPFromZeroWindowAdv: 1 });
  });
});
