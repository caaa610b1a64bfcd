// What a comparison cannot carry: its links let one packet a millisecond through (spaced(), like-host.ts), and a workload
// that needs more would only show how two kernels wait for the wire.

import type { Scenario, TrafficSpec, WorkloadSpec } from '@halfopen/simnet';
import { GAP_NS } from '../target/like-host.ts';
import { sessionsOf } from '../target/plan.ts';

export interface Overload {
  readonly workload: string;
  /** Packets that its clients send to one host at the least. */
  readonly packets: number;
  /** Packets that a link lets through in that time. */
  readonly carried: number;
}

/** SYN and third ACK. */
const OPENING = 2;

/** FIN and the ACK of the other's FIN, when it is the client that closes and in the ordinary way; else one packet may do. */
const closing = ({ closes, close }: TrafficSpec): number =>
  closes === 'client' && close === 'close' ? 2 : 1;

/** Packets that the clients of a workload send at the least, to all hosts together. */
function packetsOf(spec: WorkloadSpec, durationNs: number): number {
  if (spec.kind === 'serve') return 0;
  const sessions = Math.ceil(sessionsOf(spec, durationNs));
  if (spec.kind === 'hold') return sessions * OPENING;
  const { pool, requests } = spec.traffic;
  if (pool !== null) return sessions * requests;
  // A user asks on for as long as the run lasts; once at the least.
  if (spec.kind === 'closed' && spec.count === null) return sessions * (OPENING + 1);
  return sessions * (OPENING + requests + closing(spec.traffic));
}

/** The first workload that is too much for the links of a comparison; null: none. */
export function overloadOf({ workloads, durationNs }: Scenario): Overload | null {
  for (const spec of workloads) {
    if (spec.kind === 'serve') continue;
    const forNs = Math.max(durationNs - spec.startNs, 0);
    const hosts = new Set(spec.traffic.to.map(({ host }) => host)).size;
    const packets = Math.ceil(packetsOf(spec, forNs) / hosts);
    const carried = Math.floor(forNs / GAP_NS);
    if (packets > carried) return { workload: spec.name, packets, carried };
  }
  return null;
}
