// What of the runs of several variants is worth comparing: waits and failures, queues and drops, counters. Each row has
// one cell a variant; which rows are shown is decided by whether they differ.

import type { ConnectRecord, ListenerRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { clock, duration } from '../duration.ts';
import { isSlow, type Wait, waitsOf } from '../waits.ts';
import { cpuRows, isSampled, workloadRows } from './load-rows.ts';
import { type Row, row } from './row.ts';

type Runs = readonly RunResult[];

/** Each once, in the order of their first occurrence. */
const all = <T>(runs: Runs, of: (run: RunResult) => readonly T[]): T[] => [...new Set(runs.flatMap(of))];

const ofKind = (run: RunResult, kind: Wait['kind']): Wait[] => waitsOf(run).filter((w) => w.kind === kind);

function counted(runs: Runs, m: Messages): Row[] {
  const v = m.variants;
  const requests = runs.map((run) => run.requests.length);
  const connects = runs.map((run) => run.connects.length);
  const errnos = all(runs, (run) => waitsOf(run).flatMap((w) => w.errno ?? []));
  const some = (counts: readonly number[]): boolean => counts.some((n) => n > 0);
  return [
    ...(some(requests) ? [row(v.requests, requests.map(String), true)] : []),
    ...(some(connects) ? [row(v.connects, connects.map(String), true)] : []),
    ...errnos.map((errno) =>
      row(
        v.failed(errno),
        runs.map((run) => String(waitsOf(run).filter((w) => w.errno === errno).length)),
        true,
      ),
    ),
    row(
      v.slower,
      runs.map((run) => String(waitsOf(run).filter((w) => w.errno === null && isSlow(w)).length)),
      true,
    ),
  ];
}

const mean = (times: readonly number[]): number =>
  Math.round(times.reduce((sum, ns) => sum + ns, 0) / times.length);

/** A percentile says something about a hundred or more. */
const P99_FROM = 100;
/** Nearest rank. */
const p99 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1] as number;

/** Mean, 99th percentile and maximum of the times in each run. */
function latency(
  times: readonly (readonly number[])[],
  label: (statistic: string) => string,
  m: Messages,
): Row[] {
  if (times.every((own) => own.length === 0)) return [];
  const cells = (of: (own: readonly number[]) => number): (string | null)[] =>
    times.map((own) => (own.length === 0 ? null : duration(of(own))));
  const many = times.some((own) => own.length >= P99_FROM);
  return [
    row(label(m.variants.mean), cells(mean)),
    ...(many ? [row(label('p99'), cells(p99))] : []),
    row(
      label(m.variants.max),
      cells((own) => Math.max(...own)),
    ),
  ];
}

/** When the slowest connect() sent its SYNs; nothing when no SYN was sent again. */
function syns(runs: Runs, m: Messages): Row[] {
  const slowest = runs.map((run) => {
    const [first, ...rest] = run.connects;
    return first === undefined ? null : rest.reduce((a, b) => (b.latencyNs > a.latencyNs ? b : a), first);
  });
  if (slowest.every((c) => (c?.synsNs.length ?? 0) < 2)) return [];
  const times = (synsNs: readonly number[]): string => synsNs.map((ns) => Number(clock(ns, 2))).join(' ');
  return [
    row(
      m.variants.syns,
      slowest.map((c) => (c === null ? null : times(c.synsNs))),
    ),
  ];
}

const portOf = (local: string): string => local.slice(local.lastIndexOf(':') + 1);

function listeners(runs: Runs, m: Messages): Row[] {
  const names = all(runs, (run) =>
    Object.entries(run.hosts).flatMap(([host, { listeners }]) =>
      listeners.map((l) => `${host}:${portOf(l.local)}`),
    ),
  );
  return names.flatMap((name) => {
    const host = name.slice(0, name.lastIndexOf(':'));
    const records = runs.map((run) =>
      run.hosts[host]?.listeners.find((l) => portOf(l.local) === portOf(name)),
    );
    const cells = (of: (listener: ListenerRecord) => number): (string | null)[] =>
      records.map((l) => (l === undefined ? null : String(of(l))));
    // A connection passes through both queues in any case; only a queue of several says something.
    const several = (of: (listener: ListenerRecord) => number): boolean =>
      records.some((l) => l !== undefined && of(l) > 1);
    const { acceptQueue, requestQueue, drops } = m.variants;
    const longest = [
      { label: acceptQueue, of: (l: ListenerRecord) => l.maxAcceptQueue },
      { label: requestQueue, of: (l: ListenerRecord) => l.maxRequestQueue },
    ].flatMap(({ label, of }) => (several(of) ? [row(label(name), cells(of))] : []));
    const dropped = row(
      drops(name),
      cells((l) => l.drops),
    );
    return [...longest, dropped];
  });
}

