// Runs a scenario on the real kernel: namespaces, devices, child processes, the wire between them, and the record.
// Everything made here is held by this process only, so it is gone when the run is over, fails, or is killed.

import { release } from 'node:os';
import {
  type Instance,
  instancesOf,
  probeTimes,
  type RunResult,
  type Scenario,
  SIGNALS,
  type SignalSpec,
} from '@halfopen/simnet';
import { HostError, loadLibc } from '../libc.ts';
import { loadCalls } from './calls.ts';
import { Child } from './children.ts';
import { type Alarm, liftHelpers, monotonicNs, openAlarm, realTimePriority } from './clock.ts';
import { Collector } from './collector.ts';
import { Forwarder, type ForwarderStats } from './forwarder.ts';
import { hostHz } from './host-kernel.ts';
import { jiffiesLagNs } from './jiffies-clock.ts';
import { KernelLog } from './kernel-log.ts';
import { makeRecord, unmeasured } from './make-record.ts';
import { changeSysctls, type Namespaces, openNamespaces, type Unsupported } from './namespace.ts';
import { socketInodes } from './open-sockets.ts';
import { groupsOf, refuse } from './plan.ts';
import { hasBegun } from './process-run.ts';
import type { LoadMessage, Message, Task } from './protocol.ts';
import { signalThread } from './real-signals.ts';
import { warmWire } from './warm-up.ts';

/** Time from "everybody is ready" to time 0, ns: all children are asleep by then. */
const LEAD_NS = 60e6;
/** Between two looks at the queues of the listeners, ns. */
const SAMPLE_EVERY_NS = 5e6;
/** The end must be told this long after it at the latest, ms. */
const GRACE_MS = 10_000;
/** Real-time priorities: the wire goes before the processes, and these before who looks at them. */
const WIRE_PRIORITY = 20;
const PROCESS_PRIORITY = 10;
const OBSERVER_PRIORITY = 5;

export interface LinuxRun {
  readonly result: RunResult;
  /** Settings that this kernel does not keep per namespace. */
  readonly unsupported: readonly Unsupported[];
  /** Expectations that were not checked: nothing measures CPU time and switches. */
  readonly unmeasured: readonly string[];
  readonly wire: ForwarderStats;
  /** What the engine's hosts must have been up at time 0 for their timer wheels to stand where that of this kernel stood, ns. */
  readonly bootedNs: number;
  /** False: this user may not have real-time priority, so other work of the machine shows in the times. */
  readonly realTime: boolean;
}

export interface LinuxRunOptions {
  /** Called about ten times a second with the time of the scenario, ns. */
  readonly onProgress?: (nowNs: number) => void;
}

/** `linux 6.18.44`. */
export const kernelText = (name = release()): string => `linux ${/^\d+(\.\d+)*/.exec(name)?.[0] ?? name}`;

/** Throws HostError when this machine or this user cannot do it, with what is missing. */
export async function runOnLinux(scenario: Scenario, options: LinuxRunOptions = {}): Promise<LinuxRun> {
  refuse(scenario);
  const namespaces = await openNamespaces(scenario);
  const run = new Run(scenario, namespaces);
  try {
    return await run.execute(options);
  } finally {
    await run.close();
  }
}

class Run {
  private readonly scenario: Scenario;
  private readonly namespaces: Namespaces;
  private readonly instances: readonly Instance[];
  private readonly collector: Collector;
  private readonly unsupported: Unsupported[];
  private readonly children: Child[] = [];
  private readonly kernelLog = new KernelLog();
  private alarm: Alarm | null = null;
  private zeroNs = 0;
  private finish: { resolve: () => void; reject: (error: unknown) => void } | null = null;
  private inodes: ReadonlyMap<string, number> = new Map();
  private seenEnd = false;
  private readonly loads: LoadMessage[] = [];

  constructor(scenario: Scenario, namespaces: Namespaces) {
    this.scenario = scenario;
    this.namespaces = namespaces;
    this.instances = instancesOf(scenario);
    this.collector = new Collector(scenario, this.instances);
    this.unsupported = [...namespaces.unsupported];
  }

