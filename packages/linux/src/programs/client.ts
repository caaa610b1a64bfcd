// The client side: one connection, one request, everything that comes back, and how long each step took.

import { type Endpoint, type Program, type Sys, SysError } from '@halfopen/simnet';

/** Bytes asked of one recv(). */
const RECEIVE_MAX = 65_536;

export interface ClientOptions {
  readonly family: 'AF_INET' | 'AF_INET6';
  readonly to: Endpoint;
  /** What is sent once the connection is open; empty sends nothing. */
  readonly request: Uint8Array;
  /**
   * After the request: `read` reads to the end of file; `half-close` ends our side first, so that an echo server ends
   * its own; `close` reads nothing.
   */
  readonly after: 'read' | 'half-close' | 'close';
  readonly onData: (data: Uint8Array) => void;
}

/** How it went. Times are ns. */
export interface ClientResult {
  /** The call that failed and its errno, or null. */
  failed: { readonly call: string; readonly errno: string } | null;
  connectNs: number | null;
  firstByteNs: number | null;
  totalNs: number;
  sentBytes: number;
  receivedBytes: number;
}

/** The program; its result goes to `onEnd`, whether or not it came to a good end. */
export const client = (options: ClientOptions, onEnd: (result: ClientResult) => void): Program => {
  return async (sys) => {
    const result: ClientResult = {
      failed: null,
      connectNs: null,
      firstByteNs: null,
      totalNs: 0,
      sentBytes: 0,
      receivedBytes: 0,
    };
    const startNs = sys.now();
    try {
      await converse(sys, options, result);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      result.failed = { call: error.syscall, errno: error.code };
    }
    result.totalNs = sys.now() - startNs;
    onEnd(result);
  };
};

async function converse(sys: Sys, options: ClientOptions, result: ClientResult): Promise<void> {
  const fd = await sys.socket(options.family);
  const startNs = sys.now();
  await sys.connect(fd, options.to);
  result.connectNs = sys.now() - startNs;
  while (result.sentBytes < options.request.length) {
    result.sentBytes += await sys.send(fd, options.request.subarray(result.sentBytes));
  }
  if (options.after === 'half-close') await sys.shutdown(fd, 'SHUT_WR');
  if (options.after !== 'close') await readAll(sys, fd, options, result, startNs);
  await sys.close(fd);
}

async function readAll(
  sys: Sys,
  fd: number,
  options: ClientOptions,
  result: ClientResult,
  startNs: number,
): Promise<void> {
  for (;;) {
    const data = await sys.recv(fd, RECEIVE_MAX);
    if (data.length === 0) return;
    result.firstByteNs ??= sys.now() - startNs;
    result.receivedBytes += data.length;
    options.onData(data);
  }
}
