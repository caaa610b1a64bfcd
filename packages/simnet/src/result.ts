// The record of one run: the same shape from the simulated and from the real kernel. Plain JSON data in a stable
// order: two runs of the same scenario with the same seed give identical bytes.

import type { HistogramRecord } from './histogram.ts';
import type { TimerRounding } from './scenario.ts';
import type { SignalEffect, SignalName } from './signal.ts';

/** Version of this document's shape; raised when a field changes its meaning or goes. */
export const RESULT_SCHEMA_VERSION = 1;

export interface RunResult {
  readonly schemaVersion: typeof RESULT_SCHEMA_VERSION;
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  /** Kernel profile of the hosts (`6.18`), or of each host when they differ (`client=5.15 server=6.18`). */
  readonly kernel: string;
  /** How timers were rounded; null when the real kernel does not tell its HZ. */
  readonly timers: TimerRounding | null;
  /** Virtual time at the end, ns. */
  readonly endedNs: number;
  readonly expectations: readonly ExpectationResult[];
  readonly hosts: { readonly [name: string]: HostResult };
  readonly segments: readonly SegmentRecord[];
  readonly connects: readonly ConnectRecord[];
  readonly requests: readonly RequestRecord[];
  /** Workloads, and the calls of their servers, in the order of the scenario. */
  readonly workloads: readonly WorkloadRecord[];
  readonly events: readonly EventRecord[];
}

export interface ExpectationResult {
  /** As written in the scenario. */
  readonly text: string;
  readonly ok: boolean;
  /** What the run gave. */
  readonly actual: string;
}

export interface HostResult {
  readonly kernel: string;
  readonly addresses: readonly string[];
  /** nstat names; counters that stayed zero are left out. */
  readonly counters: { readonly [name: string]: number };
  /** A run that keeps a summary has the first rows of each state only. */
  readonly sockets: readonly SocketRow[];
  /** All sockets by state. */
  readonly socketStates: { readonly [state: string]: number };
  readonly listeners: readonly ListenerRecord[];
  /** null without a CPU model, and from the real kernel. */
  readonly cpu: CpuRecord | null;
  /** What the processes of each declaration used, in the order of the scenario; empty without a CPU model. */
  readonly processes: readonly ProcessRecord[];
  /** Kernel log lines. */
  readonly log: readonly { readonly atNs: number; readonly text: string }[];
}

/** What the CPUs of a host did. Times are those of all its CPUs together. */
export interface CpuRecord {
  readonly cpus: number;
  /** Name of the cost profile. */
  readonly costs: string;
  readonly userNs: number;
  readonly systemNs: number;
  readonly softirqNs: number;
  readonly switchNs: number;
  /** Mean over the run, 0 to 1. */
  readonly utilisation: number;
  /** Start of each interval, ns, and how busy the CPUs were in it, 0 to 1. */
  readonly series: readonly (readonly [atNs: number, share: number])[];
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** From ready to running. */
  readonly runQueueDelay: HistogramRecord;
  /** Packets that found the queue of their CPU full. */
  readonly backlogDrops: number;
}

/** What the processes of one declaration used. */
export interface ProcessRecord {
  readonly name: string;
  /** How many they are. */
  readonly processes: number;
  readonly userNs: number;
  readonly systemNs: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly runQueueDelayNs: number;
  /** The most system time first, as `strace -c` has them. */
  readonly calls: readonly CallRecord[];
}

export interface CallRecord {
  /** As strace names it. */
  readonly call: string;
  readonly calls: number;
  readonly errors: number;
  readonly systemNs: number;
  /** From the call to its return. */
  readonly wallNs: number;
}

/** One row of `ss -tano`. */
export interface SocketRow {
  readonly state: string;
  readonly recvQ: number;
  readonly sendQ: number;
  readonly local: string;
  readonly peer: string;
  /** Timer as ss prints it: kind, ns left, retransmissions. */
  readonly timer: { readonly kind: string; readonly leftNs: number; readonly retransmits: number } | null;
  readonly process: string | null;
}

/** How a listener's two queues went over time. */
export interface ListenerRecord {
  readonly local: string;
  readonly backlog: number;
  /** Drops of this listener (`ss -m`, d). */
  readonly drops: number;
  /** Completed connections waiting for accept(): [time ns, length after], one entry a change. */
  readonly acceptQueue: readonly (readonly [number, number])[];
  /** Half-open requests. */
  readonly requestQueue: readonly (readonly [number, number])[];
  readonly maxAcceptQueue: number;
  readonly maxRequestQueue: number;
}

export interface SegmentRecord {
  readonly id: number;
  /** Host names; a host outside the scenario (spoofed source) is its address. */
  readonly from: string;
  readonly to: string;
  readonly sentNs: number;
  /** null when it never arrived. */
  readonly arrivedNs: number | null;
  readonly source: string;
  readonly destination: string;
  /** As tcpdump prints them: `S`, `S.`, `.`, `P.`, `F.`, `R` … */
  readonly flags: string;
  /** Relative to the connection's first sequence numbers, as Wireshark shows them. */
  readonly seq: number;
  readonly ack: number | null;
  readonly window: number;
  readonly length: number;
  /** packetdrill notation, relative numbers. */
  readonly text: string;
  readonly retransmission: boolean;
  /** `delivered`; `lost` on the link; `dropped` by the receiving kernel; `injected` ones have no sending kernel. */
  readonly fate: 'delivered' | 'lost' | 'dropped';
  readonly injected: boolean;
  /** Why it was lost or dropped: a fault rule's text, `loss`, `queue full`, or the kernel's reason. */
  readonly why: string | null;
  /** Counters that moved while the receiver processed it. */
  readonly counters: { readonly [name: string]: number };
}

