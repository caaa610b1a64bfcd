// The world: hosts joined by links, processes, and one queue of events ordered by (time, insertion). Kernel timers come
// before other events of the same instant, hosts in the order of the scenario. After every event the world takes what
// the kernel gives out: packets go on their way, sleepers wake, traces and counter moves are written down (drain.ts).
// What processes do in their turns is in turns.ts.

import type { Kernel } from '@halfopen/engine';
import { cpuEvent } from './cpu/cpu-event.ts';
import { makeRunnable } from './cpu/scheduler.ts';
import { receive, sleeperTimedOut, timerFired } from './cpu/softirq.ts';
import { drain, sendPacket } from './drain.ts';
import { dequeue, enqueue, nextEventAt } from './event-queue.ts';
import { probeTimes } from './expect.ts';
import { countersMoved, type Host, newHost } from './host.ts';
import { buildInjection } from './inject.ts';
import { type Instance, instancesOf, sharersOf } from './instances.ts';
import { type LoadPlan, planLoad } from './load/plan.ts';
import { hostResults } from './make-result.ts';
import { linkTable, type Parcel, release } from './network.ts';
import { Follower, type Pace } from './pace.ts';
import { type AddressBook, KnownEnds } from './packet-ends.ts';
import { ProcessRun, type ProcessState } from './process.ts';
import type { LinkSpec, Scenario } from './scenario.ts';
import { sendListed } from './send-signal.ts';
import { mayLog } from './summary.ts';
import type { Program } from './sys.ts';
import { WorldLoadEnv } from './threads.ts';
import { processHooks, takeTurn } from './turns.ts';
import { wakeProcess, waker } from './wake.ts';
import {
  type CapturedPacket,
  type NewTask,
  newWorldState,
  type WorldEvent,
  type WorldState,
} from './world-state.ts';

export interface WorldOptions {
  /** Write segments, events and queue lengths down (default true). Without it a run of many connections stays small. */
  readonly record?: boolean;
  /** Keep every packet for a capture file (default false). */
  readonly capture?: boolean;
  /** Keep the results of all system calls, so that snapshots can be taken (default false). */
  readonly history?: boolean;
  /** Further times at which to look at the hosts. */
  readonly probesNs?: readonly number[];
  /** The times of another run, for the processes of hosts without a CPU model and for packets. A snapshot does not hold them. */
  readonly pace?: Pace;
  /** TypeScript programs that the scenario calls by name. */
  readonly programs?: { readonly [name: string]: Program };
}

/** What a world is built on: kernels and state, fresh or restored. */
export interface WorldParts {
  readonly state: WorldState;
  readonly hosts: readonly Host[];
}

export class World {
  readonly scenario: Scenario;
  readonly options: WorldOptions;
  readonly state: WorldState;
  readonly hosts: readonly Host[];
  readonly instances: readonly Instance[];
  readonly runs: readonly ProcessRun[];
  /** The processes that share the file table of each. */
  readonly sharers: readonly (readonly number[])[];
  readonly links: ReadonlyMap<string, LinkSpec>;
  readonly plan: LoadPlan;
  readonly loadEnv: WorldLoadEnv;
  /** Host name by address text. */
  readonly book: AddressBook;
  readonly ends: KnownEnds;
  /** Index of each host by its name. */
  readonly hostIndex: ReadonlyMap<string, number>;
  /** Relative numbers are needed: for the records, for third-ack rules, or for injections. */
  readonly tracks: boolean;
  /** Some injection is built from what its target last sent. */
  readonly answers: boolean;
  readonly records: boolean;
  /** Only a summary is written down. */
  readonly summarises: boolean;
  /** Keeps to the times of another run; null: to none. */
  readonly follower: Follower | null;

