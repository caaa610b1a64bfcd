// What all blocking calls have in common: the call as it stands, and how it goes to sleep (O_NONBLOCK, SO_RCVTIMEO,
// SO_SNDTIMEO).

import type { Errno, Kernel, Result } from '@halfopen/engine';
import type { Call, Outcome } from './call.ts';
import type { OnSignal, ThreadSignals } from './signal.ts';
import type { Waits, Wake } from './wait-queue.ts';

/** A call under way. Plain data. */
export interface Pending {
  readonly call: Call;
  readonly startedNs: number;
  /** When it gives up waiting, ns; null until it first blocks. */
  deadlineNs: number | null;
  /** Bytes that a send() has got rid of, pieces that a recv() has got. */
  sent: number;
  received: Uint8Array[];
  /** connect(): this call began the attempt. close(): the socket whose end it waits for. */
  began: boolean;
  lingering: number;
  /** connect(): the attempt is written down. */
  noted: boolean;
  /** Stands for the descriptor, whose file the call keeps open while it sleeps; null: it has not slept. */
  held: number | null;
  /** futex: another thread has ended the wait. */
  woken: boolean;
  /** What a signal makes of it now that it has slept; null: it has not. */
  onSignal: OnSignal | Outcome | null;
}

export const newPending = (call: Call, nowNs: number): Pending => ({
  call,
  startedNs: nowNs,
  deadlineNs: null,
  sent: 0,
  received: [],
  began: false,
  lingering: 0,
  noted: false,
  held: null,
  woken: false,
  onSignal: null,
});

/** Where a process sleeps, and until when (ns; Infinity: until woken). */
export interface Sleep {
  readonly socks: readonly number[];
  readonly masks: readonly number[];
  readonly exclusive: boolean;
  readonly untilNs: number;
  /** What the call becomes when a signal ends the sleep. */
  readonly onSignal: OnSignal | Outcome;
}

export type Attempt = { readonly outcome: Outcome } | { readonly sleep: Sleep };

/** The caller: its kernel, its file table, who waits on its host, the time, and how it finds the address of a host. */
export interface Caller {
  readonly kernel: Kernel;
  readonly task: number;
  /** Other threads use the same file table. */
  readonly shared: boolean;
  readonly waits: Waits;
  readonly wake: Wake;
  readonly nowNs: number;
  /** null: there are no signals here. */
  readonly signals: ThreadSignals | null;
  resolve(name: string, family: 'AF_INET' | 'AF_INET6'): string;
}

export const done = (value: unknown): { readonly outcome: Outcome } => ({ outcome: { ok: true, value } });
export const failed = (errno: Errno): Attempt => ({ outcome: { ok: false, errno } });
export const returned = (result: Result<unknown>): Attempt =>
  result.ok ? done(undefined) : failed(result.errno);

export const INTERRUPTED: Outcome = { ok: false, errno: 'EINTR' };

/**
 * A part that was done comes back as if nothing had happened. Else the call may be restarted, but only where it would wait
 * for ever: nobody has kept how much of a time-out is left. @kernel sock_intr_errno include/net/sock.h v6.18
 */
function onSignal(otherwise: Attempt, untilNs: number): OnSignal | Outcome {
  if ('outcome' in otherwise && otherwise.outcome.ok) return otherwise.outcome;
  return untilNs === Number.POSITIVE_INFINITY ? 'ERESTARTSYS' : INTERRUPTED;
}

function sleepOnFd(
  c: Caller,
  p: Pending,
  fd: number,
  timeout: 'SO_RCVTIMEO' | 'SO_SNDTIMEO',
  otherwise: Attempt,
  exclusive = false,
): Sleep | null {
  const sock = c.kernel.socketId(c.task, fd);
  if (!sock.ok) return null;
  if (p.deadlineNs === null) {
    const ns = c.kernel.getsockopt(c.task, fd, timeout);
    p.deadlineNs = ns.ok && ns.value > 0 ? c.nowNs + ns.value : Number.POSITIVE_INFINITY;
  }
  if (p.deadlineNs <= c.nowNs) return null;
  const { deadlineNs: untilNs } = p;
  return { socks: [sock.value], masks: [0], exclusive, untilNs, onSignal: onSignal(otherwise, untilNs) };
}

/** Sleeps unless the descriptor is non-blocking or the time is up; then it is `otherwise`. */
export function block(
  c: Caller,
  p: Pending,
  fd: number,
  timeout: 'SO_RCVTIMEO' | 'SO_SNDTIMEO',
  otherwise: Attempt,
  { exclusive = false, dontWait = false }: { readonly exclusive?: boolean; readonly dontWait?: boolean } = {},
): Attempt {
  const sleep = dontWait || isNonblocking(c, fd) ? null : sleepOnFd(c, p, fd, timeout, otherwise, exclusive);
  return sleep === null ? otherwise : { sleep };
}

export function isNonblocking(c: Caller, fd: number): boolean {
  const result = c.kernel.nonblocking(c.task, fd);
  return result.ok && result.value;
}

/** States in which a lingering close waits. @kernel sk_stream_closing net/core/stream.c v6.18 */
const LINGER_STATES: ReadonlySet<string> = new Set(['FIN-WAIT-1', 'CLOSING', 'LAST-ACK']);

/** A close() with SO_LINGER waits until the peer has acknowledged our FIN, or the linger time is over. */
export const stillLingers = (kernel: Kernel, sock: number): boolean =>
  LINGER_STATES.has(kernel.net.socks.get(sock)?.state ?? 'UNCONN');
