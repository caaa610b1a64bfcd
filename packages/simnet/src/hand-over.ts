// How one thread of a process hands a connection to another: a list of descriptors and a futex, as a thread pool has them.

import { type Attempt, type Caller, done, type Pending } from './blocking.ts';
import { wakeWaiter } from './wait-queue.ts';

/** Number of a task's queue, beside those of sockets and epoll instances. */
const FUTEX_QUEUES = -1_000_000_000;
const queueOf = (task: number): number => FUTEX_QUEUES - task;

/** @kernel futex_wake kernel/futex/waitwake.c v6.18 simplified */
export function give(c: Caller, fd: number): Attempt {
  const given = c.waits.given.get(c.task);
  if (given === undefined) c.waits.given.set(c.task, [fd]);
  else given.push(fd);
  wakeWaiter(c.waits, queueOf(c.task), { sock: 0, key: 0 }, c.wake);
  return done(undefined);
}

/** @kernel futex_wait kernel/futex/waitwake.c v6.18 simplified */
export function take(c: Caller, p: Pending): Attempt {
  const fd = c.waits.given.get(c.task)?.shift();
  if (fd !== undefined) return done(fd);
  p.deadlineNs = Number.POSITIVE_INFINITY;
  return {
    sleep: {
      socks: [queueOf(c.task)],
      masks: [0],
      exclusive: true,
      untilNs: Number.POSITIVE_INFINITY,
      // The C library's waits go back to sleep themselves.
      onSignal: 'sleep',
    },
  };
}

/** The name of such a queue, null for any other. */
export const handOverQueue = (queue: number): string | null => (queue <= FUTEX_QUEUES ? 'futex' : null);
