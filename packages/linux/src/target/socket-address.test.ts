import { parseAddr } from '@halfopen/engine';
import { expect, it } from 'vitest';
import { endpointOf, sockaddr } from './socket-address.ts';

it.each([
  ['AF_INET', '10.0.0.1'],
  ['AF_INET6', 'fd00::1'],
] as const)('an %s address survives its bytes', (family, host) => {
  expect(endpointOf(sockaddr(family, parseAddr(host)!, 8080))).toEqual({ host, port: 8080 });
});

it('an IPv6 address stays one for an IPv4 socket, which the kernel then refuses', () => {
  expect(sockaddr('AF_INET', parseAddr('fd00::1')!, 1)[0]).toBe(10);
});

it('an IPv4 address given to an IPv6 socket is mapped', () => {
  const bytes = sockaddr('AF_INET6', parseAddr('10.0.0.1')!, 1);
  expect([...bytes.subarray(18, 24)]).toEqual([0xff, 0xff, 10, 0, 0, 1]);
});
