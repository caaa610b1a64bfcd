import { describe, expect, it } from 'vitest';
import { leaveQueues, sleepOn, type WaitQueues, wakeUp } from './wait-queue.ts';

const queues = (...sleepers: [process: number, exclusive: boolean, mask?: number][]): WaitQueues => {
  const out: WaitQueues = new Map();
  for (const [process, exclusive, mask = 0] of sleepers) sleepOn(out, 7, { process, exclusive, mask });
  return out;
};

describe('a wait queue', () => {
  it('wakes one exclusive sleeper, the one that came first', () => {
    expect(wakeUp(queues([1, true], [2, true]), 7, 1)).toEqual([1]);
  });

  it('wakes all others, before the exclusive one', () => {
    expect(wakeUp(queues([1, true], [2, false], [3, true], [4, false]), 7, 1)).toEqual([2, 4, 1]);
  });

  it('wakes everybody on a state change', () => {
    expect(wakeUp(queues([1, true], [2, true], [3, false, 4]), 7, -1)).toEqual([3, 1, 2]);
  });

  it('wakes a poll() only for what it asked', () => {
    expect(wakeUp(queues([1, false, 4], [2, false, 1]), 7, 1)).toEqual([2]);
  });

  it('forgets who leaves', () => {
    const q = queues([1, true], [2, true]);
    leaveQueues(q, 1, [7, 8]);
    expect(wakeUp(q, 7, 1)).toEqual([2]);
    leaveQueues(q, 2, [7]);
    expect(q.size).toBe(0);
  });
});
