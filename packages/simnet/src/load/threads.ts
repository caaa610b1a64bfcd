// The threads of load generators: one that begins the sessions of an open loop, one for each session, one for each user of
// a closed loop, and a few that open the connections to be held.

import { randomUnit } from '@halfopen/engine';
import type { Call, Outcome } from '../call.ts';
import { type Exchange, newExchange, stepExchange } from './exchange.ts';
import type { PlannedWorkload } from './plan.ts';
import { arrivalAfter, exponential } from './rate.ts';
import type { ClosedSpec, HoldSpec, OpenSpec } from './spec.ts';
import type { LoadEnv, WorkloadState } from './state.ts';

export type LoadThread = SourceThread | SessionThread | UserThread | HolderThread;

/** Begins the sessions of an open loop. */
interface SourceThread {
  readonly kind: 'source';
  readonly workload: number;
  /** When the next session begins, ns after the start of the workload; -1: not drawn yet. */
  nextNs: number;
}

/** One session of an open loop. */
interface SessionThread {
  readonly kind: 'session';
  readonly workload: number;
  readonly x: Exchange;
}

/** A user of a closed loop. */
interface UserThread {
  readonly kind: 'user';
  readonly workload: number;
  /** Its number, from 0. */
  readonly number: number;
  x: Exchange | null;
}

/** Opens connections until there are enough. */
interface HolderThread {
  readonly kind: 'holder';
  readonly workload: number;
  x: Exchange | null;
}

const unitOf = (env: LoadEnv, workload: number): PlannedWorkload =>
  env.plan.workloads[workload] as PlannedWorkload;
const stateOf = (env: LoadEnv, workload: number): WorkloadState =>
  env.load.workloads[workload] as WorkloadState;

/** 1, or exponentially distributed with mean 1. */
const share = (env: LoadEnv, workload: number, arrivals: OpenSpec['arrivals']): number =>
  arrivals === 'constant' ? 1 : exponential(randomUnit(stateOf(env, workload).random));

/** The first thread of a workload that makes connections. */
export function firstThreads(workload: number, spec: OpenSpec | ClosedSpec | HoldSpec): LoadThread[] {
  switch (spec.kind) {
    case 'open':
      return [{ kind: 'source', workload, nextNs: -1 }];
    case 'closed':
      return Array.from({ length: spec.users }, (_, number) => ({ kind: 'user', workload, number, x: null }));
    case 'hold':
      return Array.from({ length: Math.min(spec.parallel, spec.count) }, () => ({
        kind: 'holder',
        workload,
        x: null,
      }));
  }
}

const late = (spec: OpenSpec | ClosedSpec, sinceStartNs: number): boolean =>
  spec.forNs !== null && sinceStartNs >= spec.forNs;

/** Begins all sessions that are due, and sleeps until the next. */
function source(env: LoadEnv, thread: SourceThread): Call | null {
  const { spec, unit } = unitOf(env, thread.workload) as PlannedWorkload & { spec: OpenSpec };
  const state = stateOf(env, thread.workload);
  if (thread.nextNs < 0) {
    const area = spec.arrivals === 'constant' ? 0 : share(env, thread.workload, spec.arrivals);
    thread.nextNs = arrivalAfter(spec, 0, area);
  }
  for (;;) {
    if (spec.count !== null && state.begun >= spec.count) return null;
    if (thread.nextNs === Number.POSITIVE_INFINITY || late(spec, thread.nextNs)) return null;
    const dueNs = spec.startNs + Math.round(thread.nextNs);
    if (dueNs > env.nowNs) return { name: 'sleep', ns: dueNs - env.nowNs };
    state.begun++;
    env.spawn({ kind: 'session', workload: thread.workload, x: newExchange(unit, dueNs) });
    thread.nextNs = arrivalAfter(spec, thread.nextNs, share(env, thread.workload, spec.arrivals));
  }
}

/** A user begins another session, unless there were enough. */
function userBegins(env: LoadEnv, thread: UserThread): Call | null {
  const { spec, unit } = unitOf(env, thread.workload) as PlannedWorkload & { spec: ClosedSpec };
  const state = stateOf(env, thread.workload);
  if (spec.count !== null && state.begun >= spec.count) return null;
  if (late(spec, env.nowNs - spec.startNs)) return null;
  state.begun++;
  thread.x = newExchange(unit, env.nowNs);
  return stepExchange(env, thread.x, null);
}

function user(env: LoadEnv, thread: UserThread, outcome: Outcome | null): Call | null {
  const { spec } = unitOf(env, thread.workload) as PlannedWorkload & { spec: ClosedSpec };
  if (outcome === null) {
    const waitNs = Math.floor((spec.spreadNs * thread.number) / spec.users);
    return waitNs > 0 ? { name: 'sleep', ns: waitNs } : userBegins(env, thread);
  }
  if (thread.x === null) return userBegins(env, thread);
  const call = stepExchange(env, thread.x, outcome);
  if (call !== null) return call;
  // Without this a user whose connect() fails at once would try for ever while no time passes.
  const failedAtOnce = thread.x.errno !== null && spec.thinkNs === 0;
  thread.x = null;
  const thinkNs = failedAtOnce
    ? RETRY_NS
    : Math.round(spec.thinkNs * share(env, thread.workload, spec.arrivals));
  return thinkNs > 0 ? { name: 'sleep', ns: thinkNs } : userBegins(env, thread);
}

/** Pause of a user without think time after a failure, ns. */
const RETRY_NS = 1_000_000;

function holder(env: LoadEnv, thread: HolderThread, outcome: Outcome | null): Call | null {
  const { spec, unit } = unitOf(env, thread.workload) as PlannedWorkload & { spec: HoldSpec };
  const state = stateOf(env, thread.workload);
  const call = thread.x === null ? null : stepExchange(env, thread.x, outcome);
  if (call !== null) return call;
  if (state.begun >= spec.count) return null;
  state.begun++;
  thread.x = newExchange(unit, env.nowNs);
  return stepExchange(env, thread.x, null);
}

/** The call that follows `outcome` (null: the first); null: the thread ends. */
export function stepLoad(env: LoadEnv, thread: LoadThread, outcome: Outcome | null): Call | null {
  switch (thread.kind) {
    case 'source':
      return source(env, thread);
    case 'session':
      return stepExchange(env, thread.x, outcome);
    case 'user':
      return user(env, thread, outcome);
    case 'holder':
      return holder(env, thread, outcome);
  }
}
