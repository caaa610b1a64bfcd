// A workload on the real kernel: the same threads as in the simulator, which are data, run by one thread of a child
// process. A call that would block them is made without blocking, and poll() tells when to try again; so waiting costs no
// thread of the machine, and what the kernel sees are the same calls on non-blocking sockets.

import {
  type Actor,
  type Call,
  firstLoadActors,
  type LoadEnv,
  type LoadPlan,
  type LoadState,
  newLoadState,
  nextCall,
  type Outcome,
  planLoad,
  runnableAt,
  type Scenario,
  workloadRecords,
} from '@halfopen/simnet';
import type { Calls } from './calls.ts';
import { monotonicNs, sleepUntil, threadCpuNs } from './clock.ts';
import type { FdTable } from './fd-table.ts';
import { type Teller, tellCall, tellConnect } from './process-run.ts';
import type { Message } from './protocol.ts';
import { type RealProcess, realCall } from './real-calls.ts';

// include/uapi/asm-generic/poll.h v6.18
const POLLIN = 0x001;
const POLLOUT = 0x004;
/** Calls in a row before the others are looked at. */
const CALLS_MAX = 1000;
/** Calls that the record is made from; a summary has no others. */
const TOLD: ReadonlySet<string> = new Set(['socket', 'listen', 'accept', 'connect']);

interface Thread {
  readonly actor: Actor;
  call: Call | null;
  startNs: number;
  /** When its wait is over at the latest, ns. */
  deadlineNs: number;
  /** What it waits for on its descriptor; 0: nothing. */
  events: number;
  sent: number;
  connecting: boolean;
  woken: boolean;
}

/** The descriptor whose readiness ends the wait in a call; -1: none. */
const waitsOn = (call: Call | null): number => {
  if (call?.name === 'epollWait') return call.epfd;
  return call !== null && 'fd' in call ? call.fd : -1;
};

const ok = (value: unknown): Outcome => ({ ok: true, value });
const FAILED_FULL: Outcome = { ok: false, errno: 'EMFILE' };

class LoadRun implements LoadEnv {
  readonly plan: LoadPlan;
  readonly load: LoadState;
  self = 0;
  private readonly threads: (Thread | null)[] = [];
  private readonly free: number[] = [];
  private ready: number[] = [];
  private readonly waiting = new Set<number>();
  /** SO_SNDTIMEO and SO_RCVTIMEO by descriptor, ns: a socket that does not block has none in the kernel's eyes. */
  private readonly limits = new Map<number, { sndNs: number; rcvNs: number }>();
  /** Descriptors on which the threads themselves do not want to block. */
  private readonly nonblocking = new Set<number>();
  private readonly scenario: Scenario;
  private readonly workload: number;
  private readonly process: RealProcess;
  private readonly teller: Teller;

  constructor(scenario: Scenario, workload: number, teller: Teller) {
    this.scenario = scenario;
    this.workload = workload;
    this.plan = planLoad(scenario);
    this.load = newLoadState(this.plan, scenario, () => 0);
    this.process = teller.process;
    this.teller = teller;
  }

  get nowNs(): number {
    return this.teller.now();
  }

  spawn(actor: Actor): void {
    const index = this.free.pop() ?? this.threads.length;
    this.threads[index] = {
      actor,
      call: null,
      startNs: 0,
      deadlineNs: Number.POSITIVE_INFINITY,
      events: 0,
      sent: 0,
      connecting: false,
      woken: false,
    };
    this.ready.push(index);
  }

  wake(index: number): void {
    const thread = this.threads[index];
    if (thread?.call?.name !== 'futex') return;
    thread.woken = true;
    if (this.waiting.delete(index)) this.ready.push(index);
  }

  log(text: string): void {
    this.teller.tell({ t: 'log', p: this.teller.p, atNs: this.nowNs, text });
  }

  /** Until the end of the scenario. */
  run(calls: Calls, zeroNs: number): void {
    const { spec } = this.plan.workloads[this.workload] as LoadPlan['workloads'][number];
    const { durationNs } = this.scenario;
    sleepUntil(calls, zeroNs + Math.min(spec.startNs, durationNs));
    for (const actor of firstLoadActors(this.plan, this.workload)) this.spawn(actor);
    while (this.nowNs < durationNs) {
      const mayNs = runnableAt(spec.pauses, spec.startNs, this.nowNs);
      if (mayNs > this.nowNs) sleepUntil(calls, zeroNs + Math.min(mayNs, durationNs));
      this.runReady();
      this.wait(Math.min(durationNs, spec.pauses.cpuMax === null ? durationNs : this.nowNs + 1e6));
    }
  }

