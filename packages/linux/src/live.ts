// A live run: one Kernel behind one TUN device. This file owns the order in which things are set up and taken down; what
// a packet does is the engine's business, what a program does is the program's.

import { randomInt } from 'node:crypto';
import {
  COUNTER_NAMES,
  DECODE_COUNTERS,
  type DecodeReason,
  decodePacket,
  encodePacket,
  type Packet,
  type Segment,
  type TraceEvent,
} from '@halfopen/engine';
import type { Program } from '@halfopen/simnet';
import { CaptureFile } from './capture-file.ts';
import { HostError } from './libc.ts';
import { addressRow, type Counters, endsOf, fromTrace, type LiveEvent, SegmentText } from './live-event.ts';
import { type LiveOptions, makeKernel } from './live-kernel.ts';
import { type LiveProcess, startProcess } from './live-process.ts';
import { RealTime, realClock } from './real-time.ts';
import { planAddresses, type TunAddress } from './subnet.ts';
import { SynFilter } from './syn-filter.ts';
import { openTun, type Tun } from './tun.ts';

/** Descriptors of a program: as many as a service manager usually allows. */
const NOFILE = 65_536;
/** How often `settle()` looks. */
const SETTLE_STEP_NS = 5_000_000;
/** Sets everything up. Throws HostError; nothing is left behind then. */
export async function openLive(
  options: LiveOptions,
  onEvent: (event: LiveEvent) => void,
): Promise<LiveSession> {
  const plan = planAddresses(options.addresses);
  if (typeof plan === 'string') throw new HostError('wrong-use', plan);
  const tun = await openTun({ name: options.device, addresses: plan, mtu: options.mtu });
  try {
    return new LiveSession(options, plan, tun, onEvent);
  } catch (error) {
    tun.close();
    throw error;
  }
}

type Untimed<E> = E extends LiveEvent ? Omit<E, 'atNs'> : never;

export class LiveSession {
  readonly time: RealTime;
  readonly plan: readonly TunAddress[];
  private readonly tun: Tun;
  private readonly onEvent: (event: LiveEvent) => void;
  private readonly capture: CaptureFile | null;
  private readonly synFilter: SynFilter;
  private readonly texts = new SegmentText();
  private readonly buffer = new Uint8Array(65_535);
  private readonly processes = new Set<LiveProcess>();
  /** Counters before the packet or timer at hand, to tell which it moved. */
  private readonly before = new Float64Array(COUNTER_NAMES.length);
  private readonly tracing: boolean;
  /** The packet at hand, until it is in the capture. */
  private arriving: { readonly atNs: number; readonly bytes: Uint8Array; comment: string | null } | null =
    null;
  private closed = false;

  constructor(
    options: LiveOptions,
    plan: readonly TunAddress[],
    tun: Tun,
    onEvent: (event: LiveEvent) => void,
  ) {
    const seed = options.seed ?? randomInt(2 ** 31);
    this.plan = plan;
    this.tun = tun;
    this.tracing = options.trace;
    this.onEvent = onEvent;
    this.synFilter = new SynFilter(options.dropSyns);
    this.capture =
      options.capturePath === null ? null : new CaptureFile(options.capturePath, tun.name, Date.now());
    const drainDevice = (): void => tun.drain((bytes, length) => this.receive(bytes, length));
    const outlets = {
      drainDevice,
      transmit: (p: Packet) => this.transmit(p),
      onTrace: (e: readonly TraceEvent[]) => this.traced(e),
    };
    this.time = new RealTime(makeKernel(options, plan, seed), outlets, realClock());
    tun.start(() => {
      drainDevice();
      this.time.arm();
    });
    const addresses = plan.map(addressRow);
    onEvent({
      atNs: 0,
      event: 'started',
      device: tun.name,
      mtu: options.mtu,
      kernel: options.profile.name,
      seed,
      addresses,
    });
  }

  /** Runs a program until it returns, or for ever. Rejects with SysError when a call fails that it does not catch. */
  run(program: Program): Promise<void> {
    const process = startProcess(this.time, program, {
      nofile: NOFILE,
      onLog: (text) => this.tell({ event: 'log', text }),
      random: () => randomInt(2 ** 32) / 2 ** 32,
    });
    this.processes.add(process);
    return process.finished.finally(() => this.processes.delete(process));
  }

