// One connection of a client, from socket() to close(), with the requests on it. It is part of a thread's record: a thread
// of a load generator is little else, and a thread of a server has one while it asks another server.

import { randomUnit } from '@halfopen/engine';
import type { Call, Outcome } from '../call.ts';
import { anyAddress } from '../socket-setup.ts';
import type { Endpoint } from '../sys.ts';
import { CHUNK, pattern } from '../transfer.ts';
import { noteCompleted, noteConnected, noteFailed, noteStarted } from './ledger.ts';
import type { LoadUnit, Setting } from './plan.ts';
import { dropFrom, giveBack, grantOf, OPEN_ONE, type Pool, takeFrom } from './pool.ts';
import type { TrafficSpec } from './spec.ts';
import type { LoadEnv, UnitState } from './state.ts';

/** What the call under way is for. */
type Phase =
  | 'begin'
  | 'pool'
  | 'socket'
  | 'option'
  | 'bind'
  | 'connect'
  | 'work'
  | 'send'
  | 'recv'
  | 'gap'
  | 'keep'
  | 'eof'
  | 'linger'
  | 'close'
  | 'over';

export interface Exchange {
  /** Index of the unit that it is counted for. */
  readonly unit: number;
  phase: Phase;
  /** Which of the destinations. */
  target: number;
  fd: number;
  /** Options that are set. */
  settings: number;
  /** When the request under way was due, ns: a late thread makes it no faster. */
  dueNs: number;
  /** When connect() was called, ns. */
  connectNs: number;
  /** Bytes to send or to receive still. */
  left: number;
  /** Requests answered. */
  answered: number;
  /** How it failed, else null. */
  errno: string | null;
}

export const newExchange = (unit: number, dueNs: number): Exchange => ({
  unit,
  phase: 'begin',
  target: 0,
  fd: -1,
  settings: 0,
  dueNs,
  connectNs: 0,
  left: 0,
  answered: 0,
  errno: null,
});

/** What the steps below look at. */
interface Context {
  readonly env: LoadEnv;
  readonly x: Exchange;
  readonly unit: LoadUnit;
  readonly traffic: TrafficSpec;
  readonly state: UnitState;
}

/** The end of file where an answer was due. */
const EOF = 'EOF';

const asks = ({ requestBytes, replyBytes }: TrafficSpec): boolean => requestBytes > 0 || replyBytes > 0;

/** Spreads consecutive numbers: the finaliser of MurmurHash3. */
function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function choose({ env, unit, traffic, state }: Context): number {
  const n = state.chosen++;
  if (traffic.to.length === 1) return 0;
  switch (traffic.choose) {
    case 'round-robin':
      return n % traffic.to.length;
    case 'hash':
      return mix(n) % traffic.to.length;
    case 'random': {
      const random = env.load.workloads[unit.workload]?.random;
      return random === undefined ? 0 : Math.floor(randomUnit(random) * traffic.to.length);
    }
  }
}

const poolOf = ({ x, state }: Context): Pool | null => state.pools[x.target] ?? null;

function begin(c: Context): Call | null {
  const { env, x, traffic, state } = c;
  noteStarted(state.ledger, env.nowNs, env.plan.intervalNs);
  x.target = choose(c);
  const pool = poolOf(c);
  if (pool === null || traffic.pool === null) return socket(c);
  return withGrant(c, takeFrom(pool, traffic.pool, env.self));
}

/** What the pool gave; null: it has nothing yet. */
function withGrant(c: Context, grant: number | null): Call | null {
  if (grant === null) {
    c.x.phase = 'pool';
    return { name: 'futex' };
  }
  if (grant === OPEN_ONE) return socket(c);
  c.x.fd = grant;
  return work(c);
}

function socket({ x, traffic }: Context): Call {
  x.phase = 'socket';
  return { name: 'socket', family: traffic.family, nonblock: false };
}

export const setting = (fd: number, { option, value }: Setting): Call => ({
  name: 'setsockopt',
  fd,
  option,
  value,
});

/** The next call between socket() and connect(), or connect(). */
function prepare(c: Context, next: number): Call {
  const { x, unit, traffic } = c;
  x.settings = next;
  const due = unit.settings[next];
  if (due !== undefined) {
    x.phase = 'option';
    return setting(x.fd, due);
  }
  if (traffic.bind === null) return connect(c);
  x.phase = 'bind';
  const { address, port } = traffic.bind;
  return { name: 'bind', fd: x.fd, at: { host: address ?? anyAddress(traffic.family), port } };
}

function connect({ env, x, traffic }: Context): Call {
  x.phase = 'connect';
  x.connectNs = env.nowNs;
  return { name: 'connect', fd: x.fd, to: traffic.to[x.target] as Endpoint };
}

/** The connection stands, or comes out of the pool: the next request, or the end when there are none. */
function work(c: Context): Call | null {
  const { x, traffic } = c;
  if (!asks(traffic)) return completed(c);
  if (traffic.cpuNs === 0) return request(c);
  x.phase = 'work';
  return { name: 'compute', ns: traffic.cpuNs };
}

function request(c: Context): Call | null {
  c.x.left = c.traffic.requestBytes;
  return c.x.left > 0 ? send(c) : awaitReply(c);
}

