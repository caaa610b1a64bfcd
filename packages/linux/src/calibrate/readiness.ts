// poll() and epoll_wait() over sockets that have nothing to say, and over some that have.

import { HostError } from '../libc.ts';
import type { TimedCalls } from './calls.ts';
import { SOCK_STREAM_NONBLOCK } from './loopback.ts';
import { type Stopwatch, type Timing, timingOf } from './timing.ts';

export interface ReadinessCosts {
  /** poll() of one socket, and of each further one. */
  readonly poll: Timing;
  readonly pollEach: Timing;
  /** epoll_wait() with nothing ready, and for each socket that is. */
  readonly epollWait: Timing;
  readonly epollReady: Timing;
  readonly epollCtl: Timing;
}

const AF_INET = 2;
const POLLIN = 1;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
/** A socket that is neither connected nor listening is always ready: OUT and HUP. */
const EPOLLOUT = 4;
/** struct epoll_event is packed on x86-64 only. @kernel EPOLL_PACKED include/uapi/linux/eventpoll.h v6.18 */
const EVENT = process.arch === 'x64' ? 12 : 16;
const FEW = 1;
const MANY = 201;
const READY = 32;
const CALLS = 2000;
const ROUNDS = 9;

function polled(watch: Stopwatch, fd: number, count: number): Timing {
  const requests = new Uint8Array(8 * count);
  const view = new DataView(requests.buffer);
  for (let i = 0; i < count; i++) {
    view.setInt32(8 * i, fd, true);
    view.setInt16(8 * i + 4, POLLIN, true);
  }
  return watch.repeat(Math.ceil(CALLS / count) + 20, ROUNDS, () => watch.calls.poll(requests, count, 0));
}

function event(bits: number, fd: number): Uint8Array {
  const bytes = new Uint8Array(EVENT);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bits, true);
  view.setInt32(EVENT - 8, fd, true);
  return bytes;
}

/** In the namespace of the calling thread; `listener` has nothing to accept. */
export function measureReadiness(watch: Stopwatch, listener: number): ReadinessCosts {
  const { calls } = watch;
  const each = (a: number, b: number, parts: number): number => Math.max(0, (b - a) / parts);
  const [one, many] = [polled(watch, listener, FEW), polled(watch, listener, MANY)];
  const epoll = epollCosts(calls, watch, listener);
  return {
    poll: one,
    pollEach: {
      minNs: each(one.minNs, many.minNs, MANY - FEW),
      medianNs: each(one.medianNs, many.medianNs, MANY - FEW),
    },
    ...epoll,
  };
}

function epollCosts(
  calls: TimedCalls,
  watch: Stopwatch,
  listener: number,
): Pick<ReadinessCosts, 'epollWait' | 'epollReady' | 'epollCtl'> {
  const epfd = calls.epoll_create1(0);
  if (epfd < 0) throw new HostError('system-call', `epoll_create1: ${calls.errno()}`);
  const events = new Uint8Array(EVENT * READY);
  calls.epoll_ctl(epfd, EPOLL_CTL_ADD, listener, event(POLLIN, listener));
  const wait = (): number => calls.epoll_wait(epfd, events, READY, 0);
  const idle = watch.repeat(CALLS, ROUNDS, wait);
  const fds = Array.from({ length: READY }, () => calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0));
  const change = (op: number): number => {
    const wanted = fds.map((fd) => event(EPOLLOUT, fd));
    return watch.once(READY, (i) => calls.epoll_ctl(epfd, op, fds[i] as number, wanted[i] as Uint8Array));
  };
  const ctl = Array.from({ length: ROUNDS }, (_, i) => {
    if (i > 0) change(EPOLL_CTL_DEL);
    return change(EPOLL_CTL_ADD);
  });
  const busy = watch.repeat(CALLS / 10, ROUNDS, wait);
  for (const fd of [...fds, epfd]) calls.close(fd);
  return {
    epollWait: idle,
    epollReady: {
      minNs: Math.max(0, (busy.minNs - idle.minNs) / READY),
      medianNs: Math.max(0, (busy.medianNs - idle.medianNs) / READY),
    },
    epollCtl: timingOf(ctl),
  };
}
