// accept4(2). Takes the connection that completed first, in whatever state it is by now.

import { fail, ok, type Result } from '../errno.ts';
import { acceptQueueTake } from '../tcp/accept-queue.ts';
import type { Netns } from '../tcp/netns.ts';
import { fileOf, installFd, NOT_TCP, reserveFd, sockById, taskOf } from './fd-table.ts';
import { peerOf } from './getname.ts';
import type { SockAddr } from './types.ts';

export interface Accepted {
  readonly fd: number;
  /** Taken without a look at the state, so a connection that was reset meanwhile still has it. */
  readonly peer: SockAddr;
}

/**
 * EBADF; then the new descriptor is reserved (EMFILE, even when nothing waits, and the queue stays as it is); then
 * ENOTSOCK, EOPNOTSUPP, EINVAL when not listening, EAGAIN. `nonblock` is SOCK_NONBLOCK for the new descriptor;
 * O_NONBLOCK of the listener is not inherited. @kernel __sys_accept4, inet_csk_accept net/ipv4/inet_connection_sock.c v6.18
 */
export function accept(net: Netns, task: number, fd: number, nonblock: boolean): Result<Accepted> {
  const owner = taskOf(net, task);
  const file = fileOf(owner, fd);
  if (!file.ok && file.errno === 'EBADF') return file;
  const newFd = reserveFd(owner);
  if (!newFd.ok) return newFd;
  if (!file.ok) return file;
  if (file.value.sock === NOT_TCP) return fail('EOPNOTSUPP');
  const listener = sockById(net, file.value.sock);
  if (listener.state !== 'LISTEN') return fail('EINVAL');
  const child = acceptQueueTake(net, listener);
  if (child === null) return fail('EAGAIN');
  child.orphan = false;
  child.socketState = 'CONNECTED';
  installFd(net, owner, newFd.value, child.id, nonblock);
  return ok({ fd: newFd.value, peer: peerOf(child) });
}
