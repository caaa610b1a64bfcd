// A server's event loop: one thread that serves all its connections with epoll, as Redis and Node do. Several of
// them share a listener, which each watches with EPOLLEXCLUSIVE. Sockets do not block; epoll is level-triggered.
// Leaves out calls to other servers, which a loop would make without waiting.

import type { Call, Outcome } from '../call.ts';
import { EPOLL_BITS } from '../poll-bits.ts';
import type { EpollEvent } from '../sys.ts';
import { CHUNK, pattern } from '../transfer.ts';
import { setting } from './exchange.ts';
import { noteCompleted, noteFailed, noteStarted } from './ledger.ts';
import type { PlannedWorkload } from './plan.ts';
import type { ServeSpec } from './spec.ts';
import type { LoadEnv, UnitState } from './state.ts';

const { EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLEXCLUSIVE } = EPOLL_BITS;

interface Connection {
  /** Bytes to read or to send still. */
  left: number;
  answered: number;
  /** When the request was read, ns. */
  readNs: number;
  state: 'reading' | 'thinking' | 'writing' | 'blocked';
}

export interface LoopThread {
  readonly kind: 'loop';
  readonly workload: number;
  readonly listener: number;
  epfd: number;
  phase:
    | 'epoll'
    | 'watch'
    | 'wait'
    | 'accept'
    | 'rest'
    | 'add'
    | 'recv'
    | 'work'
    | 'hush'
    | 'send'
    | 'listen'
    | 'linger'
    | 'close';
  /** The connection that is being served. */
  fd: number;
  /** Descriptors that epoll reported and that were not looked at yet, with what it reported. */
  ready: { readonly fd: number; readonly events: number }[];
  /** Answers that are due later, in order. */
  readonly due: { readonly fd: number; readonly atNs: number }[];
  readonly connections: Map<number, Connection>;
}

export const newLoop = (workload: number, listener: number): LoopThread => ({
  kind: 'loop',
  workload,
  listener,
  epfd: -1,
  phase: 'epoll',
  fd: -1,
  ready: [],
  due: [],
  connections: new Map(),
});

/** Events taken by one epoll_wait(), as nginx does. */
const EVENTS_MAX = 512;
/** Pause after an accept() that failed, ns. */
const RETRY_NS = 10_000_000;

interface Context {
  readonly env: LoadEnv;
  readonly t: LoopThread;
  readonly spec: ServeSpec;
  readonly state: UnitState;
}

const control = (c: Context, op: 'ADD' | 'MOD', fd: number, events: number): Call => ({
  name: 'epollCtl',
  epfd: c.t.epfd,
  op,
  fd,
  events,
  data: fd,
});

const current = ({ t }: Context): Connection => t.connections.get(t.fd) as Connection;

/** What to look at next: reported descriptors, answers that are due, or else a wait for either. */
function next(c: Context): Call {
  const { env, t } = c;
  const reported = t.ready.shift();
  if (reported !== undefined) return lookAt(c, reported.fd, reported.events);
  const first = t.due[0];
  if (first !== undefined && first.atNs <= env.nowNs) {
    t.due.shift();
    t.fd = first.fd;
    return t.connections.get(first.fd)?.state === 'thinking' ? reply(c) : next(c);
  }
  t.phase = 'wait';
  const timeoutNs = first === undefined ? Number.POSITIVE_INFINITY : first.atNs - env.nowNs;
  return { name: 'epollWait', epfd: t.epfd, maxEvents: EVENTS_MAX, timeoutNs };
}

function lookAt(c: Context, fd: number, events: number): Call {
  const { t } = c;
  if (fd === t.listener) return accept(c);
  const connection = t.connections.get(fd);
  if (connection === undefined) return next(c);
  t.fd = fd;
  if (connection.state === 'blocked') return send(c);
  if (connection.state === 'reading') return receive(c);
  // Nothing but the end of the connection is reported while its answer waits.
  return (events & (EPOLLERR | EPOLLHUP)) !== 0 ? close(c) : next(c);
}

/** Until none waits, as libuv does: with one for each epoll_wait() those in the queue wait for all that are served already. */
function accept({ t }: Context): Call {
  t.phase = 'accept';
  return { name: 'accept', fd: t.listener, nonblock: true };
}

function accepted(c: Context, fd: number): Call {
  const { t, spec, state } = c;
  state.ledger.connected++;
  t.fd = fd;
  t.connections.set(fd, { left: spec.requestBytes, answered: 0, readNs: 0, state: 'reading' });
  t.phase = 'add';
  return control(c, 'ADD', fd, EPOLLIN);
}

function receive(c: Context): Call {
  c.t.phase = 'recv';
  return { name: 'recv', fd: c.t.fd, length: Math.min(current(c).left, CHUNK), flags: {} };
}

function received(c: Context, bytes: number): Call {
  if (bytes === 0) return end(c);
  const connection = current(c);
  connection.left -= bytes;
  return connection.left > 0 ? receive(c) : read(c);
}

