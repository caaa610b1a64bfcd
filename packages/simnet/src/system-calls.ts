// What a system call does when its process runs: it returns, or it says on which sockets the process sleeps. The engine
// never blocks; this is the part of Linux's calls that puts the caller to sleep, and says what a signal makes of it.

import {
  type Addr,
  type Failure,
  formatAddr,
  isV4,
  parseAddr,
  type Result,
  type SockAddr,
} from '@halfopen/engine';
import {
  type Attempt,
  block,
  type Caller,
  done,
  failed,
  INTERRUPTED,
  isNonblocking,
  type Pending,
  returned,
  type Sleep,
  stillLingers,
} from './blocking.ts';
import type { Call, Outcome } from './call.ts';
import { recv, send } from './data-calls.ts';
import { epollCreate, epollCtl, epollWait } from './epoll.ts';
import { give, take } from './hand-over.ts';
import { forgetClosed, hold, letGo, onHeld } from './held-file.ts';
import { POLL_BITS } from './poll-bits.ts';
import type { OnSignal } from './signal.ts';
import type { Endpoint } from './sys.ts';

function familyOf(c: Caller, fd: number): 'AF_INET' | 'AF_INET6' {
  const domain = c.kernel.getsockopt(c.task, fd, 'SO_DOMAIN');
  return domain.ok && domain.value === AF_INET6 ? 'AF_INET6' : 'AF_INET';
}

/** include/linux/socket.h v6.18. */
const AF_INET6 = 10;

/** Addresses that were read before: a run asks for the same few 10^5 times. */
const known = new Map<string, Addr | null>();
const KNOWN_MAX = 1000;

function parsed(text: string): Addr | null {
  let address = known.get(text);
  if (address === undefined) {
    address = parseAddr(text);
    if (known.size < KNOWN_MAX) known.set(text, address);
  }
  return address;
}

/** The address structure that a program would fill in for this socket. */
export function sockAddr(c: Caller, fd: number, { host, port }: Endpoint): SockAddr {
  const family = familyOf(c, fd);
  const address = parsed(host) ?? parsed(c.resolve(host, family));
  if (address === null) throw new Error(`resolve() knows no address of ${host}`);
  return { family: family === 'AF_INET' && !isV4(address) ? 'AF_INET6' : family, address, port };
}

const endpointOf = ({ address, port }: SockAddr): Endpoint => ({ host: formatAddr(address), port });

/** @kernel __inet_stream_connect net/ipv4/af_inet.c v6.18 */
function connect(c: Caller, p: Pending, fd: number, to: Endpoint): Attempt {
  const address = sockAddr(c, fd, to);
  let result = c.kernel.connect(c.task, fd, address);
  if (!result.ok && result.errno === 'EINPROGRESS') {
    p.began = true;
    if (isNonblocking(c, fd)) return failed('EINPROGRESS');
    result = c.kernel.connect(c.task, fd, address);
  }
  if (result.ok) return done(undefined);
  if (result.errno !== 'EALREADY') return failed(result.errno);
  return block(c, p, fd, 'SO_SNDTIMEO', failed(p.began ? 'EINPROGRESS' : 'EALREADY'));
}

/** @kernel inet_csk_wait_for_connect net/ipv4/inet_connection_sock.c v6.18 */
function accept(c: Caller, p: Pending, fd: number, nonblock: boolean): Attempt {
  const result = c.kernel.accept(c.task, fd, nonblock);
  if (result.ok) return done({ fd: result.value.fd, peer: endpointOf(result.value.peer) });
  if (result.errno !== 'EAGAIN') return failed(result.errno);
  return block(c, p, fd, 'SO_RCVTIMEO', failed('EAGAIN'), { exclusive: true });
}

