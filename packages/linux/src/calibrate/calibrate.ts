// Measures what the calls, packets, switches and port probes of this kernel cost in CPU time, as the costs of the CPU
// model. Everything happens in a network namespace of its own and takes a few seconds; nothing is left behind.

import { closeSync, promises } from 'node:fs';
import { cpus, release } from 'node:os';
import { loadLibc } from '../libc.ts';
import { setLinkUp, withRtnetlink } from '../rtnetlink.ts';
import { loadCalls } from '../target/calls.ts';
import { hostHz, profileFor } from '../target/host-kernel.ts';
import { inFreshNamespace, writeSysctl } from '../target/namespace.ts';
import { timedCalls } from './calls.ts';
import { costsOf, type MachineFacts, type MeasuredCosts, type Timings } from './costs.ts';
import { measureLoopback, openListener } from './loopback.ts';
import { measurePackets } from './packets.ts';
import { measurePorts } from './ports.ts';
import { measureReadiness } from './readiness.ts';
import { measureSwitch } from './switches.ts';
import { Stopwatch } from './timing.ts';

const LO_MTU = 65536;
const LO_QUEUE = 1000;
const CALLS = 20_000;
const ROUNDS = 9;
/** The cheapest call that the C library does not answer itself. Source: syscall tables v6.18. */
const GETPPID: { readonly [arch: string]: number } = { x64: 110, arm64: 173 };

export const CALIBRATION_STEPS = ['switches', 'calls', 'readiness', 'packets', 'ports'] as const;
export type CalibrationStep = (typeof CALIBRATION_STEPS)[number];

export interface Calibration {
  /** Processor and kernel. */
  readonly machine: string;
  readonly costs: MeasuredCosts;
  readonly timings: Timings;
}

/** Throws HostError: `not-linux`, `no-koffi`, `no-permission`, `no-device`, `system-call`. */
export async function calibrate(onStep: (step: CalibrationStep) => void = () => {}): Promise<Calibration> {
  const libc = await loadLibc();
  const calls = loadCalls();
  const watch = new Stopwatch(timedCalls());
  // Threads of libuv's pool keep the namespace of whoever starts the pool, so it is started here.
  await promises.stat('/');
  // First of all whether this user may do it.
  inFreshNamespace(calls, closeSync);
  onStep('switches');
  const switches = await measureSwitch(watch.calls);
  const number = GETPPID[process.arch] ?? 0;
  const syscall = watch.repeat(CALLS, ROUNDS, () => watch.calls.syscall(number, 0, 0, 0));
  const others = inFreshNamespace(calls, (fd) => {
    closeSync(fd);
    withRtnetlink(libc, (request) =>
      request('lo: up', setLinkUp(libc.if_nametoindex('lo'), LO_MTU, LO_QUEUE, 1)),
    );
    writeSysctl('net.ipv4.tcp_congestion_control', 'reno');
    const listener = openListener(watch.calls);
    try {
      onStep('calls');
      const loopback = measureLoopback(watch, listener);
      onStep('readiness');
      const readiness = measureReadiness(watch, listener);
      onStep('packets');
      const packets = measurePackets(watch, libc);
      onStep('ports');
      return { loopback, readiness, packets, ports: measurePorts(watch, listener) };
    } finally {
      watch.calls.close(listener);
    }
  });
  const timings: Timings = { syscall, switches, ...others };
  return { machine: machineText(), timings, costs: costsOf(timings, machineFacts()) };
}

const machineText = (): string =>
  `${cpus()[0]?.model ?? process.arch}, ${cpus().length} CPUs, Linux ${release()}`;

/** The first kernel whose search looks at ports without locks; see `Behaviour.portChoice` in the engine's profiles. */
const LOCKLESS = '6.15';

function machineFacts(): MachineFacts {
  const hz = hostHz();
  return { hz: hz === 0 ? null : hz, locks: profileFor(release(), [LOCKLESS, '0']) !== LOCKLESS };
}
