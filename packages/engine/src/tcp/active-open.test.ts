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