/** @kernel inet_release net/ipv4/af_inet.c v6.18, sk_stream_wait_close net/core/stream.c */
function close(c: Caller, p: Pending, fd: number): Attempt {
  if (p.lingering === 0) {
    const sock = c.kernel.socketId(c.task, fd);
    const linger = c.kernel.getsockopt(c.task, fd, 'SO_LINGER');
    const result = c.kernel.close(c.task, fd);
    if (result.ok && sock.ok) forgetClosed(c, sock.value);
    if (!result.ok || !sock.ok || !linger.ok || !linger.value.on || linger.value.seconds === 0)
      return returned(result);
    p.lingering = sock.value;
    p.deadlineNs = c.nowNs + linger.value.seconds * 1e9;
  }
  const untilNs = p.deadlineNs ?? c.nowNs;
  if (!stillLingers(c.kernel, p.lingering) || untilNs <= c.nowNs) return done(undefined);
  // A signal ends the waiting, and the descriptor is closed all the same.
  const { outcome: onSignal } = done(undefined);
  return { sleep: { socks: [p.lingering], masks: [0], exclusive: false, untilNs, onSignal } };
}

const ALWAYS = POLL_BITS.POLLERR | POLL_BITS.POLLHUP;

/** @kernel do_sys_poll fs/select.c v6.18 */
function poll(c: Caller, p: Pending, call: Call & { name: 'poll' }): Attempt {
  const masks = call.requests.map(({ fd, events }) => {
    if (fd < 0) return 0;
    const mask = c.kernel.poll(c.task, fd);
    return mask.ok ? mask.value & (events | ALWAYS) : POLL_BITS.POLLNVAL;
  });
  p.deadlineNs ??= c.nowNs + call.timeoutNs;
  if (masks.some((mask) => mask !== 0) || p.deadlineNs <= c.nowNs) return done(masks);
  const watched = call.requests.flatMap(({ fd, events }) => {
    const sock = c.kernel.socketId(c.task, fd);
    return sock.ok ? [{ sock: sock.value, mask: events | ALWAYS }] : [];
  });
  return {
    sleep: {
      socks: watched.map((w) => w.sock),
      masks: watched.map((w) => w.mask),
      exclusive: false,
      untilNs: p.deadlineNs,
      onSignal: 'ERESTARTNOHAND',
    },
  };
}

const named = (result: Result<SockAddr>): Attempt =>
  result.ok ? done(endpointOf(result.value)) : failed(result.errno);
const valued = <T>(result: { readonly ok: true; readonly value: T } | Failure): Attempt =>
  result.ok ? done(result.value) : failed(result.errno);

/**
 * Calls that ask for signals as soon as they wake. All others look first whether they can end.
 * @kernel sk_stream_wait_memory net/core/stream.c, inet_wait_for_connect net/ipv4/af_inet.c v6.18
 */
const SIGNAL_FIRST: ReadonlySet<Call['name']> = new Set(['send', 'connect']);

/** Runs a call, or goes on with one that was woken. */
export function attempt(c: Caller, p: Pending): Attempt {
  for (;;) {
    const signalled = p.onSignal !== null && SIGNAL_FIRST.has(p.call.name);
    let ends = signalled ? interrupted(c, p.onSignal as OnSignal | Outcome) : null;
    if (ends === null) {
      const result = run(c, p, p.held === null ? p.call : onHeld(p.call, p.held));
      ends = 'sleep' in result ? interrupted(c, result.sleep.onSignal) : result;
      if (ends === null) return fallsAsleep(c, p, result);
    }
    letGo(c, p);
    if (ends !== 'restart') {
      if (raisesPipe(p.call, ends)) c.signals?.raise('SIGPIPE');
      return ends;
    }
    // It looks up its descriptor and its time-out again; the time of poll() and of a sleep goes on.
    p.onSignal = null;
    if (p.deadlineNs === Number.POSITIVE_INFINITY) p.deadlineNs = null;
  }
}

function fallsAsleep(c: Caller, p: Pending, result: Attempt): Attempt {
  if ('sleep' in result) p.onSignal = result.sleep.onSignal;
  hold(c, p);
  return result;
}

