// What an entry into the kernel gives out, kept until its CPU time is spent: a packet is on the wire, and a sleeper is
// woken, when the code that does it has run.

import type { Packet } from '@halfopen/engine';
import { sendPacket } from '../drain.ts';
import type { Host } from '../host.ts';
import { deliverWakes } from '../wake.ts';
import type { World } from '../world.ts';
import type { HostCpus, Outbox } from './cpu-state.ts';

export const newOutbox = (): Outbox => ({ packets: [], wakes: [], by: 'call', segment: -1 });

/** Keeps an outbox; gives its number, 0 when it is empty. */
export function keepOutbox(cpus: HostCpus, outbox: Outbox): number {
  if (outbox.packets.length === 0 && outbox.wakes.length === 0) return 0;
  const id = cpus.nextOutbox++;
  cpus.unsent.set(id, outbox);
  return id;
}

const sameFlow = (a: Packet, b: Packet): boolean =>
  a.kind === 'tcp' &&
  b.kind === 'tcp' &&
  a.sport === b.sport &&
  a.dport === b.dport &&
  a.d3 === b.d3 &&
  a.s3 === b.s3 &&
  a.d2 === b.d2 &&
  a.s2 === b.s2 &&
  a.d1 === b.d1 &&
  a.s1 === b.s1 &&
  a.d0 === b.d0 &&
  a.s0 === b.s0;

/** An older outbox that has a packet of the same connection. */
function olderOf(cpus: HostCpus, packet: Packet): Outbox | null {
  for (const outbox of cpus.unsent.values())
    if (outbox.packets.some((other) => sameFlow(other.packet, packet))) return outbox;
  return null;
}

/**
 * Lets an outbox take effect. A packet of a connection that a call works on just now follows that call's packets, as a
 * segment that meets an owned socket waits in its backlog for release_sock(). `from` is the CPU that wakes.
 */
export function flush(world: World, host: Host, cpus: HostCpus, id: number, from: number): void {
  const outbox = cpus.unsent.get(id);
  if (outbox === undefined) return;
  let older = false;
  for (const other of cpus.unsent.keys()) {
    if (other === id) break;
    older = true;
  }
  cpus.unsent.delete(id);
  for (const { packet, retransmission } of outbox.packets) {
    const before = older ? olderOf(cpus, packet) : null;
    if (before === null) sendPacket(world, packet, { host, retransmission, injected: false });
    else before.packets.push({ packet, retransmission });
  }
  deliverWakes(world, host, { by: outbox.by, segment: outbox.segment, from }, outbox.wakes);
}
