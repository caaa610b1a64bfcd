// What a world writes down when a run is too large for all of it: the queues of listeners in intervals, a few connects of
// each process (the first of each outcome, and the slowest), and all segments of its first connections, so that there is
// something to draw. Everything has a bound that does not depend on the length of the run.

import { ACK, type Addr, FIN, formatEndpoint, type Segment, SYN } from '@halfopen/engine';
import type { Host } from './host.ts';
import { type ConnectDraft, sockKey } from './recorder.ts';
import type { World } from './world.ts';

/** Connections of each process whose segments are kept. */
export const FOLLOWED = 2;
/** Segments kept of all followed connections. */
const SEGMENTS_MAX = 2000;
/** Connects kept of each process: the first of each outcome, and the slowest. */
export const FIRST = 5;
export const SLOWEST = 10;
/** Rows of `ss` that are kept of each host and state. */
export const SUMMARY_ROWS = 20;
/** Lines in the list of events. */
const EVENTS_MAX = 10_000;
/** Intervals of the queue series. */
const INTERVALS = 200;

/** A connection whose segments are kept. */
export interface Followed {
  readonly sport: number;
  readonly dport: number;
  readonly source: number;
  readonly destination: number;
  /** One past the highest sequence number that each end has sent; null: nothing yet. */
  sentBySource: number | null;
  sentByDestination: number | null;
}

/** A connect() under way; made into text only when it is kept. */
interface LiveConnect {
  readonly host: string;
  readonly process: string;
  readonly local: Addr;
  readonly remote: Addr;
  readonly ends: Followed;
  readonly probes: ConnectDraft['probes'];
  readonly startNs: number;
  readonly synsAtNs: number[];
  /** Of its calls so far, ns; null until one was charged. */
  cpuNs: number | null;
}

/** By the last words of the addresses: two connects whose IPv6 addresses differ only above them share their SYNs. */
const liveKey = (source: number, sport: number, destination: number, dport: number): string =>
  `${source} ${sport} ${destination} ${dport}`;

interface ConnectSamples {
  begun: number;
  /** Kept so far, by errno, `ok` for success. */
  readonly first: Map<string, number>;
  readonly kept: ConnectDraft[];
  /** The slowest of the others, in no order. */
  readonly slowest: ConnectDraft[];
  /** The least latency among them, ns. */
  atLeastNs: number;
}

/** Plain data. */
export interface Summary {
  readonly followed: Followed[];
  /** Connects under way, by host and socket. */
  readonly live: Map<string, LiveConnect>;
  /** Keys of `live` by local and remote end. */
  readonly liveByEnds: Map<string, string>;
  readonly byProcess: Map<string, ConnectSamples>;
}

export const newSummary = (): Summary => ({
  followed: [],
  live: new Map(),
  liveByEnds: new Map(),
  byProcess: new Map(),
});

function samplesOf(summary: Summary, host: string, process: string): ConnectSamples {
  const key = `${host} ${process}`;
  const found = summary.byProcess.get(key);
  if (found !== undefined) return found;
  const made: ConnectSamples = { begun: 0, first: new Map(), kept: [], slowest: [], atLeastNs: 0 };
  summary.byProcess.set(key, made);
  return made;
}

// ---------------------------------------------------------------------------------------------------- connects

/** A connect() began an attempt on this socket, between these ends. */
export function sampleBegan(
  summary: Summary,
  sock: number,
  begun: Omit<LiveConnect, 'synsAtNs' | 'cpuNs'>,
): void {
  const { ends, host } = begun;
  const key = sockKey(host, sock);
  summary.live.set(key, { ...begun, synsAtNs: [], cpuNs: null });
  summary.liveByEnds.set(liveKey(ends.source, ends.sport, ends.destination, ends.dport), key);
  const samples = samplesOf(summary, host, begun.process);
  // An attempt without a port sends nothing.
  if (ends.sport !== 0 && samples.begun++ < FOLLOWED) summary.followed.push(ends);
}

/** A connect() call of the attempt took this much CPU time. */
export function sampleCost(summary: Summary, host: string, sock: number, cpuNs: number): void {
  const live = summary.live.get(sockKey(host, sock));
  if (live !== undefined) live.cpuNs = (live.cpuNs ?? 0) + cpuNs;
}

/** connect() returned how the attempt ended. */
export function sampleReturned(
  summary: Summary,
  host: string,
  sock: number,
  atNs: number,
  errno: string | null,
): void {
  const key = sockKey(host, sock);
  const live = summary.live.get(key);
  if (live === undefined) return;
  const { ends } = live;
  summary.live.delete(key);
  summary.liveByEnds.delete(liveKey(ends.source, ends.sport, ends.destination, ends.dport));
  keep(samplesOf(summary, host, live.process), live, atNs, errno);
}

const draftOf = (live: LiveConnect, endNs: number | null, errno: string | null): ConnectDraft => ({
  host: live.host,
  process: live.process,
  local: live.ends.sport === 0 ? '' : formatEndpoint(live.local, live.ends.sport),
  remote: formatEndpoint(live.remote, live.ends.dport),
  startNs: live.startNs,
  probes: live.probes,
  synsAtNs: live.synsAtNs,
  endNs,
  errno,
  cpuNs: live.cpuNs,
  left: null,
});

