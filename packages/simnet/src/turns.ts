// A process takes its turn: it runs from call to call until a call blocks or the process ends. A program is resumed
// through its promise; an actor (actor.ts) is data and says its next call at once, so that its turn waits for nothing.

import { type Addr, type Errno, formatAddr, formatEndpoint } from '@halfopen/engine';
import { type Actor, nextCall } from './actor.ts';
import { type Attempt, type Caller, newPending, type Pending, type Sleep } from './blocking.ts';
import { type Call, formatCall, formatOutcome, type Outcome } from './call.ts';
import { drain } from './drain.ts';
import { enqueue } from './event-queue.ts';
import { endFiles } from './held-file.ts';
import type { Host } from './host.ts';
import { addressOf } from './inject.ts';
import { noteRun, noteSleep } from './note-sleep.ts';
import { ProcessError, type ProcessHooks, type ProcessRun, type ProcessState } from './process.ts';
import { programFor } from './programs.ts';
import {
  type ConnectDraft,
  connectBegan,
  connectCost,
  connectIsOwed,
  connectLeft,
  connectReturned,
  listenerDraft,
  seriesPoint,
} from './recorder.ts';
import { WorldSignals } from './send-signal.ts';
import { newFollowed, sampleBegan, sampleCost, sampleReturned } from './summary.ts';
import { attempt, sockAddr } from './system-calls.ts';
import { endThread, mayRunAt } from './threads.ts';
import { sleepOn, type Waits } from './wait-queue.ts';
import { wakeProcess, waker } from './wake.ts';
import type { World } from './world.ts';

/** Calls that a process may make while no time passes; beyond it, it spins. */
const CALLS_PER_INSTANT_MAX = 100_000;

/** What a program may ask of its world besides system calls. */
export function processHooks(world: World, index: number): ProcessHooks {
  const state = (): ProcessState => world.state.processes[index] as ProcessState;
  const host = (): string => (world.hosts[state().host] as Host).spec.name;
  return {
    nowNs: () => world.now,
    log: (text) => world.log(host(), state().name, text),
    report: {
      request: (record) => {
        world.state.recorder.requests.push({ host: host(), process: state().name, ...record });
      },
      mismatch: (text, actual) => {
        world.state.recorder.mismatches.push({ text: `${state().name}: ${text}`, ok: false, actual });
      },
    },
  };
}

export function callerOf(world: World, host: Host, index: number): Caller {
  return {
    kernel: host.kernel,
    task: (world.state.processes[index] as ProcessState).task,
    shared: (world.sharers[index]?.length ?? 1) > 1,
    waits: world.state.waits[host.index] as Waits,
    wake: (process, cause) =>
      wakeProcess(world, process, waker('call', world.state.processes[index]?.cpu?.last), cause),
    nowNs: world.now,
    signals: world.state.processes[index]?.actor === null ? new WorldSignals(world, index) : null,
    resolve: (name, family) => {
      const other = family === 'AF_INET' ? 'AF_INET6' : 'AF_INET';
      const found = addressOf(world.scenario, name, family) ?? addressOf(world.scenario, name, other);
      if (found === null) throw new Error(`${name} is no host of the scenario and no address`);
      return found;
    },
  };
}

/** Runs process `index` until it blocks or ends: at once, or as a promise when its program is one. */
export function takeTurn(world: World, index: number): true | Promise<void> {
  const process = world.state.processes[index] as ProcessState;
  const host = world.hosts[process.host] as Host;
  if (process.actor !== null) {
    const atNs = mayRunAt(world, process.actor);
    if (atNs > world.now) {
      enqueue(world.state.queue, atNs, { type: 'turn', process: index });
      return true;
    }
  }
  host.kernel.advanceTo(world.now);
  noteRun(world, index);
  return process.actor === null ? runProgram(world, index) : runActor(world, index, process.actor);
}

