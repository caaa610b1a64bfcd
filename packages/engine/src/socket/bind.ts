// bind(2). Leaves out AF_UNSPEC, interface scopes (so an IPv6 link-local address is always refused) and IPv6's own
// ip_nonlocal_bind sysctl.

import { type Addr, ANY4, ANY6, isAny, isBroadcast, isMulticast, isV4, sameAddr } from '../addr.ts';
import { fail, OK, type Result } from '../errno.ts';
import { getPort } from '../inet/get-port.ts';
import { isLocalAddr, routeLookup } from '../inet/route.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from '../tcp/netns.ts';
import { sockOf, taskOf } from './fd-table.ts';
import type { SockAddr } from './types.ts';

/** fe80::/10: needs a scope, which a SockAddr does not carry. */
const isLinkLocal = (a: Addr): boolean => (a.w0 & 0xffc00000) === (0xfe800000 | 0);

/** The broadcast address of one of our subnets. */
function isSubnetBroadcast(net: Netns, a: Addr): boolean {
  const route = routeLookup(net.interfaces, net.routes, a, null);
  return route.ok && route.type === 'broadcast';
}

/** An IPv4 address that bind() takes. @kernel inet_addr_valid_or_nonlocal include/net/inet_sock.h v6.18 */
function mayBind4(net: Netns, sk: Sock, a: Addr): boolean {
  if (sk.options.freebind || sk.options.transparent || net.sysctl['net.ipv4.ip_nonlocal_bind'] !== 0)
    return true;
  if (isAny(a) || isMulticast(a) || isBroadcast(a)) return true;
  return isLocalAddr(net.interfaces, a) || isSubnetBroadcast(net, a);
}

/** An IPv6 address that bind() takes. @kernel ipv6_can_nonlocal_bind include/net/ipv6.h v6.18 */
const mayBind6 = (net: Netns, sk: Sock, a: Addr): boolean =>
  isAny(a) || sk.options.freebind || sk.options.transparent || isLocalAddr(net.interfaces, a);

/** What is wrong with the address by itself, before the port is looked at. */
function addressRefusal(net: Netns, sk: Sock, address: SockAddr): Result<0> {
  const a = address.address;
  if (sk.family === 4) {
    if (address.family === 'AF_INET6') return fail('EAFNOSUPPORT');
    return mayBind4(net, sk, a) ? OK : fail('EADDRNOTAVAIL');
  }
  // A sockaddr_in is too short; TCP over IPv6 refuses multicast, where IPv4 does not.
  if (address.family === 'AF_INET' || (!isV4(a) && isMulticast(a))) return fail('EINVAL');
  return OK;
}

/** An IPv6 socket looks at its address only after port and state. @kernel __inet6_bind net/ipv6/af_inet6.c v6.18 */
function lateRefusal(net: Netns, sk: Sock, a: Addr): Result<0> {
  if (sk.family === 4) return OK;
  if (isV4(a)) {
    if (sk.options.v6Only) return fail('EINVAL');
    return mayBind4(net, sk, a) ? OK : fail('EADDRNOTAVAIL');
  }
  if (isLinkLocal(a)) return fail('EINVAL');
  return mayBind6(net, sk, a) ? OK : fail('EADDRNOTAVAIL');
}

/**
 * Binds address and port; port 0 lets the kernel choose, or with IP_BIND_ADDRESS_NO_PORT leaves the choice to connect().
 * In this order: EINVAL or EAFNOSUPPORT for an address of the wrong family, EADDRNOTAVAIL, EACCES for a low port,
 * EINVAL when bound or connected already (IPv6: EADDRNOTAVAIL only then), EADDRINUSE; EBADF, ENOTSOCK before all.
 * @kernel __inet_bind net/ipv4/af_inet.c v6.18
 */
export function bind(net: Netns, task: number, fd: number, address: SockAddr): Result<0> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  const early = addressRefusal(net, sk, address);
  if (!early.ok) return early;
  const { port } = address;
  const privileged = port !== 0 && port < net.sysctl['net.ipv4.ip_unprivileged_port_start'];
  if (privileged && !taskOf(net, task).mayBindLow) return fail('EACCES');
  if (sk.state !== 'UNCONN' || sk.bound) return fail('EINVAL');
  const late = lateRefusal(net, sk, address.address);
  return late.ok ? take(net, sk, address.address, port) : late;
}

/** An IPv6 address other than the wildcard makes the socket IPv6-only, which getsockopt() then shows. */
function take(net: Netns, sk: Sock, address: Addr, port: number): Result<0> {
  const v6Only = sk.options.v6Only;
  sk.local = address;
  if (!isV4(address) && !isAny(address)) sk.options.v6Only = true;
  if (port !== 0 || !sk.options.bindAddressNoPort) {
    const got = getPort(net, sk, port);
    if (!got.ok) {
      sk.local = sk.family === 4 ? ANY4 : ANY6;
      sk.options.v6Only = v6Only;
      return got;
    }
  } else {
    sk.lport = 0;
  }
  // 0.0.0.0 by its IPv6 spelling is an address like any other.
  if (!sameAddr(address, sk.family === 4 ? ANY4 : ANY6)) sk.addrLocked = true;
  if (port !== 0) sk.portLocked = true;
  sk.remote = sk.family === 4 ? ANY4 : ANY6;
  sk.rport = 0;
  return OK;
}
