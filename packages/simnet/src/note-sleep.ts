// Writes down how a process sleeps: on which queues it stands, who wakes it and why, when it runs again. Only of processes
// that are programs: a workload has too many for a list.

import { formatEndpoint } from '@halfopen/engine';
import type { Sleep } from './blocking.ts';
import { formatCall } from './call.ts';
import { handOverQueue } from './hand-over.ts';
import type { Host } from './host.ts';
import { formatPollMask } from './poll-bits.ts';
import type { ProcessState } from './process.ts';
import type { WakeCause } from './wait-queue.ts';
import type { Waker } from './wake.ts';
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

export function noteWake(world: World, index: number, who: Waker, cause: WakeCause | null): void {
  const at = place(world, index);
  if (at === null) return;
  at.process.wokenNs = world.now;
  world.state.recorder.events.push({
    type: 'wake',
    atNs: world.now,
    host: at.host.spec.name,
    process: at.process.name,
    by: who.by,
    segment: segmentOf(world, who.segment),
    on: cause === null || cause.sock === 0 ? null : queueName(at.host, cause.sock),
    key: cause === null || cause.key === 0 ? '' : formatPollMask(cause.key),
  });
}

const segmentOf = (world: World, record: number): number | null =>
  world.state.recorder.segments[record]?.id ?? null;

/** A process leaves its CPU: it sleeps, or must make room. */
export function noteOut(world: World, index: number, voluntary: boolean, next: number | undefined): void {
  const at = place(world, index);
  if (at === null) return;
  world.state.recorder.events.push({
    type: 'out',
    atNs: world.now,
    host: at.host.spec.name,
    process: at.process.name,
    voluntary,
    next: next === undefined ? null : (world.state.processes[next]?.name ?? null),
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
