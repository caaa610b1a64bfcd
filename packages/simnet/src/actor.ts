// Processes that are data: a small record says where such a process stands, and a function says its next call as soon as
// the outcome of the last is known. No promise, no stack: a snapshot copies them, and there can be 10^5 of them.

import type { Call, Outcome } from './call.ts';
import { type ServeThread, stepServe } from './load/serve-threads.ts';
import type { LoadEnv } from './load/state.ts';
import { type LoadThread, stepLoad } from './load/threads.ts';

/** A thread of a workload. */
export type Actor = LoadThread | ServeThread;

/** The call that follows `outcome` (null: it has made none yet); null: the thread ends. */
export function nextCall(env: LoadEnv, actor: Actor, outcome: Outcome | null): Call | null {
  return actor.kind === 'setup' || actor.kind === 'worker' || actor.kind === 'loop'
    ? stepServe(env, actor, outcome)
    : stepLoad(env, actor, outcome);
}
