// Runs a live session from its settings to its end: what is printed, what a signal does, and how it ended.

import { networkInterfaces } from 'node:os';
import { formatAddr, isV4 } from '@halfopen/engine';
import {
  connectTo,
  HostError,
  type LiveEvent,
  type LiveSession,
  openLive,
  serverProgram,
  subnetContains,
} from '@halfopen/linux';
import { SysError } from '@halfopen/simnet';
import type { Context } from '../command.ts';
import { type Outcome, unable, wrong } from '../outcome.ts';
import { PLAIN } from '../render/paint.ts';
import type { ConnectSettings } from './connect-settings.ts';
import { eventLines, type LineOptions } from './lines.ts';
import { LIVE_CATALOGUES } from './messages.ts';
import type { LiveArgs, LiveSettings, ServeSettings } from './settings.ts';

/** How long closing handshakes may take once the programs have ended, ns. */
const SETTLE_SERVER_NS = 200_000_000;
const SETTLE_CLIENT_NS = 2_000_000_000;

/** Plays until the client has its answer, or a server until a signal. Everything is taken down before it returns. */
export async function play(settings: LiveSettings, args: LiveArgs, context: Context): Promise<Outcome> {
  const print = printer(args, settings.use.kind === 'connect', context);
  const signal = waitForSignal();
  let session: LiveSession | undefined;
  try {
    session = await openLive(settings.live, print);
    return await Promise.race([
      use(session, settings, args, context),
      signal.raised.then(() => atSignal(settings, context)),
    ]);
  } catch (error) {
    return outcomeOf(error);
  } finally {
    session?.endPrograms();
    await session?.settle(settings.use.kind === 'connect' ? SETTLE_CLIENT_NS : SETTLE_SERVER_NS);
    session?.close();
    signal.ignore();
  }
}

function outcomeOf(error: unknown): Outcome {
  if (error instanceof HostError) {
    const { fault, message, hint } = error;
    return (fault === 'wrong-use' ? wrong : unable)(message, hint === '' ? null : hint);
  }
  if (error instanceof SysError) return unable(error.message);
  throw error;
}

/** A server that is told to stop did what it should; a client was kept from its answer. */
function atSignal({ use }: LiveSettings, { m, lang }: Context): Outcome {
  return use.kind === 'serve'
    ? { kind: 'ok' }
    : unable(LIVE_CATALOGUES[lang].interrupted, m.errors.seeHelp('halfopen live'));
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A second signal ends the process at once, as without a handler; the device goes with it. */
function waitForSignal(): { readonly raised: Promise<void>; readonly ignore: () => void } {
  let raise = (): void => {};
  const raised = new Promise<void>((resolve) => {
    raise = resolve;
  });
  const onSignal = (): void => {
    ignore();
    raise();
  };
  const ignore = (): void => {
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { raised, ignore };
}

/** With --bytes stdout carries the bytes, so everything else goes to stderr. */
function printer(args: LiveArgs, ladder: boolean, context: Context): (event: LiveEvent) => void {
  const { io, m, lang } = context;
  const out = args.bytes ? io.stderr : io.stdout;
  if (args.json) return (event) => out(`${JSON.stringify(event)}\n`);
  const options: LineOptions = {
    m,
    live: LIVE_CATALOGUES[lang],
    paint: args.bytes && !io.stderrIsTerminal ? PLAIN : context.paint,
    detail: args.packets ? 'packets' : args.quiet ? 'ends' : 'connections',
    ladder,
  };
  return (event) => {
    const lines = eventLines(event, options);
    if (lines.length > 0) out(`${lines.join('\n')}\n`);
  };
}

async function use(
  session: LiveSession,
  settings: LiveSettings,
  args: LiveArgs,
  context: Context,
): Promise<Outcome> {
  if (settings.use.kind === 'serve') return serveForEver(session, settings.use.serve, args, context);
  return connectOnce(session, settings.use.connect, args, context);
}

async function serveForEver(
  session: LiveSession,
  serve: ServeSettings,
  args: LiveArgs,
  { io, lang }: Context,
): Promise<Outcome> {
  const running = session.run(serverProgram(session, serve));
  const { engine } = session.plan[0] as LiveSession['plan'][number];
  const host = isV4(engine) ? formatAddr(engine) : `[${formatAddr(engine)}]`;
  const example =
    serve.program === 'http'
      ? `curl http://${host}${serve.port === 80 ? '' : `:${serve.port}`}/`
      : `nc ${formatAddr(engine)} ${serve.port}`;
  if (!args.json) io.stderr(`${LIVE_CATALOGUES[lang].tryIt(example)}\n`);
  await running;
  return { kind: 'ok' };
}

async function connectOnce(
  session: LiveSession,
  connect: ConnectSettings,
  args: LiveArgs,
  { io, lang }: Context,
): Promise<Outcome> {
  if (!args.json && !reachable(session, connect))
    io.stderr(`${LIVE_CATALOGUES[lang].elsewhere(formatAddr(connect.to))}\n`);
  const onBody = (data: Uint8Array): void => {
    if (args.bytes) process.stdout.write(data);
  };
  const outcome = await connectTo(session, { ...connect, onBody });
  return { kind: outcome.ok ? 'ok' : 'findings' };
}

/** Whether the target is an address of this host or of a device's subnet. */
function reachable(session: LiveSession, { to }: ConnectSettings): boolean {
  const text = formatAddr(to);
  const own = Object.values(networkInterfaces()).flat();
  if (own.some((a) => a !== undefined && a.address === text)) return true;
  return session.plan.some(({ engine, prefix }) => subnetContains({ address: engine, prefix }, to));
}
