// Writes down how a process sleeps: on which queues it stands, who wakes it and why, when it runs again. Only of processes
// that are programs: a workload has too many for a list.

import { formatEndpoint } from '@halfopen/engine';
import type { Sleep } from './blocking.ts';
import { formatCall } from './call.ts';
import { handOverQueue } from './hand-over.ts';
import type { Host } from './host.ts';
import { formatPollMask } from './poll-bits.ts';
import type { ProcessState } from './process.ts';
import type { WakeReason } from './result.ts';
import type { WakeCause } from './wait-queue.ts';
import type { World } from './world.ts';

/** A socket by its ends, an epoll instance by its number. */
function queueName({ kernel }: Host, queue: number): string {
  const sk = kernel.net.socks.get(queue);
  if (sk === undefined) return handOverQueue(queue) ?? (queue < 0 ? `epoll ${-queue}` : `socket ${queue}`);
  const local = formatEndpoint(sk.local, sk.lport);
  return sk.rport === 0 ? local : `${local} > ${formatEndpoint(sk.remote, sk.rport)}`;
}

/** Where to write it down; null: nobody asks. */
function place(world: World, index: number): { readonly process: ProcessState; readonly host: Host } | null {
  const process = world.state.processes[index];
  const host = world.hosts[process?.host ?? -1];
  if (!world.records || process === undefined || host === undefined || process.actor !== null) return null;
  return { process, host };
}

export function noteSleep(world: World, index: number, sleep: Sleep): void {
  const at = place(world, index);
  if (at === null || at.process.pending === null) return;
  world.state.recorder.events.push({
    type: 'sleep',
    atNs: world.now,
    host: at.host.spec.name,
    process: at.process.name,
    call: formatCall(at.process.pending.call),
    on: sleep.socks.map((queue) => queueName(at.host, queue)),
    exclusive: sleep.exclusive,
  });
}

export function noteWake(world: World, index: number, by: WakeReason, cause: WakeCause | null): void {
  const at = place(world, index);
  if (at === null) return;
  at.process.wokenNs = world.now;
  world.state.recorder.events.push({
    type: 'wake',
    atNs: world.now,
    host: at.host.spec.name,
    process: at.process.name,
    by,
    on: cause === null || cause.sock === 0 ? null : queueName(at.host, cause.sock),
    key: cause === null || cause.key === 0 ? '' : formatPollMask(cause.key),
  });
}

/** A process that was woken has a CPU. */
export function noteRun(world: World, index: number): void {
  const at = place(world, index);
  if (at === null || at.process.wokenNs === null) return;
  const waitedNs = world.now - at.process.wokenNs;
  at.process.wokenNs = null;
  world.state.recorder.events.push({
    type: 'run',
    atNs: world.now,
    host: at.host.spec.name,
    process: at.process.name,
    waitedNs,
  });
}
