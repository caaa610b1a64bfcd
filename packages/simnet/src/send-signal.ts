// Signals in the world: who gets one, what it does there, and what is written down of it. A signal to a process goes to
// its first thread that has none waiting, one to a thread to that thread; what it does is decided for the whole process.
// A thread that sleeps wakes and handles it on its way out of the call (system-calls.ts); one that runs handles it when
// its call returns.
//
// @kernel __send_signal_locked, complete_signal, get_signal kernel/signal.c v6.18 simplified: nothing is blocked by a mask

import { cutShort } from './cpu/scheduler.ts';
import type { Host } from './host.ts';
import type { ProcessState } from './process.ts';
import {
  actionOf,
  effectOf,
  type Handled,
  SIGNALS,
  type SignalAction,
  type SignalEffect,
  type SignalName,
  type SignalTable,
  type ThreadSignals,
} from './signal.ts';
import { wakeProcess, waker } from './wake.ts';
import type { World } from './world.ts';

const threadOf = (world: World, index: number): ProcessState => world.state.processes[index] as ProcessState;

const lives = ({ status, started, killedBy }: ProcessState): boolean =>
  started && status !== 'done' && killedBy === null;

function tableOf(world: World, { host, task }: ProcessState): SignalTable | undefined {
  return world.state.signals[host]?.get(task);
}

function note(world: World, index: number, signal: SignalName, effect: SignalEffect): void {
  if (!world.records) return;
  const { name, host } = threadOf(world, index);
  world.state.recorder.events.push({
    type: 'signal',
    atNs: world.now,
    host: (world.hosts[host] as Host).spec.name,
    process: name,
    signal,
    effect,
  });
}

/**
 * Sends a signal to a thread, or to the process of which it is the first. False (ESRCH): it has not begun, or is over.
 * `from`: the CPU of the sender, -1: it has none.
 */
export function sendSignal(world: World, to: number, signal: SignalName, whole: boolean, from = -1): boolean {
  const threads = (whole ? (world.sharers[to] ?? [to]) : [to]).filter((i) => lives(threadOf(world, i)));
  const target = threads.find((i) => threadOf(world, i).signals === null) ?? threads[0];
  if (target === undefined) return false;
  const thread = threadOf(world, target);
  const effect = effectOf(signal, actionOf(tableOf(world, thread), signal));
  if (effect === 'terminated') terminate(world, target, signal, from);
  // A program that computes is in no call: its handler runs there and then.
  else if (effect === 'ignored' || thread.pending?.call.name === 'compute')
    note(world, target, signal, effect);
  else if (thread.signals?.includes(signal) !== true) {
    thread.signals = [...(thread.signals ?? []), signal];
    wakeProcess(world, target, waker('signal', from));
  }
  return true;
}

/** All threads of the process end, each when it next has a CPU. @kernel complete_signal kernel/signal.c v6.18 */
function terminate(world: World, index: number, signal: SignalName, from = -1): void {
  const { host } = threadOf(world, index);
  const name = world.instances[index]?.spec.name ?? threadOf(world, index).name;
  note(world, index, signal, 'terminated');
  world.log((world.hosts[host] as Host).spec.name, name, `killed by ${signal}`);
  for (const other of world.sharers[index] ?? [index]) {
    const thread = threadOf(world, other);
    if (!lives(thread)) continue;
    thread.killedBy = signal;
    if (!wakeProcess(world, other, waker('signal', from))) cutShort(world, other);
  }
}

/** The index of the first thread of a process of this host; -1: there is no such process. */
const processNamed = (world: World, host: number, name: string): number =>
  world.instances.findIndex((instance) => instance.host === host && instance.spec.name === name);

/** The signals of one thread of the world. */
export class WorldSignals implements ThreadSignals {
  private readonly world: World;
  private readonly index: number;

  constructor(world: World, index: number) {
    this.world = world;
    this.index = index;
  }

  take(): Handled | null {
    const thread = threadOf(this.world, this.index);
    if (thread.signals === null) return null;
    const waiting = [...thread.signals].sort((a, b) => SIGNALS[a] - SIGNALS[b]);
    thread.signals = null;
    let first: SignalAction | null = null;
    for (const signal of waiting) {
      const action = actionOf(tableOf(this.world, thread), signal);
      const effect = effectOf(signal, action);
      if (effect === 'terminated') terminate(this.world, this.index, signal);
      else note(this.world, this.index, signal, effect);
      if (effect === 'handler') first ??= action;
    }
    return { ran: first !== null, restart: first?.restart === true };
  }

  raise(signal: SignalName): void {
    sendSignal(this.world, this.index, signal, false, this.cpu);
  }

  setAction(signal: SignalName, action: SignalAction): void {
    const { host, task } = threadOf(this.world, this.index);
    const tables = this.world.state.signals[host] as Map<number, SignalTable>;
    const table = tables.get(task) ?? new Map();
    table.set(signal, action);
    tables.set(task, table);
  }

  kill(process: string, signal: SignalName): boolean {
    const to = processNamed(this.world, threadOf(this.world, this.index).host, process);
    return to >= 0 && sendSignal(this.world, to, signal, true, this.cpu);
  }

  private get cpu(): number {
    return threadOf(this.world, this.index).cpu?.last ?? -1;
  }
}

/** Sends what the scenario says. */
export function sendListed(world: World, index: number): void {
  const spec = world.scenario.signals[index];
  if (spec === undefined) return;
  const { process, thread, signal } = spec;
  const first = world.instances.findIndex(({ spec: { name } }) => name === process);
  const { host } = world.instances[first] as World['instances'][number];
  if (sendSignal(world, first + (thread ?? 0), signal, thread === null)) return;
  world.log((world.hosts[host] as Host).spec.name, process, `${signal}: no such process`);
}