/** What signals that wait make of a call that would sleep, or has slept; null: nothing. */
function interrupted(
  c: Caller,
  onSignal: OnSignal | Outcome,
): { readonly outcome: Outcome } | 'restart' | null {
  const handled = c.signals?.take() ?? null;
  if (handled === null || onSignal === 'sleep') return null;
  if (typeof onSignal !== 'string') return { outcome: onSignal };
  const again = !handled.ran || (onSignal === 'ERESTARTSYS' && handled.restart);
  return again ? 'restart' : { outcome: INTERRUPTED };
}

/** @kernel sk_stream_error net/core/stream.c v6.18: to the calling thread, and only where the call itself gives EPIPE */
const raisesPipe = (call: Call, { outcome }: { readonly outcome: Outcome }): boolean =>
  !outcome.ok && outcome.errno === 'EPIPE' && call.name === 'send' && call.flags.noSignal !== true;

/** @kernel do_sigaction kernel/signal.c v6.18: what ends every process cannot be asked for */
function sigaction(c: Caller, { signal, handler, flags }: Call & { name: 'sigaction' }): Attempt {
  if (c.signals === null) return failed('ENOSYS');
  if (signal === 'SIGKILL') return failed('EINVAL');
  c.signals.setAction(signal, { handler, restart: flags.restart === true });
  return done(undefined);
}

function kill(c: Caller, { process, signal }: Call & { name: 'kill' }): Attempt {
  if (c.signals === null) return failed('ENOSYS');
  return c.signals.kill(process, signal) ? done(undefined) : failed('ESRCH');
}

const onlyTime = (untilNs: number, onSignal: OnSignal): Sleep => ({
  socks: [],
  masks: [],
  exclusive: false,
  untilNs,
  onSignal,
});

function run(c: Caller, p: Pending, call: Call): Attempt {
  const { kernel, task } = c;
  switch (call.name) {
    case 'compute':
    case 'sleep':
      p.deadlineNs ??= c.nowNs + call.ns;
      if (p.deadlineNs <= c.nowNs) return done(undefined);
      return { sleep: onlyTime(p.deadlineNs, call.name === 'sleep' ? 'ERESTARTNOHAND' : 'sleep') };
    case 'futex':
      // Whoever wakes the thread marks the call, which may not have begun to wait yet.
      if (p.woken) return done(undefined);
      return { sleep: onlyTime(Number.POSITIVE_INFINITY, 'sleep') };
    case 'socket':
      return valued(kernel.socket(task, call.family, 'SOCK_STREAM', call.nonblock));
    case 'bind':
      return returned(kernel.bind(task, call.fd, sockAddr(c, call.fd, call.at)));
    case 'listen':
      return returned(kernel.listen(task, call.fd, call.backlog));
    case 'connect':
      return connect(c, p, call.fd, call.to);
    case 'disconnect':
      return returned(kernel.connect(task, call.fd, { family: 'AF_UNSPEC' }));
    case 'accept':
      return accept(c, p, call.fd, call.nonblock);
    case 'send':
      return send(c, p, call);
    case 'recv':
      return recv(c, p, call);
    case 'shutdown':
      return returned(kernel.shutdown(task, call.fd, call.how));
    case 'close':
      return close(c, p, call.fd);
    case 'poll':
      return poll(c, p, call);
    case 'give':
      return give(c, call.fd);
    case 'take':
      return take(c, p);
    case 'epollCreate':
      return epollCreate(c);
    case 'epollCtl':
      return epollCtl(c, call);
    case 'epollWait':
      return epollWait(c, p, call);
    case 'getsockname':
      return named(kernel.getsockname(task, call.fd));
    case 'getpeername':
      return named(kernel.getpeername(task, call.fd));
    case 'setsockopt':
      return returned(kernel.setsockopt(task, call.fd, call.option, call.value));
    case 'getsockopt':
      return valued(kernel.getsockopt(task, call.fd, call.option));
    case 'setNonblocking':
      return returned(kernel.setNonblocking(task, call.fd, call.on));
    case 'sigaction':
      return sigaction(c, call);
    case 'kill':
      return kill(c, call);
  }
}
