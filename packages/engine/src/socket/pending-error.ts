// The errors a socket keeps for the next system call that asks. Reading one consumes it.

import { type Errno, type Failure, fail } from '../errno.ts';
import type { Sock } from '../sock.ts';

/** The pending error as a failure, consumed, or null. @kernel sock_error include/net/sock.h v6.18 */
export function takeError(sk: Sock): Failure | null {
  if (sk.error === null) return null;
  const errno = sk.error;
  sk.error = null;
  return fail(errno);
}

/** What SO_ERROR reads: the pending error, else the soft one; both are gone afterwards. @kernel sk_getsockopt net/core/sock.c v6.18 */
export function takeSockError(sk: Sock): Errno | null {
  const hard = takeError(sk);
  if (hard !== null) return hard.errno;
  const soft = sk.softError;
  sk.softError = null;
  return soft;
}
