// One program of a scenario on the real kernel, in the child process or thread that was made for it.

import { formatEndpoint, parseAddr, randomUnit, seedRandom } from '@halfopen/engine';
import {
  addressOf,
  type Call,
  type Endpoint,
  formatCall,
  formatOutcome,
  instancesOf,
  makeSys,
  type Outcome,
  programFor,
  type Scenario,
  type Sys,
  SysError,
} from '@halfopen/simnet';
import type { Calls } from './calls.ts';
import { monotonicNs, sleepUntil } from './clock.ts';
import type { FdTable } from './fd-table.ts';
import type { Message, SignalNote, Start } from './protocol.ts';
import { familyOf, localOf, type RealProcess, realCall } from './real-calls.ts';

/** The stream of random numbers that a simulated process of the same number has. */
const PROCESS_STREAM = 2048;
/** Calls after which the local address of a socket is worth knowing. */
const NAMING: ReadonlySet<string> = new Set(['bind', 'listen', 'connect', 'accept']);

/** Who tells: the number of the instance, and how. */
export interface Teller {
  readonly p: number;
  readonly process: RealProcess;
  readonly tell: (message: Message) => void;
  /** ns since the scenario began. */
  now(): number;
}

const endpointText = ({ host, port }: Endpoint): string => {
  const address = parseAddr(host);
  return address === null ? `${host}:${port}` : formatEndpoint(address, port);
};

/** The address of a host in the family of a socket, or in the other one: the kernel says what it thinks of that. */
function resolveIn(scenario: Scenario, name: string, family: 'AF_INET' | 'AF_INET6'): string {
  const other = family === 'AF_INET' ? 'AF_INET6' : 'AF_INET';
  const found = addressOf(scenario, name, family) ?? addressOf(scenario, name, other);
  if (found === null) throw new Error(`${name} is no host of the scenario and no address`);
  return found;
}

const fdOf = (call: Call): number => ('fd' in call ? call.fd : -1);

/** A connect() may block for minutes, so its beginning is told too. */
export function tellConnect(
  { p, process, tell }: Teller,
  call: Call & { name: 'connect' },
  startNs: number,
): void {
  const { host, port } = call.to;
  const known = parseAddr(host) === null ? process.resolve(host, familyOf(process, call.fd)) : host;
  tell({ t: 'connect', p, fd: call.fd, remote: endpointText({ host: known, port }), startNs });
}

/** The real descriptor of a new socket. */
function realOf({ table }: RealProcess, call: Call, outcome: Outcome): number | null {
  if (!outcome.ok) return null;
  if (call.name === 'socket') return table.real(outcome.value as number);
  return call.name === 'accept' ? table.real((outcome.value as { fd: number }).fd) : null;
}

/** What a call had to do with signals; null: nothing. */
function signalOf(call: Call, outcome: Outcome): SignalNote | null {
  if (call.name === 'send') {
    const piped = !outcome.ok && outcome.errno === 'EPIPE' && call.flags.noSignal !== true;
    return piped ? { name: 'SIGPIPE', action: null, to: null } : null;
  }
  if (!outcome.ok) return null;
  if (call.name === 'kill') return { name: call.signal, action: null, to: call.process };
  if (call.name !== 'sigaction') return null;
  const { signal, handler, flags } = call;
  return { name: signal, action: { handler, restart: flags.restart === true }, to: null };
}

export function tellCall(
  { p, process, tell, now }: Teller,
  call: Call,
  outcome: Outcome,
  startNs: number,
): void {
  const atNs = now();
  const local = NAMING.has(call.name) ? localOf(process, fdOf(call)) : null;
  tell({
    t: 'call',
    p,
    name: call.name,
    fd: fdOf(call),
    real: realOf(process, call, outcome),
    call: formatCall(call),
    result: formatOutcome(call, outcome),
    errno: outcome.ok ? null : outcome.errno,
    startNs,
    atNs,
    local: local === null ? null : endpointText(local),
    cpuNs: call.name === 'connect' ? process.connectCpuNs : null,
    signal: signalOf(call, outcome),
  });
}

/** Runs a call; the promise is settled when this returns, since the call has blocked the thread. */
export function invoke(teller: Teller, call: Call): Promise<unknown> {
  if (call.name === 'connect') tellConnect(teller, call, teller.now());
  const startNs = teller.now();
  const outcome = realCall(teller.process, call);
  tellCall(teller, call, outcome, startNs);
  return outcome.ok ? Promise.resolve(outcome.value) : Promise.reject(new SysError(outcome.errno, call.name));
}

/** A process is there from the start of its program on. */
export function hasBegun({ processes }: Scenario, name: string, nowNs: number): boolean {
  return processes.some((spec) => spec.name === name && spec.startNs <= nowNs);
}

/** Prepares a program; the returned function runs it once it is told CLOCK_MONOTONIC of time 0. */
export function prepareInstance(
  calls: Calls,
  table: FdTable,
  scenario: Scenario,
  p: number,
  tell: (message: Message) => void,
): (start: Start) => Promise<void> {
  const instance = instancesOf(scenario)[p];
  if (instance === undefined) throw new Error(`no instance ${p}`);
  const random = seedRandom(scenario.seed * 4096 + PROCESS_STREAM + p);
  const process: RealProcess = {
    calls,
    table,
    connectCpuNs: null,
    resolve: (name, family) => resolveIn(scenario, name, family),
    pidOf: () => null,
  };
  const program = programFor(
    instance,
    {},
  )({
    request: (record) => tell({ t: 'request', p, record }),
    mismatch: (text, actual) => tell({ t: 'mismatch', p, text, actual }),
  });
  return async ({ zeroNs, pids }) => {
    const now = (): number => monotonicNs() - zeroNs;
    process.pidOf = (name) => (hasBegun(scenario, name, now()) ? (pids[name] ?? null) : null);
    const teller: Teller = { p, process, tell, now };
    const sys: Sys = makeSys({
      now,
      random: () => randomUnit(random),
      log: (text) => tell({ t: 'log', p, atNs: now(), text }),
      invoke: (call) => invoke(teller, call),
    });
    sleepUntil(calls, zeroNs + instance.startNs);
    const error = await outcomeOf(program(sys));
    if (!instancesOf(scenario)[p + 1]?.shares && !instance.shares) closeAll(process);
    tell({ t: 'end', p, atNs: now(), error });
  };
}

/** The end of a process closes what it left open, lowest number first. */
function closeAll({ calls, table }: RealProcess): void {
  for (const fd of table.used()) calls.close(table.real(fd));
}

/** Null, or the failed call that ended the program. */
async function outcomeOf(run: Promise<void>): Promise<string | null> {
  try {
    await run;
    return null;
  } catch (error) {
    if (error instanceof SysError) return error.message;
    throw error;
  }
}
