// Makes the record of a run on the real kernel, in the shape of a simulated one, and holds the expectations against it
// with simnet's own code.

import {
  type ConnectRecord,
  evaluateExpectation,
  type HostResult,
  isCpuClaim,
  type Probe,
  parseExpectation,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type Scenario,
  type SegmentRecord,
  type SocketRow,
  statesOf,
  summarised,
} from '@halfopen/simnet';
import type { Collector, ConnectDraft, ProbeNote } from './collector.ts';
import type { HostSample } from './protocol.ts';
import { type QueueHistory, queueHistory } from './queue-series.ts';
import type { DiagSocket } from './sock-diag.ts';

export interface Written {
  readonly scenario: Scenario;
  /** As `linux 6.18.44`. */
  readonly kernel: string;
  readonly timers: RunResult['timers'];
  readonly segments: readonly SegmentRecord[];
  readonly collector: Collector;
  readonly workloads: RunResult['workloads'];
  readonly log: readonly { readonly atNs: number; readonly text: string }[];
  /** Process names by socket inode. */
  readonly owners: ReadonlyMap<number, string>;
}

/** Listeners, half-open requests, connections, TIME-WAIT: the order in which the engine lists them. */
const rank = (state: string): number => {
  if (state === 'LISTEN') return 0;
  if (state === 'SYN-RECV') return 1;
  return state === 'TIME-WAIT' ? 3 : 2;
};

const socketRow = (s: DiagSocket, owners: Written['owners']): SocketRow => ({
  state: s.state,
  recvQ: s.recvQ,
  sendQ: s.sendQ,
  local: s.local,
  peer: s.peer,
  timer: s.timer,
  process: owners.get(s.inode) ?? null,
});

function hostResult(
  w: Written,
  index: number,
  sample: HostSample,
  histories: readonly (QueueHistory & { host: string })[],
): HostResult {
  const spec = w.scenario.hosts[index] as Scenario['hosts'][number];
  const addresses = spec.addresses.map((a) => a.address);
  const own = histories.filter((h) => h.host === spec.name).map((h) => h.record);
  const places = [
    ...addresses.map((a) => (a.includes(':') ? `[${a}]` : `${a}:`)),
    ...own.map((l) => `${l.local}.`),
  ];
  return {
    kernel: w.kernel,
    addresses,
    counters: sample.counters,
    sockets: [...sample.sockets]
      .sort((a, b) => rank(a.state) - rank(b.state))
      .map((s) => socketRow(s, w.owners)),
    socketStates: statesOf(sample.sockets),
    listeners: own,
    cpu: null,
    processes: [],
    log: w.log.filter(({ text }) => places.some((place) => text.includes(` ${place}`))),
  };
}

const hostsOf = (
  w: Written,
  probe: ProbeNote,
  histories: readonly (QueueHistory & { host: string })[],
): RunResult['hosts'] =>
  Object.fromEntries(
    w.scenario.hosts.map(
      (h, i) => [h.name, hostResult(w, i, probe.hosts[i] as HostSample, histories)] as const,
    ),
  );

/** How long after a connect() began its first SYN is looked for, ns. */
const FIRST_SYN_NS = 50e6;

/** A failed connect() leaves the port and takes the address away. */
const isAnyEnd = (local: string): boolean => local.startsWith('0.0.0.0:') || local.startsWith('[::]:');

/** Local end of an attempt that the socket no longer knows: that of the first SYN to the same place which is nobody's. */
function localOf(c: ConnectDraft, syns: readonly SegmentRecord[], taken: ReadonlySet<string>): string {
  if (c.local !== '' && !isAnyEnd(c.local)) return c.local;
  const port = c.local.slice(c.local.lastIndexOf(':'));
  const first = syns.find(
    (s) =>
      s.from === c.host &&
      s.source.endsWith(port) &&
      s.destination === c.remote &&
      s.sentNs >= c.startNs &&
      s.sentNs < (c.endNs ?? Number.POSITIVE_INFINITY) + FIRST_SYN_NS &&
      !taken.has(`${s.source} ${s.destination}`),
  );
  return first?.source ?? '';
}

