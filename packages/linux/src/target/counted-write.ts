// Hands packets to receiving kernels and reads the counters around each: a write to a TUN device returns after the kernel
// has processed the packet, so what moved meanwhile is the packet's (or, rarely, that of a process on another CPU).

import type { Draft, SegmentRecord } from '@halfopen/simnet';
import { whyDropped } from './drop-reason.ts';
import type { HostNamespace } from './namespace.ts';
import { knownMoves, parseCounters, valueLines, withValues } from './proc-counters.ts';

/** The counters around the arrival of a packet. Parsing takes longer than reading, so it waits for the end. */
interface Reading {
  readonly record: number;
  readonly corrupt: boolean;
  /** Value lines before. */
  readonly before: string;
  /** The whole text after. */
  readonly after: string;
}

/** Packets whose counters are read; a run with more traffic does not leave time for it. */
const COUNTED_MAX = 5000;

export class CountedWrites {
  private readonly readings: Reading[] = [];

  /** Writes at `dueNs` and gives the time of the write, ns. `record` -1: its counters are nobody's. */
  write(
    host: HostNamespace,
    bytes: Uint8Array,
    dueNs: number,
    now: () => number,
    { record, corrupt }: Pick<Reading, 'record' | 'corrupt'>,
  ): number {
    const counted = record >= 0 && this.readings.length < COUNTED_MAX;
    const before = counted ? host.counters.readText() : '';
    let atNs = now();
    while (atNs < dueNs) atNs = now();
    host.tun.write(bytes, bytes.length);
    if (counted) {
      this.readings.push({ record, corrupt, before: valueLines(before), after: host.counters.readText() });
    }
    return atNs;
  }

  /** Writes into the records what the counters say about each packet. */
  judge(segments: Draft<SegmentRecord>[]): void {
    for (const { record, corrupt, before, after } of this.readings.splice(0)) {
      const written = segments[record];
      if (written === undefined) continue;
      const moved = knownMoves(withValues(after, before), parseCounters(after));
      written.counters = moved;
      written.why = corrupt ? 'bad checksum' : whyDropped(moved);
      written.fate = written.why === null ? 'delivered' : 'dropped';
    }
  }
}
