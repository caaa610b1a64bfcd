import { describe, expect, it } from 'vitest';
import {
  type Epoll,
  type EpollItem,
  leaveQueues,
  newWaits,
  sleepOn,
  type Waits,
  wakeUp,
} from './wait-queue.ts';

const SOCK = 7;

const waiting = (...sleepers: [process: number, exclusive: boolean, mask?: number][]): Waits => {
  const out = newWaits();
  for (const [process, exclusive, mask = 0] of sleepers) sleepOn(out, SOCK, { process, exclusive, mask });
  return out;
};

/** Whom a wake-up reaches, in order; they leave the queues of these numbers. */
function woken(waits: Waits, mask: number, queues: readonly number[] = [SOCK]): number[] {
  const out: number[] = [];
  wakeUp(waits, SOCK, mask, (process) => {
    leaveQueues(waits, process, queues);
    out.push(process);
    return true;
  });
  return out;
}

/** An epoll instance that watches the socket, with this process asleep in epoll_wait(), null: nobody. */
function watch(
  waits: Waits,
  epoll: number,
  events: number,
  exclusive: boolean,
  process: number | null,
): Epoll {
  const item: EpollItem = { fd: 3, sock: SOCK, events, data: 3, linked: false };
  const ep: Epoll = { refs: 1, items: new Map([[SOCK, item]]), ready: [] };
  waits.epolls.set(epoll, ep);
  sleepOn(waits, SOCK, { epoll, exclusive });
  if (process !== null) sleepOn(waits, epoll, { process, exclusive: true, mask: 0 });
  return ep;
}

describe('a wait queue', () => {
  it('wakes one exclusive sleeper, the one that came first', () => {
    expect(woken(waiting([1, true], [2, true]), 1)).toEqual([1]);
  });

  it('wakes all others, the last to come first, before the exclusive one', () => {
    expect(woken(waiting([1, true], [2, false], [3, true], [4, false]), 1)).toEqual([4, 2, 1]);
  });

  it('wakes everybody on a state change', () => {
    expect(woken(waiting([1, true], [2, true], [3, false, 4]), -1)).toEqual([3, 1, 2]);
  });

  it('wakes a poll() only for what it asked', () => {
    expect(woken(waiting([1, false, 4], [2, false, 1]), 1)).toEqual([2]);
  });

  it('forgets who leaves', () => {
    const w = waiting([1, true], [2, true]);
    leaveQueues(w, 1, [SOCK, 8]);
    expect(woken(w, 1)).toEqual([2]);
    expect(w.queues.size).toBe(0);
  });
});

describe('an epoll item on a wait queue', () => {
  it('is called by a wake-up that it asked for, and one epoll_wait() wakes, the last to come', () => {
    const w = newWaits();
    const ep = watch(w, -1, 1, false, 1);
    sleepOn(w, -1, { process: 2, exclusive: true, mask: 0 });
    expect(woken(w, 4, [-1])).toEqual([]);
    expect(ep.ready).toEqual([]);
    expect(woken(w, 1, [-1])).toEqual([2]);
    expect(ep.ready).toEqual([SOCK]);
  });

  it('stands in the ready list once, however often its socket wakes', () => {
    const w = newWaits();
    const ep = watch(w, -1, 1, false, null);
    woken(w, 1);
    woken(w, 1);
    expect(ep.ready).toEqual([SOCK]);
  });

  it('with EPOLLEXCLUSIVE takes the wake-up for itself only when somebody waits for what came', () => {
    const waits = (): Waits => {
      const w = newWaits();
      watch(w, -1, 1, true, null);
      watch(w, -2, 4, true, 2);
      watch(w, -3, 1, true, 3);
      watch(w, -4, 1, true, 4);
      return w;
    };
    expect(woken(waits(), 1 | 2 | 0x40, [-2, -3, -4])).toEqual([3]);
    expect(woken(waits(), -1, [-2, -3, -4])).toEqual([2, 3, 4]);
  });

  it('is silent after EPOLLONESHOT has cleared what it asks for', () => {
    const w = newWaits();
    const ep = watch(w, -1, 0x4000_0000, false, 1);
    expect(woken(w, -1, [-1])).toEqual([]);
    expect(ep.ready).toEqual([]);
  });
});