/** When the attempt that connect() left to itself ended: with the first answer that ends it, or when it was given up. */
function endOf(
  c: ConnectDraft,
  local: string,
  segments: readonly SegmentRecord[],
): { endNs: number; errno: string | null } | null {
  const { left, closedNs } = c;
  if (c.endNs !== null) return { endNs: c.endNs, errno: c.errno };
  if (left === null) return null;
  const answer = segments.find(
    (s) =>
      s.to === c.host &&
      s.destination === local &&
      s.source === c.remote &&
      s.arrivedNs !== null &&
      s.sentNs >= c.startNs &&
      s.arrivedNs <= (closedNs ?? Number.POSITIVE_INFINITY) &&
      s.fate === 'delivered',
  );
  if (answer === undefined || answer.arrivedNs === null)
    return closedNs === null ? null : { endNs: left.waited ? left.atNs : closedNs, errno: left.errno };
  return { endNs: answer.arrivedNs, errno: answer.flags.includes('R') ? 'ECONNREFUSED' : null };
}

function connectRecords(w: Written, endedNs: number): ConnectRecord[] {
  const syns = w.segments.filter((s) => s.flags === 'S' && !s.injected);
  const taken = new Set<string>();
  return w.collector.connects.map((c) => {
    const local = localOf(c, syns, taken);
    if (local !== '') taken.add(`${local} ${c.remote}`);
    const end = endOf(c, local, w.segments);
    const own = syns.filter((s) => s.from === c.host && s.source === local && s.destination === c.remote);
    const times = own
      .map((s) => s.sentNs)
      .filter((atNs) => atNs >= c.startNs - 1e6 && atNs <= (end?.endNs ?? Number.POSITIVE_INFINITY));
    return {
      host: c.host,
      process: c.process,
      local,
      remote: c.remote,
      startNs: c.startNs,
      latencyNs: (end?.endNs ?? endedNs) - c.startNs,
      errno: end === null ? 'EINPROGRESS' : end.errno,
      synsNs: times.map((atNs) => atNs - (times[0] as number)),
      probes: null,
      cpuNs: c.cpuNs,
    };
  });
}

const finished = (s: SegmentRecord): SegmentRecord =>
  s.arrivedNs === null && s.why === null ? { ...s, why: 'still on its way at the end' } : { ...s };

/** Expectations about CPU time and switches, of which the real kernel's record has nothing. */
export const unmeasured = ({ expect, hosts, workloads }: Scenario): string[] => {
  const names = hosts.map((h) => h.name);
  const units = workloads.map((w) => w.name);
  return expect.filter((line) => {
    const parsed = parseExpectation(line, names, units);
    if (!parsed.ok) return false;
    // Nor does the kernel tell which ports it looked at.
    return isCpuClaim(parsed.expectation.claim) || parsed.expectation.claim.kind === 'probes';
  });
};

function measured(scenario: Scenario): string[] {
  const left = new Set(unmeasured(scenario));
  return scenario.expect.filter((line) => !left.has(line));
}

/** The record, its expectations held against it. The last probe is the end of the run. */
export function makeRecord(w: Written): RunResult {
  const { collector, scenario } = w;
  const endedNs = scenario.durationNs;
  const segments = w.segments.filter((s) => s.sentNs <= endedNs).map(finished);
  const histories = collector.listeners.map((l) => ({ host: l.host, ...queueHistory(l, segments) }));
  const end = collector.probes[collector.probes.length - 1] as ProbeNote;
  const events = [...collector.events, ...collector.signals.events(), ...histories.flatMap((h) => h.events)];
  const full: RunResult = {
    schemaVersion: RESULT_SCHEMA_VERSION,
    scenario: scenario.name,
    title: scenario.title,
    seed: scenario.seed,
    kernel: w.kernel,
    timers: w.timers,
    endedNs,
    expectations: [],
    hosts: hostsOf(w, end, histories),
    segments,
    connects: connectRecords(w, endedNs),
    requests: collector.requests,
    workloads: w.workloads,
    events: events.sort((a, b) => a.atNs - b.atNs),
  };
  const result = scenario.record === 'all' ? full : summarised(full);
  const probes: Probe[] = collector.probes.map((p) => ({ atNs: p.atNs, hosts: hostsOf(w, p, histories) }));
  const expectations = measured(scenario).map((line) => evaluateExpectation(line, result, probes));
  return { ...result, expectations: [...expectations, ...collector.mismatches] };
}
