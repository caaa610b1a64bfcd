// epoll: instances that watch sockets, what epoll_ctl() changes, and what epoll_wait() reports. An instance is a file of
// the host; it lives here because readiness and sleeping are a matter of tasks, not of TCP. That a socket became ready
// it learns from wait-queue.ts; whether it still is, it asks the kernel when it reports.
//
// Leaves out: an instance that watches another one (ADD gives ELOOP, as Linux does for chains that are too deep), poll()
// on an instance (POLLNVAL), EPOLLWAKEUP, busy polling, the limit of watches (ENOSPC).
//
// @kernel do_epoll_ctl, ep_insert, ep_modify, ep_remove, ep_send_events, ep_poll fs/eventpoll.c v6.18

import type { Errno } from '@halfopen/engine';
import { type Attempt, type Caller, done, failed, INTERRUPTED, type Pending } from './blocking.ts';
import type { Call } from './call.ts';
import { EPOLL_BITS, EPOLL_PRIVATE } from './poll-bits.ts';
import type { EpollEvent } from './sys.ts';
import {
  type Epoll,
  type EpollItem,
  leaveQueue,
  linkItem,
  sleepOn,
  type Waits,
  wakeWaiter,
} from './wait-queue.ts';

const { EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLLET } = EPOLL_BITS;
/** Reported whether asked for or not. */
const ALWAYS = EPOLLERR | EPOLLHUP;
/** What may stand beside EPOLLEXCLUSIVE. @kernel EPOLLEXCLUSIVE_OK_BITS fs/eventpoll.c v6.18 */
const EXCLUSIVE_OK = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLET | EPOLLEXCLUSIVE;
/** Entries of 12 bytes that fit into an int. @kernel EP_MAX_EVENTS fs/eventpoll.c v6.18 */
const MAX_EVENTS = Math.floor(2147483647 / 12);

/** @kernel do_epoll_create fs/eventpoll.c v6.18 */
export function epollCreate(c: Caller): Attempt {
  const number = c.waits.nextEpoll;
  const fd = c.kernel.openForeign(c.task, number);
  if (!fd.ok) return failed(fd.errno);
  c.waits.nextEpoll--;
  c.waits.epolls.set(number, { refs: 1, items: new Map(), ready: [] });
  return done(fd.value);
}

/** What is ready of what an item asks for. @kernel ep_item_poll fs/eventpoll.c v6.18 */
const pollItem = (c: Caller, item: EpollItem): number => (c.kernel.pollSocket(item.sock) ?? 0) & item.events;

/** An item that is ready already is reported without waiting for a wake-up. */
function offer(c: Caller, epoll: number, ep: Epoll, item: EpollItem): void {
  if (pollItem(c, item) === 0 || item.linked) return;
  linkItem(ep, item);
  wakeWaiter(c.waits, epoll, { sock: 0, key: 0 }, c.wake);
}

/** Why EPOLLEXCLUSIVE cannot be had. */
const exclusiveRefused = (op: EpollCtl['op'], events: number): boolean =>
  (events & EPOLLEXCLUSIVE) !== 0 && (op === 'MOD' || (op === 'ADD' && (events & ~EXCLUSIVE_OK) !== 0));

type EpollCtl = Call & { name: 'epollCtl' };

/** Null, or why the call fails before it looks at the item. */
function refusal(epoll: number, target: number, { op, events }: EpollCtl): Errno | null {
  if (epoll === target || epoll >= 0) return 'EINVAL';
  if (op !== 'DEL' && exclusiveRefused(op, events)) return 'EINVAL';
  if (target >= 0) return null;
  if (op === 'ADD') return (events & EPOLLEXCLUSIVE) !== 0 ? 'EINVAL' : 'ELOOP';
  return 'ENOENT';
}