  /** Tells the listener of this session something, at the time it is now. */
  tell(event: Untimed<LiveEvent>): void {
    this.onEvent({ atNs: this.time.now(), ...event });
  }

  /** Waits until no connection is in the middle of its closing, at most `maxNs`. */
  async settle(maxNs: number): Promise<void> {
    const endNs = this.time.now() + maxNs;
    const closing = (): boolean =>
      this.time.kernel.sockets().some((s) => s.state !== 'LISTEN' && s.state !== 'TIME-WAIT');
    while (!this.closed && closing() && this.time.now() < endNs) {
      await new Promise<void>((wake) => this.time.alarm(this.time.now() + SETTLE_STEP_NS, wake));
    }
  }

  /** Ends every program, as a signal does: what it left open is closed, and its `run()` never ends. */
  endPrograms(): void {
    for (const process of this.processes) process.kill();
    this.processes.clear();
  }

  /** Ends what still runs, removes the device, tells the counters. Safe to call twice. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.endPrograms();
    this.time.stop();
    this.tun.close();
    this.capture?.close();
    const { packetsRead, packetsWritten, writeErrors } = this.tun.stats;
    this.tell({
      event: 'ended',
      packetsIn: packetsRead,
      packetsOut: packetsWritten,
      writeErrors: Object.fromEntries(writeErrors),
      counters: Object.fromEntries(this.time.kernel.counters()),
    });
  }

  /** A packet that the host routed into the device. */
  private receive(bytes: Uint8Array, length: number): void {
    this.arriving = { atNs: this.time.now(), bytes: bytes.subarray(0, length), comment: null };
    const decoded = decodePacket(bytes, 0, length);
    if (!decoded.ok) this.refuse(decoded.reason);
    else if (decoded.packet.kind === 'tcp' && this.synFilter.loses(decoded.packet))
      this.lose(decoded.packet, 'in');
    else this.deliver(decoded.packet);
    this.captureArriving();
  }

  private deliver(packet: Packet): void {
    if (this.tracing) this.before.set(this.time.kernel.net.mib);
    this.time.arrive(packet);
  }

  /** Other protocols are none of ours: the host sends some of its own accord, such as multicast reports. */
  private refuse(reason: DecodeReason): void {
    for (const name of DECODE_COUNTERS[reason]) this.time.kernel.net.mib[COUNTER_NAMES.indexOf(name)]! += 1;
    if (reason === 'not-tcp') return;
    const counters = Object.fromEntries(DECODE_COUNTERS[reason].map((name) => [name, 1]));
    this.note(`dropped: ${reason}`);
    this.tell({ event: 'drop', by: 'decode', reason, local: '', remote: '', text: '', counters });
  }

  private lose(segment: Segment, direction: 'in' | 'out'): void {
    const reason = 'drop-syn';
    this.note(`lost: ${reason}`);
    const text = this.texts.format(segment);
    this.tell({ event: 'drop', by: 'wire', reason, ...endsOf(segment, direction), text, counters: {} });
  }

  private transmit(packet: Packet): void {
    this.captureArriving();
    const lost = packet.kind === 'tcp' && this.synFilter.loses(packet);
    const length = encodePacket(packet, this.buffer);
    this.capture?.add(this.time.kernel.now, this.buffer.subarray(0, length), lost ? 'lost: drop-syn' : null);
    if (packet.kind === 'tcp' && lost) this.lose(packet, 'out');
    else this.tun.write(this.buffer, length);
  }

  private traced(events: readonly TraceEvent[]): void {
    const moved = this.countersMoved();
    for (const event of events) {
      if (event.type === 'drop') this.note(`dropped: ${event.reason}`);
      this.onEvent(fromTrace(event, this.texts, moved));
    }
  }

  private countersMoved(): Counters {
    const moved: { [name: string]: number } = {};
    const { mib } = this.time.kernel.net;
    COUNTER_NAMES.forEach((name, i) => {
      const by = (mib[i] as number) - (this.before[i] as number);
      if (by !== 0) moved[name] = by;
    });
    return moved;
  }

  private note(comment: string): void {
    if (this.arriving !== null) this.arriving.comment = comment;
  }

  /** Writes the arriving packet, once, before whatever it set off. */
  private captureArriving(): void {
    const { arriving } = this;
    this.arriving = null;
    if (arriving !== null) this.capture?.add(arriving.atNs, arriving.bytes, arriving.comment);
  }
}
