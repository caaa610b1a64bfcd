// Wake-ups: from a kernel's announcements to the processes that sleep on its sockets.

import { stillLingers } from './blocking.ts';
import { enqueue } from './event-queue.ts';
import type { Host } from './host.ts';
import { leaveQueues, type WaitQueues, wakeUp } from './wait-queue.ts';
import type { World } from './world.ts';

/** Puts a blocked process back on the run queue. */
export function wakeProcess(world: World, index: number): void {
  const process = world.state.processes[index];
  if (process?.status !== 'blocked') return;
  leaveQueues(world.state.sleepers[process.host] as WaitQueues, index, process.sleepsOn);
  process.sleepsOn = [];
  world.state.lingering.delete(index);
  process.status = 'ready';
  enqueue(world.state.queue, world.now, { type: 'turn', process: index });
}

/** `wakes`: socket id and poll mask in turn. */
export function deliverWakes(world: World, host: Host, wakes: readonly number[]): void {
  const sleepers = world.state.sleepers[host.index];
  if (sleepers === undefined) return;
  for (let i = 0; i + 1 < wakes.length; i += 2) {
    for (const process of wakeUp(sleepers, wakes[i] as number, wakes[i + 1] as number))
      wakeProcess(world, process);
  }
  // A closed socket has no wait queue any more, so whoever lingers looks for himself.
  for (const index of [...world.state.lingering]) {
    const process = world.state.processes[index];
    if (process?.host !== host.index || process.pending === null) continue;
    if (!stillLingers(host.kernel, process.pending.lingering)) wakeProcess(world, index);
  }
}
