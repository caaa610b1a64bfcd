// Sockets with the fields that the tables of inet/ read, for their tests.
import { type Addr, ANY4, ANY6, isAny, isV4, parseAddr } from '../src/addr.ts';
import type { Sock, SockOptions } from '../src/sock.ts';

export const ip = (text: string): Addr => {
  const found = parseAddr(text);
  if (found === null) throw new Error(`not an address: ${text}`);
  return found;
};

const OPTIONS: Partial<SockOptions> = {
  reuseAddr: false,
  reusePort: false,
  v6Only: false,
  portRangeLow: 0,
  portRangeHigh: 0,
  uid: 0,
};

/**
 * An unbound socket. As bind() does, an IPv6 address that is neither `::` nor v4-mapped makes the socket V6ONLY.
 * @kernel __inet6_bind net/ipv6/af_inet6.c v6.18
 */
export function testSock(
  id: number,
  local: string,
  options: Partial<SockOptions> = {},
  more: Partial<Sock> = {},
): Sock {
  const address = ip(local);
  const native = !isV4(address) && !isAny(address);
  return {
    id,
    family: local.includes(':') ? 6 : 4,
    state: 'UNCONN',
    local: address,
    lport: 0,
    remote: local.includes(':') ? ANY6 : ANY4,
    rport: 0,
    bound: false,
    options: { ...OPTIONS, ...options, v6Only: options.v6Only === true || native },
    ...more,
  } as Sock;
}
