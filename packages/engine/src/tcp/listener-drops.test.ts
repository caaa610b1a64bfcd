// What a listener's drops (`ss -m`, d) count: read off Linux 6.18 by sock_diag, beside the counters.
import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';

const dropsOf = (raw: Raw): number =>
  [...raw.kernel.net.socks.values()].find((sk) => sk.state === 'LISTEN')?.drops ?? -1;
const SYN = 'S 1000:1000(0) win 65535 <mss 1460>';

describe('drops of a listener', () => {
  it.each([
    ['a duplicate SYN, though it is answered', [SYN], 1],
    ['RST for a half-open connection', ['R 1001:1001(0) win 0'], 1],
    ['an ACK outside of the window, though it is answered', ['. 90000:90000(0) ack 1 win 65535'], 1],
    ['a bad ACK goes to the listener, which resets: none', ['. 1001:1001(0) ack 77 win 65535'], 0],
    ['the third ACK: none', ['. 1001:1001(0) ack 1 win 65535'], 0],
  ])('%s', (_, segments, drops) => {
    const raw = new Raw();
    raw.syn(1);
    for (const text of segments) raw.send(1, text);
    expect(dropsOf(raw)).toBe(drops);
  });

  it.each([
    ['RST', 'R 1:1(0) win 0', 1],
    ['SYN with FIN', 'SF 1:1(0) win 100', 1],
    ['an ACK is reset: none', '. 1:1(0) ack 1 win 100', 0],
  ])('a segment of no connection: %s', (_, text, drops) => {
    const raw = new Raw();
    raw.send(2, text);
    expect(dropsOf(raw)).toBe(drops);
  });

  it('a third ACK that finds the accept queue full counts twice', () => {
    const raw = new Raw({ backlog: 1 });
    raw.syn(1);
    raw.ack(1);
    raw.syn(2);
    raw.syn(3);
    raw.ack(2);
    expect(dropsOf(raw)).toBe(0);
    raw.ack(3);
    expect(dropsOf(raw)).toBe(2);
  });
});

it('ss shows how often the SYN-ACK was sent again, also for a duplicate SYN', () => {
  const raw = new Raw();
  raw.syn(1);
  raw.send(1, SYN);
  expect(raw.kernel.sockets().find((s) => s.state === 'SYN-RECV')?.timer?.retransmits).toBe(1);
});