/** Ports that connect() looked at, by what it found there; the one it took is `free` or `shared`. */
export interface PortProbes {
  /** Nobody had the port. */
  readonly free: number;
  /** Only connections to other places had it, or a TIME-WAIT one that may go. */
  readonly shared: number;
  /** A connection to the same place. */
  readonly established: number;
  /** A TIME-WAIT connection to the same place. */
  readonly timeWait: number;
  /** Somebody called bind() for the port. */
  readonly bound: number;
  /** net.ipv4.ip_local_reserved_ports. */
  readonly reserved: number;
}

export interface ConnectRecord {
  readonly host: string;
  readonly process: string;
  readonly local: string;
  readonly remote: string;
  readonly startNs: number;
  readonly latencyNs: number;
  /** null for success. */
  readonly errno: string | null;
  /** When each SYN of this connection left, ns after the first. */
  readonly synsNs: readonly number[];
  /** Ports that the search for a local port looked at; null without a search, and where the kernel does not tell. */
  readonly probes: PortProbes | null;
  /** CPU time that its connect() calls took, ns; null when nothing measured it. */
  readonly cpuNs: number | null;
}

/** What a workload did, or the calls that a server made. */
export interface WorkloadRecord {
  readonly name: string;
  readonly host: string;
  /** Requests begun; connections, where nothing is asked; for a server, requests read. */
  readonly started: number;
  readonly completed: number;
  /** Connections established; for a server, accepted. */
  readonly connected: number;
  /** By errno; `EOF`: the peer closed before the answer was complete. */
  readonly failed: { readonly [errno: string]: number };
  /** connect() calls that succeeded. */
  readonly connect: HistogramRecord;
  /** Completed requests: from when they were due to the last byte of the answer; for a server, from the last byte of the request to the answer. */
  readonly request: HistogramRecord;
  /** Length of an interval of the series, ns. */
  readonly intervalNs: number;
  /** At most about 100 intervals, from the start of the run to the last with anything in it; latencies are those of requests that completed in it. */
  readonly series: readonly {
    readonly fromNs: number;
    readonly started: number;
    readonly completed: number;
    readonly failed: number;
    readonly meanNs: number;
    readonly maxNs: number;
  }[];
}

/** What a user felt: from the start of connect() to the last byte of the answer. */
export interface RequestRecord {
  readonly host: string;
  readonly process: string;
  readonly id: number;
  readonly startNs: number;
  readonly latencyNs: number;
  readonly connectNs: number;
  readonly errno: string | null;
  readonly bytes: number;
}

export type EventRecord =
  | {
      readonly type: 'call';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      readonly call: string;
      readonly result: string;
      readonly startNs: number;
    }
  | {
      readonly type: 'state';
      readonly atNs: number;
      readonly host: string;
      readonly local: string;
      readonly remote: string;
      readonly from: string;
      readonly to: string;
      readonly on: string;
    }
  | {
      readonly type: 'queue';
      readonly atNs: number;
      readonly host: string;
      readonly listener: string;
      readonly queue: 'accept' | 'request';
      readonly action: string;
      readonly remote: string;
      readonly length: number;
      readonly max: number;
    }
  | {
      readonly type: 'timer';
      readonly atNs: number;
      readonly host: string;
      readonly timer: string;
      readonly local: string;
      readonly remote: string;
      readonly counters: { readonly [name: string]: number };
    }
  /** A process goes to sleep in a call. */
  | {
      readonly type: 'sleep';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      readonly call: string;
      /** Wait queues on which it stands: sockets by their ends, epoll instances by number. Empty: it only waits for time. */
      readonly on: readonly string[];
      /** One wake-up wakes one of those who sleep so. */
      readonly exclusive: boolean;
    }
  /** It is woken and joins the run queue. */
  | {
      readonly type: 'wake';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      /** Who woke it: a packet (`softirq`), a kernel timer, another process in a call, the end of its wait, a signal. */
      readonly by: WakeReason;
      /** `id` of the segment that woke; null: none did, or no record of it is kept. */
      readonly segment: number | null;
      /** Socket that woke, null: none did. */
      readonly on: string | null;
      /** Poll bits that came with it; empty: none, which is for everybody. */
      readonly key: string;
    }
  /** It leaves its CPU; only with a CPU model. */
  | {
      readonly type: 'out';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      /** It sleeps; false: another one must run. */
      readonly voluntary: boolean;
      /** Process that waits for the CPU and has it next, null: none does. */
      readonly next: string | null;
    }
  /** It has a CPU again. `waitedNs` is the time on the run queue. */
  | {
      readonly type: 'run';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      readonly waitedNs: number;
    }
  /** A process gets a signal, and what that does: with a handler at the time when it runs. */
  | {
      readonly type: 'signal';
      readonly atNs: number;
      readonly host: string;
      readonly process: string;
      readonly signal: SignalName;
      readonly effect: SignalEffect;
    }
  | {
      readonly type: 'log';
      readonly atNs: number;
      readonly host: string;
      readonly process: string | null;
      readonly text: string;
    };

export type WakeReason = 'softirq' | 'timer' | 'call' | 'time-out' | 'signal';
