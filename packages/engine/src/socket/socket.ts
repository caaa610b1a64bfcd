// socket(2). TCP sockets are made; a datagram socket gets a descriptor and nothing else (fd-table.ts).

import { ok, type Result } from '../errno.ts';
import type { Netns } from '../tcp/netns.ts';
import { newSock } from '../tcp/sock-life.ts';
import { installFd, NOT_TCP, reserveFd, taskOf } from './fd-table.ts';
import type { AddressFamily } from './types.ts';

/**
 * A new socket in the lowest free descriptor: EMFILE. Protocol is the family's only one of that type.
 * @kernel __sys_socket net/socket.c v6.18
 */
export function socket(
  net: Netns,
  task: number,
  family: AddressFamily,
  type: 'SOCK_STREAM' | 'SOCK_DGRAM',
  nonblock: boolean,
): Result<number> {
  const owner = taskOf(net, task);
  const fd = reserveFd(owner);
  if (!fd.ok) return fd;
  const id = type === 'SOCK_DGRAM' ? NOT_TCP : newSock(net, family === 'AF_INET' ? 4 : 6, owner.uid).id;
  installFd(net, owner, fd.value, id, nonblock);
  return ok(fd.value);
}
