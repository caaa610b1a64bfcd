// The system calls of one process on a kernel that runs in real time: the same `Sys` that simulated programs get. A
// call that would sleep waits for the wake-up of its socket and tries again, as the kernel's own wait loops do.
// Left out: exclusive wake-ups (no descriptor is shared between processes here) and signals.

import {
  type Addr,
  type AddressFamily,
  type Errno,
  formatAddr,
  isV4,
  type Kernel,
  parseAddr,
  type RecvFlags,
  type Result,
  type SendFlags,
  type ShutdownHow,
  type SockAddr,
  type SockOptionName,
  type SockOptionValue,
} from '@halfopen/engine';
import { type Endpoint, type PollRequest, type Sys, SysError } from '@halfopen/simnet';
import type { RealTime } from './real-time.ts';

// Always reported by poll(2), include/uapi/asm-generic/poll.h
const POLLERR_POLLHUP = 0x8 | 0x10;

/** `::ffff:a.b.c.d` is how an AF_INET6 socket sees an IPv4 address; both are the same words inside. */
function addressOf(host: string, syscall: string): Addr {
  const address = parseAddr(host);
  if (address === null) throw new SysError('EINVAL', syscall);
  return address;
}

const endpointOf = ({ address, port }: SockAddr): Endpoint => ({ host: formatAddr(address), port });

function unwrap<T>(result: Result<T>, syscall: string): T {
  if (result.ok) return result.value;
  throw new SysError(result.errno, syscall);
}

export class LiveSys implements Sys {
  private readonly time: RealTime;
  private readonly task: number;
  private readonly onLog: (text: string) => void;
  private readonly nextRandom: () => number;
  /** Address family of each socket, which a sockaddr needs. */
  private readonly families = new Map<number, AddressFamily>();
  private killed = false;

  constructor(time: RealTime, task: number, onLog: (text: string) => void, nextRandom: () => number) {
    this.time = time;
    this.task = task;
    this.onLog = onLog;
    this.nextRandom = nextRandom;
  }

  /** The process is gone: what it waits for never comes. Its descriptors are the kernel's business. */
  kill(): void {
    this.killed = true;
  }

  now(): number {
    return this.time.now();
  }

  random(): number {
    return this.nextRandom();
  }

  log(text: string): void {
    this.onLog(text);
  }

  sleep(ns: number): Promise<void> {
    return this.wakeUp([], this.time.now() + ns);
  }

  async socket(
    family: AddressFamily = 'AF_INET',
    options: { readonly nonblock?: boolean } = {},
  ): Promise<number> {
    const fd = this.call('socket', (k) =>
      k.socket(this.task, family, 'SOCK_STREAM', options.nonblock === true),
    );
    this.families.set(fd, family);
    return fd;
  }

  async bind(fd: number, at: Endpoint): Promise<void> {
    const address = this.sockaddr(fd, at, 'bind');
    this.call('bind', (k) => k.bind(this.task, fd, address));
  }

  async listen(fd: number, backlog: number): Promise<void> {
    this.call('listen', (k) => k.listen(this.task, fd, backlog));
  }

  async connect(fd: number, to: Endpoint): Promise<void> {
    const address = this.sockaddr(fd, to, 'connect');
    const attempt = (k: Kernel): Result<0> => k.connect(this.task, fd, address);
    const first = this.enter(attempt);
    if (first.ok || first.errno !== 'EINPROGRESS' || this.nonblocking(fd)) {
      unwrap(first, 'connect');
      return;
    }
    await this.blocking(fd, 'connect', attempt, 'EALREADY');
  }

  async disconnect(fd: number): Promise<void> {
    this.call('connect', (k) => k.connect(this.task, fd, { family: 'AF_UNSPEC' }));
  }

  async accept(
    fd: number,
    options: { readonly nonblock?: boolean } = {},
  ): Promise<{ fd: number; peer: Endpoint }> {
    const accepted = await this.blocking(fd, 'accept', (k) =>
      k.accept(this.task, fd, options.nonblock === true),
    );
    this.families.set(accepted.fd, this.families.get(fd) ?? 'AF_INET');
    return { fd: accepted.fd, peer: endpointOf(accepted.peer) };
  }

