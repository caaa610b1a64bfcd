// How the queues of a listener went. The accept queue is computed: a delivered packet that moved TcpPassiveOpens put one
// connection in, each accept() took one out. Where packets were not counted, and for half-open requests, the observer's
// samples stand in; they miss what lasts shorter than the time between two of them.

import type { EventRecord, ListenerRecord, SegmentRecord } from '@halfopen/simnet';
import type { ListenerNote } from './collector.ts';

type Series = (readonly [atNs: number, length: number])[];

/** Appends when the length has changed. */
function point(series: Series, atNs: number, length: number): void {
  if (series[series.length - 1]?.[1] !== length) series.push([atNs, length]);
}

const longest = (series: Series): number => series.reduce((most, [, length]) => Math.max(most, length), 0);

const portOf = (endpoint: string): string => endpoint.slice(endpoint.lastIndexOf(':') + 1);

interface Step {
  readonly atNs: number;
  readonly by: 1 | -1;
  readonly remote: string;
}

/** Connections put in and taken out, in order; one that arrives is there before it is taken. */
function stepsOf(listener: ListenerNote, segments: readonly SegmentRecord[]): Step[] {
  const port = portOf(listener.local);
  const put = segments
    .filter(
      (s) =>
        s.to === listener.host && portOf(s.destination) === port && (s.counters.TcpPassiveOpens ?? 0) > 0,
    )
    .map((s): Step => ({ atNs: s.arrivedNs ?? 0, by: 1, remote: s.source }));
  const taken = listener.taken.map(({ atNs, remote }): Step => ({ atNs, by: -1, remote }));
  return [...put, ...taken].sort((a, b) => a.atNs - b.atNs || b.by - a.by);
}

export interface QueueHistory {
  readonly record: ListenerRecord;
  readonly events: readonly EventRecord[];
}

export function queueHistory(listener: ListenerNote, segments: readonly SegmentRecord[]): QueueHistory {
  const last = listener.samples[listener.samples.length - 1]?.row;
  const backlog = last?.backlog ?? 0;
  const acceptQueue: Series = [[listener.sinceNs, 0]];
  const requestQueue: Series = [[listener.sinceNs, 0]];
  const events: EventRecord[] = [];
  let length = 0;
  for (const { atNs, by, remote } of stepsOf(listener, segments)) {
    length = Math.max(0, length + by);
    point(acceptQueue, atNs, length);
    events.push({
      type: 'queue',
      atNs,
      host: listener.host,
      listener: listener.local,
      queue: 'accept',
      action: by > 0 ? 'added' : 'taken',
      remote,
      length,
      max: backlog + 1,
    });
  }
  for (const { atNs, row } of listener.samples) point(requestQueue, atNs, row.halfOpen);
  const sampled = Math.max(0, ...listener.samples.map((s) => s.row.waiting));
  return {
    record: {
      local: listener.local,
      backlog,
      drops: last?.drops ?? 0,
      acceptQueue,
      requestQueue,
      maxAcceptQueue: Math.max(longest(acceptQueue), sampled),
      maxRequestQueue: longest(requestQueue),
    },
    events,
  };
}
