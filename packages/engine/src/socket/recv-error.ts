// recvmsg(MSG_ERRQUEUE): the ICMP errors that a socket keeps beside sk_err. POLLERR stays until the last one is taken.
// Left out: the quoted segment, which comes as data; errors of other origins (time stamps, zero copy, local ones).

import { fail, ok, type Result } from '../errno.ts';
import { WAKE_ERROR, wake } from '../tcp/emit.ts';
import type { Netns } from '../tcp/netns.ts';
import { unchargeReceive } from '../tcp/receive-memory.ts';
import { sockOf } from './fd-table.ts';
import type { ErrorMessage } from './types.ts';

/**
 * The oldest error, EAGAIN when there is none. Taking the last one also consumes the pending error.
 * @kernel ip_recv_error net/ipv4/ip_sockglue.c, sock_dequeue_err_skb net/core/skbuff.c v6.18
 */
export function recvError(net: Netns, task: number, fd: number): Result<ErrorMessage> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  const oldest = sk.errorQueue.shift();
  if (oldest === undefined) return fail('EAGAIN');
  unchargeReceive(sk, oldest.size);
  if (sk.errorQueue.length === 0) sk.error = null;
  else wake(net, sk, WAKE_ERROR);
  const { errno, type, code, info, offender, remote: address, port } = oldest;
  return ok({
    errno,
    type,
    code,
    info,
    offender,
    destination: { family: sk.family === 4 ? 'AF_INET' : 'AF_INET6', address, port },
  });
}