  constructor(scenario: Scenario, options: WorldOptions, parts: WorldParts | null = null) {
    this.scenario = scenario;
    this.options = options;
    this.records = options.record !== false && scenario.record === 'all';
    this.summarises = options.record !== false && scenario.record === 'summary';
    this.follower = options.pace === undefined ? null : new Follower(options.pace);
    this.tracks =
      this.records ||
      scenario.inject.some(({ what }) => what.kind === 'segment' && what.relative) ||
      scenario.faults.some((fault) => fault.match === 'third-ack');
    this.answers = scenario.inject.some(
      ({ what, from, to }) => what.kind === 'icmp' || from.port === null || to.port === null,
    );
    this.hosts = parts?.hosts ?? scenario.hosts.map((_, i) => newHost(scenario, i, this.records));
    this.links = linkTable(scenario.links);
    this.book = new Map(
      scenario.hosts.flatMap((h) => h.addresses.map(({ address }) => [address, h.name] as const)),
    );
    this.ends = new KnownEnds(this.book);
    this.hostIndex = new Map(scenario.hosts.map((h, i) => [h.name, i]));
    this.plan = planLoad(scenario);
    this.loadEnv = new WorldLoadEnv(this);
    this.instances = instancesOf(scenario);
    this.sharers = sharersOf(this.instances);
    this.state = parts?.state ?? this.firstState();
    this.runs = this.instances.map(
      (_, i) => new ProcessRun(this.state.processes[i] as ProcessState, processHooks(this, i)),
    );
    if (parts === null) this.schedule();
  }

  /** Virtual time, ns. */
  get now(): number {
    return this.state.nowNs;
  }

  /** Packets kept so far, in the order in which they passed a device. */
  get capture(): readonly CapturedPacket[] {
    return this.state.capture;
  }

  host(name: string): Host | null {
    return this.hosts[this.hostIndex.get(name) ?? -1] ?? null;
  }

  private firstState(): WorldState {
    const newTask: NewTask = (host, nofile) =>
      (this.hosts[host] as Host).kernel.createTask(nofile === null ? {} : { nofile });
    return newWorldState(this.scenario, this.plan, this.options.history === true, newTask);
  }

  /** Puts what the scenario says into the queue. */
  private schedule(): void {
    const { scenario } = this;
    const put = (atNs: number, event: WorldEvent): void => enqueue(this.state.queue, atNs, event);
    for (const atNs of probeTimes(scenario, this.options.probesNs)) put(atNs, { type: 'probe' });
    for (const [index, { atNs }] of scenario.changes.entries()) put(atNs, { type: 'change', index });
    for (const [process, { startNs }] of this.state.processes.entries())
      put(startNs, { type: 'turn', process });
    for (const [index, { atNs }] of scenario.signals.entries()) put(atNs, { type: 'signal', index });
    for (const [index, { atNs }] of scenario.inject.entries()) put(atNs, { type: 'inject', index, n: 0 });
  }

  /** The host whose timer fires next, and when (Infinity: none). */
  private nextTimer(): { readonly host: Host | null; readonly atNs: number } {
    let host: Host | null = null;
    let atNs = Number.POSITIVE_INFINITY;
    for (const candidate of this.hosts) {
      const at = candidate.kernel.nextTimerAt();
      if (at < atNs) {
        host = candidate;
        atNs = at;
      }
    }
    return { host, atNs };
  }

  /** When something happens next, ns; Infinity: nothing ever will. */
  nextAt(): number {
    return Math.min(this.nextTimer().atNs, nextEventAt(this.state.queue));
  }

  /** Handles the next event; false when there is none. */
  async step(): Promise<boolean> {
    const work = this.advance(Number.POSITIVE_INFINITY);
    if (work === null) return false;
    if (work !== true) await work;
    return true;
  }

  /**
   * Runs until no event at or before `untilNs` is left (default: the end of the scenario), then lets time pass until
   * then. `every` is called after each `everySteps` events.
   */
  async run(
    untilNs = this.scenario.durationNs,
    every: (() => void) | null = null,
    everySteps = 10_000,
  ): Promise<void> {
    for (let left = everySteps; ; ) {
      const work = this.advance(untilNs);
      if (work === null) break;
      if (work !== true) await work;
      if (every === null || --left > 0) continue;
      left = everySteps;
      every();
    }
    for (const run of this.runs) run.check();
    for (const host of this.hosts) host.kernel.advanceTo(untilNs);
    this.state.nowNs = untilNs;
  }

  /** One event: null when none is due, a promise when a program runs in it. */
  private advance(untilNs: number): null | true | Promise<void> {
    const { state } = this;
    const timer = this.nextTimer();
    const eventNs = nextEventAt(state.queue);
    if (Math.min(timer.atNs, eventNs) > untilNs || Math.min(timer.atNs, eventNs) === Number.POSITIVE_INFINITY)
      return null;
    state.steps++;
    if (timer.host !== null && timer.atNs <= eventNs) {
      state.nowNs = Math.max(state.nowNs, timer.atNs);
      if (timer.host.spec.cpus === null) {
        timer.host.kernel.advanceTo(state.nowNs);
        drain(this, timer.host, { kind: 'timer' });
      } else timerFired(this, timer.host);
      return true;
    }
    state.nowNs = eventNs;
    const next = dequeue(state.queue);
    return next === null ? null : this.handle(next.event);
  }

