// The connections of a run, and which of them are worth drawing when there are many: those the scenario names, then the
// failed and slow ones, and one that went well beside them.

import type { ConnectRecord, RunResult, SegmentRecord } from '@halfopen/simnet';
import { requestOf } from '../waits.ts';

export interface Connection {
  /** Address and port of the side that sent first, then the other. */
  readonly near: string;
  readonly far: string;
  readonly nearHost: string;
  readonly farHost: string;
  /** The same addresses and ports may serve several connections, one after the other: this one has [from, until). */
  readonly fromNs: number;
  readonly untilNs: number;
  readonly segments: readonly SegmentRecord[];
  readonly connects: readonly ConnectRecord[];
  /** What its user waited for: the longest of its connect() and of the requests behind it. */
  readonly latencyNs: number;
  readonly failed: boolean;
}

const pairKey = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/** Values by key, in the order of their first coming. */
function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

function connectionOf(
  segments: readonly SegmentRecord[],
  connects: readonly ConnectRecord[],
  span: { readonly fromNs: number; readonly untilNs: number },
  result: RunResult,
): Connection {
  const first = segments[0] as SegmentRecord;
  const requests = connects.map((c) => requestOf(c, result.requests));
  const waits = [...connects, ...requests];
  return {
    near: first.source,
    far: first.destination,
    nearHost: first.from,
    farHost: first.to,
    ...span,
    segments,
    connects,
    latencyNs: Math.max(0, ...waits.map((r) => r?.latencyNs ?? 0)),
    failed: waits.some((r) => r !== undefined && r.errno !== null),
  };
}

/** The connections of one pair of endpoints: each connect() of the side that called first begins another. */
function split(
  segments: readonly SegmentRecord[],
  connects: readonly ConnectRecord[],
  result: RunResult,
): Connection[] {
  const caller = connects[0]?.local;
  const starts = connects.filter((c) => c.local === caller).map((c) => c.startNs);
  const bounds = [0, ...starts.slice(1), Number.POSITIVE_INFINITY];
  return bounds.slice(0, -1).flatMap((fromNs, i) => {
    const untilNs = bounds[i + 1] as number;
    const own = segments.filter((s) => s.sentNs >= fromNs && s.sentNs < untilNs);
    const calls = connects.filter((c) => c.startNs >= fromNs && c.startNs < untilNs);
    return own.length === 0 ? [] : [connectionOf(own, calls, { fromNs, untilNs }, result)];
  });
}

/** All connections, in the order of their first segment. */
export function connectionsOf(result: RunResult): Connection[] {
  const connects = groupBy(result.connects, (c) => pairKey(c.local, c.remote));
  const pairs = groupBy(result.segments, (s) => pairKey(s.source, s.destination));
  const all = [...pairs].flatMap(([key, segments]) => split(segments, connects.get(key) ?? [], result));
  return all.sort((a, b) => (a.segments[0] as SegmentRecord).id - (b.segments[0] as SegmentRecord).id);
}

const troubled = (c: Connection): boolean =>
  c.failed || c.segments.some((s) => s.fate !== 'delivered' || s.retransmission);

/** Failed before troubled before smooth, slow before fast, early before late. */
function byInterest(a: Connection, b: Connection): number {
  const rank = (c: Connection): number => (c.failed ? 2 : troubled(c) ? 1 : 0);
  return rank(b) - rank(a) || b.latencyNs - a.latencyNs;
}

/**
 * At most `limit` connections to draw, in order of time. `shown` are numbers of connections as the scenario gives them,
 * counted from 1. The last place goes to one without trouble, so that the reader sees the difference.
 */
export function chooseConnections(
  all: readonly Connection[],
  limit: number,
  shown: readonly number[] = [],
): Connection[] {
  if (all.length <= limit) return [...all];
  const named = shown.flatMap((n) => all[n - 1] ?? []);
  const ranked = named.length > 0 ? named : [...all].sort(byInterest).slice(0, limit);
  const smooth = all.find((c) => !troubled(c));
  if (named.length === 0 && limit > 1 && smooth !== undefined && ranked.every(troubled)) {
    ranked[limit - 1] = smooth;
  }
  return all.filter((c) => ranked.includes(c));
}
