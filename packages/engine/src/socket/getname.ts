// getsockname(2) and getpeername(2).

import { fail, ok, type Result } from '../errno.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from '../tcp/netns.ts';
import { sockOf } from './fd-table.ts';
import type { AddressFamily, SockAddr } from './types.ts';

const familyOf = (sk: Sock): AddressFamily => (sk.family === 4 ? 'AF_INET' : 'AF_INET6');

/** The remote end as a sockaddr, whatever the state. @kernel inet_getname net/ipv4/af_inet.c v6.18 */
export const peerOf = (sk: Sock): SockAddr => ({ family: familyOf(sk), address: sk.remote, port: sk.rport });

/**
 * The local end; an unbound socket shows the wildcard and port 0. A closed socket still shows the port it had: Linux
 * frees the port and keeps the number (inet_sport). EBADF, ENOTSOCK. @kernel inet_getname net/ipv4/af_inet.c v6.18
 */
export function getsockname(net: Netns, task: number, fd: number): Result<SockAddr> {
  const sk = sockOf(net, task, fd);
  if (!sk.ok) return sk;
  const { local, lport } = sk.value;
  return ok({ family: familyOf(sk.value), address: local, port: lport });
}

/**
 * The remote end of a connection. ENOTCONN without one, while SYN-SENT, and once closed; EBADF, ENOTSOCK.
 * @kernel inet_getname, inet6_getname net/ipv6/af_inet6.c v6.18
 */
export function getpeername(net: Netns, task: number, fd: number): Result<SockAddr> {
  const sk = sockOf(net, task, fd);
  if (!sk.ok) return sk;
  const { rport, state } = sk.value;
  if (rport === 0 || state === 'UNCONN' || state === 'SYN-SENT') return fail('ENOTCONN');
  return ok(peerOf(sk.value));
}
