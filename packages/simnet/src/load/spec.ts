// The workloads of a scenario as data: who opens connections, how many and when, what happens on each, and who serves
// them. A workload is one process with as many threads as it needs; its threads are actors (actor.ts).

import type { AddressFamily } from '@halfopen/engine';
import type { CloseHow, OptionSpec } from '../program-spec.ts';
import type { Endpoint } from '../sys.ts';

export type WorkloadSpec = OpenSpec | ClosedSpec | HoldSpec | ServeSpec;

interface WorkloadBase {
  /** Unique among processes, workloads and the calls of workloads. */
  readonly name: string;
  readonly host: string;
  readonly startNs: number;
  /** RLIMIT_NOFILE of the process. */
  readonly nofile: number;
  readonly pauses: PauseSpec;
}

/** When none of the threads of a workload runs: a garbage collection, a throttled cgroup, SIGSTOP. */
export interface PauseSpec {
  readonly spans: readonly { readonly atNs: number; readonly forNs: number }[];
  readonly every: readonly { readonly everyNs: number; readonly forNs: number; readonly fromNs: number }[];
  /** Without a CPU model: runs for `quotaNs` of each period, then stands still. */
  readonly cpuMax: { readonly quotaNs: number; readonly periodNs: number } | null;
}

/** What happens on a connection, and where connections go. */
export interface TrafficSpec {
  readonly name: string;
  readonly family: AddressFamily;
  readonly to: readonly Endpoint[];
  readonly choose: Choice;
  readonly bind: { readonly address: string | null; readonly port: number } | null;
  readonly options: readonly OptionSpec[];
  /** SO_SNDTIMEO and SO_RCVTIMEO, ns; null: wait as long as the kernel does. */
  readonly timeoutNs: number | null;
  /** Connections kept open between requests, for each destination; null: each session has one of its own. */
  readonly pool: PoolSpec | null;
  /** Requests on a connection, or in a row on one of a pool. */
  readonly requests: number;
  /** From an answer to the next request of the session, ns. */
  readonly gapNs: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** User CPU time before each request, ns. */
  readonly cpuNs: number;
  /** The connection stays open after the last answer, ns. */
  readonly keepOpenNs: number;
  /** `server`: reads until the end of file before it closes. */
  readonly closes: 'client' | 'server';
  readonly close: CloseHow;
}

export type Choice = 'round-robin' | 'random' | 'hash';

export interface PoolSpec {
  readonly size: number;
  /** Connections that may stay open with nothing to do; more are closed when they come back. */
  readonly idle: number;
}

export interface RateStep {
  /** ns after the start of the workload. */
  readonly fromNs: number;
  readonly perSecond: number;
}

/** Sessions begin at a rate, whatever becomes of those before. */
export interface OpenSpec extends WorkloadBase {
  readonly kind: 'open';
  readonly traffic: TrafficSpec;
  readonly rate: readonly RateStep[];
  /** The rate goes in a straight line from one step to the next; otherwise it jumps. */
  readonly ramp: boolean;
  readonly arrivals: 'constant' | 'poisson';
  /** Sessions in all; null: no end. */
  readonly count: number | null;
  /** No session begins later, ns after the start of the workload; Infinity is not JSON, so null. */
  readonly forNs: number | null;
}

/** So many users, each with one session after the other. */
export interface ClosedSpec extends WorkloadBase {
  readonly kind: 'closed';
  readonly traffic: TrafficSpec;
  readonly users: number;
  readonly thinkNs: number;
  /** `poisson`: think times are exponentially distributed. */
  readonly arrivals: 'constant' | 'poisson';
  /** Users begin evenly over this time, ns. */
  readonly spreadNs: number;
  readonly count: number | null;
  readonly forNs: number | null;
}

/** Opens so many connections and keeps them. */
export interface HoldSpec extends WorkloadBase {
  readonly kind: 'hold';
  readonly traffic: TrafficSpec;
  readonly count: number;
  /** Connects under way at once. */
  readonly parallel: number;
}

/** Listens, accepts, and answers requests. */
export interface ServeSpec extends WorkloadBase {
  readonly kind: 'serve';
  readonly family: AddressFamily;
  readonly address: string | null;
  readonly port: number;
  readonly backlog: number;
  readonly options: readonly OptionSpec[];
  /**
   * `workers`: each serves one connection at a time. `threads`: each connection has a thread of its own. `events`: each
   * worker is an event loop over epoll.
   */
  readonly style: 'workers' | 'threads' | 'events';
  /** Threads in accept(), or event loops. */
  readonly workers: number;
  readonly acceptFromNs: number;
  /** Least time from one accept() of a worker to its next, ns. */
  readonly acceptEveryNs: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** User CPU time of a request, ns. */
  readonly cpuNs: number;
  /** Further time of a request without CPU, ns. */
  readonly thinkNs: number;
  /** Requests answered on a connection before the server closes it; null: it waits for the client to close. */
  readonly requests: number | null;
  readonly close: CloseHow;
  /** Made for each request, in order, by the thread that serves it. */
  readonly calls: readonly TrafficSpec[];
}