  /** A blocking socket takes everything before the call returns, unless an error ends it. @kernel tcp_sendmsg_locked net/ipv4/tcp.c v6.18 */
  async send(fd: number, data: Uint8Array, flags: SendFlags = {}): Promise<number> {
    let sent = 0;
    do {
      const rest = sent === 0 ? data : data.subarray(sent);
      try {
        sent += await this.blocking(fd, 'send', (k) => k.send(this.task, fd, rest, flags));
      } catch (error) {
        if (sent === 0) throw error;
        return sent;
      }
    } while (sent < data.length && !this.nonblocking(fd));
    return sent;
  }

  recv(fd: number, length: number, flags: RecvFlags = {}): Promise<Uint8Array> {
    return this.blocking(fd, 'recv', (k) => k.recv(this.task, fd, length, flags));
  }

  async shutdown(fd: number, how: ShutdownHow): Promise<void> {
    this.call('shutdown', (k) => k.shutdown(this.task, fd, how));
  }

  async close(fd: number): Promise<void> {
    this.families.delete(fd);
    this.call('close', (k) => k.close(this.task, fd));
  }

  async poll(requests: readonly PollRequest[], timeoutNs: number): Promise<number[]> {
    const endNs = this.time.now() + timeoutNs;
    for (;;) {
      const masks = requests.map(
        ({ fd, events }) => this.call('poll', (k) => k.poll(this.task, fd)) & (events | POLLERR_POLLHUP),
      );
      if (masks.some((mask) => mask !== 0) || this.time.now() >= endNs) return masks;
      await this.wakeUp(
        requests.map(({ fd }) => fd),
        endNs,
      );
    }
  }

  async getsockname(fd: number): Promise<Endpoint> {
    return endpointOf(this.call('getsockname', (k) => k.getsockname(this.task, fd)));
  }

  async getpeername(fd: number): Promise<Endpoint> {
    return endpointOf(this.call('getpeername', (k) => k.getpeername(this.task, fd)));
  }

  async setsockopt<N extends SockOptionName>(fd: number, name: N, value: SockOptionValue<N>): Promise<void> {
    this.call('setsockopt', (k) => k.setsockopt(this.task, fd, name, value));
  }

  async getsockopt<N extends SockOptionName>(fd: number, name: N): Promise<SockOptionValue<N>> {
    return this.call('getsockopt', (k) => k.getsockopt(this.task, fd, name));
  }

  async setNonblocking(fd: number, on: boolean): Promise<void> {
    this.call('fcntl', (k) => k.setNonblocking(this.task, fd, on));
  }

  private enter<T>(work: (kernel: Kernel) => T): T {
    const result = this.time.enter(work);
    this.time.arm();
    return result;
  }

  private call<T>(syscall: string, work: (kernel: Kernel) => Result<T>): T {
    return unwrap(this.enter(work), syscall);
  }

  /** Repeats a call after each wake-up for as long as it says `again`, unless the descriptor is non-blocking. */
  private async blocking<T>(
    fd: number,
    syscall: string,
    work: (k: Kernel) => Result<T>,
    again: Errno = 'EAGAIN',
  ): Promise<T> {
    for (;;) {
      const result = this.enter(work);
      if (result.ok || result.errno !== again || this.nonblocking(fd)) return unwrap(result, syscall);
      await this.wakeUp([fd], Number.POSITIVE_INFINITY);
    }
  }

  private nonblocking(fd: number): boolean {
    const result = this.time.kernel.nonblocking(this.task, fd);
    return result.ok && result.value;
  }

  /** Sleeps until one of the sockets has a wake-up or the clock shows `endNs`. */
  private wakeUp(fds: readonly number[], endNs: number): Promise<void> {
    return new Promise((resolve) => {
      const undo: (() => void)[] = [];
      const wake = (): void => {
        for (const cancel of undo) cancel();
        if (!this.killed) resolve();
      };
      undo.push(this.time.alarm(endNs, wake));
      for (const fd of fds) {
        const socket = this.time.kernel.socketId(this.task, fd);
        if (socket.ok) undo.push(this.time.sleepOn(socket.value, wake));
      }
    });
  }

  private sockaddr(fd: number, { host, port }: Endpoint, syscall: string): SockAddr {
    const address = addressOf(host, syscall);
    const family = this.families.get(fd) ?? (isV4(address) ? 'AF_INET' : 'AF_INET6');
    return { family, address, port };
  }
}
