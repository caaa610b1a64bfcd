// What the world writes down while it runs: segments with their fates, events, queues, connects, requests. Plain data;
// made into a RunResult at the end (make-result.ts).

import { ACK, destinationOf, formatEndpoint, type Segment, SYN, sourceOf } from '@halfopen/engine';
import type { EventRecord, ExpectationResult, PortProbes, RequestRecord, SegmentRecord } from './result.ts';
import { newSummary, type Summary } from './summary.ts';

/** A record that is still being written. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

export interface ListenerDraft {
  readonly host: string;
  readonly sock: number;
  local: string;
  backlog: number;
  drops: number;
  readonly acceptQueue: [atNs: number, length: number][];
  readonly requestQueue: [atNs: number, length: number][];
}

export interface ConnectDraft {
  readonly host: string;
  readonly process: string;
  local: string;
  readonly remote: string;
  readonly startNs: number;
  endNs: number | null;
  errno: string | null;
  readonly synsAtNs: number[];
  readonly probes: PortProbes | null;
  cpuNs: number | null;
  /** What connect() returned when it waited no longer, and when it did; null: it has not left the attempt. */
  left: ConnectLeft | null;
}

/** A connect() that left its attempt to the kernel. */
export interface ConnectLeft {
  readonly errno: string;
  readonly atNs: number;
  /** It slept before it returned. */
  readonly waited: boolean;
}

interface LogLine {
  readonly host: string;
  readonly atNs: number;
  readonly text: string;
}

export interface Recorder {
  readonly segments: Draft<SegmentRecord>[];
  readonly events: EventRecord[];
  readonly listeners: ListenerDraft[];
  readonly connects: ConnectDraft[];
  /** Index in `connects` by host and socket, until connect() has returned how the attempt ended. */
  readonly openConnects: Map<string, number>;
  /** Index in `connects` by host, local and remote end: the last attempt there. */
  readonly connectsByEnds: Map<string, number>;
  readonly requests: RequestRecord[];
  /** Instead of most of the above, when the run is too large for it. */
  readonly summary: Summary;
  readonly kernelLog: LogLine[];
  readonly mismatches: ExpectationResult[];
}

export const newRecorder = (): Recorder => ({
  segments: [],
  events: [],
  listeners: [],
  connects: [],
  openConnects: new Map(),
  connectsByEnds: new Map(),
  requests: [],
  summary: newSummary(),
  kernelLog: [],
  mismatches: [],
});

/** Source and destination of a segment as `ss` prints them. */
const endpointsOf = (segment: Segment): { source: string; destination: string } => ({
  source: formatEndpoint(sourceOf(segment), segment.sport),
  destination: formatEndpoint(destinationOf(segment), segment.dport),
});

/** The listener of a socket id; made when it is new. */
export function listenerDraft(recorder: Recorder, host: string, sock: number): ListenerDraft {
  const found = recorder.listeners.find((l) => l.sock === sock && l.host === host);
  if (found !== undefined) return found;
  const made: ListenerDraft = {
    host,
    sock,
    local: '',
    backlog: 0,
    drops: 0,
    acceptQueue: [],
    requestQueue: [],
  };
  recorder.listeners.push(made);
  return made;
}

/** Appends to a series when the length has changed. */
export function seriesPoint(series: [number, number][], atNs: number, length: number): void {
  const last = series[series.length - 1];
  if (last === undefined || last[1] !== length) series.push([atNs, length]);
}

export const sockKey = (host: string, sock: number): string => `${host} ${sock}`;
const endsKey = (host: string, local: string, remote: string): string => `${host} ${local} ${remote}`;

/** The attempt on this socket, unless connect() has returned how it ended. */
const openConnect = (recorder: Recorder, host: string, sock: number): ConnectDraft | undefined =>
  recorder.connects[recorder.openConnects.get(sockKey(host, sock)) ?? -1];

/** An error of connect() now would be the outcome of an attempt that is written down already. */
export function connectIsOwed(recorder: Recorder, host: string, sock: number): boolean {
  const draft = openConnect(recorder, host, sock);
  return draft !== undefined && (draft.endNs === null || draft.errno !== null);
}

/** A connect() began an attempt. */
export function connectBegan(
  recorder: Recorder,
  sock: number,
  begun: Pick<ConnectDraft, 'host' | 'process' | 'local' | 'remote' | 'startNs' | 'probes'>,
): void {
  recorder.openConnects.set(sockKey(begun.host, sock), recorder.connects.length);
  recorder.connectsByEnds.set(endsKey(begun.host, begun.local, begun.remote), recorder.connects.length);
  recorder.connects.push({ ...begun, endNs: null, errno: null, synsAtNs: [], cpuNs: null, left: null });
}

/** The kernel knows how the attempt on this socket ended, and from now on poll() tells. */
export function connectSettled(
  recorder: Recorder,
  host: string,
  sock: number,
  atNs: number,
  errno: string | null,
): void {
  const draft = openConnect(recorder, host, sock);
  if (draft === undefined || draft.endNs !== null) return;
  draft.endNs = atNs;
  draft.errno = errno;
}

/** A connect() returned, and the attempt goes on. Asking again (EALREADY) changes the time, not the errno. */
export function connectLeft(recorder: Recorder, host: string, sock: number, left: ConnectLeft): void {
  const draft = openConnect(recorder, host, sock);
  if (draft === undefined || draft.endNs !== null) return;
  draft.left = left.errno === 'EALREADY' && draft.left !== null ? { ...left, errno: draft.left.errno } : left;
}

/**
 * The attempt was given up before it ended: what the program got is all that comes of it. A call that has not returned
 * tells that itself, unless the socket was closed under it.
 */
export function connectGivenUp(
  recorder: Recorder,
  host: string,
  sock: number,
  atNs: number,
  closed: boolean,
): void {
  const left = openConnect(recorder, host, sock)?.left ?? null;
  if (left === null && !closed) return;
  const endNs = left?.waited === true ? left.atNs : atNs;
  connectSettled(recorder, host, sock, endNs, left?.errno ?? 'EINPROGRESS');
}

/** A connect() took this much CPU time, ns. The attempt that it began did not end before it returned, at `atNs`. */
export function connectCost(
  recorder: Recorder,
  host: string,
  sock: number,
  cpuNs: number,
  atNs: number,
): void {
  const draft = openConnect(recorder, host, sock);
  if (draft === undefined) return;
  draft.cpuNs = (draft.cpuNs ?? 0) + cpuNs;
  if (draft.endNs !== null) draft.endNs = Math.max(draft.endNs, atNs);
}

/** connect() returned how the attempt ended; one that was settled before keeps its time and errno. */
export function connectReturned(
  recorder: Recorder,
  host: string,
  sock: number,
  atNs: number,
  errno: string | null,
): void {
  connectSettled(recorder, host, sock, atNs, errno);
  recorder.openConnects.delete(sockKey(host, sock));
}

/** Notes a SYN for the connect() that sent it. */
export function noteSyn(recorder: Recorder, host: string, segment: Segment, atNs: number): void {
  if ((segment.flags & (SYN | ACK)) !== SYN) return;
  const { source, destination } = endpointsOf(segment);
  const index = recorder.connectsByEnds.get(endsKey(host, source, destination));
  recorder.connects[index ?? -1]?.synsAtNs.push(atNs);
}
