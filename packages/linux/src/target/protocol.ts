// What the parent and its child processes tell each other: one JSON document a line, on the child's stdin and on its
// descriptor 3. A child writes at once and synchronously, so nothing is lost when it is killed.

import type { RequestReport, Scenario, SignalAction, SignalName, WorkloadRecord } from '@halfopen/simnet';
import type { DiagSocket } from './sock-diag.ts';

/** Descriptor on which a child tells. */
export const REPORT_FD = 3;
/** First descriptor of the namespaces that a child is given. */
export const NAMESPACE_FD = 4;

/** The first line that a child gets. */
export type Task =
  | {
      readonly role: 'process';
      readonly scenario: Scenario;
      /** The instances that run here, by number: the first in the main thread, the others in threads of their own. */
      readonly instances: readonly number[];
      readonly priority: number;
      readonly parent: number;
    }
  | {
      readonly role: 'load';
      readonly scenario: Scenario;
      /** Number of the workload. */
      readonly workload: number;
      /** As which process it tells: after the instances. */
      readonly p: number;
      readonly priority: number;
      readonly parent: number;
    }
  | {
      readonly role: 'observer';
      /** Number of namespaces, in the order of the hosts. */
      readonly hosts: number;
      /** When to look at everything, ns since the scenario began; the last one is its end. */
      readonly probesNs: readonly number[];
      readonly everyNs: number;
      readonly priority: number;
      readonly parent: number;
    };

/** The second line: everybody is ready. `zeroNs` is CLOCK_MONOTONIC at the scenario's time 0. */
export interface Start {
  readonly zeroNs: number;
  /** Real numbers of the processes, by name: kill() needs them. */
  readonly pids: { readonly [process: string]: number };
}

/** One host at one moment. */
export interface HostSample {
  readonly sockets: readonly DiagSocket[];
  /** Since the scenario began. */
  readonly counters: { readonly [name: string]: number };
}

/** sigaction() gives an `action`, kill() names a process (`to`), a send() that gave EPIPE brought SIGPIPE to its own thread. */
export interface SignalNote {
  readonly name: SignalName;
  readonly action: SignalAction | null;
  readonly to: string | null;
}

/** What a process tells; `p` is the number of its instance. */
export type ProcessMessage =
  | {
      readonly t: 'connect';
      readonly p: number;
      readonly fd: number;
      readonly remote: string;
      readonly startNs: number;
    }
  | {
      readonly t: 'call';
      readonly p: number;
      readonly name: string;
      readonly fd: number;
      /** Real descriptor of the socket that socket() or accept() gave. */
      readonly real: number | null;
      readonly call: string;
      readonly result: string;
      readonly errno: string | null;
      readonly startNs: number;
      readonly atNs: number;
      /** Local address of the socket after connect(), bind(), listen() and accept(). */
      readonly local: string | null;
      /** CPU time of a connect(), ns. */
      readonly cpuNs: number | null;
      /** What the call had to do with signals. */
      readonly signal: SignalNote | null;
    }
  | { readonly t: 'log'; readonly p: number; readonly atNs: number; readonly text: string }
  | { readonly t: 'request'; readonly p: number; readonly record: RequestReport }
  | { readonly t: 'mismatch'; readonly p: number; readonly text: string; readonly actual: string }
  | { readonly t: 'end'; readonly p: number; readonly atNs: number; readonly error: string | null };

/** What a workload counted, at the end; by number of its unit. */
export interface LoadMessage {
  readonly t: 'load';
  readonly workload: number;
  readonly records: readonly { readonly unit: number; readonly record: WorkloadRecord }[];
}

type ObserverMessage =
  /** Queues of the listeners of one host: local address, waiting, backlog, half-open, drops. */
  | { readonly t: 'queues'; readonly host: number; readonly atNs: number; readonly rows: readonly QueueRow[] }
  | { readonly t: 'probe'; readonly atNs: number; readonly hosts: readonly HostSample[] };

export interface QueueRow {
  readonly local: string;
  readonly waiting: number;
  readonly backlog: number;
  readonly halfOpen: number;
  readonly drops: number;
}

export type Message =
  /** `threads`: real numbers of its threads, in the order of its instances. */
  | { readonly t: 'ready'; readonly threads: readonly number[] }
  /** The child cannot go on: the reason is for people. */
  | { readonly t: 'broken'; readonly text: string }
  | ProcessMessage
  | LoadMessage
  | ObserverMessage;
