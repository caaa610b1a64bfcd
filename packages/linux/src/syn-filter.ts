// `--drop-syn N`: the wire loses the first N SYNs of every connection, in either direction, so that any client sees the
// same delay each time. A connection is told from the next one on the same ports by its initial sequence number.

import { ACK, destinationOf, formatEndpoint, type Segment, SYN, sourceOf } from '@halfopen/engine';

/** Connections remembered; beyond it the oldest is forgotten, and would be dropped again if it still sent SYNs. */
const CONNECTIONS_MAX = 10_000;

export class SynFilter {
  private readonly perConnection: number;
  private readonly seen = new Map<string, number>();

  /** `perConnection`: SYNs of each connection that are lost; 0 loses none. */
  constructor(perConnection: number) {
    this.perConnection = perConnection;
  }

  /** Whether the wire loses this segment; counts it. Only SYNs without ACK are ever lost. */
  loses(segment: Segment): boolean {
    if (this.perConnection === 0 || (segment.flags & (SYN | ACK)) !== SYN) return false;
    const source = formatEndpoint(sourceOf(segment), segment.sport);
    const key = `${source} ${formatEndpoint(destinationOf(segment), segment.dport)} ${segment.seq}`;
    const lost = this.seen.get(key) ?? 0;
    if (lost >= this.perConnection) return false;
    this.seen.set(key, lost + 1);
    if (this.seen.size > CONNECTIONS_MAX) this.seen.delete(this.seen.keys().next().value as string);
    return true;
  }
}
