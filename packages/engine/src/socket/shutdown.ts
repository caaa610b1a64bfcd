// shutdown(2). On a listener it ends the listening and leaves the socket usable; on a connection attempt it cancels it.

import { fail, OK, type Result } from '../errno.ts';
import type { Sock } from '../sock.ts';
import { disconnect, shutdownSend } from '../tcp/close.ts';
import { WAKE_STATE, wake } from '../tcp/emit.ts';
import type { Netns } from '../tcp/netns.ts';
import { sockOf } from './fd-table.ts';
import { stopListening } from './listening.ts';
import type { ShutdownHow } from './types.ts';

/**
 * ENOTCONN on a closed socket, which all the same remembers the shutdown for a later connection; EBADF, ENOTSOCK.
 * @kernel inet_shutdown net/ipv4/af_inet.c v6.18
 */
export function shutdown(net: Netns, task: number, fd: number, how: ShutdownHow): Result<0> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  if (sk.socketState === 'CONNECTING') settleConnecting(sk);
  const result = shutdownState(net, sk, how);
  wake(net, sk, WAKE_STATE);
  return result;
}

/** A shutdown during or after a non-blocking connect() settles the socket layer's state. */
function settleConnecting(sk: Sock): void {
  const unfinished = sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV' || sk.state === 'UNCONN';
  sk.socketState = unfinished ? 'DISCONNECTING' : 'CONNECTED';
}

function shutdownState(net: Netns, sk: Sock, how: ShutdownHow): Result<0> {
  if (sk.state === 'LISTEN') {
    if (how !== 'SHUT_WR') stopListening(net, sk);
    return OK;
  }
  if (sk.state === 'SYN-SENT') {
    disconnect(net, sk);
    sk.socketState = 'UNCONNECTED';
    return OK;
  }
  const closed = sk.state === 'UNCONN';
  if (how !== 'SHUT_WR') sk.rcvShutdown = true;
  if (how !== 'SHUT_RD') {
    sk.sndShutdown = true;
    shutdownSend(net, sk);
  }
  return closed ? fail('ENOTCONN') : OK;
}