/** Tells a process how its call ended (null: it starts now), so that it stands in its next call, or has ended. */
export function resumeProcess(world: World, index: number, outcome: Outcome | null): true | Promise<void> {
  const process = world.state.processes[index] as ProcessState;
  if (!process.started) process.startNs = world.now;
  process.started = true;
  if (process.actor !== null) {
    askActor(world, index, process.actor, outcome);
    return true;
  }
  const run = world.runs[index] as ProcessRun;
  if (outcome !== null) return run.resume(outcome);
  const instance = world.instances[index] as World['instances'][number];
  return run.start(programFor(instance, world.options.programs ?? {}));
}

/** It has a call to make. One that a signal has ended makes none any more. */
export function goesOn(process: ProcessState): process is ProcessState & { pending: Pending } {
  if (process.killedBy !== null) process.pending = null;
  return process.pending !== null;
}

async function runProgram(world: World, index: number): Promise<void> {
  const process = world.state.processes[index] as ProcessState;
  const run = world.runs[index] as ProcessRun;
  if (!process.started) await resumeProcess(world, index, null);
  for (let calls = 0; goesOn(process); calls++) {
    refuseToSpin(process, process.pending, calls);
    if (putOff(world, index, process.pending)) return;
    const outcome = makeCall(world, index, process.pending);
    if (outcome === null) return;
    if (goesOn(process)) await run.resume(outcome);
  }
  endProcess(world, index);
}

/**
 * A process that keeps to the times of another run may have to wait with its call. When it goes on with one in which it
 * slept, that moment is over.
 */
function putOff(world: World, index: number, { call }: Pending): boolean {
  if (world.follower === null) return false;
  const process = world.state.processes[index] as ProcessState;
  const name = `${(world.hosts[process.host] as Host).spec.name} ${process.name}`;
  const atNs = world.follower.callAt(name, process.calls, world.now);
  if (atNs === world.now) return false;
  process.pending = newPending(call, atNs);
  enqueue(world.state.queue, atNs, { type: 'turn', process: index });
  return true;
}

function runActor(world: World, index: number, actor: Actor): true {
  const process = world.state.processes[index] as ProcessState;
  if (!process.started) resumeProcess(world, index, null);
  for (let calls = 0; process.pending !== null; calls++) {
    refuseToSpin(process, process.pending, calls);
    const outcome = makeCall(world, index, process.pending);
    if (outcome === null) return true;
    askActor(world, index, actor, outcome);
  }
  endThread(world, index);
  return true;
}

/** Tells an actor how its call ended; its next call becomes the pending one. */
function askActor(world: World, index: number, actor: Actor, outcome: Outcome | null): void {
  const process = world.state.processes[index] as ProcessState;
  world.loadEnv.self = index;
  const call = nextCall(world.loadEnv, actor, outcome);
  process.pending = call === null ? null : newPending(call, world.now);
  if (call !== null) process.calls++;
}

function refuseToSpin({ name }: ProcessState, { call }: Pending, calls: number): void {
  if (calls <= CALLS_PER_INSTANT_MAX) return;
  throw new ProcessError(name, `spins: ${calls} calls and no time passed, the last ${formatCall(call)}`);
}

/** Makes the call, or goes on with it; null: the process sleeps in it. */
function makeCall(world: World, index: number, pending: Pending): Outcome | null {
  const process = world.state.processes[index] as ProcessState;
  const host = world.hosts[process.host] as Host;
  const caller = callerOf(world, host, index);
  const result = attempt(caller, pending);
  if (world.records || world.summarises) {
    noteConnectBegins(world, host, process, caller, result);
    noteConnectEnds(world, host, process, result, null);
  }
  if ('sleep' in result) fallAsleep(world, index, result.sleep);
  drain(world, host, { kind: 'call' });
  if ('sleep' in result) return null;
  if (world.records) noteCall(world, host, process, caller, pending, result.outcome);
  if (world.records || world.summarises) noteListen(world, host, process, pending.call, result.outcome);
  caller.signals?.take();
  return result.outcome;
}

