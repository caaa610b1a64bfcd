// Who sleeps on what, and who is woken: the wait queues of one host as Linux keeps them. A queue belongs to a socket, or
// to an epoll instance, where epoll_wait() sleeps. Sleepers in recv(), send(), connect() and poll() are not exclusive:
// every wake-up reaches all of them, the last to come first. Sleepers in accept() are exclusive and queue behind the
// others in the order of their coming: one new connection wakes one. Sleepers in epoll_wait() are exclusive too, but the
// last to come is woken first. The items of epoll instances hang on the queues of sockets like sleepers do: what they do
// when they are called is ep_poll_callback(). What the calls of epoll do is in epoll.ts.
//
// @kernel __wake_up_common, add_wait_queue, add_wait_queue_exclusive kernel/sched/wait.c v6.18, pollwake fs/select.c

import { EPOLL_PRIVATE, POLL_BITS } from './poll-bits.ts';

/** A process that sleeps. */
export interface Sleeper {
  readonly process: number;
  readonly exclusive: boolean;
  /** poll(): only wake-ups with one of these bits count; 0: all do. */
  readonly mask: number;
}

/** An item of an epoll instance on the queue of its socket. */
export interface EpollHook {
  readonly epoll: number;
  readonly exclusive: boolean;
}

/** One descriptor that an epoll instance watches. */
export interface EpollItem {
  readonly fd: number;
  readonly sock: number;
  /** What is asked for, with EPOLLET, EPOLLONESHOT and EPOLLEXCLUSIVE. */
  events: number;
  data: number;
  /** It stands in the ready list. */
  linked: boolean;
}

/** struct eventpoll. */
export interface Epoll {
  /** Descriptors and calls under way that hold it. */
  refs: number;
  /** By socket id: no file is open twice here, so it stands for Linux's pair of file and descriptor. */
  readonly items: Map<number, EpollItem>;
  /** Socket ids in the order in which they became ready. */
  ready: number[];
}

/** All that waits on one host. Plain data. */
export interface Waits {
  /** By socket id, and by the negative number of an epoll instance; each in the order in which it is walked. */
  readonly queues: Map<number, (Sleeper | EpollHook)[]>;
  /** By negative number. */
  readonly epolls: Map<number, Epoll>;
  /** Number of the next instance. */
  nextEpoll: number;
  /** Descriptors that threads of a process have given away and nobody has taken yet, by task. */
  readonly given: Map<number, number[]>;
}

export const newWaits = (): Waits => ({
  queues: new Map(),
  epolls: new Map(),
  nextEpoll: -1,
  given: new Map(),
});

/** Why a process woke: the queue it slept on and the key of the wake-up. */
export interface WakeCause {
  /** Socket whose kernel code woke; 0: another process did, by a call of epoll. */
  readonly sock: number;
  /** Poll bits, 0: a wake-up without a key. */
  readonly key: number;
}

/** Takes a process off its queues and lets it run; false when it was awake. */
export type Wake = (process: number, cause: WakeCause) => boolean;

/** Wake-up mask of a state change: everybody wakes. */
const WAKE_ALL = -1;

/** Puts a sleeper, or an item, on a queue. */
export function sleepOn(waits: Waits, queue: number, waiter: Sleeper | EpollHook): void {
  const found = waits.queues.get(queue);
  if (found === undefined) waits.queues.set(queue, [waiter]);
  else if (waiter.exclusive && !waits.epolls.has(queue)) found.push(waiter);
  else found.unshift(waiter);
}

/** Takes whoever `leaves` off a queue. */
export function leaveQueue(
  waits: Waits,
  queue: number,
  leaves: (waiter: Sleeper | EpollHook) => boolean,
): void {
  const rest = (waits.queues.get(queue) ?? []).filter((w) => !leaves(w));
  if (rest.length === 0) waits.queues.delete(queue);
  else waits.queues.set(queue, rest);
}

/** Takes a process off these queues. */
export function leaveQueues(waits: Waits, process: number, queues: readonly number[]): void {
  for (const queue of queues) leaveQueue(waits, queue, (w) => 'process' in w && w.process === process);
}

/** A wake-up of a socket with this mask (-1: a state change). Whom it reaches, `wake` takes off the queues. */
export function wakeUp(waits: Waits, sock: number, mask: number, wake: Wake): void {
  const queue = waits.queues.get(sock);
  if (queue === undefined) return;
  const key = mask === WAKE_ALL ? 0 : mask;
  for (const waiter of [...queue]) {
    const woke =
      'process' in waiter ? wakeSleeper(waiter, sock, key, wake) : callItem(waits, waiter, sock, key, wake);
    if (woke && waiter.exclusive && mask !== WAKE_ALL) return;
  }
}

/** @kernel pollwake fs/select.c v6.18, woken_wake_function kernel/sched/wait.c */
function wakeSleeper(sleeper: Sleeper, sock: number, key: number, wake: Wake): boolean {
  if (key !== 0 && sleeper.mask !== 0 && (sleeper.mask & key) === 0) return false;
  return wake(sleeper.process, { sock, key });
}

const { POLLIN, POLLOUT } = POLL_BITS;

/**
 * An item hears of its socket: it joins the ready list, and one epoll_wait() wakes. True counts as the one wake-up of an
 * exclusive item, which is so only if somebody waited for what came. @kernel ep_poll_callback fs/eventpoll.c v6.18
 */
function callItem(waits: Waits, { epoll }: EpollHook, sock: number, key: number, wake: Wake): boolean {
  const ep = waits.epolls.get(epoll);
  const item = ep?.items.get(sock);
  if (ep === undefined || item === undefined) return false;
  const wanted = item.events & ~EPOLL_PRIVATE;
  if (wanted === 0 || (key !== 0 && (key & wanted) === 0)) return false;
  linkItem(ep, item);
  const waited = waits.queues.has(epoll);
  wakeWaiter(waits, epoll, { sock, key }, wake);
  const inOut = key & (POLLIN | POLLOUT);
  const meant = inOut === 0 || (inOut !== (POLLIN | POLLOUT) && (wanted & inOut) !== 0);
  return waited && meant;
}

/** Puts an item at the end of the ready list, unless it is there. */
export function linkItem(ep: Epoll, item: EpollItem): void {
  if (item.linked) return;
  item.linked = true;
  ep.ready.push(item.sock);
}

/** Wakes one sleeper of a queue that no socket has: of an instance, the last to come. @kernel ep_autoremove_wake_function fs/eventpoll.c v6.18 */
export function wakeWaiter(waits: Waits, queue: number, cause: WakeCause, wake: Wake): void {
  for (const waiter of [...(waits.queues.get(queue) ?? [])]) {
    if ('process' in waiter && wake(waiter.process, cause)) return;
  }
}
