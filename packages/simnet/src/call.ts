// System calls as data: what a process asked for, and what it got. A call that blocks is kept as such a record, so that
// a snapshot holds it, and the log of the results is what a process is replayed from.

import type { Errno, ShutdownHow, SockOptionName, SockOptionValue } from '@halfopen/engine';
import { formatEpollMask, formatPollMask } from './poll-bits.ts';
import type { SignalFlags, SignalHandler, SignalName } from './signal.ts';
import type { Endpoint, EpollEvent, EpollOp, PollRequest, RecvFlags, SendFlags } from './sys.ts';
import { formatDuration } from './units.ts';

export type Call =
  | { readonly name: 'sleep'; readonly ns: number }
  /** Burns user CPU. Not a system call. */
  | { readonly name: 'compute'; readonly ns: number }
  /** FUTEX_WAIT: until another thread of the process wakes this one. */
  | { readonly name: 'futex' }
  | { readonly name: 'socket'; readonly family: 'AF_INET' | 'AF_INET6'; readonly nonblock: boolean }
  | { readonly name: 'bind'; readonly fd: number; readonly at: Endpoint }
  | { readonly name: 'listen'; readonly fd: number; readonly backlog: number }
  | { readonly name: 'connect'; readonly fd: number; readonly to: Endpoint }
  | { readonly name: 'disconnect'; readonly fd: number }
  | { readonly name: 'accept'; readonly fd: number; readonly nonblock: boolean }
  | { readonly name: 'send'; readonly fd: number; readonly data: Uint8Array; readonly flags: SendFlags }
  | { readonly name: 'recv'; readonly fd: number; readonly length: number; readonly flags: RecvFlags }
  | { readonly name: 'shutdown'; readonly fd: number; readonly how: ShutdownHow }
  | { readonly name: 'close'; readonly fd: number }
  | { readonly name: 'poll'; readonly requests: readonly PollRequest[]; readonly timeoutNs: number }
  | { readonly name: 'epollCreate' }
  /** A thread hands a descriptor to one of its process that waits in `take`. */
  | { readonly name: 'give'; readonly fd: number }
  | { readonly name: 'take' }
  | {
      readonly name: 'epollCtl';
      readonly epfd: number;
      readonly op: EpollOp;
      readonly fd: number;
      readonly events: number;
      readonly data: number;
    }
  | {
      readonly name: 'epollWait';
      readonly epfd: number;
      readonly maxEvents: number;
      readonly timeoutNs: number;
    }
  | { readonly name: 'getsockname'; readonly fd: number }
  | { readonly name: 'getpeername'; readonly fd: number }
  | {
      readonly name: 'setsockopt';
      readonly fd: number;
      readonly option: SockOptionName;
      readonly value: SockOptionValue<SockOptionName>;
    }
  | { readonly name: 'getsockopt'; readonly fd: number; readonly option: SockOptionName }
  | { readonly name: 'setNonblocking'; readonly fd: number; readonly on: boolean }
  | {
      readonly name: 'sigaction';
      readonly signal: SignalName;
      readonly handler: SignalHandler;
      readonly flags: SignalFlags;
    }
  | { readonly name: 'kill'; readonly process: string; readonly signal: SignalName };

/** What a call gave: a value of the type that `Sys` says, or an errno. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly errno: Errno };

const at = ({ host, port }: Endpoint): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** `{"on":true,"seconds":0}` as `on=true seconds=0`. */
function optionText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, entry]) => `${key}=${String(entry)}`)
    .join(' ');
}

/** The flags of send() and recv() by name. */
export const MSG_NAMES = {
  more: 'MSG_MORE',
  peek: 'MSG_PEEK',
  trunc: 'MSG_TRUNC',
  dontWait: 'MSG_DONTWAIT',
  waitAll: 'MSG_WAITALL',
  noSignal: 'MSG_NOSIGNAL',
} as const;

/** `, MSG_PEEK|MSG_WAITALL`, or nothing. */
function flagText(flags: SendFlags & RecvFlags): string {
  const names = (Object.keys(MSG_NAMES) as (keyof typeof MSG_NAMES)[]).filter((key) => flags[key] === true);
  return names.length === 0 ? '' : `, ${names.map((key) => MSG_NAMES[key]).join('|')}`;
}