function send({ x, traffic }: Context): Call {
  x.phase = 'send';
  return { name: 'send', fd: x.fd, data: pattern(traffic.requestBytes - x.left, x.left), flags: {} };
}

function awaitReply(c: Context): Call | null {
  c.x.left = c.traffic.replyBytes;
  return c.x.left > 0 ? receive(c) : completed(c);
}

function receive({ x }: Context): Call {
  x.phase = 'recv';
  return { name: 'recv', fd: x.fd, length: Math.min(x.left, CHUNK), flags: {} };
}

function received(c: Context, bytes: number): Call | null {
  if (bytes === 0) return failed(c, EOF);
  c.x.left -= bytes;
  return c.x.left > 0 ? receive(c) : completed(c);
}

function completed(c: Context): Call | null {
  const { env, x, traffic, state } = c;
  noteCompleted(state.ledger, env.nowNs, env.plan.intervalNs, env.nowNs - x.dueNs);
  x.answered++;
  if (asks(traffic) && x.answered < traffic.requests) {
    if (traffic.gapNs === 0) return again(c);
    x.phase = 'gap';
    return { name: 'sleep', ns: traffic.gapNs };
  }
  if (traffic.keepOpenNs === 0) return leave(c);
  x.phase = 'keep';
  return { name: 'sleep', ns: traffic.keepOpenNs };
}

/** The next request of the session. */
function again(c: Context): Call | null {
  const { env, x, state } = c;
  x.dueNs = env.nowNs;
  noteStarted(state.ledger, env.nowNs, env.plan.intervalNs);
  return work(c);
}

function leave(c: Context): Call | null {
  const { env, x, traffic } = c;
  const pool = poolOf(c);
  if (pool !== null && traffic.pool !== null) {
    const { keep, wake } = giveBack(pool, traffic.pool, x.fd);
    if (wake !== null) env.wake(wake);
    if (keep) return over(c);
  }
  if (traffic.closes === 'client') return close(c);
  x.phase = 'eof';
  return { name: 'recv', fd: x.fd, length: CHUNK, flags: {} };
}

function close(c: Context): Call | null {
  const { x, traffic } = c;
  if (traffic.close === 'never') return over(c);
  if (traffic.close === 'close' || x.phase === 'linger') return plainClose(c);
  x.phase = 'linger';
  return setting(x.fd, { option: 'SO_LINGER', value: { on: true, seconds: 0 } });
}

function plainClose({ x }: Context): Call {
  x.phase = 'close';
  return { name: 'close', fd: x.fd };
}

function over({ x }: Context): null {
  x.phase = 'over';
  return null;
}

/** The request came to nothing: the connection is closed, and a pool may open another. */
function failed(c: Context, errno: string): Call | null {
  const { env, x, state } = c;
  noteFailed(state.ledger, env.nowNs, env.plan.intervalNs, errno);
  x.errno = errno;
  const pool = poolOf(c);
  const next = pool === null ? null : dropFrom(pool);
  if (next !== null) env.wake(next);
  return x.fd < 0 ? over(c) : plainClose(c);
}

/** What follows a call that succeeded. */
function succeeded(c: Context, value: unknown): Call | null {
  const { env, x, unit, traffic, state } = c;
  switch (x.phase) {
    case 'socket':
      x.fd = value as number;
      return prepare(c, 0);
    case 'option':
      return prepare(c, x.settings + 1);
    case 'bind':
      return connect(c);
    case 'connect':
      noteConnected(state.ledger, env.nowNs - x.connectNs);
      return work(c);
    case 'work':
      return request(c);
    case 'send':
      x.left -= value as number;
      return x.left > 0 ? send(c) : awaitReply(c);
    case 'recv':
      return received(c, (value as Uint8Array).length);
    case 'gap':
      return again(c);
    case 'keep':
      return leave(c);
    case 'eof':
      return (value as Uint8Array).length > 0
        ? { name: 'recv', fd: x.fd, length: CHUNK, flags: {} }
        : close(c);
    case 'linger':
      return close(c);
    case 'pool': {
      const pool = poolOf(c);
      return withGrant(c, pool === null ? OPEN_ONE : grantOf(pool, env.self));
    }
    case 'close':
      return over(c);
    default:
      throw new Error(`${unit.name}: no call is under way in ${x.phase} to ${traffic.to.length} places`);
  }
}

/** Its next call, after `outcome` (null: the first); null: it is over. */
export function stepExchange(env: LoadEnv, x: Exchange, outcome: Outcome | null): Call | null {
  const unit = env.plan.units[x.unit] as LoadUnit;
  const c: Context = {
    env,
    x,
    unit,
    traffic: unit.traffic as TrafficSpec,
    state: env.load.units[x.unit] as UnitState,
  };
  if (outcome === null) return begin(c);
  if (outcome.ok) return succeeded(c, outcome.value);
  // Whatever close() and its setsockopt() say, the descriptor is gone; an answer that never ended is no failure then.
  if (x.phase === 'close' || x.phase === 'linger') return x.phase === 'close' ? over(c) : plainClose(c);
  if (x.phase === 'eof') return close(c);
  return failed(c, outcome.errno);
}
