// A run that keeps to the times of another in what no kernel decides: how long a process takes between two calls, and when
// the wire hands a packet over. For a simulated run beside one on a real machine, where both take time.

import type { SegmentRecord } from './result.ts';

export interface Pace {
  /** By `host process`: when each call began and returned, ns, in order. */
  readonly callsNs: ReadonlyMap<string, readonly (readonly [beganNs: number, returnedNs: number])[]>;
  /** By `packetKey()`: when each packet of that kind arrived, ns, in the order in which they left; null: never. */
  readonly packetsNs: ReadonlyMap<string, readonly (number | null)[]>;
  /** What would have to move by more than this, ns, stays where it is. */
  readonly withinNs: number;
}

/** What a packet is in either run, whose ports and sequence numbers differ. */
export const packetKey = ({ from, to, flags, seq, ack, length }: SegmentRecord): string =>
  `${from} ${to} ${flags} ${seq} ${ack} ${length}`;

export class Follower {
  private readonly pace: Pace;
  /** Packets of each kind so far. */
  private readonly seen = new Map<string, number>();

  constructor(pace: Pace) {
    this.pace = pace;
  }

  /** When the call number `n` (from 1) of a process is to be made that could be made at `nowNs`. */
  callAt(process: string, n: number, nowNs: number): number {
    return this.follow(this.pace.callsNs.get(process)?.[n - 1]?.[0], nowNs);
  }

  /** When a process is to go on with its call number `n` that is woken at `nowNs`. */
  resumeAt(process: string, n: number, nowNs: number): number {
    return this.follow(this.pace.callsNs.get(process)?.[n - 1]?.[1], nowNs);
  }

  private follow(atNs: number | undefined, nowNs: number): number {
    return atNs !== undefined && this.near(atNs, nowNs) ? Math.max(atNs, nowNs) : nowNs;
  }

  /** When a packet is to arrive that leaves at `nowNs` and would arrive at `atNs`. */
  arrivalAt(packet: SegmentRecord, atNs: number, nowNs: number): number {
    const key = packetKey(packet);
    const n = this.seen.get(key) ?? 0;
    this.seen.set(key, n + 1);
    const other = this.pace.packetsNs.get(key)?.[n] ?? null;
    return other !== null && this.near(other, atNs) ? Math.max(other, nowNs) : atNs;
  }

  private near(a: number, b: number): boolean {
    return Math.abs(a - b) <= this.pace.withinNs;
  }
}
