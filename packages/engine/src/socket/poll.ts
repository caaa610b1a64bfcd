// poll(2) on one descriptor: the whole mask, whatever the caller asks for. select() and epoll derive from the same bits.

import type { Result } from '../errno.ts';
import { ok } from '../errno.ts';
import type { Sock } from '../sock.ts';
import { acceptQueueLength } from '../tcp/accept-queue.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../tcp/emit.ts';
import type { Netns } from '../tcp/netns.ts';
import { writable } from '../tcp/output.ts';
import { readable } from '../tcp/receive.ts';
import { fileOf, NOT_TCP, sockById, taskOf } from './fd-table.ts';

/**
 * Enough to read: SO_RCVLOWAT bytes, or any when the window that is left is no larger than a segment, so that a reader
 * waiting for more can never get it. @kernel tcp_epollin_ready include/net/tcp.h v6.18
 */
function enoughToRead(sk: Sock): boolean {
  const ready = readable(sk);
  if (ready <= 0) return false;
  const window = Math.max((sk.rcvWup + sk.rcvWnd - sk.rcvNxt) | 0, 0);
  return ready >= sk.options.rcvLowat || window <= sk.rcvMss;
}

/** POLLIN, POLLOUT and POLLPRI of a socket past the handshake. */
function streamMask(sk: Sock): number {
  let mask = 0;
  if (enoughToRead(sk)) mask |= POLLIN | POLLRDNORM;
  if (sk.sndShutdown || writable(sk)) mask |= POLLOUT | POLLWRNORM;
  else sk.path.noSpace = true; // whoever polls for space is told when there is some
  if (sk.urgentByte >= 0) mask |= POLLPRI;
  return mask;
}

/** The poll mask of a socket. @kernel tcp_poll net/ipv4/tcp.c v6.18 */
export function sockMask(_net: Netns, sk: Sock): number {
  if (sk.state === 'LISTEN') return acceptQueueLength(sk) > 0 ? POLLIN | POLLRDNORM : 0;
  let mask = 0;
  if ((sk.rcvShutdown && sk.sndShutdown) || sk.state === 'UNCONN') mask |= POLLHUP;
  if (sk.rcvShutdown) mask |= POLLIN | POLLRDNORM | POLLRDHUP;
  if (sk.state !== 'SYN-SENT' && sk.state !== 'SYN-RECV') mask |= streamMask(sk);
  if (sk.error !== null || sk.errorQueue.length > 0) mask |= POLLERR;
  return mask;
}

/** The poll mask of a descriptor: EBADF, ENOTSOCK. @kernel sock_poll net/socket.c v6.18 */
export function poll(net: Netns, task: number, fd: number): Result<number> {
  const file = fileOf(taskOf(net, task), fd);
  if (!file.ok) return file;
  const id = file.value.sock;
  return ok(id === NOT_TCP ? POLLOUT | POLLWRNORM | POLLWRBAND : sockMask(net, sockById(net, id)));
}
