// What a task does between two pieces of CPU time. The kernel is entered when a call starts on a CPU; what comes of it
// (packets, wake-ups, the return) takes effect when its cost is spent, so a connect() that looks at 14,116 ports sends
// its SYN that much later and keeps the CPU until then.

import type { PortCounts } from '@halfopen/engine';
import type { Attempt, Caller, Pending } from '../blocking.ts';
import type { Call, Outcome } from '../call.ts';
import { enqueue } from '../event-queue.ts';
import type { Host } from '../host.ts';
import { noteRun } from '../note-sleep.ts';
import type { ProcessState } from '../process.ts';
import { attempt } from '../system-calls.ts';
import { endThread, mayRunAt } from '../threads.ts';
import {
  callerOf,
  closeProcess,
  fallAsleep,
  goesOn,
  noteCall,
  noteConnectBegins,
  noteConnectEnds,
  noteListen,
  resumeProcess,
} from '../turns.ts';
import type { World } from '../world.ts';
import { callCost, probeCost, syscallName } from './charge.ts';
import { accountOf, type Cpu, callAccount, type TaskCpu } from './cpu-state.ts';
import { flush, keepOutbox } from './outbox.ts';
import { costsOf, cpusOf, leaveCpu, taskOf } from './scheduler.ts';
import { entered } from './softirq.ts';

const processOf = (world: World, index: number): ProcessState => world.state.processes[index] as ProcessState;

function enterPhase(task: TaskCpu, phase: TaskCpu['phase'], ns: number): true {
  task.phase = phase;
  task.leftNs = ns;
  return true;
}

/** Tells the program how its call ended (null: it starts); it then stands before its next call. */
function resume(world: World, index: number, outcome: Outcome | null): true | Promise<void> {
  const work = resumeProcess(world, index, outcome);
  const task = taskOf(world, index);
  if (work === true) return enterPhase(task, 'enter', 0);
  return work.then(() => void enterPhase(task, 'enter', 0));
}

/** The task has the CPU again, or for the first time. */
export function goOnFromSwitch(world: World, index: number): true | Promise<void> {
  const task = taskOf(world, index);
  noteRun(world, index);
  const { interrupted } = task;
  task.interrupted = null;
  if (interrupted !== null) return enterPhase(task, interrupted.phase, interrupted.leftNs);
  if (!processOf(world, index).started) return resume(world, index, null);
  return enterPhase(task, 'enter', 0);
}

const probesOf = (caller: Caller, call: Call): PortCounts | null =>
  call.name === 'connect' ? caller.kernel.portProbes(caller.task, call.fd) : null;

/** A process that stands still (a pause of a workload's server) leaves the CPU until it may run again. */
export function standStill(world: World, host: Host, cpu: Cpu): boolean {
  const { actor } = processOf(world, cpu.task);
  const atNs = actor === null ? 0 : mayRunAt(world, actor);
  if (atNs <= world.now) return false;
  taskOf(world, cpu.task).interrupted = { phase: 'enter', leftNs: 0 };
  enqueue(world.state.queue, atNs, { type: 'turn', process: cpu.task });
  leaveCpu(world, host.index, cpu, false);
  return true;
}

/** Starts the call that the program stands before, or goes on with one that slept. */
export function enterCall(world: World, host: Host, index: number): true {
  const process = processOf(world, index);
  const task = taskOf(world, index);
  if (!goesOn(process)) return enterExit(world, host, index);
  const { pending } = process;
  if (pending.call.name === 'compute') return enterPhase(task, 'user', pending.call.ns);
  host.kernel.advanceTo(world.now);
  const first = task.callNo !== process.calls;
  if (first) task.callNs = 0;
  task.callNo = process.calls;
  const { result, ns } = makeCall(world, host, index, pending, first);
  task.callNs += ns;
  task.due = 'outcome' in result ? result.outcome : null;
  return enterPhase(task, 'system', ns);
}

