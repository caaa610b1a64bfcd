// The `server` and `echo` programs. A `serial` server is the textbook one: accept, read, answer, close, one connection at
// a time, blocking. The other style is an event loop (event-loop.ts).

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

async function acceptLoop(sys: Sys, listener: number, spec: ServerSpec): Promise<void> {
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
    await serveOne(sys, fd, spec);
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
    if (spec.style === 'serial') return acceptLoop(sys, listener, spec);
    const startNs = sys.now();
    await serveEvents(sys, listener, serverRules(spec), (lastNs, n) =>
      acceptableAt(spec, startNs, sys.now(), lastNs, n),
    );
  };

/** A further worker of a serial server: it shares the listener that the first one made. */
export const workerProgram =
  (spec: ServerSpec): Program =>
  (sys) =>
    acceptLoop(sys, LISTENER_FD, spec);

export const echoProgram =
  (spec: EchoSpec): Program =>
  async (sys) => {
    const listener = await listenOn(sys, spec);
    await serveEvents(sys, listener, ECHO_RULES, () => sys.now());
  };
