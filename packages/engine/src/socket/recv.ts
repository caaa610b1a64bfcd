// recv(2). Takes what is there; waiting for more (SO_RCVLOWAT, MSG_WAITALL, timeouts) is the owner's business.

import { fail, ok, type Result } from '../errno.ts';
import type { Netns } from '../tcp/netns.ts';
import { readable, readData } from '../tcp/receive.ts';
import { sockOf } from './fd-table.ts';
import { takeError } from './pending-error.ts';
import type { RecvFlags } from './types.ts';

const NOTHING = new Uint8Array(0);

/**
 * At most `length` bytes; an empty array is end of file. Data comes before everything else, then in this order: end of
 * file, a pending error (once), end of file by shutdown(), ENOTCONN, EAGAIN. ENOTCONN on a listener.
 * @kernel tcp_recvmsg_locked net/ipv4/tcp.c v6.18
 */
export function recv(
  net: Netns,
  task: number,
  fd: number,
  length: number,
  flags: RecvFlags,
): Result<Uint8Array> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  const sk = found.value;
  if (sk.state === 'LISTEN') return fail('ENOTCONN');
  if (readable(sk) > 0) {
    const data = readData(net, sk, length, flags.peek === true);
    return ok(flags.trunc === true ? new Uint8Array(data.length) : data);
  }
  if (sk.done) return ok(readData(net, sk, length, flags.peek === true));
  const error = takeError(sk);
  if (error !== null) return error;
  if (sk.rcvShutdown) return ok(NOTHING);
  return fail(sk.state === 'UNCONN' ? 'ENOTCONN' : 'EAGAIN');
}

/** Bytes that recv() would give now; EINVAL on a listener. @kernel tcp_ioctl net/ipv4/tcp.c v6.18 SIOCINQ only */
export function inputQueued(net: Netns, task: number, fd: number): Result<number> {
  const found = sockOf(net, task, fd);
  if (!found.ok) return found;
  return found.value.state === 'LISTEN' ? fail('EINVAL') : ok(readable(found.value));
}
