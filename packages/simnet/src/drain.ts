// What follows an entry into a kernel: its packets go on their way, its wake-ups reach sleepers, its trace and the
// counters that moved are written down.

import { cloneSegment, type Packet, type Segment, type TraceEvent } from '@halfopen/engine';
import type { Outbox } from './cpu/cpu-state.ts';
import { enqueue } from './event-queue.ts';
import { countersMoved, type Host } from './host.ts';
import { lastSentKey } from './inject.ts';
import { type Cause, capturePacket, type Loopback } from './kernel-entry.ts';
import { pass } from './network.ts';
import { noteTrace } from './note-trace.ts';
import type { PacketEnds } from './packet-ends.ts';
import { noteSyn } from './recorder.ts';
import { newSegmentRecord } from './segment-record.ts';
import { type Relative, relativeNumbers } from './sequence-numbers.ts';
import { type Followed, followedOf, noteSummary, sampleSyn, sentAgain } from './summary.ts';
import { deliverWakes } from './wake.ts';
import type { World } from './world.ts';

/** Where a packet comes from. */
export interface Origin {
  /** null: from nobody. */
  readonly host: Host | null;
  readonly retransmission: boolean;
  readonly injected: boolean;
}

const sameSegment = (a: Segment, b: Segment): boolean =>
  a.seq === b.seq &&
  a.flags === b.flags &&
  a.sport === b.sport &&
  a.dport === b.dport &&
  a.ack === b.ack &&
  a.d3 === b.d3 &&
  a.payload.length === b.payload.length;

/** Who wakes, by what the kernel was entered for. */
const REASONS = { arrival: 'softirq', timer: 'timer', call: 'call' } as const;

/** Where packets go: into the network, or into an outbox until their CPU time is spent. */
type Send = (packet: Packet, retransmission: boolean) => void;

/** Takes everything that the kernel of `host` has to give; with an outbox, packets and wake-ups wait there. */
export function drain(world: World, host: Host, cause: Cause, outbox: Outbox | null = null): void {
  const { kernel } = host;
  const send: Send = (packet, retransmission) => {
    if (outbox === null) sendPacket(world, packet, { host, retransmission, injected: false });
    else outbox.packets.push({ packet, retransmission });
  };
  const output = kernel.takeOutput();
  const traced = kernel.takeTrace();
  const wakes = kernel.takeWakes();
  const loopback: Loopback[] = [];
  if (world.records) {
    sendTraced(world, host, output, traced, loopback, send);
    noteTrace(world, host, cause, traced, countersMoved(host), loopback);
  } else {
    for (const packet of output) send(packet, false);
    if (traced.length > 0) noteTrace(world, host, cause, traced, countersMoved(host), loopback);
    if (world.summarises) noteSummary(world, host);
  }
  const by = REASONS[cause.kind];
  const segment = cause.kind === 'arrival' ? cause.record : -1;
  if (outbox === null) return deliverWakes(world, host, { by, segment, from: -1 }, wakes);
  outbox.by = by;
  outbox.segment = segment;
  for (const word of wakes) outbox.wakes.push(word);
}

/** Sends the packets in the order of the trace, which also shows what the host sent to itself. */
function sendTraced(
  world: World,
  host: Host,
  output: readonly Packet[],
  traced: readonly TraceEvent[],
  loopback: Loopback[],
  send: Send,
): void {
  let next = 0;
  for (const event of traced) {
    if (event.type !== 'segment-out') continue;
    for (; output[next]?.kind === 'icmp'; next++) send(output[next] as Packet, false);
    const packet = output[next];
    if (packet?.kind === 'tcp' && sameSegment(packet, event.segment)) {
      send(packet, event.retransmission);
      next++;
    } else loopback.push(recordLoopback(world, host, event.segment, event.retransmission));
  }
  for (; next < output.length; next++) send(output[next] as Packet, false);
}

