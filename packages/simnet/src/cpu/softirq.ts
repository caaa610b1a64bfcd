// Softirq: packets that come in and timers that fire take a CPU from whatever task it has, in the order in which they
// came. Packets wait in a queue of their CPU; when it is full the next one is lost.
//
// @kernel enqueue_to_backlog net/core/dev.c v6.18: dropped when more than netdev_max_backlog wait
// @kernel handle_softirqs kernel/softirq.c v6.18 simplified: after 2 ms (MAX_SOFTIRQ_TIME) ksoftirqd takes over, and
// shares the CPU with tasks; here tasks that are ready then get one slice
// Left out: hard interrupts, NAPI and its budget, GRO, RPS. A hash of the addresses and ports chooses the CPU, as the
// hash of a network card with a queue for each CPU does (RSS; theirs is Toeplitz).

import type { Packet } from '@halfopen/engine';
import { drain } from '../drain.ts';
import type { Host } from '../host.ts';
import type { Cause } from '../kernel-entry.ts';
import type { Parcel } from '../network.ts';
import { wakeProcess, waker } from '../wake.ts';
import type { World } from '../world.ts';
import { book } from './book.ts';
import { trafficCost } from './charge.ts';
import type { Cpu, HostCpus, SoftirqWork } from './cpu-state.ts';
import { flush, keepOutbox, newOutbox } from './outbox.ts';
import { costsOf, cpusOf, occupy } from './scheduler.ts';
import { baseSlice } from './slice.ts';

/** @kernel MAX_SOFTIRQ_TIME kernel/softirq.c v6.18: msecs_to_jiffies(2) */
const SOFTIRQ_MAX_NS = 2_000_000;

/** Which CPU takes the packets of a connection: the same for both directions. */
function flowCpu(packet: Packet, cpus: number): number {
  if (cpus === 1 || packet.kind !== 'tcp') return 0;
  const ends = Math.imul(packet.s3 ^ packet.d3, 0x9e3779b1) ^ packet.s0 ^ packet.d0 ^ packet.s2 ^ packet.d2;
  const ports = Math.imul(packet.sport + 1, packet.dport + 1);
  const mixed = Math.imul(ends ^ ports ^ (packet.sport ^ packet.dport), 0x85ebca6b);
  return ((mixed ^ (mixed >>> 15)) >>> 0) % cpus;
}

/** A packet reaches the device of a host with CPUs. */
export function receive(world: World, host: Host, parcel: Parcel): void {
  const cpus = cpusOf(world, host.index);
  const cpu = cpus.cpus[flowCpu(parcel.packet, cpus.cpus.length)] as Cpu;
  const waiting = cpu.softirq.reduce((n, work) => (work.kind === 'packet' ? n + 1 : n), 0);
  if (waiting > host.kernel.sysctl('net.core.netdev_max_backlog')) {
    cpus.dropped++;
    const written = world.state.recorder.segments[parcel.record];
    if (written === undefined || written.arrivedNs !== null) return;
    written.arrivedNs = world.now;
    written.fate = 'dropped';
    written.why = 'backlog of the CPU full';
    return;
  }
  raise(world, host, cpu, { kind: 'packet', parcel });
}

/** The kernel's timers fired; what they did costs time on the CPU of the connection. */
export function timerFired(world: World, host: Host): void {
  const cpus = cpusOf(world, host.index);
  const { outbox, ns } = entered(world, host, { kind: 'timer' }, () => host.kernel.advanceTo(world.now));
  const first = outbox.packets[0]?.packet;
  const cpu = cpus.cpus[first === undefined ? 0 : flowCpu(first, cpus.cpus.length)] as Cpu;
  const work = { ns: ns + costsOf(world, host.index).timer, outbox: keepOutbox(cpus, outbox) };
  raise(world, host, cpu, { kind: 'timer', ...work });
}

/** A sleeper's time is up: an interrupt on the CPU where it went to sleep. */
export function sleeperTimedOut(world: World, host: Host, process: number, call: number): void {
  const last = world.state.processes[process]?.cpu?.last ?? 0;
  const cpu = cpusOf(world, host.index).cpus[last] as Cpu;
  raise(world, host, cpu, { kind: 'timeout', ns: costsOf(world, host.index).timer, process, call });
}

