// listen(2).

import { fail, OK, type Result } from '../errno.ts';
import type { Netns } from '../tcp/netns.ts';
import { sockOf } from './fd-table.ts';
import { cappedBacklog, listenerOf, startListening } from './listening.ts';

/**
 * Starts listening; on a socket that listens already only stores the new backlog. EINVAL when connected or connecting,
 * EADDRINUSE, EOPNOTSUPP for a datagram socket; EBADF, ENOTSOCK. @kernel inet_listen net/ipv4/af_inet.c v6.18
 */
export function listen(net: Netns, task: number, fd: number, backlog: number): Result<0> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  if (sk.socketState !== 'UNCONNECTED') return fail('EINVAL');
  if (sk.state !== 'UNCONN' && sk.state !== 'LISTEN') return fail('EINVAL');
  listenerOf(sk).backlog = cappedBacklog(net, backlog);
  return sk.state === 'LISTEN' ? OK : startListening(net, sk);
}
