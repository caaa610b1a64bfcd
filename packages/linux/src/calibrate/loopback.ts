// What the calls of a connection's life cost, one after the other, over lo: batches of sockets that all take the same step.
// On lo the sender's call also carries the packet through the receiver's side, which is taken off with the cost of a
// packet (packets.ts) where the model keeps the two apart.

import { type Addr, parseAddr } from '@halfopen/engine';
import { HostError } from '../libc.ts';
import { sockaddr } from '../target/socket-address.ts';
import type { TimedCalls } from './calls.ts';
import { type Stopwatch, type Timing, timingOf } from './timing.ts';

// include/linux/net.h, socket.h, include/uapi/asm-generic/socket.h v6.18
const AF_INET = 2;
export const SOCK_STREAM_NONBLOCK = 1 | 0o4000 | 0o2000000;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const SHUT_WR = 1;
const F_GETFL = 3;
const BATCH = 400;
const ROUNDS = 9;
/** Bytes of a message, as in the sheet's measurements. */
const MESSAGE = 64;

export function must(text: string): Addr {
  const address = parseAddr(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

/** Where the listener of the measurements is. */
export const LISTENER = sockaddr('AF_INET', must('127.0.0.1'), 80);
const ANY_PORT = sockaddr('AF_INET', must('127.0.0.1'), 0);

const LINGER_ZERO = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);

/** close() will reset the connection. */
export const setLinger = (calls: TimedCalls, fd: number): number =>
  calls.setsockopt(fd, SOL_SOCKET, SO_LINGER, LINGER_ZERO, LINGER_ZERO.length);

export const LOOPBACK_STEPS = [
  'socket',
  'bind',
  'listen',
  'option',
  'name',
  'connect',
  'accept',
  'send',
  'recv',
  'recvEmpty',
  'shutdown',
  'closeFresh',
] as const;
type LoopbackStep = (typeof LOOPBACK_STEPS)[number];
export type LoopbackCosts = { readonly [S in LoopbackStep]: Timing };

export function openListener(calls: TimedCalls): number {
  const fd = calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0);
  if (fd < 0 || calls.bind(fd, LISTENER, LISTENER.length) !== 0 || calls.listen(fd, 4096) !== 0)
    throw new HostError('system-call', `a listener on 127.0.0.1:80: ${calls.errno()}`);
  return fd;
}

/** One batch: what each step cost. */
function batch(watch: Stopwatch, listener: number): { [S in LoopbackStep]: number } {
  const { calls } = watch;
  const own: number[] = [];
  const other: number[] = [];
  const buffer = new Uint8Array(MESSAGE);
  const at = (fds: readonly number[], i: number): number => fds[i] as number;
  const sockets = (): number =>
    watch.once(BATCH, () => own.push(calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0)));
  const closeAll = (fds: number[]): number => {
    const ns = watch.once(BATCH, (i) => calls.close(at(fds, i)));
    fds.length = 0;
    return ns;
  };

  const socket = sockets();
  const closeFresh = closeAll(own);
  sockets();
  const bind = watch.once(BATCH, (i) => calls.bind(at(own, i), ANY_PORT, ANY_PORT.length));
  const listen = watch.once(BATCH, (i) => calls.listen(at(own, i), 1));
  const name = watch.once(BATCH, (i) => calls.fcntl(at(own, i), F_GETFL, 0));
  const option = watch.once(BATCH, (i) => setLinger(calls, at(own, i)));
  closeAll(own);

  const join = (): { connect: number; accept: number } => {
    sockets();
    const connect = watch.once(BATCH, (i) => calls.connect(at(own, i), LISTENER, LISTENER.length));
    const accept = watch.once(BATCH, () =>
      other.push(calls.accept4(listener, null, null, SOCK_NONBLOCK_CLOEXEC)),
    );
    if (other.includes(-1)) throw new HostError('system-call', `accept: ${calls.errno()}`);
    return { connect, accept };
  };
  const { connect, accept } = join();
  const send = watch.once(BATCH, (i) => calls.send(at(own, i), buffer, MESSAGE, 0));
  const recv = watch.once(BATCH, (i) => calls.recv(at(other, i), buffer, MESSAGE, 0));
  const recvEmpty = watch.once(BATCH, (i) => calls.recv(at(other, i), buffer, MESSAGE, 0));
  for (const fd of own) setLinger(calls, fd);
  closeAll(own);
  closeAll(other);
  join();
  closeAll(own);
  // Their peer has closed: what is left of shutdown() is the FIN.
  const shutdown = watch.once(BATCH, (i) => calls.shutdown(at(other, i), SHUT_WR));
  closeAll(other);
  return {
    socket,
    bind,
    listen,
    option,
    name,
    shutdown,
    connect,
    accept,
    send,
    recv,
    recvEmpty,
    closeFresh,
  };
}

/** In the namespace of the calling thread. */
export function measureLoopback(watch: Stopwatch, listener: number): LoopbackCosts {
  const rounds = Array.from({ length: ROUNDS }, () => batch(watch, listener));
  const entries = LOOPBACK_STEPS.map((step) => [step, timingOf(rounds.map((round) => round[step]))] as const);
  return Object.fromEntries(entries) as unknown as LoopbackCosts;
}
