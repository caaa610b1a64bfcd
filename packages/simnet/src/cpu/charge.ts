// CPU time of one entry into the kernel, from what happened in it.

import type { PortCounts } from '@halfopen/engine';
import type { Attempt } from '../blocking.ts';
import type { Call } from '../call.ts';
import type { Costs } from './costs.ts';

/** The call as strace names it: what the C library makes of it on x86-64. */
export function syscallName(call: Call): string {
  switch (call.name) {
    case 'sleep':
      return 'clock_nanosleep';
    case 'accept':
      return call.nonblock ? 'accept4' : 'accept';
    case 'disconnect':
      return 'connect';
    case 'send':
      return 'sendto';
    case 'recv':
      return 'recvfrom';
    case 'setNonblocking':
      return 'fcntl';
    case 'epollCreate':
      return 'epoll_create1';
    case 'epollCtl':
      return 'epoll_ctl';
    case 'epollWait':
      return 'epoll_wait';
    case 'sigaction':
      return 'rt_sigaction';
    default:
      return call.name;
  }
}

/** What the call costs however it ends. */
function entryCost(costs: Costs, call: Call): number {
  switch (call.name) {
    case 'socket':
    case 'bind':
    case 'listen':
    case 'accept':
    case 'send':
    case 'recv':
    case 'shutdown':
    case 'close':
      return costs[call.name];
    case 'connect':
    case 'disconnect':
      return costs.connect;
    case 'poll':
      return costs.poll + call.requests.length * costs.pollFd;
    case 'epollCtl':
    case 'epollWait':
      return costs[call.name];
    case 'setsockopt':
    case 'getsockopt':
      return costs.option;
    case 'getsockname':
    case 'getpeername':
    case 'setNonblocking':
      return costs.name;
    case 'sleep':
      return costs.timer;
    default:
      return 0;
  }
}

/** @kernel __inet_hash_connect net/ipv4/inet_hashtables.c v6.18: `locked` when each look takes the locks (before 6.15) */
export function probeCost(costs: Costs, probes: PortCounts, locked: boolean): number {
  return (
    probes.free * costs.probeFree +
    probes.shared * costs.probeShared +
    probes.established * (locked ? costs.lockedProbeEstablished : costs.probeEstablished) +
    probes.timeWait * (locked ? costs.lockedProbeTimeWait : costs.probeTimeWait) +
    probes.bound * costs.probeBound +
    probes.reserved * costs.probeReserved
  );
}

/** What happened in an entry besides the call itself. */
export interface Traffic {
  /** Packets that left by the device. */
  readonly out: number;
  /** Packets that the host sent to itself: out and in again, on the same CPU. */
  readonly looped: number;
}

export const trafficCost = (costs: Costs, { out, looped }: Traffic): number =>
  out * costs.packetOut + looped * (costs.packetOut + costs.packetIn);

/** A call that starts (`first`) or goes on after a wake-up, until it ends or sleeps. */
export function callCost(costs: Costs, call: Call, first: boolean, result: Attempt): number {
  const entry = first ? costs.syscall + entryCost(costs, call) : 0;
  const ended = 'outcome' in result && result.outcome.ok;
  if (call.name === 'epollWait' && 'outcome' in result && result.outcome.ok)
    return entry + (result.outcome.value as readonly unknown[]).length * costs.epollReady;
  if (call.name === 'recv') return entry + (ended ? costs.recvCopy : 0);
  if (call.name === 'poll' && !first) return entry + costs.poll + call.requests.length * costs.pollFd;
  return entry;
}
