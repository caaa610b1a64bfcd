// One random case as data: the settings of a server or a client and what happens to it, step by step. Printed as JSON, so
// that a case that showed a difference can be kept and replayed. Segments are text with the numbers of raw/raw-target.ts;
// they go to the port from which our last SYN or SYN-ACK came, since a client's is random.

import type { ShutdownHow, SockOptionName, Sysctls } from '@halfopen/engine';

/** Who opens connections: the peer to a listener of ours, or our sockets to the peer. */
export type Side = 'server' | 'client';

export interface CaseSettings {
  /** Of the listener at port 80; a client has none. */
  readonly backlog?: number;
  readonly sysctls: Partial<Sysctls>;
  /** Of the listener, set before listen(). */
  readonly options: Partial<Record<CaseOption, number>>;
}

export type CaseOption = 'TCP_DEFER_ACCEPT' | 'TCP_SYNCNT' | 'TCP_MAXSEG' | 'SO_RCVBUF' | 'TCP_NODELAY';

/** Options of a client's sockets whose value is a number. */
export type ClientOption = Exclude<
  SockOptionName,
  'SO_ERROR' | 'SO_LINGER' | 'SO_ACCEPTCONN' | 'SO_TYPE' | 'SO_DOMAIN' | 'SO_PROTOCOL' | 'TCP_INFO'
>;

/** Descriptors are given lowest free first, from 3 on; a listener is 3. */
export type Step =
  | { readonly do: 'segment'; readonly port: number; readonly text: string }
  | {
      readonly do: 'icmp';
      readonly port: number;
      readonly type: number;
      readonly code: number;
      readonly seq: number;
      readonly mtu?: number;
    }
  | { readonly do: 'socket' }
  | { readonly do: 'bind'; readonly fd: number; readonly port: number; readonly host?: string }
  | { readonly do: 'connect'; readonly fd: number; readonly port: number; readonly host?: string }
  | { readonly do: 'disconnect'; readonly fd: number }
  | { readonly do: 'accept'; readonly fd: number }
  | { readonly do: 'listen'; readonly fd: number; readonly backlog: number }
  | { readonly do: 'close'; readonly fd: number }
  | { readonly do: 'shutdown'; readonly fd: number; readonly how: ShutdownHow }
  | { readonly do: 'send'; readonly fd: number; readonly length: number }
  | { readonly do: 'recv'; readonly fd: number; readonly length: number }
  | { readonly do: 'poll'; readonly fd: number }
  | { readonly do: 'getpeername'; readonly fd: number }
  | { readonly do: 'getsockname'; readonly fd: number }
  | { readonly do: 'error'; readonly fd: number }
  | { readonly do: 'option'; readonly fd: number; readonly name: ClientOption; readonly value: number }
  | { readonly do: 'read-option'; readonly fd: number; readonly name: ClientOption }
  | { readonly do: 'linger'; readonly fd: number }
  | { readonly do: 'defer-accept'; readonly fd: number; readonly seconds: number }
  | {
      readonly do: 'sysctl';
      readonly name: NumberSysctl;
      readonly value: number;
    }
  | { readonly do: 'wait'; readonly ms: number };

/** A setting that is one number. */
export type NumberSysctl = { [N in keyof Sysctls]: Sysctls[N] extends number ? N : never }[keyof Sysctls];

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
  /** `4:OUT,WRNORM` for each open descriptor. */
  readonly polls: string;
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
      return `${step.port} > icmp ${step.type}/${step.code} about seq ${step.seq}${step.mtu === undefined ? '' : ` mtu ${step.mtu}`}`;
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
