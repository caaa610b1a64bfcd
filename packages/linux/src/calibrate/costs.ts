// From what was timed to the costs of the CPU model: a cost is what is left of a call when everything that has a cost of
// its own (the way into the kernel, packets, a probe) is taken off. Medians, since the model is about ordinary days.

import type { Costs } from '@halfopen/simnet';
import type { LoopbackCosts } from './loopback.ts';
import type { PacketCosts } from './packets.ts';
import type { PortCosts } from './ports.ts';
import type { ReadinessCosts } from './readiness.ts';
import type { SwitchCosts } from './switches.ts';
import type { Timing } from './timing.ts';

export interface Timings {
  readonly syscall: Timing;
  readonly loopback: LoopbackCosts;
  readonly packets: PacketCosts;
  readonly ports: PortCosts;
  readonly readiness: ReadinessCosts;
  readonly switches: SwitchCosts;
}

/** What this machine says of itself. */
export interface MachineFacts {
  /** Jiffies a second; null when it cannot be read. */
  readonly hz: number | null;
  /** A look at a port takes locks: kernels before 6.15. */
  readonly locks: boolean;
}

/** Costs that calibration measures; the others keep their default. */
export type MeasuredCosts = { readonly [K in keyof Costs]?: number };

const whole = (ns: number): number => Math.max(0, Math.round(ns));

/** ns of calls that send nothing, without the way into the kernel. */
function plainCalls({ syscall, loopback, readiness }: Timings): MeasuredCosts {
  const own = (timing: Timing): number => whole(timing.medianNs - syscall.medianNs);
  return {
    socket: own(loopback.socket),
    bind: own(loopback.bind),
    listen: own(loopback.listen),
    accept: own(loopback.accept),
    close: own(loopback.closeFresh),
    recv: own(loopback.recvEmpty),
    recvCopy: whole(loopback.recv.medianNs - loopback.recvEmpty.medianNs),
    option: own(loopback.option),
    name: own(loopback.name),
    poll: whole(own(readiness.poll) - readiness.pollEach.medianNs),
    pollFd: whole(readiness.pollEach.medianNs),
    epollWait: own(readiness.epollWait),
    epollReady: whole(readiness.epollReady.medianNs),
    epollCtl: own(readiness.epollCtl),
  };
}

/** A port that is free costs as much as one that bind() holds: both are decided at the bucket. */
function probes({ ports }: Timings, { locks }: MachineFacts): MeasuredCosts {
  const established = whole(ports.established.medianNs);
  const timeWait = whole(ports.timeWait.medianNs);
  const bound = whole(ports.bound.medianNs);
  return {
    probeFree: bound,
    probeBound: bound,
    ...(locks
      ? { lockedProbeEstablished: established, lockedProbeTimeWait: timeWait }
      : { probeShared: established, probeEstablished: established, probeTimeWait: timeWait }),
  };
}

/** What is measured on this machine. */
export function costsOf(timings: Timings, facts: MachineFacts): MeasuredCosts {
  const { syscall, loopback, packets, switches } = timings;
  const packetOut = whole(packets.send.medianNs - packets.sendHeld.medianNs);
  const packetIn = whole(packets.ack.medianNs);
  const looked = probes(timings, facts);
  return {
    syscall: Math.max(1, whole(syscall.medianNs)),
    ...plainCalls(timings),
    send: whole(packets.sendHeld.medianNs - syscall.medianNs),
    connect: whole(packets.connect.medianNs - syscall.medianNs - packetOut - (looked.probeFree ?? 0)),
    shutdown: whole(loopback.shutdown.medianNs - syscall.medianNs - packetOut - packetIn),
    packetOut,
    packetIn,
    wake: whole(switches.wake.medianNs),
    switch: whole(switches.pair.medianNs - switches.wake.medianNs),
    ...(switches.otherCpuNs === null ? {} : { idleWake: whole(switches.otherCpuNs) }),
    ...looked,
    ...(facts.hz === null ? {} : { tick: Math.round(1e9 / facts.hz) }),
  };
}
