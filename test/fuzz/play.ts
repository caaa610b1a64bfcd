// Plays one case on one target. The real kernel goes first and says how much time passed; the engine's clock follows.

import type { Sysctls } from '@halfopen/engine';
import type { EngineTarget } from '../../packages/linux/src/raw/engine-target.ts';
import type { LinuxTarget } from '../../packages/linux/src/raw/linux-target.ts';
import { LISTEN_PORT, type RawTarget } from '../../packages/linux/src/raw/raw-target.ts';
import type { Case, CaseOption, CaseSettings, Observation, Step } from './case.ts';

/** Descriptors that are polled after each step. */
const POLLED = [3, 4, 5, 6, 7, 8] as const;
/** Ports that the kernel chooses from unless told otherwise. */
const PORT_RANGE = [32768, 60999] as const;

/** Sets what the case asks for, and makes the listener of a server. */
function setUp(target: RawTarget, { sysctls, options, backlog }: CaseSettings): void {
  for (const [name, value] of Object.entries(sysctls)) {
    const refused = target.sysctl(name as keyof Sysctls, value);
    if (refused !== 0) throw new Error(`${target.name}: ${name}=${value}: ${refused}`);
  }
  if (backlog === undefined) return;
  const fd = target.socket();
  for (const [name, value] of Object.entries(options)) {
    const refused = target.setsockopt(fd, name as CaseOption, value);
    if (refused !== 0) throw new Error(`${target.name}: ${name}=${value}: ${refused}`);
  }
  for (const result of [target.bind(fd, 80), target.listen(fd, backlog)])
    if (result !== 0) throw new Error(`${target.name}: listener: ${result}`);
}

/** The port of ours that a port of the peer talks to. */
const ours = (target: RawTarget, port: number): number => target.localPort(port) ?? LISTEN_PORT;

/** Does a step; what the call returned, and what was sent. */
function act(target: RawTarget, step: Step): { result: string; sent: string[] } {
  switch (step.do) {
    case 'segment':
      return { result: '', sent: target.segment(step.port, step.text, ours(target, step.port)) };
    case 'icmp':
      return { result: '', sent: target.icmp(step.port, step, ours(target, step.port)) };
    default: {
      const result = String(call(target, step));
      return { result, sent: target.output().map(({ text }) => text) };
    }
  }
}

/** A local name without the port when that is one that the kernel chose, which is random. */
function anyPort(name: string, [low, high]: readonly [number, number]): string {
  const [, host = '', digits = ''] = /^(.*):(\d+)$/.exec(name) ?? [];
  const port = Number(digits);
  return host !== '' && port >= low && port <= high ? `${host}:any` : name;
}

function call(target: RawTarget, step: Exclude<Step, { do: 'segment' | 'icmp' }>): unknown {
  switch (step.do) {
    case 'socket':
      return target.socket();
    case 'bind':
      return target.bind(step.fd, step.port, step.host);
    case 'connect':
      return target.connect(step.fd, step.port, step.host);
    case 'disconnect':
      return target.disconnect(step.fd);
    case 'getsockname':
      return target.getsockname(step.fd);
    case 'option':
      return target.setsockopt(step.fd, step.name, step.value);
    case 'read-option':
      return target.getsockopt(step.fd, step.name);
    case 'accept':
      return target.accept(step.fd);
    case 'listen':
      return target.listen(step.fd, step.backlog);
    case 'close':
      return target.close(step.fd);
    case 'shutdown':
      return target.shutdown(step.fd, step.how);
    case 'send':
      return target.send(step.fd, step.length);
    case 'recv':
      return target.recv(step.fd, step.length);
    case 'poll':
      return target.poll(step.fd);
    case 'getpeername':
      return target.getpeername(step.fd);
    case 'error':
      return target.getsockopt(step.fd, 'SO_ERROR');
    case 'linger':
      return target.setsockopt(step.fd, 'SO_LINGER', { on: true, seconds: 0 });
    case 'defer-accept':
      return target.setsockopt(step.fd, 'TCP_DEFER_ACCEPT', step.seconds);
    case 'sysctl':
      return target.sysctl(step.name, step.value);
    case 'wait':
      return target.wait(step.ms);
  }
}

function polls(target: RawTarget): string {
  return POLLED.map((fd) => [fd, target.poll(fd)] as const)
    .filter(([, mask]) => mask !== 'NVAL')
    .map(([fd, mask]) => `${fd}:${mask}`)
    .join(' ');
}

function observe(target: RawTarget, step: Step, range: readonly [number, number]): Observation {
  const fromNs = target.now();
  const { result, sent } = act(target, step);
  const toNs = target.now();
  return {
    result: step.do === 'getsockname' ? anyPort(result, range) : result,
    sent,
    moved: target.moved(),
    sockets: target.sockets(),
    polls: polls(target),
    queue: target.queue(),
    fromNs,
    toNs,
  };
}

const rangeOf = ({ sysctls }: CaseSettings): readonly [number, number] =>
  sysctls['net.ipv4.ip_local_port_range'] ?? PORT_RANGE;

/** One observation a step. Throws when the settings cannot be made. */
export function playOnLinux(target: LinuxTarget, { settings, steps }: Case): Observation[] {
  target.fresh();
  setUp(target, settings);
  target.output();
  target.moved();
  return steps.map((step) => observe(target, step, rangeOf(settings)));
}

/** From this step on the engine's clock is this much ahead of the real one, ns; negative: behind. */
export interface Skew {
  readonly step: number;
  readonly ns: number;
}

/** The same on the engine, at the times of `real`, which began at CLOCK_MONOTONIC `zeroNs`. */
export function playOnEngine(
  target: EngineTarget,
  { settings, steps }: Case,
  real: readonly Observation[],
  zeroNs: number,
  skews: readonly Skew[] = [],
): Observation[] {
  target.freshAt(zeroNs);
  setUp(target, settings);
  target.output();
  target.moved();
  return steps.map((step, i) => {
    const { fromNs, toNs } = real[i] as Observation;
    const ahead = skews.reduce((sum, skew) => (skew.step <= i ? sum + skew.ns : sum), 0);
    target.follow((step.do === 'wait' ? toNs : fromNs) + ahead);
    return observe(target, step.do === 'wait' ? { do: 'wait', ms: 0 } : step, rangeOf(settings));
  });
}
