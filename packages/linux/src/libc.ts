// The C library through koffi, an optional dependency that is loaded only when a real host is touched. Everything that
// can be missing (koffi, Linux, a device, a right) is reported as a HostError that says what to do about it.

import { constants } from 'node:os';

/** What is in the way: decides the exit code and nothing else; the message is for people. */
export type HostFault =
  | 'not-linux'
  | 'no-koffi'
  | 'no-device'
  | 'no-permission'
  | 'busy'
  | 'wrong-use'
  | 'system-call';

/** The host cannot do what was asked. `message` says what happened, `hint` what to try next. */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly fault: HostFault;
  readonly hint: string;

  constructor(fault: HostFault, message: string, hint = '') {
    super(message);
    this.fault = fault;
    this.hint = hint;
  }
}

/** A uv_poll handle made by koffi. It must stay referenced: when it is collected, polling stops without a word. */
export interface PollHandle {
  close(): void;
}

/** The few calls that Node itself does not offer. Each returns what C returns; `errno()` tells why it was -1. */
export interface Libc {
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
  socket(domain: number, type: number, protocol: number): number;
  send(fd: number, from: Uint8Array, length: number, flags: number): number;
  recv(fd: number, into: Uint8Array, length: number, flags: number): number;
  close(fd: number): number;
  if_nametoindex(name: string): number;
  /** Name of the errno that the last call on this thread left, such as `EPERM`. */
  errno(): string;
  /** The same as a number, without a table look-up. */
  errnoNumber(): number;
  /** Calls `onReadable` on the event loop while `fd` has something to read. */
  poll(fd: number, onReadable: () => void): PollHandle;
}

type Koffi = typeof import('koffi');

/** Second names of numbers that have two; calls report the other one. */
const ALIASES: ReadonlySet<string> = new Set(['EWOULDBLOCK', 'ENOTSUP']);

/** Names that Node lacks. Source: include/uapi/asm-generic/errno.h v6.18. */
const MORE: readonly [number, string][] = [
  [64, 'ENONET'],
  [112, 'EHOSTDOWN'],
];

const names = new Map([
  ...Object.entries(constants.errno)
    .filter(([name]) => !ALIASES.has(name))
    .map(([name, number]): [number, string] => [number, name]),
  ...MORE,
]);

/** Name of an errno number, or `errno 512` when Node has no name for it. */
export const errnoName = (number: number): string => names.get(number) ?? `errno ${number}`;

let loaded: Promise<Libc> | undefined;

/** Loads koffi and binds the calls, once. Throws HostError `not-linux` or `no-koffi`. */
export function loadLibc(): Promise<Libc> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libc> {
  if (process.platform !== 'linux') {
    throw new HostError(
      'not-linux',
      `this needs Linux, and this is ${process.platform}`,
      'halfopen run works anywhere',
    );
  }
  return bindLibc(await importKoffi());
}

async function importKoffi(): Promise<Koffi> {
  try {
    return await import('koffi');
  } catch (error) {
    throw new HostError(
      'no-koffi',
      `koffi, which calls the C library, cannot be loaded (${firstLine(error)})`,
      'it is an optional dependency: npm install koffi',
    );
  }
}

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? '';

function bindLibc(koffi: Koffi): Libc {
  const c = koffi.load(null);
  return {
    ioctl: c.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)'),
    read: c.func('long read(int fd, _Out_ uint8_t *into, size_t length)'),
    write: c.func('long write(int fd, const uint8_t *from, size_t length)'),
    socket: c.func('int socket(int domain, int type, int protocol)'),
    send: c.func('long send(int fd, const uint8_t *from, size_t length, int flags)'),
    recv: c.func('long recv(int fd, _Out_ uint8_t *into, size_t length, int flags)'),
    close: c.func('int close(int fd)'),
    if_nametoindex: c.func('unsigned int if_nametoindex(const char *name)'),
    errno: () => errnoName(koffi.errno()),
    errnoNumber: () => koffi.errno(),
    poll: (fd, onReadable) => poll(koffi, c, fd, onReadable),
  };
}

/**
 * koffi swallows an exception of the callback and then never calls it again, so it is rethrown from an immediate,
 * where it ends the process as any uncaught exception does.
 */
function guarded(work: () => void): () => void {
  return () => {
    try {
      work();
    } catch (error) {
      setImmediate(() => {
        throw error;
      });
    }
  };
}

/** uv_poll when this koffi has it (it is not documented), else poll(2) on a worker thread. */
function poll(koffi: Koffi, c: ReturnType<Koffi['load']>, fd: number, onReadable: () => void): PollHandle {
  if (typeof koffi.node?.poll === 'function') {
    return koffi.node.poll(fd, { readable: true }, guarded(onReadable));
  }
  return pollOnWorker(c, fd, guarded(onReadable));
}

const POLLIN = 1;
/** How long the worker sleeps before it looks whether the handle was closed, ms. */
const WORKER_POLL_MS = 500;

function pollOnWorker(c: ReturnType<Koffi['load']>, fd: number, onReadable: () => void): PollHandle {
  const pollCall = c.func('int poll(_Inout_ uint8_t *fds, unsigned long count, int timeout)');
  const request = new Uint8Array(8);
  const view = new DataView(request.buffer);
  let open = true;
  const wait = (): void => {
    view.setInt32(0, fd, true);
    view.setInt16(4, POLLIN, true);
    view.setInt16(6, 0, true);
    pollCall.async(request, 1, WORKER_POLL_MS, (_error: unknown, ready: number) => {
      if (!open) return;
      if (ready > 0) onReadable();
      if (open) wait();
    });
  };
  wait();
  return {
    close: () => {
      open = false;
    },
  };
}