  async execute({ onProgress }: LinuxRunOptions): Promise<LinuxRun> {
    this.spawn();
    await Promise.all(this.children.map((child) => child.ready));
    const calls = loadCalls();
    const realTime = realTimePriority(calls, WIRE_PRIORITY);
    liftHelpers(calls, true);
    const progress = setInterval(() => onProgress?.(this.now()), 100);
    try {
      const wire = await this.play();
      return {
        result: this.record(wire),
        unsupported: this.unsupported,
        unmeasured: unmeasured(this.scenario),
        wire: wire.stats,
        bootedNs: this.zeroNs - jiffiesLagNs(hostHz()),
        realTime,
      };
    } finally {
      clearInterval(progress);
      liftHelpers(calls, false);
      realTimePriority(calls, 0);
    }
  }

  async close(): Promise<void> {
    this.alarm?.close();
    await Promise.all(this.children.map((child) => child.kill()));
    this.kernelLog.close();
    this.namespaces.close();
  }

  private now(): number {
    return monotonicNs() - this.zeroNs;
  }

  private spawn(): void {
    const { scenario } = this;
    const parent = process.pid;
    const onMessage = (message: Message): void => this.note(message);
    for (const group of groupsOf(this.instances)) {
      const host = (this.instances[group[0] as number] as Instance).host;
      const task: Task = { role: 'process', scenario, instances: group, priority: PROCESS_PRIORITY, parent };
      this.children.push(new Child(task, [this.namespaces.hosts[host]?.fd as number], onMessage));
    }
    for (const [workload, { host }] of scenario.workloads.entries()) {
      const p = this.instances.length + workload;
      const index = scenario.hosts.findIndex((h) => h.name === host);
      const task: Task = { role: 'load', scenario, workload, p, priority: PROCESS_PRIORITY, parent };
      this.children.push(new Child(task, [this.namespaces.hosts[index]?.fd as number], onMessage));
    }
    const probesNs = [...new Set([...probeTimes(scenario), scenario.durationNs])].sort((a, b) => a - b);
    const hosts = this.namespaces.hosts.map((h) => h.fd);
    const task: Task = {
      role: 'observer',
      hosts: hosts.length,
      probesNs,
      everyNs: SAMPLE_EVERY_NS,
      priority: OBSERVER_PRIORITY,
      parent,
    };
    this.children.push(new Child(task, hosts, onMessage));
  }

  /** From time 0 to the end of the scenario. */
  private async play(): Promise<Forwarder> {
    const { scenario, namespaces } = this;
    const libc = await loadLibc();
    let wire: Forwarder | null = null;
    const drain = (): void => {
      for (const [i, { tun }] of namespaces.hosts.entries()) {
        tun.drain((bytes, length) => wire?.take(i, bytes, length));
      }
    };
    this.alarm = openAlarm(libc, () => wire?.work());
    const alarm = this.alarm;
    warmWire(scenario, namespaces.hosts);
    this.zeroNs = monotonicNs() + LEAD_NS;
    wire = new Forwarder(scenario, namespaces.hosts, {
      now: () => this.now(),
      wakeAt: (ns) => alarm.set(this.zeroNs + ns),
      drain,
      log: (host, text) => this.collector.log(host, this.now(), text),
      change: (change) => this.change(change),
      signal: (signal) => this.signal(signal),
    });
    for (const { tun } of namespaces.hosts) tun.start(drain);
    const ended = new Promise<void>((resolve, reject) => {
      this.finish = { resolve, reject };
    });
    const pids = Object.fromEntries(this.programs().map(({ name, child }) => [name, child.pid]));
    for (const { name, child } of this.programs())
      child.onKilled = (signal) => this.collector.noteKilled(name, this.now(), signal);
    for (const child of this.children) child.start({ zeroNs: this.zeroNs, pids });
    wire.work();
    const limit = setTimeout(
      () => this.finish?.reject(new HostError('system-call', 'the observer did not see the end of the run')),
      scenario.durationNs / 1e6 + GRACE_MS,
    );
    await ended.finally(() => clearTimeout(limit));
    wire.finish();
    return wire;
  }

