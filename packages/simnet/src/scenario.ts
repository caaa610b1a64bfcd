// A scenario as plain data: what `readScenario()` makes of a YAML or JSON document after checking it. Durations are
// integer nanoseconds, sizes bytes, rates bits per second, probabilities 0..1; the document writes them as `250ms`,
// `64KiB`, `10Mbit`, `2%`. Every field is present here: what the document leaves out has its default.

import type { AddressFamily, Sysctls } from '@halfopen/engine';
import type { CostProfile, Costs } from './cpu/costs.ts';
import type { WorkloadSpec } from './load/spec.ts';
import type { ProgramSpec } from './program-spec.ts';
import type { SignalName } from './signal.ts';

/** Version of the document format. */
export const SCENARIO_FORMAT = 1;

export interface Scenario {
  readonly format: typeof SCENARIO_FORMAT;
  /** Kebab-case, the name `halfopen run NAME` takes. */
  readonly name: string;
  readonly title: string;
  /** What it shows and why it matters, for a reader. */
  readonly about: string;
  readonly seed: number;
  /** Kernel profile of every host that names none. */
  readonly kernel: string;
  /** How the timers of every host are rounded. */
  readonly timers: TimerRounding;
  /** The run ends here, ns. */
  readonly durationNs: number;
  /** In the order of the document. */
  readonly hosts: readonly HostSpec[];
  readonly links: readonly LinkSpec[];
  /** The first rule that decides about a packet wins. */
  readonly faults: readonly FaultSpec[];
  readonly processes: readonly ProcessSpec[];
  /** Connections and servers at volume. */
  readonly workloads: readonly WorkloadSpec[];
  /** `summary`: counters, queues, logs and histograms, and a few connections in full, however long the run. */
  readonly record: 'all' | 'summary';
  readonly inject: readonly InjectSpec[];
  /** `sysctl -w` while the run goes on. */
  readonly changes: readonly SysctlChange[];
  /** `kill` while the run goes on. */
  readonly signals: readonly SignalSpec[];
  /** Lines of the expectation language; see expect.ts. */
  readonly expect: readonly string[];
}

/** Not at all, or as Linux's timer wheel rounds them at so many jiffies a second (CONFIG_HZ). */
export type TimerRounding = 'exact' | 'hz100' | 'hz250' | 'hz300' | 'hz1000';

/** The scenario with some values changed, to be played beside others. */
export interface Variant {
  /** Short: the head of a column. */
  readonly name: string;
  readonly title: string;
  /** Expects what the document expects of every variant, and what this one adds. */
  readonly scenario: Scenario;
  /** The changed document, as plain data. */
  readonly document: unknown;
}

export interface ScenarioDocument {
  /** As it stands, without its variants. */
  readonly scenario: Scenario;
  /** Empty, or at least two. */
  readonly variants: readonly Variant[];
  /** Expectations between variants; see comparison.ts. */
  readonly comparisons: readonly string[];
}

export interface HostSpec {
  readonly name: string;
  /** null: that of the scenario. */
  readonly kernel: string | null;
  /** At least one; IPv4 or IPv6. */
  readonly addresses: readonly AddressSpec[];
  readonly sysctls: Partial<Sysctls>;
  readonly routes: readonly RouteSpec[];
  /** Bytes. */
  readonly mtu: number;
  /** CLOCK_MONOTONIC at the start, ns; null: drawn from the seed. */
  readonly bootedNs: number | null;
  /** null: no CPU model, what happens on the host takes no time. */
  readonly cpus: CpusSpec | null;
}

export interface CpusSpec {
  readonly count: number;
  /** What things cost, `own` among it. */
  readonly costs: CostProfile;
  /** Costs that the document gives itself; they win over those of a profile. */
  readonly own: Partial<Costs>;
}

export interface AddressSpec {
  readonly address: string;
  readonly prefix: number;
}

/** A route besides those that the addresses imply. Addresses of hosts that share a link need none. */
export interface RouteSpec {
  readonly to: string;
  readonly prefix: number;
  /** Bytes; what the device can carry is the limit all the same. */
  readonly mtu: number;
}

