// The connections of a run, named so that the same one is found in another run: client ports are chosen at random, so a
// connection is the nth that its opener began to that address and port.

import type { SegmentRecord } from '@halfopen/simnet';

export interface Connection {
  /** `client>server:80 #2` */
  readonly name: string;
  /** Both ends as `address:port`, the opener's first. */
  readonly ends: readonly [string, string];
  readonly segments: readonly SegmentRecord[];
}

interface Open {
  readonly first: SegmentRecord;
  readonly segments: SegmentRecord[];
}

const portOf = (endpoint: string): string => endpoint.slice(endpoint.lastIndexOf(':') + 1);

/** A SYN of a new connection over the same two ends begins another one. */
const begins = (s: SegmentRecord): boolean => s.flags === 'S' && !s.retransmission && !s.injected;

function split(segments: readonly SegmentRecord[]): Open[] {
  const all: Open[] = [];
  const current = new Map<string, Open>();
  for (const s of segments) {
    if (s.flags === 'icmp') continue;
    const key = [s.source, s.destination].sort().join(' ');
    let open = current.get(key);
    const ownSyn = open?.segments.some((other) => begins(other) && other.source === s.source) === true;
    if (open === undefined || (begins(s) && ownSyn)) {
      open = { first: s, segments: [] };
      current.set(key, open);
      all.push(open);
    }
    open.segments.push(s);
  }
  return all;
}

/** The segment whose sender counts as the opener: with SYNs from both sides, that of the host whose name is first. */
function openerOf({ first, segments }: Open): SegmentRecord {
  const other = segments.find((s) => begins(s) && s.source === first.destination);
  return begins(first) && other !== undefined && other.from < first.from ? other : first;
}

/** In the order of their first segments. */
export function connectionsOf(segments: readonly SegmentRecord[]): Connection[] {
  const numbers = new Map<string, number>();
  return split(segments).map((open) => {
    const opener = openerOf(open);
    const group = `${opener.from}>${opener.to}:${portOf(opener.destination)}`;
    const n = (numbers.get(group) ?? 0) + 1;
    numbers.set(group, n);
    return { name: `${group} #${n}`, ends: [opener.source, opener.destination], segments: open.segments };
  });
}