function recordLoopback(world: World, host: Host, segment: Segment, retransmission: boolean): Loopback {
  const { name } = host.spec;
  const ends = { ...world.ends.of(segment), from: name, to: name };
  const relative = relativeNumbers(world.state.tracker, segment);
  noteSyn(world.state.recorder, name, segment, world.now);
  const id = addRecord(world, segment, ends, relative, { host, retransmission, injected: false });
  const record = world.state.recorder.segments[id];
  if (record !== undefined) record.arrivedNs = world.now;
  if (record !== undefined) record.fate = 'delivered';
  return { record: id, segment };
}

function addRecord(
  world: World,
  packet: Packet,
  ends: PacketEnds,
  relative: Relative | null,
  origin: Origin,
): number {
  const { segments } = world.state.recorder;
  segments.push(newSegmentRecord(segments.length, packet, ends, relative, world.now, origin));
  return segments.length - 1;
}

/** Number of the record that is kept of the packet; -1: none is. */
function keepsRecord(
  world: World,
  packet: Packet,
  ends: PacketEnds,
  relative: Relative | null,
  origin: Origin,
  followed: Followed | null,
): number {
  if (world.records) return addRecord(world, packet, ends, relative, origin);
  if (followed === null || packet.kind !== 'tcp') return -1;
  const retransmission = sentAgain(followed, packet);
  return addRecord(world, packet, ends, relative, { ...origin, retransmission });
}

/** Sends one packet into the network. */
export function sendPacket(world: World, packet: Packet, origin: Origin): void {
  const { state } = world;
  const ends = world.ends.of(packet);
  const followed = world.summarises && packet.kind === 'tcp' ? followedOf(world, packet) : null;
  const tracked = packet.kind === 'tcp' && (world.tracks || followed !== null);
  const relative = tracked ? relativeNumbers(state.tracker, packet) : null;
  const record = keepsRecord(world, packet, ends, relative, origin, followed);
  if (packet.kind === 'tcp' && origin.host !== null) noteSent(world, origin.host, packet, ends);
  const captured = capturePacket(world, origin.host?.spec.name ?? null, 'out', packet);
  const to = world.hostIndex.get(ends.to);
  if (to === undefined) return lose(world, record, captured, 'no such host');
  const passage = pass(state.network, world.links, world.scenario.faults, {
    from: ends.from,
    to: ends.to,
    source: ends.source,
    destination: ends.destination,
    packet,
    record,
    thirdAck: relative?.thirdAck ?? false,
    nowNs: world.now,
    injected: origin.injected,
  });
  if (passage.lost !== null) return lose(world, record, captured, passage.lost);
  for (const { atNs, parcel } of passage.arrivals)
    enqueue(state.queue, arrivalOf(world, record, atNs), { type: 'arrive', host: to, parcel });
  if (passage.hold !== null)
    enqueue(state.queue, passage.hold.atNs, { type: 'release', id: passage.hold.id });
}

/** When the packet arrives: as its link has it, or as it did in the run to whose times this one keeps. */
function arrivalOf(world: World, record: number, atNs: number): number {
  const written = world.state.recorder.segments[record];
  if (world.follower === null || written === undefined) return atNs;
  return world.follower.arrivalAt(written, atNs, world.now);
}

function noteSent(world: World, host: Host, segment: Segment, ends: PacketEnds): void {
  const { state } = world;
  const { name } = host.spec;
  if (world.records) noteSyn(state.recorder, name, segment, world.now);
  else if (world.summarises) sampleSyn(state.recorder.summary, segment, world.now);
  if (!world.answers) return;
  const copy = cloneSegment(segment);
  state.lastSent.set(lastSentKey(name, ends.destination, null), copy);
  state.lastSent.set(lastSentKey(name, ends.destination, segment.dport), copy);
}

function lose(world: World, record: number, captured: number, why: string): void {
  const written = world.state.recorder.segments[record];
  if (written !== undefined) written.why = why;
  const kept = world.state.capture[captured];
  if (kept !== undefined) kept.comment = `lost: ${why}`;
}
