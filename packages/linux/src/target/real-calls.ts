// The calls of `Sys` on the real kernel: each is the system call of that name and blocks its thread until Linux returns.
// Descriptors have numbers of their own (fd-table.ts): Node itself has taken the low numbers of the real table.

import { type AddressFamily, type Errno, parseAddr, type ShutdownHow } from '@halfopen/engine';
import {
  type Call,
  type Endpoint,
  type EpollEvent,
  type EpollOp,
  type Outcome,
  type RecvFlags,
  type SendFlags,
  SIGNALS,
} from '@halfopen/simnet';
import type { Calls } from './calls.ts';
import { monotonicNs, sleepUntilSignal, threadCpuNs, timespec } from './clock.ts';
import type { FdTable } from './fd-table.ts';
import { setAction } from './real-signals.ts';
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  endpointOf,
  intBytes,
  intOf,
  SOCKADDR_MAX,
  sockaddr,
} from './socket-address.ts';
import { OPTION_LAYOUTS } from './socket-options.ts';

// include/linux/net.h, socket.h, include/uapi/asm-generic/fcntl.h v6.18
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_BITS = {
  more: 0x8000,
  peek: 2,
  trunc: 0x20,
  dontWait: 0x40,
  waitAll: 0x100,
  noSignal: 0x4000,
} as const;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const EPOLL_CLOEXEC = SOCK_CLOEXEC;
/** include/uapi/linux/eventpoll.h v6.18. */
const EPOLL_OPS: { readonly [O in EpollOp]: number } = { ADD: 1, DEL: 2, MOD: 3 };
const SHUTDOWN: { readonly [H in ShutdownHow]: number } = { SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2 };
/** Longest wait that is passed on, ns: a year. */
const LONG_NS = 31_536_000e9;

/** The calls of one process: its descriptors, and how it finds the address of a host. */
export interface RealProcess {
  readonly calls: Calls;
  readonly table: FdTable;
  /** CPU time of the last connect(), ns; null when the clock cannot be read. */
  connectCpuNs: number | null;
  resolve(name: string, family: AddressFamily): string;
  /** The number of a process of the scenario that has begun; null: there is none. */
  pidOf(name: string): number | null;
}

/** -1 came back. */
class Failed extends Error {
  readonly errno: Errno;
  constructor(errno: string) {
    super(errno);
    this.errno = errno as Errno;
  }
}

function check(p: RealProcess, result: number): number {
  if (result >= 0) return result;
  throw new Failed(p.calls.errno());
}

/** Family of a socket; AF_INET for what is none. */
export function familyOf(p: RealProcess, fd: number): AddressFamily {
  const { level, number } = OPTION_LAYOUTS.SO_DOMAIN;
  const bytes = new Uint8Array(4);
  const result = p.calls.getsockopt(p.table.real(fd), level, number, bytes, intBytes(4));
  return result === 0 && intOf(bytes) === AF_INET6 ? 'AF_INET6' : 'AF_INET';
}

function address(p: RealProcess, fd: number, { host, port }: Endpoint): Uint8Array {
  const family = familyOf(p, fd);
  const text = parseAddr(host) === null ? p.resolve(host, family) : host;
  const found = parseAddr(text);
  if (found === null) throw new Error(`${text} is no address`);
  return sockaddr(family, found, port);
}

/** The local or the remote end of a socket. */
function name(p: RealProcess, fd: number, call: 'getsockname' | 'getpeername'): Endpoint {
  const bytes = new Uint8Array(SOCKADDR_MAX);
  check(p, p.calls[call](p.table.real(fd), bytes, intBytes(bytes.length)));
  return endpointOf(bytes);
}

/** The local end of a socket; null when it has none. */
export function localOf(p: RealProcess, fd: number): Endpoint | null {
  try {
    return name(p, fd, 'getsockname');
  } catch {
    return null;
  }
}

function socket(p: RealProcess, family: AddressFamily, nonblock: boolean): number {
  const type = SOCK_STREAM | SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0);
  return p.table.add(check(p, p.calls.socket(family === 'AF_INET' ? AF_INET : AF_INET6, type, 0)));
}

