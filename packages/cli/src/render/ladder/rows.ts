// What happens on one connection, in order of time: segments, state changes, system calls, queue moves. Rows know nothing
// of columns or words; draw.ts turns them into lines.

import type { EventRecord, RunResult, SegmentRecord } from '@halfopen/simnet';
import type { Connection } from './connections.ts';

type Side = 'near' | 'far';

export type Row =
  | {
      readonly kind: 'segment';
      readonly atNs: number;
      readonly from: Side;
      readonly segment: SegmentRecord;
      /** How many times these bytes went before: 0, or the number of this resend. */
      readonly resend: number;
      /** When the far side saw it or sent it: the moment its queues are read. */
      readonly farNs: number;
    }
  | { readonly kind: 'state'; readonly atNs: number; readonly side: Side; readonly state: string }
  | {
      readonly kind: 'connect';
      readonly atNs: number;
      readonly side: Side;
      readonly result: ConnectEnd | null;
    }
  | { readonly kind: 'accept'; readonly atNs: number; readonly side: Side }
  /** A line from a host's log or from one of its programs. */
  | { readonly kind: 'log'; readonly atNs: number; readonly host: string; readonly text: string }
  /** Rows left out: see fold.ts. */
  | { readonly kind: 'fold'; readonly atNs: number; readonly rows: readonly Row[] };

export interface ConnectEnd {
  readonly errno: string | null;
  readonly latencyNs: number;
}

/** Order of rows of the same time: a call before what it causes, states before the segments that follow from them. */
function order(row: Row): number {
  if (row.kind === 'log' || (row.kind === 'connect' && row.result === null)) return 0;
  // A forged segment is there at once, so what it causes comes after it.
  if (row.kind === 'segment' && row.segment.arrivedNs === row.segment.sentNs) return 0;
  if (row.kind === 'state' || row.kind === 'accept') return 1;
  return row.kind === 'connect' ? 2 : 3;
}

function segmentRows(connection: Connection): Row[] {
  const times = new Map<string, number>();
  return connection.segments.map((segment) => {
    const from: Side = segment.source === connection.near ? 'near' : 'far';
    const key = `${from} ${segment.flags.replace('.', '')} ${segment.seq} ${segment.length}`;
    const before = times.get(key) ?? 0;
    times.set(key, before + 1);
    const farNs = from === 'far' ? segment.sentNs : (segment.arrivedNs ?? segment.sentNs);
    const resend = segment.retransmission ? Math.max(1, before) : 0;
    return { kind: 'segment', atNs: segment.sentNs, from, segment, resend, farNs };
  });
}

function connectRows(connection: Connection): Row[] {
  return connection.connects.flatMap((c): Row[] => {
    const side: Side = c.local === connection.near ? 'near' : 'far';
    const result: ConnectEnd = { errno: c.errno, latencyNs: c.latencyNs };
    return [
      { kind: 'connect', atNs: c.startNs, side, result: null },
      { kind: 'connect', atNs: c.startNs + c.latencyNs, side, result },
    ];
  });
}

/** Which side an event is about; null: another connection's. A SYN-SENT is told before the local port is chosen. */
function sideOf(connection: Connection, host: string, local: string, remote: string): Side | null {
  const { near, far } = connection;
  if (remote === far && host === connection.nearHost && (local === near || local.endsWith(':0')))
    return 'near';
  if (local === far && remote === near && host === connection.farHost) return 'far';
  return null;
}

/** A state before its port is known belongs to the connect() of that moment. */
const begins = (connection: Connection, event: EventRecord & { type: 'state' }): boolean =>
  !event.local.endsWith(':0') || connection.connects.some((c) => c.startNs === event.atNs);

/** What `ss` shows after this change: a socket handed over to TIME-WAIT is no longer a full one. */
const shownState = (event: EventRecord & { type: 'state' }): string =>
  event.to === 'UNCONN' && event.on === 'time-wait' ? 'TIME-WAIT' : event.to;

function stateRow(connection: Connection, event: EventRecord & { type: 'state' }): Row[] {
  const side = sideOf(connection, event.host, event.local, event.remote);
  // A child is made in SYN-RECV when its handshake is complete; `ss` has shown its request under that name long before.
  if (side === null || event.on === 'child' || !begins(connection, event)) return [];
  return [{ kind: 'state', atNs: event.atNs, side, state: shownState(event) }];
}

function queueRow(connection: Connection, event: EventRecord & { type: 'queue' }): Row[] {
  if (event.host !== connection.farHost || event.remote !== connection.near) return [];
  const { atNs } = event;
  if (event.queue === 'accept')
    return event.action === 'taken' ? [{ kind: 'accept', atNs, side: 'far' }] : [];
  return event.action.startsWith('added') ? [{ kind: 'state', atNs, side: 'far', state: 'SYN-RECV' }] : [];
}

function eventRow(connection: Connection, event: EventRecord): Row[] {
  if (event.type === 'state') return stateRow(connection, event);
  if (event.type === 'queue') return queueRow(connection, event);
  // As strace shows it. One that ends its process has a line of its own.
  if (event.type === 'signal' && event.effect === 'handler')
    return [
      { kind: 'log', atNs: event.atNs, host: event.host, text: `${event.process}: --- ${event.signal} ---` },
    ];
  return event.type === 'log' ? [{ kind: 'log', atNs: event.atNs, host: event.host, text: event.text }] : [];
}

const during =
  ({ fromNs, untilNs }: Connection) =>
  (event: EventRecord): boolean =>
    event.atNs >= fromNs && event.atNs < untilNs;

const LOGS_MAX = 12;

/** Log lines between the first and the last row; none when there are so many that they would hide the rest. */
function keepLogs(rows: readonly Row[]): Row[] {
  const own = rows.flatMap((row) => (row.kind === 'log' ? [] : [row.atNs]));
  const inside = (row: Row): boolean => row.atNs >= (own[0] ?? 0) && row.atNs <= (own.at(-1) ?? 0);
  const logs = rows.filter((row) => row.kind === 'log' && inside(row)).length;
  return rows.filter((row) => row.kind !== 'log' || (logs <= LOGS_MAX && inside(row)));
}

/** Rows of one connection, by time; rows of equal time keep cause before effect. */
export function rowsOf(result: RunResult, connection: Connection): Row[] {
  const rows = [
    ...connectRows(connection),
    ...segmentRows(connection),
    ...result.events.filter(during(connection)).flatMap((event) => eventRow(connection, event)),
  ];
  const sorted = rows
    .map((row, i) => ({ row, i }))
    .sort((a, b) => a.row.atNs - b.row.atNs || order(a.row) - order(b.row) || a.i - b.i)
    .map(({ row }) => row);
  return keepLogs(sorted);
}
