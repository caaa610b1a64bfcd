// Drives one Kernel by the real clock: packets from a device go in, packets that the kernel sends go out, timers fire
// when they are due, sleepers are woken. Everything happens on the event loop, in the order in which it comes.
//
// The kernel's time 0 is the moment this was made. Node may fire a timer up to a millisecond early or late, so a timer
// only ever means "look at the clock"; the kernel is told the real time before anything else happens to it.

import { type Kernel, type Packet, releaseSegment, type TraceEvent } from '@halfopen/engine';
import { leaveQueues, newWaits, type Sleep, sleepOn, type Waits, wakeUp } from '@halfopen/simnet';

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

export class RealTime {
  readonly kernel: Kernel;
  private readonly clock: Clock;
  private readonly outlets: Outlets;
  /** Wait queues and epoll instances of this host. */
  readonly waits: Waits = newWaits();
  /** What to call for each sleeper on the queues. */
  private readonly sleepers = new Map<number, () => void>();
  private lastSleeper = 0;
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
    // An epoll_wait() looks at the ready list only, so it must hear first what the time has brought.
    this.wakeSleepers(this.kernel.takeWakes());
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

  /** Calls `ring` when one of the queues wakes this sleeper, at most once; the returned function ends the sleep. */
  sleep({ socks, masks, exclusive }: Omit<Sleep, 'untilNs'>, ring: () => void): () => void {
    const process = ++this.lastSleeper;
    const end = (): void => {
      this.sleepers.delete(process);
      leaveQueues(this.waits, process, socks);
    };
    this.sleepers.set(process, () => {
      end();
      ring();
    });
    socks.forEach((sock, i) => {
      sleepOn(this.waits, sock, { process, exclusive, mask: masks[i] ?? 0 });
    });
    return end;
  }

  /** Wakes one sleeper; whoever is woken looks for itself whether it was meant. */
  readonly wake = (process: number): boolean => {
    const ring = this.sleepers.get(process);
    ring?.();
    return ring !== undefined;
  };

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

  /** Wakes come as socket id and poll mask in turn. */
  private wakeSleepers(wakes: readonly number[]): void {
    for (let i = 0; i < wakes.length; i += 2)
      wakeUp(this.waits, wakes[i] as number, wakes[i + 1] as number, this.wake);
  }
}