/** As strace prints it. */
export function formatCall(call: Call): string {
  switch (call.name) {
    case 'sleep':
      return `sleep(${formatDuration(call.ns)})`;
    case 'compute':
      return `compute(${formatDuration(call.ns)})`;
    case 'futex':
      return 'futex(FUTEX_WAIT)';
    case 'socket':
      return `socket(${call.family}, SOCK_STREAM${call.nonblock ? '|SOCK_NONBLOCK' : ''})`;
    case 'bind':
      return `bind(${call.fd}, ${at(call.at)})`;
    case 'listen':
      return `listen(${call.fd}, ${call.backlog})`;
    case 'connect':
      return `connect(${call.fd}, ${at(call.to)})`;
    case 'disconnect':
      return `connect(${call.fd}, AF_UNSPEC)`;
    case 'accept':
      return call.nonblock ? `accept4(${call.fd}, SOCK_NONBLOCK)` : `accept(${call.fd})`;
    case 'send':
      return `send(${call.fd}, ${call.data.length}${flagText(call.flags)})`;
    case 'recv':
      return `recv(${call.fd}, ${call.length}${flagText(call.flags)})`;
    case 'shutdown':
      return `shutdown(${call.fd}, ${call.how})`;
    case 'poll':
      return `poll(${call.requests.map((r) => `${r.fd}:${formatPollMask(r.events)}`).join(' ')}, ${formatDuration(call.timeoutNs)})`;
    case 'give':
      return `futex(FUTEX_WAKE, ${call.fd})`;
    case 'take':
      return 'futex(FUTEX_WAIT)';
    case 'epollCreate':
      return 'epoll_create1(0)';
    case 'epollCtl':
      return `epoll_ctl(${call.epfd}, EPOLL_CTL_${call.op}, ${call.fd}${call.op === 'DEL' ? '' : `, ${formatEpollMask(call.events)}`})`;
    case 'epollWait':
      return `epoll_wait(${call.epfd}, ${call.maxEvents}, ${formatDuration(call.timeoutNs)})`;
    case 'setsockopt':
      return `setsockopt(${call.fd}, ${call.option}, ${optionText(call.value)})`;
    case 'getsockopt':
      return `getsockopt(${call.fd}, ${call.option})`;
    case 'setNonblocking':
      return `fcntl(${call.fd}, F_SETFL, ${call.on ? 'O_NONBLOCK' : '0'})`;
    case 'sigaction':
      return `sigaction(${call.signal}, ${call.handler}${call.flags.restart === true ? ', SA_RESTART' : ''})`;
    case 'kill':
      return `kill(${call.process}, ${call.signal})`;
    default:
      return `${call.name}(${call.fd})`;
  }
}

/** `2, 4:EPOLLIN 5:EPOLLIN|EPOLLOUT`. */
const epollText = (events: readonly EpollEvent[]): string =>
  events.length === 0
    ? '0'
    : `${events.length}, ${events.map((e) => `${e.data}:${formatEpollMask(e.events)}`).join(' ')}`;

function formatValue(call: Call, value: unknown): string {
  if (call.name === 'recv') return String((value as Uint8Array).length);
  if (call.name === 'accept') {
    const accepted = value as { fd: number; peer: Endpoint };
    return `${accepted.fd}, ${at(accepted.peer)}`;
  }
  if (call.name === 'poll') return (value as number[]).map(formatPollMask).join(' ');
  if (call.name === 'epollWait') return epollText(value as EpollEvent[]);
  if (call.name === 'getsockname' || call.name === 'getpeername') return at(value as Endpoint);
  if (call.name === 'getsockopt') return optionText(value);
  return value === undefined ? '0' : String(value);
}

/** `3`, `-1 ECONNREFUSED`. */
export const formatOutcome = (call: Call, outcome: Outcome): string =>
  outcome.ok ? formatValue(call, outcome.value) : `-1 ${outcome.errno}`;