/** Counters that follow the number of packets; those of IP come from the real kernel only. */
const VOLUME: ReadonlySet<string> = new Set([
  'IpInReceives',
  'IpInDelivers',
  'IpOutRequests',
  'IpOutTransmits',
  'IpExtInOctets',
  'IpExtOutOctets',
  'IpExtInNoECTPkts',
  'TcpInSegs',
  'TcpOutSegs',
  'TcpExtDelayedACKs',
  'TcpExtTCPPureAcks',
  'TcpExtTCPHPHits',
  'TcpExtTCPHPAcks',
  'TcpExtTCPRcvCoalesce',
  'TcpExtTCPOrigDataSent',
  'TcpExtTCPDelivered',
  'TcpExtTcpTimeoutRehash',
  'TcpExtTCPAutoCorking',
]);

function counters(runs: Runs): Row[] {
  const names = all(runs, (run) =>
    Object.entries(run.hosts).flatMap(([host, own]) =>
      Object.keys(own.counters).map((counter) => `${host} ${counter}`),
    ),
  ).sort((a, b) => rank(runs, a) - rank(runs, b));
  return names.map((name) => {
    const [host = '', counter = ''] = name.split(' ');
    const cells = runs.map((run) => String(run.hosts[host]?.counters[counter] ?? 0));
    return row(name, cells, false, VOLUME.has(counter));
  });
}

/** The order of the hosts; within a host the counters keep theirs, which is the kernel's. */
const rank = (runs: Runs, name: string): number =>
  Object.keys(runs[0]?.hosts ?? {}).indexOf(name.split(' ')[0] as string);

/** Sockets that are left, by state. */
function sockets(runs: Runs, m: Messages): Row[] {
  const names = all(runs, (run) =>
    Object.entries(run.hosts).flatMap(([host, own]) =>
      Object.keys(own.socketStates).map((state) => `${host} ${state}`),
    ),
  );
  return names.map((name) => {
    const [host = '', state = ''] = name.split(' ');
    const count = (run: RunResult): number => run.hosts[host]?.socketStates[state] ?? 0;
    return row(
      m.variants.left(host, state),
      runs.map((run) => String(count(run))),
    );
  });
}

/** An attempt without outcome lasts as long as the run. */
const hasEnded = (connect: ConnectRecord): boolean => connect.errno !== 'EINPROGRESS';

/** Ports that the searches of connect() met: those passed by, and the one taken. */
function ports(runs: Runs, m: Messages): Row[] {
  const met = runs.map((run) =>
    run.connects.flatMap(({ probes: p }) =>
      p === null ? [] : p.free + p.shared + p.established + p.timeWait + p.bound + p.reserved,
    ),
  );
  if (met.every((own) => own.every((n) => n <= 1))) return [];
  const cells = (of: (own: readonly number[]) => number): (string | null)[] =>
    met.map((own) => (own.length === 0 ? null : String(of(own))));
  return [
    row(
      m.variants.ports(m.variants.mean),
      cells((own) => Math.round(mean(own))),
    ),
    row(
      m.variants.ports(m.variants.max),
      cells((own) => Math.max(...own)),
    ),
  ];
}

/** What each connect() and request of a run gave, and its packets. */
function singly(runs: Runs, m: Messages): Row[] {
  const waits = (kind: Wait['kind']) => runs.map((run) => ofKind(run, kind).map((w) => w.latencyNs));
  const connects = runs.map((run) => run.connects.flatMap((c) => (hasEnded(c) ? c.latencyNs : [])));
  return [
    ...counted(runs, m),
    ...latency(waits('request'), m.variants.requestLatency, m),
    ...latency(connects, m.variants.connectLatency, m),
    ...ports(runs, m),
    ...syns(runs, m),
  ];
}

/** Every row, those that matter most to a user first. */
export function rowsOf(runs: Runs, m: Messages): Row[] {
  const sampled = isSampled(runs);
  const packets = runs.map((run) => String(run.segments.filter((s) => !s.injected).length));
  return [
    ...(sampled ? workloadRows(runs, m) : singly(runs, m)),
    ...cpuRows(runs, m),
    ...listeners(runs, m),
    ...(sampled ? [] : [row(m.variants.packets, packets)]),
    ...sockets(runs, m),
    ...counters(runs),
  ];
}
