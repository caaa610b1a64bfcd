// A server in one process that serves all its connections at once with epoll, level-triggered: it looks only at what is
// ready, whatever the number of connections. What a connection does is in event-loop.ts.

import {
  BROKEN,
  type Connection,
  type ConnectionRules,
  finish,
  newConnection,
  progressSafely,
  unlessBlocked,
  wantsToSend,
} from './event-loop.ts';
import { EPOLL_BITS } from './poll-bits.ts';
import type { Sys } from './sys.ts';

const { EPOLLIN, EPOLLOUT } = EPOLL_BITS;
/** Events taken at once. */
const EVENTS_MAX = 512;

/** A descriptor and what epoll was last told of it. */
interface Watched {
  readonly fd: number;
  events: number;
}

interface Loop {
  readonly sys: Sys;
  readonly epoll: number;
  readonly rules: ConnectionRules;
  readonly connections: Map<number, Connection & { watched: Watched }>;
}

/** What a connection waits for; nothing while it thinks. */
const wanted = (c: Connection): number =>
  (c.answerAtNs === null && !c.peerClosed ? EPOLLIN : 0) | (wantsToSend(c) ? EPOLLOUT : 0);

/** Tells epoll when it has changed. */
async function ask({ sys, epoll }: Loop, watched: Watched, events: number): Promise<void> {
  if (watched.events === events) return;
  watched.events = events;
  await sys.epollCtl(epoll, 'MOD', watched.fd, events);
}

/** Lets a connection go on, and ends it when it is over or broken. */
async function serve(loop: Loop, c: Connection & { watched: Watched }, broken: boolean): Promise<void> {
  const over = broken || (await progressSafely(loop.sys, c, loop.rules));
  if (!over) return ask(loop, c.watched, wanted(c));
  loop.connections.delete(c.fd);
  // What stays open would be reported for ever.
  if (loop.rules.close === 'never') await loop.sys.epollCtl(loop.epoll, 'DEL', c.fd);
  await finish(loop.sys, c, loop.rules.close);
}

/** When the next answer is due, ns. Without thinking time there is none to wait for. */
function nextAnswerNs({ rules, connections }: Loop): number {
  if (rules.thinkNs === 0) return Number.POSITIVE_INFINITY;
  let nextNs = Number.POSITIVE_INFINITY;
  for (const { answerAtNs, left } of connections.values())
    if (answerAtNs !== null && left === 0) nextNs = Math.min(nextNs, answerAtNs);
  return nextNs;
}

async function serveDue(loop: Loop): Promise<void> {
  if (loop.rules.thinkNs === 0) return;
  const now = loop.sys.now();
  for (const c of [...loop.connections.values()])
    if (c.answerAtNs !== null && c.answerAtNs <= now && c.left === 0) await serve(loop, c, false);
}

/** Takes one connection; false when none was there. */
async function acceptOne(loop: Loop, listener: number): Promise<boolean> {
  const taken = await unlessBlocked(loop.sys.accept(listener, { nonblock: true }));
  if (taken === null) return false;
  const watched: Watched = { fd: taken.fd, events: EPOLLIN };
  const c = { ...newConnection(taken.fd), watched };
  loop.connections.set(taken.fd, c);
  await loop.sys.epollCtl(loop.epoll, 'ADD', taken.fd, EPOLLIN);
  // A server that answers without a request has nothing to wait for.
  if (!loop.rules.echo && loop.rules.requestBytes === 0) await serve(loop, c, false);
  return true;
}

/** Serves for ever. `acceptAt` says when accept() may be called next, from the time and number of those before. */
export async function serveEpoll(
  sys: Sys,
  listener: number,
  rules: ConnectionRules,
  acceptAt: (lastNs: number, accepted: number) => number,
): Promise<void> {
  await sys.setNonblocking(listener, true);
  const loop: Loop = { sys, epoll: await sys.epollCreate(), rules, connections: new Map() };
  const door: Watched = { fd: listener, events: EPOLLIN };
  await sys.epollCtl(loop.epoll, 'ADD', listener, EPOLLIN);
  let lastNs = sys.now();
  for (let accepted = 0; ; ) {
    const acceptNs = acceptAt(lastNs, accepted);
    const now = sys.now();
    await ask(loop, door, acceptNs <= now ? EPOLLIN : 0);
    const untilNs = Math.min(acceptNs <= now ? Number.POSITIVE_INFINITY : acceptNs, nextAnswerNs(loop));
    for (const { data, events } of await sys.epollWait(loop.epoll, EVENTS_MAX, Math.max(untilNs - now, 0))) {
      const c = loop.connections.get(data);
      if (c !== undefined) await serve(loop, c, (events & BROKEN) !== 0);
      else if (data === listener && (await acceptOne(loop, listener))) {
        accepted++;
        lastNs = sys.now();
      }
    }
    await serveDue(loop);
  }
}
