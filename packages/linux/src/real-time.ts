// Drives one Kernel by the real clock: packets from a device go in, packets that the kernel sends go out, timers fire
// when they are due, sleepers are woken. Everything happens on the event loop, in the order in which it comes.
//
// The kernel's time 0 is the moment this was made. Node may fire a timer up to a millisecond early or late, so a timer
// only ever means "look at the clock"; the kernel is told the real time before anything else happens to it.

import { type Kernel, type Packet, releaseSegment, type TraceEvent } from '@halfopen/engine';

/** Whole nanoseconds of a clock that never goes backwards. */
export type Clock = () => number;

/** A clock that starts at 0 now. */
export function realClock(): Clock {
  const startMs = performance.now();
  return () => Math.round((performance.now() - startMs) * 1e6);
}

/** Timers of the kernel are kept in microseconds. */
const TIMER_GRAIN_NS = 1000;
/** Longest delay that setTimeout takes, ms. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

export interface Outlets {
  /** Takes in the packets that wait in the device, by `arrive()`. */
  readonly drainDevice: () => void;
  /** A packet leaves the kernel. Called in the order of sending; the packet is given back to the pool afterwards. */
  readonly transmit: (packet: Packet) => void;
  /** What led to the packets that `transmit` is called with next; never called while the kernel does not trace. */
  readonly onTrace: (events: readonly TraceEvent[]) => void;
}

interface Sleeper {
  readonly mask: number;
  readonly wake: () => void;
}

export class RealTime {
  readonly kernel: Kernel;
  private readonly clock: Clock;
  private readonly outlets: Outlets;
  /** Who sleeps on a socket, by socket id. */
  private readonly sleepers = new Map<number, Set<Sleeper>>();
  private cancelTimer: (() => void) | null = null;
  private timerAtNs = Number.POSITIVE_INFINITY;
  private stopped = false;

  constructor(kernel: Kernel, outlets: Outlets, clock: Clock = realClock()) {
    this.kernel = kernel;
    this.outlets = outlets;
    this.clock = clock;
  }

  /** Real time, ns since the start. */
  now(): number {
    return this.clock();
  }

  /**
   * Lets the kernel catch up with the clock, does `work` to it, and carries out what follows. What waits in the device
   * came before the timers that are due now: whoever was busy for a while must not resend what was acknowledged
   * meanwhile, so packets go first.
   */
  enter<T>(work: (kernel: Kernel) => T): T {
    if (this.kernel.nextTimerAt() <= this.clock()) this.outlets.drainDevice();
    this.kernel.advanceTo(Math.max(this.clock(), this.kernel.now));
    const result = work(this.kernel);
    this.drain();
    return result;
  }

  /** A packet comes in; time goes on to just before the next timer at most, for the reason above. */
  arrive(packet: Packet): void {
    const { kernel } = this;
    const at = Math.min(this.clock(), kernel.nextTimerAt() - TIMER_GRAIN_NS);
    if (at > kernel.now) kernel.advanceTo(at);
    kernel.deliver(packet);
    this.drain();
  }

  /** Sets the timer that the kernel needs next. Call it once when a batch of `enter()` is over. */
  arm(): void {
    const at = this.stopped ? Number.POSITIVE_INFINITY : this.kernel.nextTimerAt();
    // A timer that fires too early costs one look at the clock; leaving it is cheaper than moving it each time.
    if (at >= this.timerAtNs) return;
    this.cancelTimer?.();
    this.timerAtNs = at;
    this.cancelTimer = this.alarm(at, () => {
      this.timerAtNs = Number.POSITIVE_INFINITY;
      this.cancelTimer = null;
      this.enter(() => undefined);
      this.arm();
    });
  }

  /** Calls `ring` once the clock shows `atNs`, never before. Infinity never rings. Returns how to cancel it. */
  alarm(atNs: number, ring: () => void): () => void {
    if (atNs === Number.POSITIVE_INFINITY) return () => {};
    let timer: NodeJS.Timeout;
    const look = (): void => {
      const leftNs = atNs - this.clock();
      if (leftNs <= 0) ring();
      else timer = setTimeout(look, Math.min(Math.ceil(leftNs / 1e6), TIMEOUT_MAX_MS));
    };
    timer = setTimeout(look, Math.min(Math.max(0, Math.ceil((atNs - this.clock()) / 1e6)), TIMEOUT_MAX_MS));
    return () => clearTimeout(timer);
  }

  /**
   * Calls `wake` at each wake-up of the socket with one of these poll bits (0: at each), until the returned function is
   * called.
   */
  sleepOn(socket: number, mask: number, wake: () => void): () => void {
    const sleeper = { mask, wake };
    const sleepers = this.sleepers.get(socket) ?? new Set();
    this.sleepers.set(socket, sleepers.add(sleeper));
    return () => {
      sleepers.delete(sleeper);
      if (sleepers.size === 0 && this.sleepers.get(socket) === sleepers) this.sleepers.delete(socket);
    };
  }

  /** No timer fires after this. */
  stop(): void {
    this.stopped = true;
    this.cancelTimer?.();
    this.cancelTimer = null;
    this.timerAtNs = Number.POSITIVE_INFINITY;
  }

  private drain(): void {
    const events = this.kernel.takeTrace();
    if (events.length > 0) this.outlets.onTrace(events);
    for (const packet of this.kernel.takeOutput()) {
      this.outlets.transmit(packet);
      if (packet.kind === 'tcp') releaseSegment(packet);
    }
    this.wakeSleepers(this.kernel.takeWakes());
  }

  /** Wakes come as socket id and poll mask in turn; whoever is woken looks for itself whether it was meant. */
  private wakeSleepers(wakes: readonly number[]): void {
    for (let i = 0; i < wakes.length; i += 2) {
      const sleepers = this.sleepers.get(wakes[i] as number);
      if (sleepers === undefined) continue;
      const bits = wakes[i + 1] as number;
      for (const { mask, wake } of [...sleepers]) if (mask === 0 || (mask & bits) !== 0) wake();
    }
  }
}
