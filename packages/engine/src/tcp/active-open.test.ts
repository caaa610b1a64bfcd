import { expect, test } from 'vitest';
import { Client } from '../../test-kit/client.ts';

// Server sheet 8.4.
test('the SYN-ACK of a simultaneous open says our window scale though the peer offers none', () => {
  const client = new Client();
  client.connect();
  const [reply = ''] = client.peer('S 0:0(0) win 65535 <mss 1460>');
  expect(reply).toMatch(/^S\. 0:0\(0\) ack 1 win 64240 <mss 1460.*wscale 10>$/);
});

test('after a SYN-ACK without window scale windows are not scaled', () => {
  const client = new Client().establish(0.001, 'S. 0:0(0) ack 1 win 65535 <mss 1460>');
  const [ack = ''] = client.peer('P. 1:101(100) ack 1 win 65535');
  expect(ack).toMatch(/win 641\d\d/);
});

// Client sheet 4.
test.each([
  ['S. 0:0(0) ack 1 win 65535 <mss 1460>', 1460],
  ['S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,TS val 1 ecr 0>', 1448],
  ['S. 0:0(0) ack 1 win 65535 <mss 10>', 48],
])('segments have room for timestamps only when the SYN-ACK agrees to them: %s', (synAck, size) => {
  const client = new Client({ 'net.ipv4.tcp_timestamps': 1 }).establish(0.001, synAck);
  client.send(3000);
  expect(client.lines()[0]).toContain(`(${size})`);
});

const THIRD_ACK = '. 1:1(0) ack 1 win 64240';

test.each([
  ['TCP_DEFER_ACCEPT', 1],
  ['TCP_QUICKACK', 0],
] as const)(
  '%s %i puts the third ACK off for 200 ms, or until there is data (client sheet 4)',
  (name, value) => {
    const late = new Client().set(name, value);
    late.connect();
    expect(late.peer('S. 0:0(0) ack 1 win 65535 <mss 1460>')).toEqual([]);
    expect(late.until(0.3)).toEqual([[0.2, THIRD_ACK]]);
    const withData = new Client().set(name, value);
    withData.connect();
    withData.peer('S. 0:0(0) ack 1 win 65535 <mss 1460>');
    withData.send('hello');
    expect(withData.lines()).toEqual(['P. 1:6(5) ack 1 win 64240']);
    expect(withData.until(0.19)).toEqual([]);
  },
);

test('a failed attempt forgets TCP_QUICKACK 0 (client sheet 4)', () => {
  const client = new Client().set('TCP_QUICKACK', 0);
  client.connect();
  client.peer('R. 0:0(0) ack 1 win 0');
  client.again();
  client.again();
  expect(client.peer('S. 0:0(0) ack 1 win 65535 <mss 1460>')).toEqual([THIRD_ACK]);
});