/** @kernel do_epoll_ctl fs/eventpoll.c v6.18 */
export function epollCtl(c: Caller, call: EpollCtl): Attempt {
  const file = c.kernel.socketId(c.task, call.epfd);
  if (!file.ok) return failed(file.errno);
  const target = c.kernel.socketId(c.task, call.fd);
  if (!target.ok) return failed(target.errno);
  const errno = refusal(file.value, target.value, call);
  if (errno !== null) return failed(errno);
  const ep = c.waits.epolls.get(file.value) as Epoll;
  const item = ep.items.get(target.value);
  const events = call.events | ALWAYS;
  if (call.op === 'ADD') {
    if (item !== undefined) return failed('EEXIST');
    const added: EpollItem = { fd: call.fd, sock: target.value, events, data: call.data, linked: false };
    ep.items.set(added.sock, added);
    sleepOn(c.waits, added.sock, { epoll: file.value, exclusive: (events & EPOLLEXCLUSIVE) !== 0 });
    offer(c, file.value, ep, added);
    return done(undefined);
  }
  if (item === undefined) return failed('ENOENT');
  if (call.op === 'DEL') removeItem(c.waits, file.value, item);
  else if ((item.events & EPOLLEXCLUSIVE) !== 0) return failed('EINVAL');
  else {
    item.events = events;
    item.data = call.data;
    offer(c, file.value, ep, item);
  }
  return done(undefined);
}

function removeItem(waits: Waits, epoll: number, item: EpollItem): void {
  const ep = waits.epolls.get(epoll);
  ep?.items.delete(item.sock);
  if (ep !== undefined && item.linked) ep.ready = ep.ready.filter((sock) => sock !== item.sock);
  leaveQueue(waits, item.sock, (w) => 'epoll' in w && w.epoll === epoll);
}

/**
 * Takes up to `max` events off the ready list. Each socket is polled again, so a wake-up that means nothing any more
 * yields nothing. A level-triggered item goes back to the end of the list and, since the list is not empty then, another
 * epoll_wait() wakes. @kernel ep_send_events, ep_done_scan fs/eventpoll.c v6.18
 */
function takeEvents(c: Caller, epoll: number, ep: Epoll, max: number): EpollEvent[] {
  const list = ep.ready;
  const events: EpollEvent[] = [];
  let next = 0;
  ep.ready = [];
  for (; next < list.length && events.length < max; next++) {
    const item = ep.items.get(list[next] as number);
    if (item === undefined) continue;
    item.linked = false;
    const mask = pollItem(c, item);
    if (mask === 0) continue;
    events.push({ events: mask, data: item.data });
    if ((item.events & EPOLLONESHOT) !== 0) item.events &= EPOLL_PRIVATE;
    else if ((item.events & EPOLLET) === 0) linkItem(ep, item);
  }
  ep.ready = [...list.slice(next), ...ep.ready];
  if (ep.ready.length > 0) wakeWaiter(c.waits, epoll, { sock: 0, key: 0 }, c.wake);
  return events;
}

/** epoll_wait(2) counts whole milliseconds. */
const MS = 1e6;

/** @kernel ep_poll fs/eventpoll.c v6.18 */
export function epollWait(c: Caller, p: Pending, call: Call & { name: 'epollWait' }): Attempt {
  const file = c.kernel.socketId(c.task, call.epfd);
  if (!file.ok) return failed(file.errno);
  if (call.maxEvents <= 0 || call.maxEvents > MAX_EVENTS || file.value >= 0) return failed('EINVAL');
  p.deadlineNs ??= c.nowNs + Math.ceil(call.timeoutNs / MS) * MS;
  const ep = c.waits.epolls.get(file.value) as Epoll;
  const events = ep.ready.length === 0 ? [] : takeEvents(c, file.value, ep, call.maxEvents);
  if (events.length > 0 || p.deadlineNs <= c.nowNs) return done(events);
  const untilNs = p.deadlineNs;
  return { sleep: { socks: [file.value], masks: [0], exclusive: true, untilNs, onSignal: INTERRUPTED } };
}

/** A file that closes: a socket leaves the instances that watch it, an instance lets its sockets go. @kernel eventpoll_release_file, ep_clear_and_put fs/eventpoll.c v6.18 */
export function forgetFile(waits: Waits, number: number): void {
  if (number > 0) {
    for (const waiter of waits.queues.get(number) ?? []) {
      const item = 'epoll' in waiter ? waits.epolls.get(waiter.epoll)?.items.get(number) : undefined;
      if ('epoll' in waiter && item !== undefined) removeItem(waits, waiter.epoll, item);
    }
    return;
  }
  const ep = waits.epolls.get(number);
  if (ep === undefined || --ep.refs > 0) return;
  for (const item of [...ep.items.values()]) removeItem(waits, number, item);
  waits.epolls.delete(number);
}
