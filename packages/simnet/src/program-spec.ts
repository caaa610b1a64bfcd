// The declarative programs of a scenario, as data. The same data drives the same programs on the real kernel, so it
// names system calls and their arguments, never anything of the simulator.

import type { AddressFamily, Errno, ShutdownHow } from '@halfopen/engine';
import type { SignalFlags, SignalHandler, SignalName } from './signal.ts';
import type { Endpoint, EpollOp, RecvFlags, SendFlags } from './sys.ts';

export type ProgramSpec = ServerSpec | ClientSpec | EchoSpec | IdleSpec | StepsSpec | CustomSpec;

interface ListenSpec {
  readonly family: AddressFamily;
  /** null: any address. */
  readonly address: string | null;
  readonly port: number;
  /** As given to listen(). */
  readonly backlog: number;
  readonly options: readonly OptionSpec[];
}

/** Listens, accepts, reads a request, answers, closes. */
export interface ServerSpec extends ListenSpec {
  readonly program: 'server';
  /**
   * `serial`: one connection at a time, blocking. `events`: all at once, with poll(). `epoll`: the same with epoll.
   * `threads`: one thread accepts and gives each connection to a thread of its own.
   */
  readonly style: 'serial' | 'events' | 'epoll' | 'threads';
  /** Threads of the process that block in accept() of the one listener (`serial`), or that serve (`threads`). */
  readonly workers: number;
  /** accept() is not called before, ns after the start of the process. */
  readonly acceptFromNs: number;
  /** accept() is not called in these spans, ns since the scenario began. */
  readonly stalls: readonly { readonly atNs: number; readonly forNs: number }[];
  /** Least time from one accept() to the next, ns. */
  readonly acceptEveryNs: number;
  /** Connections accepted in all; 0: accept() is never called. null: no end. */
  readonly acceptMax: number | null;
  /** Bytes read before the answer goes out; 0: answer at once. */
  readonly requestBytes: number;
  /** CPU time of the program's own for each request, ns. */
  readonly cpuNs: number;
  /** Time from request to answer, ns; `serial` servers accept nothing meanwhile. */
  readonly thinkNs: number;
  readonly replyBytes: number;
  /** After the answer: serve the next request on the same connection until the client closes. */
  readonly keepAlive: boolean;
  readonly close: CloseHow;
}

/** `close`; `reset`: SO_LINGER 0 and close; `never`: kept open until the process ends. */
export type CloseHow = 'close' | 'reset' | 'never';

/** Connects, sends a request, waits for the answer, holds the connection, closes; `count` times. */
export interface ClientSpec {
  readonly program: 'client';
  readonly family: AddressFamily;
  readonly to: Endpoint;
  /** bind() before connect(). */
  readonly bind: { readonly address: string | null; readonly port: number } | null;
  readonly options: readonly OptionSpec[];
  readonly count: number;
  /**
   * Start of each connection, ns after the start of the process. `sequential`: one process, each connection after the
   * one before. `times`: each connection in a process of its own.
   */
  readonly pace:
    | { readonly kind: 'sequential'; readonly gapNs: number }
    | { readonly kind: 'times'; readonly atNs: readonly number[] };
  /** 0: sends nothing and expects nothing unless replyBytes says so. */
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** CPU time of the program's own before each request, ns. */
  readonly cpuNs: number;
  /** Requests on each connection. */
  readonly requests: number;
  /** Connection kept open after the last answer, ns. */
  readonly holdNs: number;
  readonly close: CloseHow;
  /** SO_SNDTIMEO and SO_RCVTIMEO, ns; null: wait as long as the kernel does. */
  readonly timeoutNs: number | null;
}

/** Sends back what it receives, on all connections at once. */
export interface EchoSpec extends ListenSpec {
  readonly program: 'echo';
}

/** Sleeps. */
export interface IdleSpec {
  readonly program: 'idle';
}

/** A list of system calls. */
export interface StepsSpec {
  readonly program: 'steps';
  readonly steps: readonly Step[];
  /** Further threads of the process, with lists of their own: they share its descriptors. */
  readonly threads: readonly ThreadSpec[];
}

