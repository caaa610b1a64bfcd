// The wire between real hosts: packets that a kernel sends into its TUN device go through the scenario's fault rules and
// links, by simnet's own code, and are written to the device of the other host when their time has come. Every packet is
// recorded as in a simulated run. A write to a TUN device returns after the receiving kernel has processed the packet,
// so the counters that moved meanwhile are the packet's.
// Left out: packets other than TCP and ICMP errors (counted), traffic that a host sends to itself.

import { cloneSegment, decodePacket, encodePacket, type Packet, type Segment } from '@halfopen/engine';
import {
  buildInjection,
  type Draft,
  dequeue,
  type EventQueue,
  endsOfPacket,
  enqueue,
  type LastSent,
  lastSentKey,
  linkTable,
  newEventQueue,
  newNetwork,
  newSegmentRecord,
  newSequenceTracker,
  nextEventAt,
  type PacketEnds,
  type Parcel,
  pass,
  relativeNumbers,
  release,
  type Scenario,
  type SegmentRecord,
  type SignalSpec,
  type SysctlChange,
} from '@halfopen/simnet';
import { corrupted } from './corrupt.ts';
import { CountedWrites } from './counted-write.ts';
import type { HostNamespace } from './namespace.ts';
import { type SentEnds, sentBefore } from './retransmission.ts';

type WireEvent =
  | { readonly type: 'arrive'; readonly host: number; readonly parcel: Parcel }
  | { readonly type: 'release'; readonly id: number }
  | { readonly type: 'inject'; readonly index: number; readonly n: number }
  | { readonly type: 'change'; readonly index: number }
  | { readonly type: 'signal'; readonly index: number };

/** How late packets were handed over, after the time that the link asked for. */
export interface ForwarderStats {
  forwarded: number;
  /** Neither TCP nor an ICMP error. */
  ignored: number;
  lateMaxNs: number;
  lateSumNs: number;
}

export interface ForwarderHooks {
  /** ns since the scenario began. */
  now(): number;
  /** Look again at this time; Infinity: no need. */
  wakeAt(ns: number): void;
  /** Takes the packets that wait in the devices. */
  drain(): void;
  log(host: string, text: string): void;
  change(change: SysctlChange): void;
  signal(signal: SignalSpec): void;
}

/** The wire wakes this long before something is due, gets ready, and waits for the moment with open eyes, ns. */
const EARLY_NS = 300e3;
/** Time that a reading of the counters takes, ns: it is begun so long before a packet is handed over. */
const READ_NS = 60e3;

export class Forwarder {
  readonly segments: Draft<SegmentRecord>[] = [];
  readonly stats: ForwarderStats = { forwarded: 0, ignored: 0, lateMaxNs: 0, lateSumNs: 0 };
  private working = false;
  private readonly writes = new CountedWrites();
  private readonly scenario: Scenario;
  private readonly hosts: readonly HostNamespace[];
  private readonly hooks: ForwarderHooks;
  private readonly queue: EventQueue<WireEvent> = newEventQueue();
  private readonly network;
  private readonly links;
  private readonly book: ReadonlyMap<string, string>;
  private readonly tracker = newSequenceTracker();
  private readonly lastSent: LastSent = new Map();
  /** Bytes as the kernel sent them. */
  private readonly bytes = new WeakMap<Packet, Uint8Array>();
  private readonly sentEnds: SentEnds = new Map();

  constructor(scenario: Scenario, hosts: readonly HostNamespace[], hooks: ForwarderHooks) {
    this.scenario = scenario;
    this.hosts = hosts;
    this.hooks = hooks;
    this.network = newNetwork(scenario);
    this.links = linkTable(scenario.links);
    this.book = new Map(
      scenario.hosts.flatMap((h) => h.addresses.map(({ address }) => [address, h.name] as const)),
    );
    for (const [index, { atNs }] of scenario.inject.entries())
      enqueue(this.queue, atNs, { type: 'inject', index, n: 0 });
    for (const [index, { atNs }] of scenario.changes.entries())
      enqueue(this.queue, atNs, { type: 'change', index });
    for (const [index, { atNs }] of scenario.signals.entries())
      enqueue(this.queue, atNs, { type: 'signal', index });
  }

  /** A kernel has sent a packet. The buffer is copied. */
  take(host: number, buffer: Uint8Array, length: number): void {
    const nowNs = this.hooks.now();
    const decoded = decodePacket(buffer, 0, length);
    if (!decoded.ok) {
      this.stats.ignored++;
      return;
    }
    const { packet } = decoded;
    this.bytes.set(packet, buffer.slice(0, length));
    this.send(packet, this.hosts[host]?.spec.name ?? null, nowNs);
    this.arm();
  }

  /** Does what is due or about to be, and asks to be woken for the next. */
  work(): void {
    if (this.working) return;
    this.working = true;
    for (;;) {
      const dueNs = nextEventAt(this.queue);
      if (dueNs > this.hooks.now() + EARLY_NS) break;
      if (!this.waited(dueNs)) continue;
      const next = dequeue(this.queue);
      if (next !== null) this.handle(next.event, next.atNs);
      // Replies are in the device by now, and their time of sending is the time of this look.
      this.hooks.drain();
    }
    this.working = false;
    this.arm();
  }

