// Processes that are data: a small record says where such a process stands, and a function says its next call as soon as
// the outcome of the last is known. No promise, no stack: a snapshot copies them, and there can be 10^5 of them.

import type { Call, Outcome } from './call.ts';
import type { Instance } from './instances.ts';

export type Actor = SleepingActor;

/** Only has to be there: the `idle` program. */
interface SleepingActor {
  readonly kind: 'sleep';
}

/** Far longer than any run, ns. */
const LONG_NS = 4_000_000_000_000_000;

/** The actor that plays an instance; null: its program is an async function. */
export const actorFor = ({ spec }: Instance): Actor | null =>
  spec.program.program === 'idle' ? { kind: 'sleep' } : null;

/** The call that follows `outcome` (null: it has made none yet); null: the process ends. */
export function nextCall(actor: Actor, outcome: Outcome | null): Call | null {
  switch (actor.kind) {
    case 'sleep':
      return outcome === null ? { name: 'sleep', ns: LONG_NS } : null;
  }
}