export interface ThreadSpec {
  /** Threads with this list. */
  readonly count: number;
  /** Start of the first after that of the process, and time from each to the next, ns. */
  readonly startNs: number;
  readonly everyNs: number;
  /** How often the list is run. */
  readonly repeat: number;
  readonly steps: readonly Step[];
}

/** A TypeScript program given to `runScenario({ programs })` under this name. */
export interface CustomSpec {
  readonly program: 'custom';
  readonly call: string;
}

export interface OptionSpec {
  readonly name: string;
  readonly value: number;
}

/** Descriptors have names. `errno`: the call must fail so; otherwise it must succeed, unless `any` outcome will do. */
interface StepBase {
  readonly errno: Errno | null;
  readonly any: boolean;
}

export type Step =
  | (StepBase & {
      readonly call: 'socket';
      readonly fd: string;
      readonly family: AddressFamily;
      readonly nonblock: boolean;
    })
  | (StepBase & {
      readonly call: 'bind';
      readonly fd: string;
      readonly address: string | null;
      readonly port: number;
    })
  | (StepBase & { readonly call: 'listen'; readonly fd: string; readonly backlog: number })
  | (StepBase & { readonly call: 'connect'; readonly fd: string; readonly to: Endpoint })
  | (StepBase & { readonly call: 'accept'; readonly fd: string; readonly as: string })
  /** One send(2) of this many bytes (or of the text); `all` repeats it until all are taken. */
  | (StepBase & {
      readonly call: 'send';
      readonly fd: string;
      readonly bytes: number;
      readonly text: string | null;
      readonly all: boolean;
      readonly flags: SendFlags;
      readonly expect: number | null;
    })
  /** One recv(2); `all` repeats it until that many bytes or the end of file came. `expect` is the number that must come. */
  | (StepBase & {
      readonly call: 'recv';
      readonly fd: string;
      readonly bytes: number;
      readonly all: boolean;
      readonly flags: RecvFlags;
      readonly expect: number | null;
    })
  | (StepBase & { readonly call: 'shutdown'; readonly fd: string; readonly how: ShutdownHow })
  | (StepBase & { readonly call: 'disconnect'; readonly fd: string })
  | (StepBase & { readonly call: 'close'; readonly fd: string })
  | (StepBase & {
      readonly call: 'setsockopt';
      readonly fd: string;
      readonly name: string;
      readonly value: number;
    })
  | (StepBase & { readonly call: 'nonblock'; readonly fd: string; readonly on: boolean })
  | (StepBase & {
      readonly call: 'poll';
      readonly fd: string;
      readonly events: number;
      readonly timeoutNs: number;
      readonly expect: number | null;
    })
  | (StepBase & { readonly call: 'epoll_create'; readonly fd: string })
  | (StepBase & {
      readonly call: 'epoll_ctl';
      readonly epoll: string;
      readonly op: EpollOp;
      readonly fd: string;
      readonly events: number;
    })
  /** `expect`: names of the descriptors that are reported and their events, in order. */
  | (StepBase & {
      readonly call: 'epoll_wait';
      readonly epoll: string;
      readonly max: number;
      readonly timeoutNs: number;
      readonly expect: readonly { readonly fd: string; readonly events: number }[] | null;
    })
  | (StepBase & { readonly call: 'sleep'; readonly forNs: number })
  | (StepBase & { readonly call: 'compute'; readonly forNs: number })
  /** Sleeps until this time of the scenario, ns. */
  | (StepBase & { readonly call: 'until'; readonly atNs: number })
  | (StepBase & {
      readonly call: 'sigaction';
      readonly signal: SignalName;
      readonly handler: SignalHandler;
      readonly flags: SignalFlags;
    })
  | (StepBase & { readonly call: 'kill'; readonly process: string; readonly signal: SignalName })
  | (StepBase & { readonly call: 'log'; readonly text: string })
  /** Gives a name to a descriptor that another thread opened. */
  | (StepBase & { readonly call: 'use'; readonly fd: string; readonly number: number });