  private handle(event: WorldEvent): true | Promise<void> {
    switch (event.type) {
      case 'turn':
        return this.turn(event.process);
      case 'cpu':
        return cpuEvent(this, event.host, event.cpu, event.ticket);
      case 'arrive':
        this.arrive(event.host, event.parcel);
        return true;
      case 'timeout':
        if (this.sleepsIn(event.process, event.call)) this.timeOut(event.process, event.call);
        return true;
      case 'release':
        this.goOn(event.id);
        return true;
      case 'inject':
        this.inject(event.index, event.n);
        return true;
      case 'signal':
        sendListed(this, event.index);
        return true;
      case 'change':
        this.change(event.index);
        return true;
      case 'probe':
        this.state.probes.push({ atNs: this.now, hosts: hostResults(this) });
        return true;
    }
  }

  /** A process starts, or goes on. */
  private turn(index: number): true | Promise<void> {
    const process = this.state.processes[index] as ProcessState;
    if (process.cpu === null) return takeTurn(this, index);
    makeRunnable(this, process.host, index, -1);
    return true;
  }

  private sleepsIn(index: number, call: number): boolean {
    const process = this.state.processes[index];
    return process?.status === 'blocked' && process.calls === call;
  }

  /** The time that a process would wait in its call is over. */
  private timeOut(index: number, call: number): void {
    const process = this.state.processes[index] as ProcessState;
    if (process.cpu === null) wakeProcess(this, index, waker('time-out'));
    else sleeperTimedOut(this, this.hosts[process.host] as Host, index, call);
  }

  /** A packet reaches a host. */
  private arrive(index: number, parcel: Parcel): void {
    const host = this.hosts[index] as Host;
    if (host.spec.cpus !== null) return receive(this, host, parcel);
    const { packet, record, corrupt } = parcel;
    host.kernel.advanceTo(this.now);
    const followed = this.summarises && record >= 0;
    if (followed) this.lookClosely(host);
    if (corrupt) host.kernel.deliverBadChecksum();
    else host.kernel.deliver(packet);
    drain(this, host, { kind: 'arrival', packet, record, corrupt });
    if (followed) host.kernel.setTracing(false);
  }

  /** One entry into a kernel is traced although the run keeps a summary. */
  lookClosely(host: Host): void {
    host.kernel.setTracing(true);
    countersMoved(host);
  }

  /** A packet that a rule held back goes on, since too few others came. */
  private goOn(id: number): void {
    const parcel = release(this.state.network, id);
    if (parcel === null) return;
    const { to } = this.ends.of(parcel.packet);
    const index = this.hostIndex.get(to);
    if (index !== undefined) this.arrive(index, parcel);
  }

  private inject(index: number, n: number): void {
    const spec = this.scenario.inject[index];
    if (spec === undefined) return;
    const packet = buildInjection(spec, n, { ...this.state, scenario: this.scenario });
    if (typeof packet === 'string') {
      this.log(spec.to.host, null, `nothing injected: ${packet}`);
    } else sendPacket(this, packet, { host: null, retransmission: false, injected: true });
    if (n + 1 < spec.count)
      enqueue(this.state.queue, this.now + spec.intervalNs, { type: 'inject', index, n: n + 1 });
  }

  private change(index: number): void {
    const change = this.scenario.changes[index];
    const host = change === undefined ? null : this.host(change.host);
    if (change === undefined || host === null) return;
    for (const [name, value] of Object.entries(change.sysctls)) {
      host.kernel.setSysctl(name as Parameters<Kernel['setSysctl']>[0], value);
      this.log(change.host, null, `sysctl -w ${name}=${Array.isArray(value) ? value.join(' ') : value}`);
    }
  }

  /** A line in the list of events. */
  log(host: string, process: string | null, text: string): void {
    if (mayLog(this)) this.state.recorder.events.push({ type: 'log', atNs: this.now, host, process, text });
  }
}