/** A request is complete. */
function read(c: Context): Call {
  const { env, t, spec, state } = c;
  noteStarted(state.ledger, env.nowNs, env.plan.intervalNs);
  current(c).readNs = env.nowNs;
  if (spec.cpuNs === 0) return think(c);
  t.phase = 'work';
  return { name: 'compute', ns: spec.cpuNs };
}

function think(c: Context): Call {
  const { env, t, spec } = c;
  if (spec.thinkNs === 0) return reply(c);
  current(c).state = 'thinking';
  t.due.push({ fd: t.fd, atNs: env.nowNs + spec.thinkNs });
  t.phase = 'hush';
  return control(c, 'MOD', t.fd, 0);
}

function reply(c: Context): Call {
  const connection = current(c);
  connection.left = c.spec.replyBytes;
  if (connection.state === 'reading') connection.state = 'writing';
  return connection.left > 0 ? send(c) : replied(c);
}

function send(c: Context): Call {
  const { left } = current(c);
  c.t.phase = 'send';
  return { name: 'send', fd: c.t.fd, data: pattern(c.spec.replyBytes - left, left), flags: {} };
}

/** There is no room: epoll tells when there is. */
function blocked(c: Context): Call {
  current(c).state = 'blocked';
  c.t.phase = 'hush';
  return control(c, 'MOD', c.t.fd, EPOLLOUT);
}

function replied(c: Context): Call {
  const { env, t, spec, state } = c;
  const connection = current(c);
  noteCompleted(state.ledger, env.nowNs, env.plan.intervalNs, env.nowNs - connection.readNs);
  connection.answered++;
  if (spec.requestBytes === 0 || (spec.requests !== null && connection.answered >= spec.requests))
    return end(c);
  const watched = connection.state === 'writing';
  connection.state = 'reading';
  connection.left = spec.requestBytes;
  if (watched) return next(c);
  t.phase = 'listen';
  return control(c, 'MOD', t.fd, EPOLLIN);
}

function end(c: Context): Call {
  const { spec, t } = c;
  if (spec.close === 'close') return close(c);
  if (spec.close === 'never') {
    t.connections.delete(t.fd);
    t.phase = 'hush';
    return control(c, 'MOD', t.fd, 0);
  }
  t.phase = 'linger';
  return setting(t.fd, { option: 'SO_LINGER', value: { on: true, seconds: 0 } });
}

function close({ t }: Context): Call {
  t.connections.delete(t.fd);
  t.phase = 'close';
  return { name: 'close', fd: t.fd };
}

function succeeded(c: Context, value: unknown): Call {
  const { t, spec } = c;
  switch (t.phase) {
    case 'epoll':
      t.epfd = value as number;
      t.phase = 'watch';
      return control(c, 'ADD', t.listener, EPOLLIN | EPOLLEXCLUSIVE);
    case 'wait':
      t.ready = (value as EpollEvent[]).map(({ data, events }) => ({ fd: data, events }));
      return next(c);
    case 'accept':
      return accepted(c, (value as { fd: number }).fd);
    case 'add':
      return spec.requestBytes === 0 ? read(c) : accept(c);
    case 'recv':
      return received(c, (value as Uint8Array).length);
    case 'work':
      return think(c);
    case 'send': {
      const connection = current(c);
      connection.left -= value as number;
      return connection.left > 0 ? send(c) : replied(c);
    }
    case 'linger':
      return close(c);
    default:
      return next(c);
  }
}

function failed(c: Context, errno: string): Call {
  const { env, t, state } = c;
  switch (t.phase) {
    case 'accept':
      if (errno === 'EAGAIN') return next(c);
      noteFailed(state.ledger, env.nowNs, env.plan.intervalNs, errno);
      t.phase = 'rest';
      return { name: 'sleep', ns: RETRY_NS };
    case 'recv':
      return errno === 'EAGAIN' ? next(c) : close(c);
    case 'send':
      if (errno === 'EAGAIN') return blocked(c);
      noteFailed(state.ledger, env.nowNs, env.plan.intervalNs, errno);
      return close(c);
    case 'linger':
      return close(c);
    default:
      return next(c);
  }
}

/** The call that follows `outcome` (null: the first); null: the loop cannot begin. */
export function stepLoop(env: LoadEnv, t: LoopThread, outcome: Outcome | null): Call | null {
  const planned = env.plan.workloads[t.workload] as PlannedWorkload;
  const c: Context = {
    env,
    t,
    spec: planned.spec as ServeSpec,
    state: env.load.units[planned.unit] as UnitState,
  };
  if (outcome === null) return { name: 'epollCreate' };
  if (outcome.ok) return succeeded(c, outcome.value);
  if (t.phase !== 'epoll') return failed(c, outcome.errno);
  env.log(`ends: epoll_create1: ${outcome.errno}`);
  return null;
}