const latency = (draft: ConnectDraft): number => (draft.endNs ?? 0) - draft.startNs;

function keep(samples: ConnectSamples, live: LiveConnect, endNs: number, errno: string | null): void {
  const outcome = errno ?? 'ok';
  const n = samples.first.get(outcome) ?? 0;
  const { slowest } = samples;
  if (n < FIRST) {
    samples.first.set(outcome, n + 1);
    samples.kept.push(draftOf(live, endNs, errno));
    return;
  }
  if (slowest.length < SLOWEST) {
    slowest.push(draftOf(live, endNs, errno));
    samples.atLeastNs = Math.min(...slowest.map(latency));
    return;
  }
  if (endNs - live.startNs <= samples.atLeastNs) return;
  const fastest = slowest.findIndex((draft) => latency(draft) === samples.atLeastNs);
  slowest[fastest] = draftOf(live, endNs, errno);
  samples.atLeastNs = Math.min(...slowest.map(latency));
}

/** Notes a SYN for the connect() that sent it. */
export function sampleSyn(summary: Summary, segment: Segment, atNs: number): void {
  if ((segment.flags & (SYN | ACK)) !== SYN) return;
  const key = summary.liveByEnds.get(liveKey(segment.s3, segment.sport, segment.d3, segment.dport));
  if (key !== undefined) summary.live.get(key)?.synsAtNs.push(atNs);
}

/** The connects that were kept, and the oldest of those that are still under way, in the order of their start. */
export function sampledConnects(summary: Summary): ConnectDraft[] {
  const ended = [...summary.byProcess.values()].flatMap(({ kept, slowest }) => [...kept, ...slowest]);
  const live = [...summary.live.values()].slice(0, SLOWEST).map((one) => draftOf(one, null, null));
  return [...ended, ...live].sort((a, b) => a.startNs - b.startNs);
}

// ---------------------------------------------------------------------------------------------------- segments

export const newFollowed = (source: number, sport: number, destination: number, dport: number): Followed => ({
  source,
  sport,
  destination,
  dport,
  sentBySource: null,
  sentByDestination: null,
});

/** The connection of a segment when its segments are kept. */
export function followedOf(world: World, s: Segment): Followed | null {
  const { summary, segments } = world.state.recorder;
  if (segments.length >= SEGMENTS_MAX) return null;
  for (const f of summary.followed) {
    if (f.sport === s.sport && f.dport === s.dport && f.source === s.s3 && f.destination === s.d3) return f;
    if (f.sport === s.dport && f.dport === s.sport && f.source === s.d3 && f.destination === s.s3) return f;
  }
  return null;
}

/** Whether this segment had been sent before. Takes note of it. */
export function sentAgain(f: Followed, s: Segment): boolean {
  const length = s.payload.length + ((s.flags & SYN) === 0 ? 0 : 1) + ((s.flags & FIN) === 0 ? 0 : 1);
  const end = (s.seq + length) | 0;
  const forward = f.sport === s.sport && f.source === s.s3;
  const highest = forward ? f.sentBySource : f.sentByDestination;
  // A SYN with another number begins a new connection between the same ends.
  const again = highest !== null && length > 0 && ((end - highest) | 0) <= 0;
  if (highest === null || ((end - highest) | 0) > 0 || ((s.flags & SYN) !== 0 && !again)) {
    if (forward) f.sentBySource = end;
    else f.sentByDestination = end;
  }
  return again;
}

// ---------------------------------------------------------------------------------------------------- queues, log

/** A point of a series that keeps, of each interval, its greatest length and its last. */
export function coarsePoint(
  series: [atNs: number, length: number][],
  atNs: number,
  length: number,
  widthNs: number,
): void {
  const n = series.length;
  const last = series[n - 1];
  if (last !== undefined && last[1] === length) return;
  const before = series[n - 2];
  const interval = Math.floor(atNs / widthNs);
  const inside = (p: [number, number] | undefined): p is [number, number] =>
    p !== undefined && Math.floor(p[0] / widthNs) === interval;
  if (!inside(last) || !inside(before)) {
    series.push([atNs, length]);
    return;
  }
  if (last[1] > before[1]) series[n - 2] = last;
  series[n - 1] = [atNs, length];
}

/** Writes down what changed in a host's listeners, and its log, after an entry into its kernel. */
export function noteSummary(world: World, host: Host): void {
  const { recorder } = world.state;
  const { name } = host.spec;
  const widthNs = Math.max(1, Math.ceil(world.scenario.durationNs / INTERVALS));
  for (const draft of recorder.listeners) {
    if (draft.host !== name) continue;
    const sock = host.kernel.net.socks.get(draft.sock);
    const queue = sock?.listener;
    if (sock === undefined || queue == null) continue;
    draft.drops = sock.drops;
    draft.backlog = queue.backlog;
    coarsePoint(draft.acceptQueue, world.now, queue.queue.length - queue.head, widthNs);
    coarsePoint(draft.requestQueue, world.now, queue.qlen, widthNs);
  }
  for (const { atNs, text } of host.kernel.takeLog()) recorder.kernelLog.push({ host: name, atNs, text });
}

export const mayLog = (world: World): boolean =>
  world.records || (world.summarises && world.state.recorder.events.length < EVENTS_MAX);
