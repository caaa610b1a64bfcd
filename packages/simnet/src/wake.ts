// Wake-ups: from a kernel's announcements to the processes that sleep on its sockets.

import { stillLingers } from './blocking.ts';
import { makeRunnable } from './cpu/scheduler.ts';
import { enqueue } from './event-queue.ts';
import type { Host } from './host.ts';
import { noteWake } from './note-sleep.ts';
import type { ProcessState } from './process.ts';
import type { WakeReason } from './result.ts';
import { leaveQueues, type Waits, type Wake, type WakeCause, wakeUp } from './wait-queue.ts';
import type { World } from './world.ts';

/** Who wakes. */
export interface Waker {
  readonly by: WakeReason;
  /** Record of the packet that wakes; -1: none does, or none is kept. */
  readonly segment: number;
  /** CPU on which that happens; -1 on a host without CPUs. */
  readonly from: number;
}

/** A waker that is no packet. */
export const waker = (by: WakeReason, from = -1): Waker => ({ by, segment: -1, from });

/** Puts a blocked process back on the run queue; false when it does not sleep. `cause` is null when no queue woke it. */
export function wakeProcess(
  world: World,
  index: number,
  who: Waker,
  cause: WakeCause | null = null,
): boolean {
  const process = world.state.processes[index];
  if (process?.status !== 'blocked') return false;
  noteWake(world, index, who, cause);
  leaveQueues(world.state.waits[process.host] as Waits, index, process.sleepsOn);
  process.sleepsOn = [];
  world.state.lingering.delete(index);
  process.status = 'ready';
  if (process.cpu === null)
    enqueue(world.state.queue, turnAt(world, process), { type: 'turn', process: index });
  else makeRunnable(world, process.host, index, who.from);
  return true;
}

/** When a process that has just been woken goes on: at once, or when it did in the run to whose times this one keeps. */
function turnAt({ follower, hosts, now }: World, { host, name, calls }: ProcessState): number {
  return follower === null
    ? now
    : follower.resumeAt(`${(hosts[host] as Host).spec.name} ${name}`, calls, now);
}

/** `wakes`: socket id and poll mask in turn. */
export function deliverWakes(world: World, host: Host, who: Waker, wakes: readonly number[]): void {
  const waits = world.state.waits[host.index];
  if (waits === undefined) return;
  const wake: Wake = (process, cause) => wakeProcess(world, process, who, cause);
  for (let i = 0; i + 1 < wakes.length; i += 2) {
    wakeUp(waits, wakes[i] as number, wakes[i + 1] as number, wake);
  }
  // A closed socket has no wait queue any more, so whoever lingers looks for himself.
  if (world.state.lingering.size === 0) return;
  for (const index of [...world.state.lingering]) {
    const process = world.state.processes[index];
    if (process?.host !== host.index || process.pending === null) continue;
    if (!stillLingers(host.kernel, process.pending.lingering)) wakeProcess(world, index, who);
  }
}
