// For tests: one kernel with one process, and its answers as short text. A loopback connection needs nothing else.

import { parseAddr } from '../src/addr.ts';
import type { Errno, Result } from '../src/errno.ts';
import { Kernel, type KernelOptions } from '../src/kernel.ts';
import { linux } from '../src/profile.ts';
import type { SockAddr } from '../src/socket/types.ts';

const MASK_NAMES: readonly (readonly [string, number])[] = [
  ['IN', 0x001],
  ['PRI', 0x002],
  ['OUT', 0x004],
  ['ERR', 0x008],
  ['HUP', 0x010],
  ['RDNORM', 0x040],
  ['RDBAND', 0x080],
  ['WRNORM', 0x100],
  ['RDHUP', 0x2000],
];

/** Poll bits as text, `-` for none. */
export const maskText = (mask: number): string =>
  MASK_NAMES.filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name)
    .join(',') || '-';

/** 0 for success, else the errno. */
export const errnoOf = (result: Result<unknown>): 0 | Errno => (result.ok ? 0 : result.errno);

/** The value of a call that must not fail. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`unexpected ${result.errno}`);
  return result.value;
}

/** A sockaddr from text. IPv6 text gives an AF_INET6 address, also for `::ffff:1.2.3.4`. */
export function at(text: string, port: number): SockAddr {
  const address = parseAddr(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return { family: text.includes(':') ? 'AF_INET6' : 'AF_INET', address, port };
}

export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
export const text = (data: Uint8Array): string => String.fromCharCode(...data);

/** A kernel of the newest profile with one root process; the calls leave both out. */
export class Host {
  readonly kernel: Kernel;
  readonly task: number;

  constructor(options: Partial<KernelOptions> = {}, task: { uid?: number; nofile?: number } = {}) {
    this.kernel = Kernel.create({ profile: linux('6.18')!, seed: 1, ...options });
    this.task = this.kernel.createTask(task);
  }

  socket(family: 'AF_INET' | 'AF_INET6' = 'AF_INET'): number {
    return must(this.kernel.socket(this.task, family, 'SOCK_STREAM', true));
  }

  bind(fd: number, address: string, port = 0): 0 | Errno {
    return errnoOf(this.kernel.bind(this.task, fd, at(address, port)));
  }

  listen(fd: number, backlog = 16): 0 | Errno {
    return errnoOf(this.kernel.listen(this.task, fd, backlog));
  }

  connect(fd: number, address: string, port: number): 0 | Errno {
    return errnoOf(this.kernel.connect(this.task, fd, at(address, port)));
  }

  disconnect(fd: number): 0 | Errno {
    return errnoOf(this.kernel.connect(this.task, fd, { family: 'AF_UNSPEC' }));
  }

  accept(fd: number): number | Errno {
    const result = this.kernel.accept(this.task, fd, true);
    return result.ok ? result.value.fd : result.errno;
  }

  send(fd: number, data: string): number | Errno {
    const result = this.kernel.send(this.task, fd, bytes(data));
    return result.ok ? result.value : result.errno;
  }

  /** Text received, an errno in angle brackets, or `` at end of file. */
  recv(fd: number, length = 100): string {
    const result = this.kernel.recv(this.task, fd, length);
    return result.ok ? text(result.value) : `<${result.errno}>`;
  }

  shutdown(fd: number, how: 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR'): 0 | Errno {
    return errnoOf(this.kernel.shutdown(this.task, fd, how));
  }

  close(fd: number): 0 | Errno {
    return errnoOf(this.kernel.close(this.task, fd));
  }

  poll(fd: number): string {
    return maskText(must(this.kernel.poll(this.task, fd)));
  }

  /** SO_ERROR, consumed. */
  error(fd: number): Errno | null {
    return must(this.kernel.getsockopt(this.task, fd, 'SO_ERROR'));
  }

  state(fd: number): string {
    return must(this.kernel.getsockopt(this.task, fd, 'TCP_INFO')).state;
  }

  /** A listener on 127.0.0.1. */
  listener(port: number, backlog = 16): number {
    const fd = this.socket();
    must(this.kernel.bind(this.task, fd, at('127.0.0.1', port)));
    must(this.kernel.listen(this.task, fd, backlog));
    return fd;
  }

  /** An established connection over loopback: client and accepted end. */
  pair(port = 8000): { client: number; server: number; listener: number } {
    const listener = this.listener(port);
    const client = this.socket();
    this.connect(client, '127.0.0.1', port);
    if (this.connect(client, '127.0.0.1', port) !== 0) throw new Error('not connected');
    const server = this.accept(listener);
    if (typeof server !== 'number') throw new Error(`accept: ${server}`);
    return { client, server, listener };
  }
}