/** The process goes onto the wait queues first, so that a wake-up from its own call is not lost. */
export function fallAsleep(world: World, index: number, sleep: Sleep): void {
  const process = world.state.processes[index] as ProcessState;
  const waits = world.state.waits[process.host] as Waits;
  process.status = 'blocked';
  noteSleep(world, index, sleep);
  process.sleepsOn = [...sleep.socks];
  if (process.pending?.call.name === 'close') world.state.lingering.add(index);
  sleep.socks.forEach((sock, i) => {
    sleepOn(waits, sock, { process: index, exclusive: sleep.exclusive, mask: sleep.masks[i] ?? 0 });
  });
  if (sleep.untilNs === Number.POSITIVE_INFINITY || process.timeoutOf === process.calls) return;
  process.timeoutOf = process.calls;
  enqueue(world.state.queue, sleep.untilNs, { type: 'timeout', process: index, call: process.calls });
}

function endProcess(world: World, index: number): void {
  const process = world.state.processes[index] as ProcessState;
  closeProcess(world, index);
  drain(world, world.hosts[process.host] as Host, { kind: 'call' });
}

/** The process is over; the last that shares its file table takes the open sockets with it. */
export function closeProcess(world: World, index: number): void {
  const process = world.state.processes[index] as ProcessState;
  const host = world.hosts[process.host] as Host;
  process.status = 'done';
  const error = world.runs[index]?.error ?? null;
  if (error !== null) world.log(host.spec.name, process.name, `ends: ${error.message}`);
  const sharing = world.sharers[index] ?? [];
  if (sharing.some((other) => world.state.processes[other]?.status !== 'done')) return;
  endFiles(host.kernel, world.state.waits[host.index] as Waits, process.task);
}

/** The call with addresses instead of host names, as strace shows it. */
function asTraced(caller: Caller, call: Call): Call {
  if (call.name !== 'connect') return call;
  const { address, port } = sockAddr(caller, call.fd, call.to);
  return { ...call, to: { host: formatAddr(address), port } };
}

export function noteCall(
  world: World,
  host: Host,
  process: ProcessState,
  caller: Caller,
  pending: Pending,
  outcome: Outcome,
): void {
  const { recorder } = world.state;
  const { call, startedNs } = pending;
  recorder.events.push({
    type: 'call',
    atNs: world.now,
    host: host.spec.name,
    process: process.name,
    call: formatCall(asTraced(caller, call)),
    result: formatOutcome(call, outcome),
    startNs: startedNs,
  });
}

/** A listener's queues begin. */
export function noteListen(
  world: World,
  host: Host,
  process: ProcessState,
  call: Call,
  outcome: Outcome,
): void {
  if (call.name !== 'listen' || !outcome.ok) return;
  const { recorder } = world.state;
  const sock = host.kernel.socketId(process.task, call.fd);
  const sk = sock.ok ? host.kernel.net.socks.get(sock.value) : undefined;
  if (sk === undefined) return;
  const draft = listenerDraft(recorder, host.spec.name, sk.id);
  draft.local = formatEndpoint(sk.local, sk.lport);
  draft.backlog = sk.listener?.backlog ?? 0;
  seriesPoint(draft.acceptQueue, world.now, 0);
  seriesPoint(draft.requestQueue, world.now, 0);
}

/** Outcomes of connect() that say nothing of an attempt. */
const NO_ATTEMPT: ReadonlySet<string> = new Set([
  'EALREADY',
  'EISCONN',
  'EBADF',
  'ENOTSOCK',
  'EOPNOTSUPP',
  'EAFNOSUPPORT',
  'EINVAL',
]);

/** Outcomes of a connect() that waits no longer while the attempt goes on. */
const LEAVES: ReadonlySet<string> = new Set(['EINPROGRESS', 'EINTR', 'EALREADY']);

type Sock = NonNullable<ReturnType<Host['kernel']['net']['socks']['get']>>;