  private change(change: Scenario['changes'][number]): void {
    const host = this.namespaces.hosts.find((h) => h.spec.name === change.host);
    if (host === undefined) return;
    this.unsupported.push(...changeSysctls(host, change.sysctls));
    for (const [name, value] of Object.entries(change.sysctls)) {
      this.collector.log(
        change.host,
        this.now(),
        `sysctl -w ${name}=${Array.isArray(value) ? value.join(' ') : value}`,
      );
    }
  }

  /** The children that run processes of the scenario, by name. */
  private programs(): { name: string; child: Child }[] {
    return this.children.flatMap((child) =>
      child.task.role === 'process' ? [{ name: this.declaration(child.task), child }] : [],
    );
  }

  /** Sends a signal of the scenario, to the process or to the real thread that is meant. */
  private signal({ process: name, thread, signal }: SignalSpec): void {
    const calls = loadCalls();
    const child = this.programs().find((program) => program.name === name)?.child;
    const atNs = this.now();
    const first = this.instances.findIndex(({ spec }) => spec.name === name);
    const to = first + (thread ?? 0);
    const began = child !== undefined && !child.over && hasBegun(this.scenario, name, atNs);
    const sent =
      began &&
      (thread === null
        ? calls.kill(child.pid, SIGNALS[signal])
        : signalThread(calls, child.pid, child.threads[thread] ?? -1, signal)) === 0;
    if (sent) this.collector.noteSignal(to, atNs, signal);
    else this.collector.log(this.hostOf(first), atNs, `${signal}: no such process`, name);
  }

  private hostOf(instance: number): string {
    return this.scenario.hosts[this.instances[instance]?.host ?? -1]?.name ?? '';
  }

  private note(message: Message): void {
    switch (message.t) {
      case 'ready':
        return;
      case 'broken':
        this.finish?.reject(new Error(message.text));
        return;
      case 'queues':
        this.collector.noteQueues(message.host, message.atNs, message.rows);
        return;
      case 'probe':
        this.collector.probes.push({ atNs: message.atNs, hosts: message.hosts });
        if (message.atNs < this.scenario.durationNs) return;
        this.inodes = this.openSockets();
        this.seenEnd = true;
        this.finishWhenDone();
        return;
      case 'load':
        this.loads.push(message);
        this.finishWhenDone();
        return;
      default:
        this.collector.note(message);
    }
  }

  /** The hosts have been looked at, and all workloads have told what they counted. */
  private finishWhenDone(): void {
    if (this.seenEnd && this.loads.length === this.scenario.workloads.length) this.finish?.resolve();
  }

  /** Inodes of the sockets that children have open, by `declaration descriptor`. */
  private openSockets(): Map<string, number> {
    const out = new Map<string, number>();
    for (const { pid, task } of this.children) {
      if (task.role === 'observer') continue;
      const name = this.declaration(task);
      for (const [fd, inode] of socketInodes(pid)) out.set(`${name} ${fd}`, inode);
    }
    return out;
  }

  private declaration(task: Task & { role: 'process' | 'load' }): string {
    return task.role === 'load'
      ? (this.scenario.workloads[task.workload]?.name ?? '')
      : (this.instances[task.instances[0] as number]?.spec.name ?? '');
  }

  /** Process names by socket inode. */
  private owners(): Map<number, string> {
    const names = [...this.inodes].map(
      ([key, inode]) => [inode, this.collector.owners.get(key) ?? ''] as const,
    );
    return new Map(names.filter(([, name]) => name !== ''));
  }

  private record(wire: Forwarder): RunResult {
    for (const child of this.children) child.readAll();
    const lines = this.kernelLog.lines();
    // The log's clock and CLOCK_MONOTONIC differ by a little; both count from boot.
    const hz = hostHz();
    const log = lines.map(({ atUs, text }) => ({ atNs: Math.round(atUs * 1000) - this.zeroNs, text }));
    return makeRecord({
      scenario: this.scenario,
      kernel: kernelText(),
      timers: hz === 0 ? null : `hz${hz}`,
      segments: wire.segments,
      collector: this.collector,
      workloads: this.loads
        .flatMap((load) => load.records)
        .sort((a, b) => a.unit - b.unit)
        .map(({ record }) => record),
      log,
      owners: this.owners(),
    });
  }
}