  /** Waits until it is nearly time; false when something else comes first now. */
  private waited(dueNs: number): boolean {
    while (this.hooks.now() < dueNs - READ_NS) {
      this.hooks.drain();
      if (nextEventAt(this.queue) < dueNs) return false;
    }
    return true;
  }

  private arm(): void {
    if (!this.working) this.hooks.wakeAt(nextEventAt(this.queue) - EARLY_NS);
  }

  private handle(event: WireEvent, atNs: number): void {
    switch (event.type) {
      case 'arrive':
        return this.deliver(event.host, event.parcel, atNs);
      case 'release':
        return this.goOn(event.id, atNs);
      case 'inject':
        return this.inject(event.index, event.n, atNs);
      case 'change': {
        const change = this.scenario.changes[event.index];
        if (change !== undefined) this.hooks.change(change);
        return;
      }
      case 'signal': {
        const signal = this.scenario.signals[event.index];
        if (signal !== undefined) this.hooks.signal(signal);
      }
    }
  }

  private send(packet: Packet, from: string | null, nowNs: number): void {
    const ends = endsOfPacket(this.book, packet);
    const relative = packet.kind === 'tcp' ? relativeNumbers(this.tracker, packet) : null;
    const retransmission = packet.kind === 'tcp' && from !== null && sentBefore(this.sentEnds, packet, ends);
    const record = this.segments.length;
    const origin = { retransmission, injected: from === null };
    this.segments.push(newSegmentRecord(record, packet, ends, relative, nowNs, origin));
    if (packet.kind === 'tcp' && from !== null) this.noteSent(packet, from, ends);
    const to = this.hosts.findIndex((h) => h.spec.name === ends.to);
    if (to < 0) return this.lose(record, 'no such host');
    const passage = pass(this.network, this.links, this.scenario.faults, {
      ...ends,
      packet,
      record,
      thirdAck: relative?.thirdAck ?? false,
      nowNs,
      injected: from === null,
    });
    if (passage.lost !== null) return this.lose(record, passage.lost);
    for (const { atNs, parcel } of passage.arrivals)
      enqueue(this.queue, atNs, { type: 'arrive', host: to, parcel });
    if (passage.hold !== null)
      enqueue(this.queue, passage.hold.atNs, { type: 'release', id: passage.hold.id });
  }

  private noteSent(segment: Segment, host: string, { destination }: PacketEnds): void {
    const copy = cloneSegment(segment);
    this.lastSent.set(lastSentKey(host, destination, null), copy);
    this.lastSent.set(lastSentKey(host, destination, segment.dport), copy);
  }

  private lose(record: number, why: string): void {
    const written = this.segments[record];
    if (written !== undefined) written.why = why;
  }

  private deliver(to: number, { packet, record, corrupt }: Parcel, dueNs: number): void {
    const host = this.hosts[to];
    if (host === undefined) return;
    const whole = this.bytes.get(packet) ?? encodePacket(packet);
    const bytes = corrupt ? corrupted(whole) : whole;
    const written = this.segments[record];
    // A copy of a packet that has arrived already does not change what became of the first.
    const first = written !== undefined && written.arrivedNs === null;
    const atNs = this.writes.write(host, bytes, dueNs, this.hooks.now, {
      record: first ? record : -1,
      corrupt,
    });
    this.noteLate(atNs - dueNs);
    if (!first) return;
    written.arrivedNs = atNs;
    written.fate = 'delivered';
  }

  /** Works out what the counters say about each packet. Once, when the run is over. */
  finish(): void {
    this.writes.judge(this.segments);
  }

  private noteLate(ns: number): void {
    this.stats.forwarded++;
    this.stats.lateSumNs += ns;
    this.stats.lateMaxNs = Math.max(this.stats.lateMaxNs, ns);
  }

  /** A packet that a rule held back goes on, since too few others came. */
  private goOn(id: number, atNs: number): void {
    const parcel = release(this.network, id);
    if (parcel === null) return;
    const { to } = endsOfPacket(this.book, parcel.packet);
    this.deliver(
      this.hosts.findIndex((h) => h.spec.name === to),
      parcel,
      atNs,
    );
  }

  private inject(index: number, n: number, atNs: number): void {
    const spec = this.scenario.inject[index];
    if (spec === undefined) return;
    const { scenario, tracker, lastSent } = this;
    const packet = buildInjection(spec, n, { scenario, tracker, lastSent });
    if (typeof packet === 'string') this.hooks.log(spec.to.host, `nothing injected: ${packet}`);
    else this.send(packet, null, this.hooks.now());
    if (n + 1 < spec.count) enqueue(this.queue, atNs + spec.intervalNs, { type: 'inject', index, n: n + 1 });
  }
}