/** A wire between two hosts, or a segment that several share. Each direction of each pair has its own queue. */
export interface LinkSpec {
  readonly between: readonly string[];
  readonly latencyNs: number;
  /** Each packet takes up to this much longer, uniformly; packets keep their order. */
  readonly jitterNs: number;
  /** bit/s; null: infinitely fast. */
  readonly bandwidth: number | null;
  /** Without a bandwidth: least time from one packet of a direction to the next, ns. Not in documents (default 0). */
  readonly gapNs?: number;
  /** Packets that may wait for the wire; the next one is lost (`queue full`). Needs `bandwidth`. */
  readonly queue: number;
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: { readonly probability: number; readonly delayNs: number };
}

/** What a fault rule may look for in a packet. */
export type FaultMatch = 'any' | 'syn' | 'syn-ack' | 'ack' | 'third-ack' | 'data' | 'fin' | 'rst' | 'icmp';

export type FaultAction =
  | { readonly kind: 'drop' }
  | { readonly kind: 'delay'; readonly byNs: number }
  /** Arrives `copies` more times. */
  | { readonly kind: 'duplicate'; readonly copies: number; readonly byNs: number }
  /** Arrives with a wrong checksum. */
  | { readonly kind: 'corrupt' }
  /** Arrives after the next `behind` packets of the same direction, or after `byNs` when fewer follow. */
  | { readonly kind: 'reorder'; readonly behind: number; readonly byNs: number };

export interface FaultSpec {
  readonly action: FaultAction;
  readonly match: FaultMatch;
  /** Host names (or addresses of spoofed sources); null: any. */
  readonly from: string | null;
  readonly to: string | null;
  /** The rule holds for both directions of from and to. */
  readonly bothWays: boolean;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  /** Which of the matching packets, counted from 1. */
  readonly which: FaultWhich;
  /** Sent in [from, until), ns. */
  readonly during: { readonly fromNs: number; readonly untilNs: number };
  readonly probability: number;
  /** Shown as the reason of a drop. */
  readonly text: string;
}

export type FaultWhich =
  | { readonly kind: 'all' }
  | { readonly kind: 'nth'; readonly numbers: readonly number[] }
  | { readonly kind: 'first'; readonly count: number }
  | { readonly kind: 'every'; readonly step: number };

export interface ProcessSpec {
  /** Unique; default: the name of its program, with a number when taken. */
  readonly name: string;
  readonly host: string;
  readonly startNs: number;
  readonly program: ProgramSpec;
}

/** A crafted packet, or a series of them, that appears at a host as if the network had brought it. */
export interface InjectSpec {
  readonly atNs: number;
  /** Source address and port, of a host or of nobody; the port is null when the connection gives it. */
  readonly from: { readonly host: string; readonly port: number | null };
  /** Destination host (or one of its addresses) and port; null: the port that last sent to `from`. */
  readonly to: { readonly host: string; readonly port: number | null };
  readonly family: AddressFamily;
  readonly what: /** packetdrill notation. `relative`: numbers count from the connection's first ones. */
    | { readonly kind: 'segment'; readonly text: string; readonly relative: boolean }
    /** An ICMP error about the last segment that `to` sent to `about`. */
    | {
        readonly kind: 'icmp';
        readonly error: IcmpErrorName;
        readonly mtu: number;
        readonly about: { readonly host: string; readonly port: number | null };
      };
  readonly count: number;
  readonly intervalNs: number;
  /** Added for each further packet of the series. */
  readonly step: { readonly address: number; readonly port: number; readonly seq: number };
}

export type IcmpErrorName =
  | 'net-unreachable'
  | 'host-unreachable'
  | 'protocol-unreachable'
  | 'port-unreachable'
  | 'fragmentation-needed'
  | 'admin-prohibited'
  | 'time-exceeded'
  | 'parameter-problem';

/** A signal from outside, to a process or to one of its threads. */
export interface SignalSpec {
  readonly atNs: number;
  /** Name of the process. */
  readonly process: string;
  /** Which of its threads, from 0; null: Linux chooses. */
  readonly thread: number | null;
  readonly signal: SignalName;
}

export interface SysctlChange {
  readonly atNs: number;
  readonly host: string;
  readonly sysctls: Partial<Sysctls>;
}
