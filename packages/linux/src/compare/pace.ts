// The times of a real run for the engine's: when each process made its calls and went on, and when the wire handed each packet over.
// A system call takes no time on the engine, so a process that goes round for a while comes to be milliseconds early, and
// a packet then meets a queue that is a place longer or shorter. With this the two kernels are asked the same at the same
// times, and what differs is theirs.

import { type Pace, packetKey, type RunResult } from '@halfopen/simnet';
import { BASE_NS } from './tolerance.ts';

/** Entries by their name, in order. */
function grouped<T, V>(entries: readonly T[], nameOf: (entry: T) => string, timeOf: (entry: T) => V) {
  const out = new Map<string, V[]>();
  for (const entry of entries) {
    const values = out.get(nameOf(entry));
    if (values === undefined) out.set(nameOf(entry), [timeOf(entry)]);
    else values.push(timeOf(entry));
  }
  return out;
}

/**
 * The times of a real run. They are followed only as far as a comparison would forgive being late: a call that returned at
 * another time in Linux is a difference, and stays one.
 */
export function paceOf({ events, segments }: RunResult): Pace {
  const calls = events.flatMap((event) => (event.type === 'call' ? [event] : []));
  return {
    callsNs: grouped(
      calls,
      (call) => `${call.host} ${call.process}`,
      (call) => [call.startNs, call.atNs] as const,
    ),
    packetsNs: grouped(segments, packetKey, (segment) => segment.arrivedNs),
    withinNs: BASE_NS,
  };
}
