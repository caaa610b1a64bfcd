// The system calls a program may use. The same program runs on the simulated kernel (in virtual time) and on the real
// one: `Sys` is all it sees. Calls block as in C: they return when Linux would return, and a failure throws SysError
// with the errno in `.code`. A program awaits nothing but these calls.

import type {
  RecvFlags as EngineRecvFlags,
  SendFlags as EngineSendFlags,
  Errno,
  ShutdownHow,
  SockOptionName,
  SockOptionValue,
} from '@halfopen/engine';

import type { SignalFlags, SignalHandler, SignalName } from './signal.ts';

/** A failed system call, as Node's own errors name it. */
export class SysError extends Error {
  override readonly name = 'SysError';
  readonly code: Errno;
  readonly syscall: string;

  constructor(code: Errno, syscall: string) {
    super(`${syscall}: ${code}`);
    this.code = code;
    this.syscall = syscall;
  }
}

/** Address text (`10.0.0.1`, `2001:db8::1`) or a host name of the scenario, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface PollRequest {
  readonly fd: number;
  /** Bits of poll(2). ERR and HUP are always reported. */
  readonly events: number;
}

export interface SendFlags extends EngineSendFlags {
  /** MSG_DONTWAIT: as if the descriptor did not block. */
  readonly dontWait?: boolean;
  /** MSG_NOSIGNAL: EPIPE comes without SIGPIPE. */
  readonly noSignal?: boolean;
}

export interface RecvFlags extends EngineRecvFlags {
  /** MSG_DONTWAIT: as if the descriptor did not block. */
  readonly dontWait?: boolean;
  /** MSG_WAITALL: waits for all that was asked for. */
  readonly waitAll?: boolean;
}

export type EpollOp = 'ADD' | 'MOD' | 'DEL';

/** struct epoll_event. */
export interface EpollEvent {
  readonly events: number;
  readonly data: number;
}

export interface Sys {
  /** Virtual (or real) time, ns since the scenario began. */
  now(): number;
  /** A number in [0, 1) from the scenario's seed. */
  random(): number;
  /** A line in the scenario's event list. */
  log(text: string): void;
  /** clock_nanosleep(2). EINTR: a handler has run. */
  sleep(ns: number): Promise<void>;
  /** Uses this much CPU time of the program's own; without a CPU model it takes that time. */
  compute(ns: number): Promise<void>;

  socket(family?: 'AF_INET' | 'AF_INET6', options?: { readonly nonblock?: boolean }): Promise<number>;
  bind(fd: number, at: Endpoint): Promise<void>;
  listen(fd: number, backlog: number): Promise<void>;
  connect(fd: number, to: Endpoint): Promise<void>;
  /** connect(AF_UNSPEC). */
  disconnect(fd: number): Promise<void>;
  accept(fd: number, options?: { readonly nonblock?: boolean }): Promise<{ fd: number; peer: Endpoint }>;
  /** One send(2): may take less than all. */
  send(fd: number, data: Uint8Array, flags?: SendFlags): Promise<number>;
  /** One recv(2); an empty array is end of file. */
  recv(fd: number, length: number, flags?: RecvFlags): Promise<Uint8Array>;
  shutdown(fd: number, how: ShutdownHow): Promise<void>;
  close(fd: number): Promise<void>;
  /** poll(2); the masks in the order asked, all zero when `timeoutNs` passed. Infinity waits for ever. */
  poll(requests: readonly PollRequest[], timeoutNs: number): Promise<number[]>;
  /** Hands a descriptor to a thread of the same process that waits in `take()`, or to the next that does. */
  give(fd: number): Promise<void>;
  /** Waits for a descriptor that another thread of the process gives. */
  take(): Promise<number>;
  /** epoll_create1(0). */
  epollCreate(): Promise<number>;
  /** Bits of EPOLL_BITS; ERR and HUP are always reported. `data` is what epollWait() gives back, the descriptor unless said. */
  epollCtl(epfd: number, op: EpollOp, fd: number, events?: number, data?: number): Promise<void>;
  /** What is ready, at most `maxEvents`, none when `timeoutNs` passed (whole milliseconds, rounded up). */
  epollWait(epfd: number, maxEvents: number, timeoutNs: number): Promise<EpollEvent[]>;
  getsockname(fd: number): Promise<Endpoint>;
  getpeername(fd: number): Promise<Endpoint>;
  setsockopt<N extends SockOptionName>(fd: number, name: N, value: SockOptionValue<N>): Promise<void>;
  getsockopt<N extends SockOptionName>(fd: number, name: N): Promise<SockOptionValue<N>>;
  setNonblocking(fd: number, on: boolean): Promise<void>;
  /**
   * sigaction(2), for all threads of the process: the default, nothing, or a handler that does nothing and returns. Programs
   * begin with the defaults, and SIGPIPE ignored. After a handler a call that slept fails with EINTR; with `restart`
   * accept(), connect(), send() and recv() go on instead, unless SO_RCVTIMEO or SO_SNDTIMEO limits them. EINVAL: SIGKILL.
   */
  sigaction(signal: SignalName, handler: SignalHandler, flags?: SignalFlags): Promise<void>;
  /** kill(2). Processes of the same host have their names instead of numbers. ESRCH: there is none, or none any more. */
  kill(process: string, signal: SignalName): Promise<void>;
}

/** A program: an async function over `Sys`. Its return ends the process and closes what it left open. */
export type Program = (sys: Sys) => Promise<void>;
