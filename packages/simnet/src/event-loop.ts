// A server in one process that serves all its connections at once with poll(): non-blocking sockets, a small record for
// each connection.

import { POLL_BITS } from './poll-bits.ts';
import type { CloseHow } from './program-spec.ts';
import { type PollRequest, type Sys, SysError } from './sys.ts';
import { pattern } from './transfer.ts';

export interface ConnectionRules {
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** CPU time of the program's own for each request, ns. */
  readonly cpuNs: number;
  readonly thinkNs: number;
  readonly keepAlive: boolean;
  readonly close: CloseHow;
  /** Send back what comes instead of answering. */
  readonly echo: boolean;
}

export interface Connection {
  readonly fd: number;
  /** Bytes of the current request that came. */
  got: number;
  /** When the answer goes out, ns; null: the request is not complete. */
  answerAtNs: number | null;
  /** Bytes of the answer still to send; what an echo still has to send back. */
  left: number;
  owed: Uint8Array[];
  peerClosed: boolean;
}

const CHUNK = 65536;
/** Reported whether asked for or not: the connection was reset, or is closed both ways. */
export const BROKEN = POLL_BITS.POLLERR | POLL_BITS.POLLHUP;

export const newConnection = (fd: number): Connection => ({
  fd,
  got: 0,
  answerAtNs: null,
  left: 0,
  owed: [],
  peerClosed: false,
});

export const wantsToSend = (c: Connection): boolean => c.left > 0 || c.owed.length > 0;

/** Calls one non-blocking call; null when it would block. */
export async function unlessBlocked<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SysError && error.code === 'EAGAIN') return null;
    throw error;
  }
}

async function readSome(sys: Sys, c: Connection, rules: ConnectionRules): Promise<void> {
  for (;;) {
    const want = rules.echo ? CHUNK : Math.min(Math.max(rules.requestBytes - c.got, 1), CHUNK);
    const data = await unlessBlocked(sys.recv(c.fd, want));
    if (data === null) return;
    if (data.length === 0) {
      c.peerClosed = true;
      return;
    }
    if (rules.echo) c.owed.push(data);
    else c.got += data.length;
    if (!rules.echo && c.got >= rules.requestBytes) return;
  }
}

async function sendSome(sys: Sys, c: Connection, rules: ConnectionRules): Promise<void> {
  while (wantsToSend(c)) {
    const first = c.owed[0];
    const data = first ?? pattern(rules.replyBytes - c.left, c.left);
    const sent = await unlessBlocked(sys.send(c.fd, data));
    if (sent === null) return;
    if (first === undefined) c.left -= sent;
    else if (sent < first.length) c.owed[0] = first.subarray(sent);
    else c.owed.shift();
  }
}

/** What the connection does now; true when it is over. */
async function progress(sys: Sys, c: Connection, rules: ConnectionRules): Promise<boolean> {
  if (c.answerAtNs === null && !c.peerClosed) await readSome(sys, c, rules);
  if (!rules.echo && c.answerAtNs === null && c.got >= rules.requestBytes) {
    if (rules.cpuNs > 0) await sys.compute(rules.cpuNs);
    c.answerAtNs = sys.now() + rules.thinkNs;
  }
  if (c.answerAtNs !== null && sys.now() >= c.answerAtNs && c.left === 0) c.left = rules.replyBytes;
  const answering = wantsToSend(c);
  await sendSome(sys, c, rules);
  if (wantsToSend(c)) return false;
  if (rules.echo || (c.answerAtNs === null && c.peerClosed)) return c.peerClosed;
  if (c.answerAtNs === null || (!answering && sys.now() < c.answerAtNs)) return false;
  if (!rules.keepAlive) return true;
  c.got = 0;
  c.answerAtNs = null;
  return c.peerClosed;
}

export async function finish(sys: Sys, c: Connection, how: CloseHow): Promise<void> {
  if (how === 'never') return;
  if (how === 'reset') await sys.setsockopt(c.fd, 'SO_LINGER', { on: true, seconds: 0 });
  await sys.close(c.fd);
}

/** Serves for ever. `acceptAt` says when accept() may be called next, from the time and number of those before. */
export async function serveEvents(
  sys: Sys,
  listener: number,
  rules: ConnectionRules,
  acceptAt: (lastNs: number, accepted: number) => number,
): Promise<void> {
  await sys.setNonblocking(listener, true);
  const connections: Connection[] = [];
  let lastNs = sys.now();
  for (let accepted = 0; ; ) {
    const nextAcceptNs = acceptAt(lastNs, accepted);
    const masks = await waitForEvents(sys, listener, connections, nextAcceptNs);
    if (masks.accept) {
      const taken = await unlessBlocked(sys.accept(listener, { nonblock: true }));
      if (taken !== null) {
        connections.push(newConnection(taken.fd));
        accepted++;
        lastNs = sys.now();
      }
    }
    for (const [i, c] of [...connections].entries()) {
      const broken = ((masks.connections[i] ?? 0) & BROKEN) !== 0;
      if (!broken && !(await progressSafely(sys, c, rules))) continue;
      connections.splice(connections.indexOf(c), 1);
      await finish(sys, c, rules.close);
    }
  }
}

/** An error of the connection ends it. */
export async function progressSafely(sys: Sys, c: Connection, rules: ConnectionRules): Promise<boolean> {
  try {
    return await progress(sys, c, rules);
  } catch (error) {
    if (error instanceof SysError) return true;
    throw error;
  }
}

async function waitForEvents(
  sys: Sys,
  listener: number,
  connections: readonly Connection[],
  acceptNs: number,
): Promise<{ readonly accept: boolean; readonly connections: readonly number[] }> {
  const now = sys.now();
  const mayAccept = now >= acceptNs;
  const due = connections.map((c) => c.answerAtNs ?? Number.POSITIVE_INFINITY).filter((atNs) => atNs > now);
  const untilNs = Math.min(mayAccept ? Number.POSITIVE_INFINITY : acceptNs, ...due);
  const requests: PollRequest[] = connections.map((c) => ({
    fd: c.fd,
    events:
      (c.answerAtNs === null && !c.peerClosed ? POLL_BITS.POLLIN : 0) |
      (wantsToSend(c) ? POLL_BITS.POLLOUT : 0),
  }));
  if (mayAccept) requests.push({ fd: listener, events: POLL_BITS.POLLIN });
  const masks = await sys.poll(requests, untilNs - now);
  const accept = mayAccept && ((masks[connections.length] ?? 0) & POLL_BITS.POLLIN) !== 0;
  return { accept, connections: masks.slice(0, connections.length) };
}
