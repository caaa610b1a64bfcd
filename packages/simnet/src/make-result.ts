// Makes the record of a run out of what the world wrote down.

import type { SocketInfo } from '@halfopen/engine';
import { cpuRecord, processRecords } from './cpu/cpu-record.ts';
import type { Host } from './host.ts';
import { workloadRecords } from './load/record.ts';
import type { ConnectDraft, ListenerDraft } from './recorder.ts';
import {
  type ConnectRecord,
  type ExpectationResult,
  type HostResult,
  type ListenerRecord,
  RESULT_SCHEMA_VERSION,
  type RunResult,
  type SegmentRecord,
  type SocketRow,
} from './result.ts';
import { SUMMARY_ROWS, sampledConnects } from './summary.ts';
import type { World } from './world.ts';

const longest = (series: readonly (readonly [number, number])[]): number =>
  series.reduce((most, [, length]) => Math.max(most, length), 0);

const listenerRecord = (l: ListenerDraft): ListenerRecord => ({
  local: l.local,
  backlog: l.backlog,
  drops: l.drops,
  acceptQueue: l.acceptQueue.map(([atNs, length]) => [atNs, length] as const),
  requestQueue: l.requestQueue.map(([atNs, length]) => [atNs, length] as const),
  maxAcceptQueue: longest(l.acceptQueue),
  maxRequestQueue: longest(l.requestQueue),
});

/** Process names by socket id. */
function owners(world: World, host: Host): ReadonlyMap<number, string> {
  const out = new Map<number, string>();
  const seen = new Set<number>();
  for (const { host: at, task, name } of world.state.processes) {
    if (at !== host.index || seen.has(task)) continue;
    seen.add(task);
    for (const file of host.kernel.net.tasks.get(task)?.files ?? [])
      if (file !== null && !out.has(file.sock)) out.set(file.sock, name);
  }
  return out;
}

const socketRow = (info: SocketInfo, names: ReadonlyMap<number, string>): SocketRow => ({
  state: info.state,
  recvQ: info.recvQ,
  sendQ: info.sendQ,
  local: info.local,
  peer: info.peer,
  timer: info.timer === undefined ? null : { ...info.timer },
  process: (info.id === undefined ? undefined : names.get(info.id)) ?? null,
});

function firstOfEach(rows: readonly SocketInfo[]): SocketInfo[] {
  const seen = new Map<string, number>();
  return rows.filter(({ state }) => {
    const n = (seen.get(state) ?? 0) + 1;
    seen.set(state, n);
    return n <= SUMMARY_ROWS;
  });
}

export function statesOf(rows: readonly { readonly state: string }[]): { [state: string]: number } {
  const out: { [state: string]: number } = {};
  for (const { state } of rows) out[state] = (out[state] ?? 0) + 1;
  return out;
}

function hostResult(world: World, host: Host): HostResult {
  const { recorder } = world.state;
  const { name, addresses } = host.spec;
  host.kernel.advanceTo(world.now);
  const names = owners(world, host);
  const all = host.kernel.sockets();
  const rows = world.records ? all : firstOfEach(all);
  return {
    kernel: host.kernelName,
    addresses: addresses.map((a) => a.address),
    counters: Object.fromEntries(host.kernel.counters()),
    sockets: rows.map((info) => socketRow(info, names)),
    socketStates: statesOf(all),
    listeners: recorder.listeners.filter((l) => l.host === name).map(listenerRecord),
    cpu: cpuRecord(world, host),
    processes: processRecords(world, host),
    log: recorder.kernelLog.filter((l) => l.host === name).map(({ atNs, text }) => ({ atNs, text })),
  };
}

/** Every host as it is now. */
export const hostResults = (world: World): { readonly [name: string]: HostResult } =>
  Object.fromEntries(world.hosts.map((host) => [host.spec.name, hostResult(world, host)]));

/** An attempt that had not ended when the run did has EINPROGRESS, and its time so far. */
const connectRecord = (c: ConnectDraft, endNs: number): ConnectRecord => ({
  host: c.host,
  process: c.process,
  local: c.local,
  remote: c.remote,
  startNs: c.startNs,
  latencyNs: (c.endNs ?? endNs) - c.startNs,
  errno: c.endNs === null ? 'EINPROGRESS' : c.errno,
  synsNs: c.synsAtNs.map((atNs) => atNs - (c.synsAtNs[0] as number)),
  probes: c.probes,
  cpuNs: c.cpuNs,
});

const segmentRecord = (s: SegmentRecord): SegmentRecord =>
  s.arrivedNs === null && s.why === null ? { ...s, why: 'still on its way at the end' } : { ...s };

function kernelText(world: World): string {
  const names = new Set(world.hosts.map((h) => h.kernelName));
  if (names.size === 1) return [...names][0] as string;
  return world.hosts.map((h) => `${h.spec.name}=${h.kernelName}`).join(' ');
}

/** The record of the run so far; the expectations are added by whoever looks at them. */
export function makeResult(world: World, expectations: readonly ExpectationResult[] = []): RunResult {
  const { recorder } = world.state;
  const { scenario } = world;
  return {
    schemaVersion: RESULT_SCHEMA_VERSION,
    scenario: scenario.name,
    title: scenario.title,
    seed: scenario.seed,
    kernel: kernelText(world),
    timers: scenario.timers,
    endedNs: world.now,
    expectations: [...expectations, ...recorder.mismatches],
    hosts: hostResults(world),
    segments: recorder.segments.map(segmentRecord),
    connects: [...recorder.connects, ...sampledConnects(recorder.summary)].map((c) =>
      connectRecord(c, world.now),
    ),
    requests: [...recorder.requests],
    workloads: workloadRecords(world.plan, world.state.load),
    events: [...recorder.events],
  };
}
