// The calls that calibration times, through koffi like those of target/calls.ts, and one that makes no system call, to
// know what koffi itself costs.

import { bindCalls } from '../target/calls.ts';

/** Each returns what C returns; structures are bytes in host order. */
export interface TimedCalls {
  /** No system call: what a call through koffi costs. The further arguments are ignored, as C allows in this ABI. */
  labs(a: number, b: number, c: number, d: number): number;
  syscall(number: number, a: number, b: number, c: number): number;
  clock_gettime(clock: number, into: Uint8Array): number;
  sched_setaffinity(pid: number, size: number, mask: Uint8Array): number;
  sched_getcpu(): number;
  pipe2(fds: number[], flags: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  /** Without the address of the peer. */
  accept4(fd: number, address: null, length: null, flags: number): number;
  send(fd: number, from: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  close(fd: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  poll(fds: Uint8Array, count: number, timeout: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, op: number, fd: number, event: Uint8Array): number;
  epoll_wait(epfd: number, events: Uint8Array, count: number, timeout: number): number;
  errno(): string;
}

const DECLARATIONS = [
  'long labs(long a, long b, long c, long d)',
  'long syscall(long number, long a, long b, long c)',
  'int clock_gettime(int clock, _Out_ uint8_t *into)',
  'int sched_setaffinity(int pid, size_t size, const uint8_t *mask)',
  'int sched_getcpu()',
  'int pipe2(_Out_ int *fds, int flags)',
  'long read(int fd, _Out_ uint8_t *into, size_t length)',
  'long write(int fd, const uint8_t *from, size_t length)',
  'int socket(int domain, int type, int protocol)',
  'int bind(int fd, const uint8_t *address, uint32_t length)',
  'int listen(int fd, int backlog)',
  'int connect(int fd, const uint8_t *address, uint32_t length)',
  'int accept4(int fd, void *address, void *length, int flags)',
  'long send(int fd, const uint8_t *from, size_t length, int flags)',
  'long recv(int fd, _Out_ uint8_t *into, size_t length, int flags)',
  'int shutdown(int fd, int how)',
  'int close(int fd)',
  'int fcntl(int fd, int command, int argument)',
  'int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)',
  'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
  'int epoll_create1(int flags)',
  'int epoll_ctl(int epfd, int op, int fd, const uint8_t *event)',
  'int epoll_wait(int epfd, _Out_ uint8_t *events, int count, int timeout)',
] as const;

let bound: TimedCalls | undefined;

/** Binds them, once a thread. Throws HostError `not-linux` or `no-koffi`. */
export function timedCalls(): TimedCalls {
  bound ??= bindCalls<TimedCalls>(DECLARATIONS);
  return bound;
}
