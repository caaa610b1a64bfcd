// What connect() pays for each port that it looks at and cannot have: a range in which every port is taken in the same way,
// and attempts that search all of it and fail with EADDRNOTAVAIL. Two sizes of the range, so that what is not the search
// cancels out. The sheet (client 2.4) was measured like this.

import { HostError } from '../libc.ts';
import { writeSysctl } from '../target/namespace.ts';
import { sockaddr } from '../target/socket-address.ts';
import type { TimedCalls } from './calls.ts';
import { LISTENER, must, SOCK_STREAM_NONBLOCK, setLinger } from './loopback.ts';
import { type Stopwatch, type Timing, timingOf } from './timing.ts';

export interface PortCosts {
  /** The 4-tuple is taken by a connection. */
  readonly established: Timing;
  /** By a TIME-WAIT record that may not be reused. */
  readonly timeWait: Timing;
  /** Somebody has used bind() on the port. */
  readonly bound: Timing;
}

/** Ports of the ranges. Both are far beyond what the fixed part of a search costs. */
const SMALL = 500;
const LARGE = 2500;
const LOW = 20_000;
const ROUNDS = 25;
const AF_INET = 2;
const OTHER_LOCAL = '127.0.0.9';

/** How the ports of a range get taken: gives the sockets that hold them. */
type Occupy = (calls: TimedCalls, ports: number) => number[];

function socket(calls: TimedCalls): number {
  const fd = calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0);
  if (fd < 0) throw new HostError('system-call', `socket: ${calls.errno()}`);
  return fd;
}

/** Connections to the one listener until no port is left: their sockets, and those that accept() gave. */
function connections(calls: TimedCalls, listener: number, ports: number): { own: number[]; other: number[] } {
  const own: number[] = [];
  const other: number[] = [];
  for (let i = 0; i < ports; i++) {
    const fd = socket(calls);
    calls.connect(fd, LISTENER, LISTENER.length);
    own.push(fd);
    other.push(calls.accept4(listener, null, null, 0));
  }
  return { own, other };
}

/** One search through all ports of the range, ns: several times. */
function searches(watch: Stopwatch): number[] {
  const { calls } = watch;
  return Array.from({ length: ROUNDS }, () => {
    const fd = socket(calls);
    const ns = watch.once(1, () => calls.connect(fd, LISTENER, LISTENER.length));
    const errno = calls.errno();
    calls.close(fd);
    if (errno !== 'EADDRNOTAVAIL') throw new HostError('system-call', `a full range gave ${errno}`);
    return ns;
  });
}

const range = (ports: number): string => `${LOW}\t${LOW + ports - 1}`;

/** ns a port, from what the larger range costs more. */
function perPort(
  watch: Stopwatch,
  occupy: Occupy,
  release: (calls: TimedCalls, held: number[]) => void,
): Timing {
  const [small, large] = [SMALL, LARGE].map((ports) => {
    writeSysctl('net.ipv4.ip_local_port_range', range(ports));
    const held = occupy(watch.calls, ports);
    const spent = timingOf(searches(watch));
    release(watch.calls, held);
    return spent;
  }) as [Timing, Timing];
  const each = (a: number, b: number): number => Math.max(0, (b - a) / (LARGE - SMALL));
  return { minNs: each(small.minNs, large.minNs), medianNs: each(small.medianNs, large.medianNs) };
}

/** Ends connections without TIME-WAIT. */
function reset(calls: TimedCalls, held: readonly number[]): void {
  for (const fd of held) {
    setLinger(calls, fd);
    calls.close(fd);
  }
}

/** In the namespace of the calling thread, whose listener is `listener`. */
export function measurePorts(watch: Stopwatch, listener: number): PortCosts {
  writeSysctl('net.ipv4.tcp_tw_reuse', 0);
  const established = perPort(
    watch,
    (calls, ports) => {
      const { own, other } = connections(calls, listener, ports);
      return [...own, ...other];
    },
    reset,
  );
  const bound = perPort(
    watch,
    (calls, ports) =>
      Array.from({ length: ports }, (_, i) => {
        const fd = socket(calls);
        const at = sockaddr('AF_INET', must(OTHER_LOCAL), LOW + i);
        if (calls.bind(fd, at, at.length) !== 0) throw new HostError('system-call', `bind: ${calls.errno()}`);
        return fd;
      }),
    reset,
  );
  return { established, bound, timeWait: measureTimeWait(watch, listener) };
}

/** The records stay for a minute, so the small range comes first and is part of the large one. */
function measureTimeWait(watch: Stopwatch, listener: number): Timing {
  let taken = 0;
  return perPort(
    watch,
    (calls, ports) => {
      const { own, other } = connections(calls, listener, ports - taken);
      for (const fd of own) calls.close(fd);
      for (const fd of other) calls.close(fd);
      taken = ports;
      return [];
    },
    () => {},
  );
}
