// send() and recv() of one process: how much they wait for, and what they give when the wait ends early.

import { type Attempt, block, type Caller, done, failed, type Pending } from './blocking.ts';
import type { Call } from './call.ts';
import { POLL_BITS } from './poll-bits.ts';

const { POLLERR, POLLHUP, POLLRDHUP } = POLL_BITS;

function polled(c: Caller, fd: number, bits: number): boolean {
  const mask = c.kernel.poll(c.task, fd);
  return mask.ok && (mask.value & bits) !== 0;
}

/** @kernel tcp_sendmsg_locked net/ipv4/tcp.c v6.18: a blocking send waits until all is queued; an error after a part gives the part */
export function send(c: Caller, p: Pending, call: Call & { name: 'send' }): Attempt {
  const { fd, data, flags } = call;
  for (;;) {
    if (p.sent > 0 && polled(c, fd, POLLERR)) return done(p.sent);
    const result = c.kernel.send(c.task, fd, data.subarray(p.sent), flags);
    if (result.ok) p.sent += result.value;
    if (result.ok && p.sent >= data.length) return done(p.sent);
    if (!result.ok) {
      const otherwise = p.sent > 0 ? done(p.sent) : failed(result.errno);
      if (result.errno !== 'EAGAIN') return otherwise;
      return block(c, p, fd, 'SO_SNDTIMEO', otherwise, { dontWait: flags.dontWait === true });
    }
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Bytes that recv() waits for. @kernel sock_rcvlowat include/net/sock.h v6.18 */
function target(c: Caller, { fd, length, flags }: Call & { name: 'recv' }): number {
  if (flags.waitAll === true) return length || 1;
  const lowat = c.kernel.getsockopt(c.task, fd, 'SO_RCVLOWAT');
  return Math.min(lowat.ok ? lowat.value : 1, length) || 1;
}

/**
 * Takes what is there until there is enough. What came before the end, an error or the time-out is given first, and the
 * error stays for the next call. @kernel tcp_recvmsg_locked net/ipv4/tcp.c v6.18
 */
export function recv(c: Caller, p: Pending, call: Call & { name: 'recv' }): Attempt {
  const { fd, length, flags } = call;
  const peek = flags.peek === true;
  const dontWait = flags.dontWait === true;
  const enough = target(c, call);
  // Linux's loop asks after a wait whether any length is left: with none it gives 0, whatever ended the wait.
  if (length === 0 && p.deadlineNs !== null) return done(new Uint8Array(0));
  for (;;) {
    const have = p.received.reduce((n, part) => n + part.length, 0);
    const queued = c.kernel.inputQueued(c.task, fd);
    const waiting = queued.ok ? queued.value : 0;
    // A look at the queue begins at its head each time; it has all that came since the call was made.
    const grown = peek ? waiting > have : waiting > 0;
    if (have > 0 && !grown) {
      const got = done(join(p.received));
      if (polled(c, fd, POLLERR | POLLHUP | POLLRDHUP)) return got;
      return block(c, p, fd, 'SO_RCVTIMEO', got, { dontWait });
    }
    const result = c.kernel.recv(c.task, fd, peek ? length : length - have, flags);
    if (!result.ok && result.errno === 'EAGAIN')
      return block(c, p, fd, 'SO_RCVTIMEO', failed('EAGAIN'), { dontWait });
    if (!result.ok) return failed(result.errno);
    if (peek) p.received = [];
    p.received.push(result.value);
    const total = peek ? result.value.length : have + result.value.length;
    if (total === 0 || total >= Math.min(enough, length)) return done(join(p.received));
  }
}