  private runReady(): void {
    for (let calls = 0; this.ready.length > 0 && calls < CALLS_MAX; ) {
      const due = this.ready;
      this.ready = [];
      for (const index of due) calls += this.turn(index);
    }
  }

  /** Runs a thread until it waits or ends; gives the number of its calls. */
  private turn(index: number): number {
    const thread = this.threads[index];
    if (thread == null) return 0;
    let outcome: Outcome | null = null;
    for (let calls = 0; calls < CALLS_MAX; calls++) {
      if (thread.call !== null) {
        outcome = this.attempt(thread, thread.call);
        if (outcome === null) {
          this.waiting.add(index);
          return calls;
        }
        this.tellEnd(thread, thread.call, outcome);
      }
      this.self = index;
      thread.call = nextCall(this, thread.actor, outcome);
      if (thread.call === null) {
        this.threads[index] = null;
        this.free.push(index);
        return calls;
      }
      this.begin(thread, thread.call);
    }
    this.ready.push(index);
    return CALLS_MAX;
  }

  private begin(thread: Thread, call: Call): void {
    thread.startNs = this.nowNs;
    thread.deadlineNs = Number.POSITIVE_INFINITY;
    thread.events = 0;
    thread.sent = 0;
    thread.connecting = false;
    thread.woken = false;
    if (call.name === 'connect') tellConnect(this.teller, call, thread.startNs);
  }

  private tellEnd(thread: Thread, call: Call, outcome: Outcome): void {
    if (this.scenario.record === 'all' ? !['compute', 'futex'].includes(call.name) : TOLD.has(call.name))
      tellCall(this.teller, call, outcome, thread.startNs);
  }

  /** Null: it waits. */
  private attempt(thread: Thread, call: Call): Outcome | null {
    switch (call.name) {
      case 'sleep':
        thread.deadlineNs = thread.startNs + call.ns;
        return this.nowNs >= thread.deadlineNs ? ok(undefined) : null;
      case 'compute':
        return this.compute(call.ns);
      case 'futex':
        return thread.woken ? ok(undefined) : null;
      case 'socket':
        return this.process.table.full ? FAILED_FULL : realCall(this.process, { ...call, nonblock: true });
      case 'accept':
        if (this.process.table.full) return FAILED_FULL;
        return this.accept(thread, call);
      case 'connect':
        return this.connect(thread, call);
      case 'recv': {
        const limit = this.limits.get(call.fd)?.rcvNs ?? null;
        return this.unlessBlocked(thread, realCall(this.process, call), POLLIN, limit);
      }
      case 'send':
        return this.send(thread, call);
      case 'epollWait':
        return this.epollWait(thread, call);
      default:
        this.noteLimits(call);
        return realCall(this.process, call);
    }
  }

  private epollWait(thread: Thread, call: Call & { name: 'epollWait' }): Outcome | null {
    const outcome = realCall(this.process, { ...call, timeoutNs: 0 });
    if (!outcome.ok || (outcome.value as unknown[]).length > 0) return outcome;
    thread.deadlineNs = thread.startNs + call.timeoutNs;
    if (this.nowNs >= thread.deadlineNs) return outcome;
    thread.events = POLLIN;
    return null;
  }

  private noteLimits(call: Call): void {
    if (call.name === 'setNonblocking') this.nonblocking.add(call.fd);
    if (call.name === 'close') this.nonblocking.delete(call.fd);
    if (call.name === 'close') this.limits.delete(call.fd);
    if (call.name !== 'setsockopt' || (call.option !== 'SO_SNDTIMEO' && call.option !== 'SO_RCVTIMEO'))
      return;
    const limit = this.limits.get(call.fd) ?? { sndNs: 0, rcvNs: 0 };
    limit[call.option === 'SO_SNDTIMEO' ? 'sndNs' : 'rcvNs'] = call.value as number;
    this.limits.set(call.fd, limit);
  }

  /** EAGAIN waits for readiness, or is the outcome when the time that a blocking call would wait is over. */
  private unlessBlocked(
    thread: Thread,
    outcome: Outcome,
    events: number,
    limitNs: number | null,
  ): Outcome | null {
    if (outcome.ok || outcome.errno !== 'EAGAIN') return outcome;
    if (thread.call !== null && 'fd' in thread.call && this.nonblocking.has(thread.call.fd)) return outcome;
    if (limitNs !== null && limitNs > 0) thread.deadlineNs = thread.startNs + limitNs;
    if (this.nowNs >= thread.deadlineNs) return outcome;
    thread.events = events;
    return null;
  }

