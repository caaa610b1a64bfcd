// The threads of a server at volume: one sets up the listener, then workers block in accept(). A worker reads a request,
// computes, asks other servers, waits, answers; with `threads` each connection gets a thread of its own instead. What
// an event loop does is in loop-thread.ts.

import type { Call, Outcome } from '../call.ts';
import { anyAddress } from '../socket-setup.ts';
import { CHUNK, pattern } from '../transfer.ts';
import { type Exchange, newExchange, setting, stepExchange } from './exchange.ts';
import { noteCompleted, noteFailed, noteStarted } from './ledger.ts';
import { type LoopThread, newLoop, stepLoop } from './loop-thread.ts';
import type { LoadUnit, PlannedWorkload } from './plan.ts';
import type { ServeSpec } from './spec.ts';
import type { LoadEnv, UnitState } from './state.ts';

export type ServeThread = SetupThread | WorkerThread | LoopThread;

interface SetupThread {
  readonly kind: 'setup';
  readonly workload: number;
  phase: 'socket' | 'option' | 'bind' | 'listen' | 'nonblock';
  fd: number;
  settings: number;
}

interface WorkerThread {
  readonly kind: 'worker';
  readonly workload: number;
  /** Descriptor of the listener; -1: it serves one connection and ends. */
  readonly listener: number;
  phase: 'rest' | 'accept' | 'recv' | 'work' | 'call' | 'think' | 'send' | 'linger' | 'close';
  fd: number;
  /** Bytes to read or to send still. */
  left: number;
  /** Requests answered on this connection. */
  answered: number;
  /** When the request was read, ns. */
  readNs: number;
  /** When accept() last returned, ns. */
  acceptedNs: number;
  /** Which call to another server is under way. */
  call: number;
  x: Exchange | null;
}

export const setupThread = (workload: number): ServeThread => ({
  kind: 'setup',
  workload,
  phase: 'socket',
  fd: -1,
  settings: -1,
});

const newWorker = (workload: number, listener: number, fd: number): WorkerThread => ({
  kind: 'worker',
  workload,
  listener,
  phase: 'accept',
  fd,
  left: 0,
  answered: 0,
  readNs: 0,
  acceptedNs: -1,
  call: 0,
  x: null,
});

interface Context {
  readonly env: LoadEnv;
  readonly spec: ServeSpec;
  readonly planned: PlannedWorkload;
  readonly unit: LoadUnit;
  readonly state: UnitState;
}

function contextOf(env: LoadEnv, workload: number): Context {
  const planned = env.plan.workloads[workload] as PlannedWorkload;
  return {
    env,
    planned,
    spec: planned.spec as ServeSpec,
    unit: env.plan.units[planned.unit] as LoadUnit,
    state: env.load.units[planned.unit] as UnitState,
  };
}

function setUp(c: Context, thread: SetupThread, outcome: Outcome | null): Call | null {
  const { env, spec, unit } = c;
  if (outcome === null) return { name: 'socket', family: spec.family, nonblock: false };
  if (!outcome.ok) {
    env.log(`ends: ${thread.phase}: ${outcome.errno}`);
    return null;
  }
  if (thread.phase === 'socket') thread.fd = outcome.value as number;
  if (thread.phase === 'bind') {
    thread.phase = 'listen';
    return { name: 'listen', fd: thread.fd, backlog: spec.backlog };
  }
  if (thread.phase === 'listen' && spec.style === 'events') {
    thread.phase = 'nonblock';
    return { name: 'setNonblocking', fd: thread.fd, on: true };
  }
  if (thread.phase === 'listen' || thread.phase === 'nonblock') {
    const { workload, fd } = thread;
    for (let i = 0; i < spec.workers; i++)
      env.spawn(spec.style === 'events' ? newLoop(workload, fd) : newWorker(workload, fd, -1));
    return null;
  }
  thread.settings++;
  const due = unit.settings[thread.settings];
  thread.phase = due === undefined ? 'bind' : 'option';
  if (due !== undefined) return setting(thread.fd, due);
  return {
    name: 'bind',
    fd: thread.fd,
    at: { host: spec.address ?? anyAddress(spec.family), port: spec.port },
  };
}

/** A worker with nothing to do: accept(), when it may. */
function idle(c: Context, w: WorkerThread): Call | null {
  if (w.listener < 0) return null;
  const { env, spec } = c;
  w.fd = -1;
  const pacedNs = w.acceptedNs < 0 ? 0 : w.acceptedNs + spec.acceptEveryNs;
  const mayNs = Math.max(spec.startNs + spec.acceptFromNs, pacedNs);
  if (mayNs > env.nowNs) {
    w.phase = 'rest';
    return { name: 'sleep', ns: mayNs - env.nowNs };
  }
  w.phase = 'accept';
  return { name: 'accept', fd: w.listener, nonblock: false };
}

function accepted(c: Context, w: WorkerThread, fd: number): Call | null {
  const { env, spec, state } = c;
  w.acceptedNs = env.nowNs;
  state.ledger.connected++;
  if (spec.style === 'threads') {
    env.spawn(newWorker(w.workload, -1, fd));
    return idle(c, w);
  }
  w.fd = fd;
  return serve(c, w);
}

/** The connection is open, and no request is under way. */
function serve(c: Context, w: WorkerThread): Call | null {
  w.answered = 0;
  return nextRequest(c, w);
}

