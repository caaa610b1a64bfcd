// send(2). Takes what fits into the send buffer; SIGPIPE is the owner's business.

import { type Failure, fail, ok, type Result } from '../errno.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from '../tcp/netns.ts';
import { queueData } from '../tcp/output.ts';
import { sockOf } from './fd-table.ts';
import { takeError } from './pending-error.ts';
import type { SendFlags } from './types.ts';

/** EPIPE, unless a pending error says more. @kernel sk_stream_error net/core/stream.c v6.18 */
const streamError = (sk: Sock): Failure => takeError(sk) ?? fail('EPIPE');

/** Why nothing can be sent now, or null. @kernel sk_stream_wait_connect net/core/stream.c v6.18 */
function notReady(sk: Sock): Failure | null {
  if (sk.state === 'ESTAB' || sk.state === 'CLOSE-WAIT') return null;
  if (sk.error !== null) return takeError(sk);
  return sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV' ? fail('EAGAIN') : fail('EPIPE');
}

/**
 * Bytes taken, at least 1 unless `data` is empty. EAGAIN while connecting or when the buffer is full; a pending error
 * once; EPIPE when not connected or shut down. @kernel tcp_sendmsg_locked net/ipv4/tcp.c v6.18
 */
export function send(
  net: Netns,
  task: number,
  fd: number,
  data: Uint8Array,
  flags: SendFlags,
): Result<number> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  const refusal = notReady(sk);
  if (refusal !== null) return refusal;
  if (sk.error !== null || sk.sndShutdown) return streamError(sk);
  if (data.length === 0) return ok(0);
  const taken = queueData(net, sk, data, flags.more === true);
  return taken === 0 ? fail('EAGAIN') : ok(taken);
}