/** Enters the kernel and keeps what comes of it; its packets give the cost. */
export function entered(
  world: World,
  host: Host,
  cause: Cause,
  enter: () => void,
): { readonly outbox: ReturnType<typeof newOutbox>; readonly ns: number } {
  const outbox = newOutbox();
  const before = host.kernel.counter('TcpInSegs');
  enter();
  const looped = host.kernel.counter('TcpInSegs') - before - (cause.kind === 'arrival' ? 1 : 0);
  drain(world, host, cause, outbox);
  const ns = trafficCost(costsOf(world, host.index), {
    out: outbox.packets.length,
    looped: Math.max(0, looped),
  });
  return { outbox, ns };
}

function raise(world: World, host: Host, cpu: Cpu, work: SoftirqWork): void {
  // A timer is a hard interrupt, and its softirq comes before that of packets.
  const packets = cpu.softirq.findIndex((other) => other.kind === 'packet');
  if (work.kind === 'packet' || packets < 0) cpu.softirq.push(work);
  else cpu.softirq.splice(packets, 0, work);
  if (cpu.doing === 'softirq' || cpu.doing === 'between' || tasksFirst(world, host.index, cpu)) return;
  book(world, cpusOf(world, host.index), cpu);
  beginSoftirq(world, host, cpu);
}

/** Softirq has had its time, and tasks are owed theirs. */
export function tasksFirst(world: World, host: number, cpu: Cpu): boolean {
  return world.now < cpu.tasksUntilNs && (cpu.task >= 0 || cpusOf(world, host).runQueue.length > 0);
}

/** Takes the next piece of work of this CPU. */
export function beginSoftirq(world: World, host: Host, cpu: Cpu): void {
  const cpus = cpusOf(world, host.index);
  const work = cpu.softirq.shift();
  if (work === undefined) return;
  if (cpu.softirqSinceNs < 0) cpu.softirqSinceNs = world.now;
  cpu.current = work;
  let { ns, outbox } = work.kind === 'timer' ? work : { ns: 0, outbox: 0 };
  if (work.kind === 'timeout') ns = work.ns;
  if (work.kind === 'packet') ({ ns, outbox } = packetIn(world, host, cpus, work.parcel));
  cpu.outbox = outbox;
  occupy(world, host.index, cpu, 'softirq', ns);
}

function packetIn(
  world: World,
  host: Host,
  cpus: HostCpus,
  parcel: Parcel,
): { readonly ns: number; readonly outbox: number } {
  const { packet, record, corrupt } = parcel;
  const cause: Cause = { kind: 'arrival', packet, record, corrupt };
  const followed = world.summarises && record >= 0;
  const { outbox, ns } = entered(world, host, cause, () => {
    host.kernel.advanceTo(world.now);
    if (followed) world.lookClosely(host);
    if (corrupt) host.kernel.deliverBadChecksum();
    else host.kernel.deliver(packet);
  });
  if (followed) host.kernel.setTracing(false);
  return { ns: costsOf(world, host.index).packetIn + ns, outbox: keepOutbox(cpus, outbox) };
}

/** The work is done: its packets leave, its sleepers wake. */
export function finishSoftirq(world: World, host: Host, cpu: Cpu): void {
  const cpus = cpusOf(world, host.index);
  const index = cpus.cpus.indexOf(cpu);
  const { current, outbox } = cpu;
  cpu.current = null;
  cpu.outbox = 0;
  if (cpu.softirqSinceNs >= 0 && world.now - cpu.softirqSinceNs >= SOFTIRQ_MAX_NS) {
    cpu.softirqSinceNs = -1;
    const slice = baseSlice(costsOf(world, host.index), cpus.cpus.length);
    if (cpu.softirq.length > 0) cpu.tasksUntilNs = world.now + slice;
  }
  flush(world, host, cpus, outbox, index);
  if (current?.kind !== 'timeout') return;
  const sleeper = world.state.processes[current.process];
  if (sleeper?.status === 'blocked' && sleeper.calls === current.call)
    wakeProcess(world, current.process, waker('time-out', index));
}