function nextRequest(c: Context, w: WorkerThread): Call | null {
  w.left = c.spec.requestBytes;
  return w.left > 0 ? receive(w) : read(c, w);
}

function receive(w: WorkerThread): Call {
  w.phase = 'recv';
  return { name: 'recv', fd: w.fd, length: Math.min(w.left, CHUNK), flags: {} };
}

/** A request is complete. */
function read(c: Context, w: WorkerThread): Call | null {
  const { env, spec, state } = c;
  noteStarted(state.ledger, env.nowNs, env.plan.intervalNs);
  w.readNs = env.nowNs;
  w.call = 0;
  if (spec.cpuNs === 0) return ask(c, w);
  w.phase = 'work';
  return { name: 'compute', ns: spec.cpuNs };
}

/** The next call to another server, or what comes after the last. */
function ask(c: Context, w: WorkerThread): Call | null {
  const { env, planned } = c;
  const unit = planned.calls[w.call];
  if (unit === undefined) return think(c, w);
  w.phase = 'call';
  w.x = newExchange(unit, env.nowNs);
  return stepExchange(env, w.x, null);
}

function asked(c: Context, w: WorkerThread, outcome: Outcome): Call | null {
  const x = w.x as Exchange;
  const call = stepExchange(c.env, x, outcome);
  if (call !== null) return call;
  w.x = null;
  w.call++;
  // Without what it needed the server has no answer: the client sees the end of the connection.
  return x.errno === null ? ask(c, w) : giveUp(c, w, x.errno);
}

function think(c: Context, w: WorkerThread): Call | null {
  if (c.spec.thinkNs === 0) return reply(c, w);
  w.phase = 'think';
  return { name: 'sleep', ns: c.spec.thinkNs };
}

function reply(c: Context, w: WorkerThread): Call | null {
  w.left = c.spec.replyBytes;
  return w.left > 0 ? send(c, w) : replied(c, w);
}

function send({ spec }: Context, w: WorkerThread): Call {
  w.phase = 'send';
  return { name: 'send', fd: w.fd, data: pattern(spec.replyBytes - w.left, w.left), flags: {} };
}

function replied(c: Context, w: WorkerThread): Call | null {
  const { env, spec, state } = c;
  noteCompleted(state.ledger, env.nowNs, env.plan.intervalNs, env.nowNs - w.readNs);
  w.answered++;
  const last = spec.requests !== null && w.answered >= spec.requests;
  // A request of 0 bytes has no second one: nothing would tell when it begins.
  return last || spec.requestBytes === 0 ? end(c, w) : nextRequest(c, w);
}

function giveUp(c: Context, w: WorkerThread, errno: string): Call | null {
  const { env, state } = c;
  noteFailed(state.ledger, env.nowNs, env.plan.intervalNs, errno);
  return plainClose(w);
}

function end(c: Context, w: WorkerThread): Call | null {
  const { close } = c.spec;
  if (close === 'never') return idle(c, w);
  if (close === 'close') return plainClose(w);
  w.phase = 'linger';
  return setting(w.fd, { option: 'SO_LINGER', value: { on: true, seconds: 0 } });
}

function plainClose(w: WorkerThread): Call {
  w.phase = 'close';
  return { name: 'close', fd: w.fd };
}

function received(c: Context, w: WorkerThread, bytes: number): Call | null {
  if (bytes === 0) return end(c, w);
  w.left -= bytes;
  return w.left > 0 ? receive(w) : read(c, w);
}

function succeeded(c: Context, w: WorkerThread, value: unknown): Call | null {
  switch (w.phase) {
    case 'rest':
    case 'close':
      return idle(c, w);
    case 'accept':
      return accepted(c, w, (value as { fd: number }).fd);
    case 'recv':
      return received(c, w, (value as Uint8Array).length);
    case 'work':
      return ask(c, w);
    case 'think':
      return reply(c, w);
    case 'send':
      w.left -= value as number;
      return w.left > 0 ? send(c, w) : replied(c, w);
    default:
      return plainClose(w);
  }
}

/** Pause after an accept() that failed, ns. */
const ACCEPT_RETRY_NS = 10_000_000;

function failed(c: Context, w: WorkerThread, errno: string): Call | null {
  switch (w.phase) {
    case 'accept':
      // As servers do: out of descriptors now, perhaps not later.
      noteFailed(c.state.ledger, c.env.nowNs, c.env.plan.intervalNs, errno);
      w.phase = 'rest';
      return { name: 'sleep', ns: ACCEPT_RETRY_NS };
    case 'send':
      return giveUp(c, w, errno);
    case 'recv':
    case 'linger':
      return plainClose(w);
    default:
      return idle(c, w);
  }
}

/** The call that follows `outcome` (null: the first); null: the thread ends. */
export function stepServe(env: LoadEnv, thread: ServeThread, outcome: Outcome | null): Call | null {
  if (thread.kind === 'loop') return stepLoop(env, thread, outcome);
  const c = contextOf(env, thread.workload);
  if (thread.kind === 'setup') return setUp(c, thread, outcome);
  if (outcome === null) return thread.fd < 0 ? idle(c, thread) : serve(c, thread);
  if (thread.phase === 'call') return asked(c, thread, outcome);
  return outcome.ok ? succeeded(c, thread, outcome.value) : failed(c, thread, outcome.errno);
}