  private accept(thread: Thread, call: Call & { name: 'accept' }): Outcome | null {
    const outcome = realCall(this.process, { ...call, nonblock: true });
    if (outcome.ok && call.nonblock) this.nonblocking.add((outcome.value as { fd: number }).fd);
    return this.unlessBlocked(thread, outcome, POLLIN, null);
  }

  private connect(thread: Thread, call: Call & { name: 'connect' }): Outcome | null {
    const outcome = realCall(this.process, call);
    if (outcome.ok || (outcome.errno !== 'EINPROGRESS' && outcome.errno !== 'EALREADY')) return outcome;
    const limitNs = this.limits.get(call.fd)?.sndNs ?? 0;
    if (limitNs > 0) thread.deadlineNs = thread.startNs + limitNs;
    if (this.nowNs >= thread.deadlineNs) return { ok: false, errno: 'EINPROGRESS' };
    thread.connecting = true;
    thread.events = POLLOUT;
    return null;
  }

  private send(thread: Thread, call: Call & { name: 'send' }): Outcome | null {
    for (;;) {
      const rest = { ...call, data: call.data.subarray(thread.sent) };
      const outcome = realCall(this.process, rest);
      if (outcome.ok) thread.sent += outcome.value as number;
      if (outcome.ok && thread.sent >= call.data.length) return ok(thread.sent);
      if (outcome.ok) continue;
      const ended = this.unlessBlocked(thread, outcome, POLLOUT, this.limits.get(call.fd)?.sndNs ?? null);
      if (ended === null) return null;
      return thread.sent > 0 ? ok(thread.sent) : ended;
    }
  }

  /** Burns CPU time of this thread. */
  private compute(ns: number): Outcome {
    const { calls } = this.process;
    const fromNs = threadCpuNs(calls) ?? 0;
    const untilNs = monotonicNs() + 10 * ns;
    let x = 0.5;
    while ((threadCpuNs(calls) ?? Number.POSITIVE_INFINITY) - fromNs < ns && monotonicNs() < untilNs)
      for (let i = 0; i < 100; i++) x = 3.9 * x * (1 - x);
    return ok(x > 1 ? x : undefined);
  }

  /** Waits until some thread can go on, but not longer than `untilNs`. */
  private wait(untilNs: number): void {
    const polled: number[] = [];
    const requests: { fd: number; events: number }[] = [];
    let wakeNs = untilNs;
    for (const index of this.waiting) {
      const thread = this.threads[index] as Thread;
      wakeNs = Math.min(wakeNs, thread.deadlineNs);
      const fd = waitsOn(thread.call);
      if (thread.events === 0 || fd < 0) continue;
      polled.push(index);
      requests.push({ fd, events: thread.events });
    }
    const timeoutNs = this.ready.length > 0 ? 0 : Math.max(0, wakeNs - this.nowNs);
    const answer = realCall(this.process, { name: 'poll', requests, timeoutNs });
    const masks = answer.ok ? (answer.value as number[]) : [];
    const now = this.nowNs;
    const woken = new Set(polled.filter((_, i) => (masks[i] ?? 0) !== 0));
    for (const index of this.waiting) {
      if (!woken.has(index) && (this.threads[index] as Thread).deadlineNs > now) continue;
      this.waiting.delete(index);
      this.ready.push(index);
    }
  }
}

/** Prepares a workload; the returned function runs it to the end of the scenario and tells what it counted. */
export function prepareLoad(
  calls: Calls,
  table: FdTable,
  scenario: Scenario,
  workload: number,
  p: number,
  tell: (message: Message) => void,
): (zeroNs: number) => void {
  const process: RealProcess = {
    calls,
    table,
    connectCpuNs: null,
    pidOf: () => null,
    resolve: (name) => {
      throw new Error(`${name} was to be an address`);
    },
  };
  return (zeroNs) => {
    const now = (): number => monotonicNs() - zeroNs;
    const run = new LoadRun(scenario, workload, { p, process, tell, now });
    run.run(calls, zeroNs);
    const records = workloadRecords(run.plan, run.load).flatMap((record, unit) =>
      run.plan.units[unit]?.workload === workload ? [{ unit, record }] : [],
    );
    tell({ t: 'load', workload, records });
  };
}