function accept(p: RealProcess, fd: number, nonblock: boolean): { fd: number; peer: Endpoint } {
  const bytes = new Uint8Array(SOCKADDR_MAX);
  const flags = SOCK_CLOEXEC | (nonblock ? SOCK_NONBLOCK : 0);
  const real = check(p, p.calls.accept4(p.table.real(fd), bytes, intBytes(bytes.length), flags));
  return { fd: p.table.add(real), peer: endpointOf(bytes) };
}

/** The CPU time is that of the system call and of one reading of the clock, about 0.3 us. */
function connect(p: RealProcess, call: Call & { name: 'connect' }): void {
  const to = address(p, call.fd, call.to);
  const real = p.table.real(call.fd);
  const beforeNs = threadCpuNs(p.calls);
  const result = p.calls.connect(real, to, to.length);
  const errno = result < 0 ? p.calls.errno() : null;
  const afterNs = threadCpuNs(p.calls);
  p.connectCpuNs = beforeNs === null || afterNs === null ? null : afterNs - beforeNs;
  if (errno !== null) throw new Failed(errno);
}

function messageBits(flags: SendFlags & RecvFlags): number {
  const set = (Object.keys(MSG_BITS) as (keyof typeof MSG_BITS)[]).filter((key) => flags[key] === true);
  return set.reduce((bits, key) => bits | MSG_BITS[key], 0);
}

function recv(p: RealProcess, { fd, length, flags }: Call & { name: 'recv' }): Uint8Array {
  const into = new Uint8Array(length);
  const got = check(p, p.calls.recv(p.table.real(fd), into, length, messageBits(flags)));
  return into.subarray(0, Math.min(length, got));
}

function close(p: RealProcess, fd: number): void {
  const real = p.table.real(fd);
  p.table.remove(fd);
  check(p, p.calls.close(real));
}

function poll(p: RealProcess, { requests, timeoutNs }: Call & { name: 'poll' }): number[] {
  const bytes = new Uint8Array(8 * requests.length);
  const view = new DataView(bytes.buffer);
  requests.forEach(({ fd, events }, i) => {
    // A number that is open nowhere, since poll() leaves negative ones out: it answers POLLNVAL.
    const real = p.table.real(fd);
    view.setInt32(8 * i, fd < 0 ? -1 : real < 0 ? 0x7fffffff : real, true);
    view.setInt16(8 * i + 4, events, true);
  });
  const timeout = timeoutNs === Number.POSITIVE_INFINITY ? null : timespec(Math.min(timeoutNs, LONG_NS));
  check(p, p.calls.ppoll(bytes, requests.length, timeout, null));
  return requests.map((_, i) => view.getUint16(8 * i + 6, true));
}

/** struct epoll_event is packed on x86-64: 4 bytes of events, 8 of data. Elsewhere 4 bytes of padding stand between. */
const EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
const EVENT_DATA = EVENT_SIZE - 8;

function epollCtl(p: RealProcess, { epfd, op, fd, events, data }: Call & { name: 'epollCtl' }): void {
  const event = new Uint8Array(EVENT_SIZE);
  const view = new DataView(event.buffer);
  view.setInt32(0, events, true);
  view.setBigInt64(EVENT_DATA, BigInt(data), true);
  check(p, p.calls.epoll_ctl(p.table.real(epfd), EPOLL_OPS[op], p.table.real(fd), event));
}

/** Events that one call of epoll_wait() is given room for. */
const EVENTS_MAX = 4096;

function epollWait(
  p: RealProcess,
  { epfd, maxEvents, timeoutNs }: Call & { name: 'epollWait' },
): EpollEvent[] {
  const max = Math.min(maxEvents, EVENTS_MAX);
  const bytes = new Uint8Array(EVENT_SIZE * Math.max(max, 1));
  const ms = timeoutNs === Number.POSITIVE_INFINITY ? -1 : Math.min(Math.ceil(timeoutNs / 1e6), 2147483647);
  const count = check(p, p.calls.epoll_wait(p.table.real(epfd), bytes, max, ms));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, i) => ({
    events: view.getInt32(EVENT_SIZE * i, true),
    data: Number(view.getBigInt64(EVENT_SIZE * i + EVENT_DATA, true)),
  }));
}