interface ConnectCall {
  readonly pending: Pending & { readonly call: Call & { readonly name: 'connect' } };
  readonly sk: Sock;
  /** What it returned; null: success, or it sleeps. */
  readonly errno: Errno | null;
  /** The attempt that it is about has failed; null: not, or not yet. */
  readonly failure: Errno | null;
  readonly succeeded: boolean;
}

/** What a connect() is about; null for other calls and for what is no socket. */
function connectCall(host: Host, process: ProcessState, result: Attempt): ConnectCall | null {
  const { pending } = process;
  if (pending?.call.name !== 'connect') return null;
  const sock = host.kernel.socketId(process.task, pending.call.fd);
  const sk = sock.ok ? host.kernel.net.socks.get(sock.value) : undefined;
  if (sk === undefined) return null;
  const outcome = 'outcome' in result ? result.outcome : null;
  const errno = outcome !== null && !outcome.ok ? outcome.errno : null;
  const failed = errno !== null && !LEAVES.has(errno) && !NO_ATTEMPT.has(errno);
  return {
    pending: pending as ConnectCall['pending'],
    sk,
    errno,
    failure: failed ? errno : null,
    succeeded: outcome?.ok === true,
  };
}

/** Writes down that an attempt to connect begins. */
export function noteConnectBegins(
  world: World,
  host: Host,
  process: ProcessState,
  caller: Caller,
  result: Attempt,
): void {
  const call = connectCall(host, process, result);
  if (call === null) return;
  const { pending, sk, failure } = call;
  const { recorder } = world.state;
  const { name } = host.spec;
  const refused = !pending.began && failure !== null && !connectIsOwed(recorder, name, sk.id);
  if (!pending.began && !refused) return;
  if (pending.noted) return;
  const { address, port } = sockAddr(caller, pending.call.fd, pending.call.to);
  const begun = {
    host: name,
    process: process.name,
    startNs: pending.startedNs,
    probes: sk.portProbes,
  };
  noteBegan(world, sk.id, begun, { local: sk.local, lport: sk.lport, remote: address, rport: port });
  pending.noted = true;
}

/**
 * Writes down how it ends. A call that waits no longer, because the socket does not block, SO_SNDTIMEO is over or a signal
 * came, leaves the attempt to the kernel; the call that fetches the outcome is part of that attempt. `cpuNs`: CPU time of the call.
 */
export function noteConnectEnds(
  world: World,
  host: Host,
  process: ProcessState,
  result: Attempt,
  cpuNs: number | null,
): void {
  const call = connectCall(host, process, result);
  if (call === null) return;
  const { pending, sk, errno, failure, succeeded } = call;
  const { recorder } = world.state;
  const { name } = host.spec;
  if (cpuNs !== null) {
    if (world.records) connectCost(recorder, name, sk.id, cpuNs, pending.began ? world.now : 0);
    else sampleCost(recorder.summary, name, sk.id, cpuNs);
  }
  if (errno !== null && LEAVES.has(errno) && world.records)
    connectLeft(recorder, name, sk.id, { errno, atNs: world.now, waited: world.now > pending.startedNs });
  if (failure === null && !succeeded) return;
  if (world.records) connectReturned(recorder, name, sk.id, world.now, failure);
  else sampleReturned(recorder.summary, name, sk.id, world.now, failure);
}

type Begun = Pick<ConnectDraft, 'host' | 'process' | 'startNs' | 'probes'>;

interface Ends {
  readonly local: Addr;
  readonly lport: number;
  readonly remote: Addr;
  readonly rport: number;
}

function noteBegan(world: World, sock: number, begun: Begun, { local, lport, remote, rport }: Ends): void {
  const { recorder } = world.state;
  if (!world.records) {
    const ends = newFollowed(local.w3, lport, remote.w3, rport);
    sampleBegan(recorder.summary, sock, { ...begun, local, remote, ends });
    return;
  }
  connectBegan(recorder, sock, {
    ...begun,
    local: lport === 0 ? '' : formatEndpoint(local, lport),
    remote: formatEndpoint(remote, rport),
  });
}
