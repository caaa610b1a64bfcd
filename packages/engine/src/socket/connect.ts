// connect(2) without the sleep: the call that starts a connection returns EINPROGRESS, and each further call tells what
// Linux's own wait loop would see. An owner that simulates a blocking connect() calls again after each wake-up.
// Leaves out TCP_FASTOPEN_CONNECT and the EPIPE of a disconnect by another thread.

import { type Addr, ANY6, isAny, isMulticast, isV4, LOOPBACK4, LOOPBACK6 } from '../addr.ts';
import { fail, OK, ok, type Result } from '../errno.ts';
import type { Sock } from '../sock.ts';
import { startConnect } from '../tcp/active-open.ts';
import { disconnect } from '../tcp/close.ts';
import type { Netns } from '../tcp/netns.ts';
import { sockOf } from './fd-table.ts';
import { stopListening } from './listening.ts';
import { takeError } from './pending-error.ts';
import type { SockAddr } from './types.ts';

/**
 * `settle` lets packets to ourselves run: on loopback the attempt has ended when the call returns, and still the call
 * says EINPROGRESS. Errors: EINPROGRESS, EALREADY while it runs, EISCONN, EINVAL, EAFNOSUPPORT, ENETUNREACH and what
 * the route says, EADDRNOTAVAIL without a free port, ECONNABORTED when the error of a failed attempt was already
 * read, else that error; EBADF, ENOTSOCK. @kernel __inet_stream_connect net/ipv4/af_inet.c v6.18
 */
export function connect(
  net: Netns,
  task: number,
  fd: number,
  address: SockAddr | { readonly family: 'AF_UNSPEC' },
  settle: () => void,
): Result<0> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  if (address.family === 'AF_UNSPEC') return unconnect(net, sk);
  switch (sk.socketState) {
    case 'CONNECTED':
      return fail('EISCONN');
    case 'DISCONNECTING':
      return fail('EINVAL');
    case 'CONNECTING':
      return outcome(net, sk);
    case 'UNCONNECTED':
      return start(net, sk, address, settle);
  }
}

function unconnect(net: Netns, sk: Sock): Result<0> {
  if (sk.state === 'LISTEN') stopListening(net, sk);
  else disconnect(net, sk);
  sk.socketState = 'UNCONNECTED';
  return OK;
}

function start(net: Netns, sk: Sock, address: SockAddr, settle: () => void): Result<0> {
  if (sk.state !== 'UNCONN') return fail('EISCONN');
  const remote = destination(sk, address);
  if (!remote.ok) return remote;
  const started = startConnect(net, sk, remote.value, address.port);
  if (!started.ok) return started;
  sk.socketState = 'CONNECTING';
  settle();
  return fail('EINPROGRESS');
}

/** How a started attempt stands; a failed one is undone, so that the next connect() starts afresh. */
function outcome(net: Netns, sk: Sock): Result<0> {
  if (sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV') return fail('EALREADY');
  if (sk.state !== 'UNCONN') {
    sk.socketState = 'CONNECTED';
    return OK;
  }
  const error = takeError(sk) ?? fail('ECONNABORTED');
  sk.socketState = 'UNCONNECTED';
  disconnect(net, sk);
  return error;
}

/**
 * Where to connect to; the IPv6 wildcard means ourselves, the IPv4 one is left to the route. EINVAL or EAFNOSUPPORT for
 * an address of the other family, ENETUNREACH for IPv4 on an IPv6-only socket and for IPv6 multicast. @kernel tcp_v6_connect net/ipv6/tcp_ipv6.c v6.18
 */
function destination(sk: Sock, address: SockAddr): Result<Addr> {
  const wanted = sk.family === 4 ? 'AF_INET' : 'AF_INET6';
  // A sockaddr_in is too short for AF_INET6; a sockaddr_in6 is long enough for AF_INET.
  if (address.family !== wanted) return fail(sk.family === 6 ? 'EINVAL' : 'EAFNOSUPPORT');
  let remote = address.address;
  if (sk.family === 4) return ok(remote);
  if (isMulticast(remote)) return fail('ENETUNREACH');
  const localIsV4 = isV4(sk.local);
  if (remote.w2 === ANY6.w2 && isAny(remote)) remote = localIsV4 ? LOOPBACK4 : LOOPBACK6;
  if (isV4(remote)) {
    if (sk.options.v6Only) return fail('ENETUNREACH');
    return ok(remote);
  }
  // Measured on 6.18: a socket bound to a v4-mapped address has no IPv6 transmit path.
  return localIsV4 ? fail('EAFNOSUPPORT') : ok(remote);
}
