// The `server` and `echo` programs. A `serial` server is the textbook one: accept, read, answer, close, one connection at
// a time, blocking. With `threads` one thread accepts, and each connection has a thread that does the rest. The other
// styles are event loops, with poll() (event-loop.ts) or with epoll (epoll-loop.ts).

import { serveEpoll } from './epoll-loop.ts';
import { type ConnectionRules, serveEvents } from './event-loop.ts';
import type { EchoSpec, ServerSpec } from './program-spec.ts';
import { listenOn } from './socket-setup.ts';
import { type Program, type Sys, SysError } from './sys.ts';
import { readBytes, sendBytes } from './transfer.ts';

/** First descriptor of a fresh process: the listener that workers share. */
const LISTENER_FD = 3;

/** When the next accept() may be called, ns; Infinity: never. */
function acceptableAt(
  spec: ServerSpec,
  startNs: number,
  nowNs: number,
  lastNs: number,
  accepted: number,
): number {
  if (spec.acceptMax !== null && accepted >= spec.acceptMax) return Number.POSITIVE_INFINITY;
  let atNs = Math.max(nowNs, startNs + spec.acceptFromNs);
  if (accepted > 0) atNs = Math.max(atNs, lastNs + spec.acceptEveryNs);
  for (const stall of [...spec.stalls].sort((a, b) => a.atNs - b.atNs)) {
    if (atNs >= stall.atNs && atNs < stall.atNs + stall.forNs) atNs = stall.atNs + stall.forNs;
  }
  return atNs;
}

/** Sleeps until `atNs`; for ever when it is Infinity. */
async function sleepUntil(sys: Sys, atNs: number): Promise<void> {
  while (sys.now() < atNs) await sys.sleep(Math.min(atNs - sys.now(), 1e15));
}

async function closeAs(sys: Sys, fd: number, how: ServerSpec['close']): Promise<void> {
  if (how === 'never') return;
  if (how === 'reset') await sys.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 });
  await sys.close(fd);
}

/** Serves one connection: requests and answers until the client closes or the one answer is out. */
async function serveOne(sys: Sys, fd: number, spec: ServerSpec): Promise<void> {
  try {
    do {
      const got = await readBytes(sys, fd, spec.requestBytes);
      if (spec.requestBytes > 0 && got < spec.requestBytes) break;
      if (spec.cpuNs > 0) await sys.compute(spec.cpuNs);
      if (spec.thinkNs > 0) await sys.sleep(spec.thinkNs);
      await sendBytes(sys, fd, spec.replyBytes);
    } while (spec.keepAlive && spec.requestBytes > 0);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  await closeAs(sys, fd, spec.close);
}

async function acceptLoop(
  sys: Sys,
  listener: number,
  spec: ServerSpec,
  handle: (fd: number) => Promise<void>,
): Promise<void> {
  const startNs = sys.now();
  let lastNs = startNs;
  for (let accepted = 0; ; accepted++) {
    await sleepUntil(sys, acceptableAt(spec, startNs, sys.now(), lastNs, accepted));
    const { fd } = await sys.accept(listener);
    lastNs = sys.now();
    // A process that stands still does so wherever it is, not only before accept().
    await sleepUntil(
      sys,
      acceptableAt({ ...spec, acceptEveryNs: 0, acceptMax: null }, startNs, sys.now(), lastNs, 0),
    );
    await handle(fd);
  }
}

const serverRules = (spec: ServerSpec): ConnectionRules => ({
  requestBytes: spec.requestBytes,
  replyBytes: spec.replyBytes,
  cpuNs: spec.cpuNs,
  thinkNs: spec.thinkNs,
  keepAlive: spec.keepAlive && spec.requestBytes > 0,
  close: spec.close,
  echo: false,
});

const ECHO_RULES: ConnectionRules = {
  requestBytes: 0,
  replyBytes: 0,
  cpuNs: 0,
  thinkNs: 0,
  keepAlive: true,
  close: 'close',
  echo: true,
};

export const serverProgram =
  (spec: ServerSpec): Program =>
  async (sys) => {
    const listener = await listenOn(sys, spec);
    if (spec.style === 'serial') return acceptLoop(sys, listener, spec, (fd) => serveOne(sys, fd, spec));
    if (spec.style === 'threads') return acceptLoop(sys, listener, spec, (fd) => sys.give(fd));
    const startNs = sys.now();
    const serve = spec.style === 'epoll' ? serveEpoll : serveEvents;
    await serve(sys, listener, serverRules(spec), (lastNs, n) =>
      acceptableAt(spec, startNs, sys.now(), lastNs, n),
    );
  };

/** A further thread of a server: it accepts from the listener that the first one made, or serves what that one gives it. */
export const workerProgram =
  (spec: ServerSpec): Program =>
  async (sys) => {
    if (spec.style !== 'threads') return acceptLoop(sys, LISTENER_FD, spec, (fd) => serveOne(sys, fd, spec));
    for (;;) await serveOne(sys, await sys.take(), spec);
  };

export const echoProgram =
  (spec: EchoSpec): Program =>
  async (sys) => {
    const listener = await listenOn(sys, spec);
    await serveEvents(sys, listener, ECHO_RULES, () => sys.now());
  };
