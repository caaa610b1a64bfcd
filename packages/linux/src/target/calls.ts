// The system calls that a scenario's processes, its observer and the namespaces need, through koffi. They are
// synchronous: a call that blocks blocks its thread, as in C, which is what makes a child process a process of the
// scenario. Bound once a thread.

import { createRequire } from 'node:module';
import { errnoName, HostError } from '../libc.ts';

type Koffi = typeof import('koffi');

/** Each returns what C returns; `errno()` tells why it was -1. Structures are bytes in host order. */
export interface Calls {
  unshare(flags: number): number;
  setns(fd: number, type: number): number;
  prctl(option: number, argument: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  accept4(fd: number, address: Uint8Array, length: Uint8Array, flags: number): number;
  send(fd: number, from: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  /** The structure's arrays are written to; its lengths are too. */
  recvmsg(fd: number, message: MessageHeader, flags: number): number;
  /** Sets of descriptors as bits; `timeout` is a struct timeval. */
  select(count: number, read: Uint8Array, write: Uint8Array, except: Uint8Array, timeout: Uint8Array): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  /** `timeout` is a struct timespec; null waits for ever. */
  ppoll(fds: Uint8Array, count: number, timeout: Uint8Array | null, mask: null): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, op: number, fd: number, event: Uint8Array | null): number;
  epoll_wait(epfd: number, events: Uint8Array, max: number, timeoutMs: number): number;
  getsockname(fd: number, address: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, address: Uint8Array, length: Uint8Array): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  fcntl(fd: number, command: number, argument: number): number;
  clock_gettime(clock: number, now: Uint8Array): number;
  /** Returns the errno number itself. */
  clock_nanosleep(clock: number, flags: number, until: Uint8Array, left: null): number;
  timerfd_create(clock: number, flags: number): number;
  timerfd_settime(fd: number, flags: number, value: Uint8Array, old: null): number;
  sched_setscheduler(pid: number, policy: number, priority: Uint8Array): number;
  /** A raw call of three numbers. */
  syscall(number: number, a: number, b: number, c: number): number;
  prlimit(pid: number, resource: number, value: Uint8Array | null, old: Uint8Array | null): number;
  /** `action` is a struct sigaction. */
  sigaction(signal: number, action: Uint8Array, old: null): number;
  kill(pid: number, signal: number): number;
  /** Address of a function of the C library; `handle` null looks everywhere. */
  dlsym(handle: null, name: string): number | bigint;
  /** Name of the errno that the last call on this thread left. */
  errno(): string;
}

/** struct msghdr with one buffer. */
export interface MessageHeader {
  readonly name: Uint8Array;
  nameLength: number;
  readonly buffers: readonly [{ readonly base: Uint8Array; readonly length: number }];
  readonly bufferCount: 1;
  readonly control: Uint8Array;
  controlLength: number;
  flags: number;
}

/** The C declarations, by name. */
const DECLARATIONS = [
  'int unshare(int flags)',
  'int setns(int fd, int type)',
  'int prctl(int option, unsigned long argument)',
  'int socket(int domain, int type, int protocol)',
  'int bind(int fd, const uint8_t *address, uint32_t length)',
  'int listen(int fd, int backlog)',
  'int connect(int fd, const uint8_t *address, uint32_t length)',
  'int accept4(int fd, _Out_ uint8_t *address, _Inout_ uint8_t *length, int flags)',
  'long send(int fd, const uint8_t *from, size_t length, int flags)',
  'long recv(int fd, _Out_ uint8_t *into, size_t length, int flags)',
  'int select(int count, _Inout_ uint8_t *read, _Inout_ uint8_t *write, _Inout_ uint8_t *except, uint8_t *timeout)',
  'int shutdown(int fd, int how)',
  'int close(int fd)',
  'int ppoll(_Inout_ uint8_t *fds, unsigned long count, const uint8_t *timeout, const void *mask)',
  'int epoll_create1(int flags)',
  'int epoll_ctl(int epfd, int op, int fd, const uint8_t *event)',
  'int epoll_wait(int epfd, _Out_ uint8_t *events, int max, int timeout)',
  'int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint8_t *length)',
  'int getpeername(int fd, _Out_ uint8_t *address, _Inout_ uint8_t *length)',
  'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
  'int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint8_t *length)',
  'int fcntl(int fd, int command, int argument)',
  'int clock_gettime(int clock, _Out_ uint8_t *now)',
  'int clock_nanosleep(int clock, int flags, const uint8_t *until, void *left)',
  'int timerfd_create(int clock, int flags)',
  'int timerfd_settime(int fd, int flags, const uint8_t *value, void *old)',
  'int sched_setscheduler(int pid, int policy, const uint8_t *priority)',
  'long syscall(long number, long a, long b, long c)',
  'int sigaction(int signal, const uint8_t *action, void *old)',
  'int kill(int pid, int signal)',
  'uintptr_t dlsym(void *handle, const char *name)',
  'int prlimit(int pid, int resource, const uint8_t *value, _Out_ uint8_t *old)',
] as const;

let bound: Calls | undefined;

/** Binds the calls, once a thread. Throws HostError `not-linux` or `no-koffi`. */
export function loadCalls(): Calls {
  bound ??= bindAll();
  return bound;
}

function requireKoffi(): Koffi {
  if (process.platform !== 'linux') {
    throw new HostError('not-linux', `this needs Linux, and this is ${process.platform}`);
  }
  try {
    return createRequire(import.meta.url)('koffi') as Koffi;
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? '';
    throw new HostError(
      'no-koffi',
      `koffi, which calls the C library, cannot be loaded (${why})`,
      'it is an optional dependency: npm install koffi',
    );
  }
}

/** struct msghdr *. Its types have no names, which koffi would keep for the whole process. Source: include/linux/socket.h v6.18. */
function messageHeader(koffi: Koffi): ReturnType<Koffi['inout']> {
  const bytes = koffi.pointer('uint8_t');
  const buffers = koffi.pointer(koffi.struct({ base: bytes, length: 'size_t' }));
  const header = koffi.struct({
    name: bytes,
    nameLength: 'uint32_t',
    buffers,
    bufferCount: 'size_t',
    control: bytes,
    controlLength: 'size_t',
    flags: 'int',
  });
  return koffi.inout(koffi.pointer(header));
}

/** Binds C declarations to functions of their names, and `errno()`. Throws HostError `not-linux` or `no-koffi`. */
export function bindCalls<T extends { errno(): string }>(declarations: readonly string[]): T {
  const koffi = requireKoffi();
  const library = koffi.load(null);
  const entries = declarations.map((text) => {
    const name = /(\w+)\(/.exec(text)?.[1] as string;
    return [name, library.func(text)] as const;
  });
  return { ...Object.fromEntries(entries), errno: () => errnoName(koffi.errno()) } as unknown as T;
}

/** The calls of text, and the one whose structure has no text. */
function bindAll(): Calls {
  const calls = bindCalls<Calls>(DECLARATIONS);
  const koffi = requireKoffi();
  const recvmsg = koffi.load(null).func('recvmsg', 'long', ['int', messageHeader(koffi), 'int']);
  return { ...calls, recvmsg: recvmsg as unknown as Calls['recvmsg'] };
}