/** Enters the kernel; what comes out of it waits until `ns` are spent. */
function makeCall(
  world: World,
  host: Host,
  index: number,
  pending: Pending,
  first: boolean,
): { readonly result: Attempt; readonly ns: number } {
  const process = processOf(world, index);
  const costs = costsOf(world, host.index);
  const caller = callerOf(world, host, index);
  const { call } = pending;
  const before = probesOf(caller, call);
  let result: Attempt = { outcome: { ok: true, value: undefined } };
  const { outbox, ns } = entered(world, host, { kind: 'call' }, () => {
    result = attempt(caller, pending);
    if (world.records || world.summarises) noteConnectBegins(world, host, process, caller, result);
    if ('sleep' in result) fallAsleep(world, index, result.sleep);
  });
  taskOf(world, index).outbox = keepOutbox(cpusOf(world, host.index), outbox);
  const probes = probesOf(caller, call);
  const { lockFreeProbes } = host.kernel.net.profile.behaviour;
  const searched = probes === null || probes === before ? 0 : probeCost(costs, probes, !lockFreeProbes);
  return { result, ns: ns + searched + callCost(costs, call, first, result) };
}

/** The time of a call is spent: it returns, or its task sleeps unless it has been woken meanwhile. */
export function finishCall(world: World, host: Host, cpu: Cpu): true | Promise<void> {
  const index = cpu.task;
  const process = processOf(world, index);
  const task = taskOf(world, index);
  const cpus = cpusOf(world, host.index);
  flush(world, host, cpus, task.outbox, task.last);
  task.outbox = 0;
  const { due } = task;
  task.due = null;
  if (due !== null) {
    noteReturn(world, host, index, due);
    callerOf(world, host, index).signals?.take();
    return goesOn(process) ? resume(world, index, due) : enterExit(world, host, index);
  }
  if (process.status !== 'blocked') return enterPhase(task, 'enter', 0);
  enterPhase(task, 'switch', 0);
  leaveCpu(world, host.index, cpu, true);
  return true;
}

export function finishCompute(world: World, host: Host, index: number): true | Promise<void> {
  const outcome: Outcome = { ok: true, value: undefined };
  const process = processOf(world, index);
  if (!goesOn(process)) return enterExit(world, host, index);
  if (world.records) noteCall(world, host, process, callerOf(world, host, index), process.pending, outcome);
  return resume(world, index, outcome);
}

function noteReturn(world: World, host: Host, index: number, outcome: Outcome): void {
  const process = processOf(world, index);
  const task = taskOf(world, index);
  const { pending } = process;
  if (pending === null) return;
  const account = callAccount(accountOf(cpusOf(world, host.index), task), syscallName(pending.call));
  account.calls++;
  if (!outcome.ok) account.errors++;
  account.systemNs += task.callNs;
  account.wallNs += world.now - pending.startedNs;
  if (!world.records && !world.summarises) return;
  noteConnectEnds(world, host, process, { outcome }, task.callNs);
  if (world.records) noteCall(world, host, process, callerOf(world, host, index), pending, outcome);
  noteListen(world, host, process, pending.call, outcome);
}

/** The program has ended: the kernel closes what it left open. */
function enterExit(world: World, host: Host, index: number): true {
  const task = taskOf(world, index);
  host.kernel.advanceTo(world.now);
  // A thread of a workload leaves its process behind, with what it holds open.
  const isThread = processOf(world, index).actor !== null;
  const { outbox, ns } = entered(world, host, { kind: 'call' }, () => {
    if (!isThread) closeProcess(world, index);
  });
  task.outbox = keepOutbox(cpusOf(world, host.index), outbox);
  return enterPhase(task, 'exit', costsOf(world, host.index).syscall + ns);
}

export function finishExit(world: World, host: Host, cpu: Cpu): true {
  const task = taskOf(world, cpu.task);
  flush(world, host, cpusOf(world, host.index), task.outbox, task.last);
  task.outbox = 0;
  const index = cpu.task;
  leaveCpu(world, host.index, cpu, false);
  if (processOf(world, index).actor !== null) endThread(world, index);
  return true;
}
