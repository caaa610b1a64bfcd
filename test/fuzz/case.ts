// One random case as data: the server's settings and what happens to it, step by step. Printed as JSON, so that a case
// that showed a difference can be kept and replayed. Segments are text with the numbers of raw/raw-target.ts.

import type { ShutdownHow, Sysctls } from '@halfopen/engine';

export interface CaseSettings {
  readonly backlog: number;
  readonly sysctls: Partial<Sysctls>;
  /** Of the listener, set before listen(). */
  readonly options: Partial<Record<CaseOption, number>>;
}

export type CaseOption = 'TCP_DEFER_ACCEPT' | 'TCP_SYNCNT' | 'TCP_MAXSEG' | 'SO_RCVBUF' | 'TCP_NODELAY';

/** The listener is descriptor 3; what accept() gives follows, lowest free first. */
export type Step =
  | { readonly do: 'segment'; readonly port: number; readonly text: string }
  | {
      readonly do: 'icmp';
      readonly port: number;
      readonly type: number;
      readonly code: number;
      readonly seq: number;
    }
  | { readonly do: 'accept'; readonly fd: number }
  | { readonly do: 'listen'; readonly fd: number; readonly backlog: number }
  | { readonly do: 'close'; readonly fd: number }
  | { readonly do: 'shutdown'; readonly fd: number; readonly how: ShutdownHow }
  | { readonly do: 'send'; readonly fd: number; readonly length: number }
  | { readonly do: 'recv'; readonly fd: number; readonly length: number }
  | { readonly do: 'poll'; readonly fd: number }
  | { readonly do: 'getpeername'; readonly fd: number }
  | { readonly do: 'error'; readonly fd: number }
  | { readonly do: 'linger'; readonly fd: number }
  | { readonly do: 'defer-accept'; readonly fd: number; readonly seconds: number }
  | {
      readonly do: 'sysctl';
      readonly name: 'net.ipv4.tcp_syncookies' | 'net.ipv4.tcp_abort_on_overflow';
      readonly value: number;
    }
  | { readonly do: 'wait'; readonly ms: number };

export interface Case {
  readonly settings: CaseSettings;
  readonly steps: readonly Step[];
}

/** What one step did, as far as anybody outside can tell. */
export interface Observation {
  readonly result: string;
  /** Segments sent, as text. */
  readonly sent: readonly string[];
  readonly moved: { readonly [counter: string]: number };
  readonly sockets: readonly string[];
  readonly queue: string;
  /** ns since the case began, before and after. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** A step in a line, for people. */
export function stepText(step: Step): string {
  switch (step.do) {
    case 'segment':
      return `${step.port} > ${step.text}`;
    case 'icmp':
      return `${step.port} > icmp ${step.type}/${step.code} about seq ${step.seq}`;
    case 'sysctl':
      return `sysctl ${step.name}=${step.value}`;
    case 'wait':
      return `wait ${step.ms} ms`;
    default: {
      const { do: name, ...rest } = step;
      return `${name}(${Object.values(rest).join(', ')})`;
    }
  }
}
