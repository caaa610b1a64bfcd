import { expect, it } from 'vitest';
import { parseKmsg } from './kernel-log.ts';

it('takes TCP lines with their time, and nothing else', () => {
  const line =
    '6,1234,5848325656,-;TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:80. Sending cookies.\n';
  expect(parseKmsg(line)).toEqual({
    atUs: 5848325656,
    text: 'TCP: request_sock_TCP: Possible SYN flooding on port 0.0.0.0:80. Sending cookies.',
  });
  expect(parseKmsg('6,1,2,-;eth0: link up\n')).toBeNull();
  expect(parseKmsg('nonsense')).toBeNull();
});