function getsockopt(p: RealProcess, { fd, option }: Call & { name: 'getsockopt' }): unknown {
  const { level, number, size, decode } = OPTION_LAYOUTS[option];
  const bytes = new Uint8Array(size);
  const length = intBytes(size);
  check(p, p.calls.getsockopt(p.table.real(fd), level, number, bytes, length));
  return decode(bytes.subarray(0, intOf(length)));
}

function setsockopt(p: RealProcess, { fd, option, value }: Call & { name: 'setsockopt' }): void {
  const { level, number, encode } = OPTION_LAYOUTS[option];
  const bytes = encode(value);
  check(p, p.calls.setsockopt(p.table.real(fd), level, number, bytes, bytes.length));
}

function setNonblocking(p: RealProcess, fd: number, on: boolean): void {
  const flags = check(p, p.calls.fcntl(p.table.real(fd), F_GETFL, 0));
  check(p, p.calls.fcntl(p.table.real(fd), F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

function disconnect(p: RealProcess, fd: number): void {
  const nowhere = new Uint8Array(16);
  nowhere[0] = AF_UNSPEC;
  check(p, p.calls.connect(p.table.real(fd), nowhere, nowhere.length));
}

/** Uses CPU time: spins until the clock of this thread has moved on by so much. */
function compute(calls: Calls, ns: number): void {
  const from = threadCpuNs(calls);
  const start = monotonicNs();
  const used = (): number => (from === null ? monotonicNs() - start : (threadCpuNs(calls) ?? 0) - from);
  while (used() < ns);
}

/** Runs the call and gives what `Sys` promises; throws Failed. */
function perform(p: RealProcess, call: Call): unknown {
  const { calls, table } = p;
  switch (call.name) {
    case 'sleep':
      if (!sleepUntilSignal(calls, monotonicNs() + call.ns)) throw new Failed('EINTR');
      return undefined;
    case 'compute':
      return compute(calls, call.ns);
    case 'socket':
      return socket(p, call.family, call.nonblock);
    case 'bind': {
      const at = address(p, call.fd, call.at);
      return void check(p, calls.bind(table.real(call.fd), at, at.length));
    }
    case 'listen':
      return void check(p, calls.listen(table.real(call.fd), call.backlog));
    case 'connect':
      return connect(p, call);
    case 'disconnect':
      return disconnect(p, call.fd);
    case 'accept':
      return accept(p, call.fd, call.nonblock);
    case 'send': {
      const bits = messageBits(call.flags);
      return check(p, calls.send(table.real(call.fd), call.data, call.data.length, bits));
    }
    case 'recv':
      return recv(p, call);
    case 'shutdown':
      return void check(p, calls.shutdown(table.real(call.fd), SHUTDOWN[call.how]));
    case 'close':
      return close(p, call.fd);
    case 'poll':
      return poll(p, call);
    case 'give':
      return table.give(call.fd);
    case 'take':
      return table.take();
    case 'epollCreate':
      return table.add(check(p, calls.epoll_create1(EPOLL_CLOEXEC)));
    case 'epollCtl':
      return epollCtl(p, call);
    case 'epollWait':
      return epollWait(p, call);
    case 'getsockname':
    case 'getpeername':
      return name(p, call.fd, call.name);
    case 'setsockopt':
      return setsockopt(p, call);
    case 'getsockopt':
      return getsockopt(p, call);
    case 'setNonblocking':
      return setNonblocking(p, call.fd, call.on);
    case 'sigaction': {
      const action = { handler: call.handler, restart: call.flags.restart === true };
      return void check(p, setAction(calls, call.signal, action));
    }
    case 'kill': {
      const pid = p.pidOf(call.process);
      if (pid === null) throw new Failed('ESRCH');
      return void check(p, calls.kill(pid, SIGNALS[call.signal]));
    }
  }
}

/** Makes a call and waits for its end. */
export function realCall(p: RealProcess, call: Call): Outcome {
  try {
    return { ok: true, value: perform(p, call) };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { ok: false, errno: error.errno };
  }
}
