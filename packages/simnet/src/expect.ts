// Holds `expect` lines against the record of a run.

import { type CpuClaim, cpuValue } from './expect-cpu.ts';
import { parseExpectation } from './expect-parse.ts';
import type { Claim, CompareOperator, ProbeKind, Selection, Test, Things, Tolerance } from './expectation.ts';
import { unitNames } from './load/record.ts';
import type {
  ConnectRecord,
  ExpectationResult,
  HostResult,
  ListenerRecord,
  PortProbes,
  RequestRecord,
  RunResult,
  SegmentRecord,
} from './result.ts';
import type { Scenario } from './scenario.ts';
import { formatDuration } from './units.ts';
import type { Probe } from './world-state.ts';

/** The times at which the lines of a scenario, and others, want a look at the hosts, ns, each once, in order. */
export function probeTimes(scenario: Scenario, others: readonly number[] = []): number[] {
  const hosts = scenario.hosts.map((h) => h.name);
  const units = unitNames(scenario.workloads);
  const times = scenario.expect.flatMap((line) => {
    const parsed = parseExpectation(line, hosts, units);
    return parsed.ok && parsed.expectation.atNs !== null ? [parsed.expectation.atNs] : [];
  });
  return [...new Set([...times, ...others])].sort((a, b) => a - b);
}

interface Verdict {
  readonly ok: boolean;
  readonly actual: string;
  /** A count, ns, or words; null when the run has nothing to look at. */
  readonly value: number | string | null;
}

const nothing = (what: string): Verdict => ({ ok: false, actual: what, value: null });
const words = (ok: boolean, actual: string): Verdict => ({ ok, actual, value: actual });

const allowed = (within: Tolerance, value: number): number =>
  within.kind === 'time'
    ? within.ns
    : within.kind === 'points'
      ? within.share
      : Math.abs(value) * within.share;

export function compares(operator: CompareOperator, a: number, b: number): boolean {
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

function holds(test: Test, actual: number): boolean {
  if (test.kind === 'near') return Math.abs(actual - test.value) <= allowed(test.within, test.value);
  return compares(test.operator, actual, test.value);
}

const judge = (test: Test, actual: number): Verdict => ({
  ok: holds(test, actual),
  actual: String(actual),
  value: actual,
});
const judgeTime = (test: Test, ns: number): Verdict => ({
  ok: holds(test, ns),
  actual: formatDuration(ns),
  value: ns,
});

/** `15.2%`. */
export const formatShare = (share: number): string => `${Number((share * 100).toFixed(2))}%`;

function cpuVerdict(claim: CpuClaim, host: HostResult, endedNs: number): Verdict {
  const value = cpuValue(claim, host, endedNs);
  if (typeof value === 'string') return nothing(value);
  const isShare = claim.kind === 'cpu' || (claim.kind === 'call' && claim.what === 'share');
  if (isShare) return { ok: holds(claim.test, value), actual: formatShare(value), value };
  const isTime = claim.kind === 'run-delay' || claim.kind === 'cpu-message';
  return isTime ? judgeTime(claim.test, value) : judge(claim.test, value);
}

type Timed = ConnectRecord | RequestRecord;

/** Connects or requests in the order of their start. */
function thingsOf(result: RunResult, of: Things, host: string | null): readonly Timed[] {
  const all: readonly Timed[] = of === 'connects' ? result.connects : result.requests;
  const own = host === null ? [...all] : all.filter((t) => t.host === host);
  return own.sort((a, b) => a.startNs - b.startNs);
}

function selected(which: Selection, thing: Timed): boolean {
  switch (which.kind) {
    case 'all':
      return true;
    case 'failed':
      return thing.errno !== null;
    case 'errno':
      return thing.errno === which.errno;
    case 'slower':
      return thing.latencyNs > which.ns;
  }
}

function listenersOf(host: HostResult, port: number | null): readonly ListenerRecord[] {
  return port === null ? host.listeners : host.listeners.filter((l) => l.local.endsWith(`:${port}`));
}

function queueVerdict(claim: Claim & { kind: 'queue' }, host: HostResult): Verdict {
  const listeners = listenersOf(host, claim.port);
  if (listeners.length === 0) return nothing('no listener');
  const lengths = listeners.map((l) => {
    if (claim.max) return claim.queue === 'accept' ? l.maxAcceptQueue : l.maxRequestQueue;
    const series = claim.queue === 'accept' ? l.acceptQueue : l.requestQueue;
    return series[series.length - 1]?.[1] ?? 0;
  });
  return judge(claim.test, claim.max ? Math.max(...lengths) : lengths.reduce((a, b) => a + b, 0));
}

function segmentCounts(claim: Claim & { kind: 'segments' }, s: SegmentRecord): boolean {
  if (claim.flags !== null && s.flags !== claim.flags) return false;
  if (claim.from !== null && s.from !== claim.from) return false;
  if (claim.to !== null && s.to !== claim.to) return false;
  if (claim.fate === null) return true;
  return claim.fate === 'retransmitted' ? s.retransmission : s.fate === claim.fate;
}

function synsVerdict(claim: Claim & { kind: 'syns' }, connect: ConnectRecord): Verdict {
  const { synsNs } = connect;
  const fits = (want: number, i: number): boolean => {
    const got = synsNs[i];
    return got !== undefined && Math.abs(got - want) <= allowed(claim.within, want);
  };
  const ok = synsNs.length === claim.atNs.length && claim.atNs.every(fits);
  return words(ok, synsNs.map(formatDuration).join(' ') || 'no SYN');
}

function summary(claim: Claim & { kind: 'summary' }, all: readonly Timed[]): Verdict {
  if (all.length === 0) return nothing(`no ${claim.of}`);
  const latencies = all.map((t) => t.latencyNs);
  const value = {
    max: () => Math.max(...latencies),
    min: () => Math.min(...latencies),
    mean: () => Math.round(latencies.reduce((a, b) => a + b, 0) / latencies.length),
  }[claim.statistic]();
  return judgeTime(claim.test, value);
}

function thingsIn(claim: Claim & { kind: 'latency' | 'errno' | 'bytes' | 'syns' | 'port' }): Things {
  switch (claim.kind) {
    case 'bytes':
      return 'requests';
    case 'syns':
    case 'port':
      return 'connects';
    default:
      return claim.of;
  }
}

const localPort = ({ local }: ConnectRecord): number => Number(local.slice(local.lastIndexOf(':') + 1));

/** A claim about one connect or request. */
function oneVerdict(
  claim: Claim & { kind: 'latency' | 'errno' | 'bytes' | 'syns' | 'port' },
  result: RunResult,
): Verdict {
  const of = thingsIn(claim);
  const all = thingsOf(result, of, claim.host);
  const thing = all[claim.n - 1];
  if (thing === undefined) return nothing(`only ${all.length} ${of}`);
  switch (claim.kind) {
    case 'latency':
      return judgeTime(claim.test, thing.latencyNs);
    case 'bytes':
      return judge(claim.test, 'bytes' in thing ? thing.bytes : 0);
    case 'errno':
      return words((thing.errno === claim.errno) === claim.equal, thing.errno ?? 'ok');
    case 'syns':
      return synsVerdict(claim, thing as ConnectRecord);
    case 'port':
      return judge(claim.test, localPort(thing as ConnectRecord));
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const looks = (probes: PortProbes, met: ProbeKind | null): number =>
  met === null ? sum(Object.values(probes)) : probes[met === 'time-wait' ? 'timeWait' : met];

/** Looks of the searches for a port. Connects that searched for none are left out of all but `connect N`. */
function probesVerdict(claim: Claim & { kind: 'probes' }, result: RunResult): Verdict {
  const all = thingsOf(result, 'connects', claim.host) as readonly ConnectRecord[];
  if (typeof claim.which === 'number') {
    const connect = all[claim.which - 1];
    if (connect === undefined) return nothing(`only ${all.length} connects`);
    return connect.probes === null
      ? nothing('no search for a port')
      : judge(claim.test, looks(connect.probes, claim.met));
  }
  const counts = all.flatMap(({ probes }) => (probes === null ? [] : [looks(probes, claim.met)]));
  if (counts.length === 0) return nothing('no search for a port');
  const total = sum(counts);
  const value = {
    total,
    mean: Math.round(total / counts.length),
    max: counts.reduce((a, b) => Math.max(a, b)),
    min: counts.reduce((a, b) => Math.min(a, b)),
  }[claim.which];
  return judge(claim.test, value);
}

function workloadVerdict(
  claim: Claim & { kind: 'workload' | 'workload-latency' },
  { workloads }: RunResult,
): Verdict {
  const workload = workloads.find((w) => w.name === claim.name);
  if (workload === undefined) return nothing(`no workload ${claim.name}`);
  if (claim.kind === 'workload-latency') {
    const { count, [claim.statistic]: ns } = workload[claim.of];
    return count === 0 ? nothing(`no ${claim.of} succeeded`) : judgeTime(claim.test, ns);
  }
  if (claim.of !== 'failed') return judge(claim.test, workload[claim.of]);
  const { failed } = workload;
  return judge(claim.test, claim.errno === null ? sum(Object.values(failed)) : (failed[claim.errno] ?? 0));
}

function hostVerdict(
  claim: Claim & { kind: 'counter' | 'sockets' | 'queue' | 'drops' | 'log' },
  host: HostResult,
): Verdict {
  switch (claim.kind) {
    case 'counter':
      return judge(claim.test, host.counters[claim.counter] ?? 0);
    case 'sockets':
      return judge(
        claim.test,
        claim.state === null ? sum(Object.values(host.socketStates)) : (host.socketStates[claim.state] ?? 0),
      );
    case 'queue':
      return queueVerdict(claim, host);
    case 'drops':
      return judge(
        claim.test,
        listenersOf(host, claim.port).reduce((n, l) => n + l.drops, 0),
      );
    case 'log': {
      const found = host.log.find((line) => line.text.includes(claim.text));
      const actual =
        found?.text ?? (host.log.length === 0 ? 'the log is empty' : `${host.log.length} other lines`);
      return words((found !== undefined) === claim.contains, actual);
    }
  }
}

/** What a claim says of a run whose hosts looked like this. */
export function verdict(claim: Claim, result: RunResult, hosts: RunResult['hosts']): Verdict {
  switch (claim.kind) {
    case 'counter':
    case 'sockets':
    case 'queue':
    case 'drops':
    case 'log': {
      const host = hosts[claim.host];
      return host === undefined ? nothing(`no host ${claim.host}`) : hostVerdict(claim, host);
    }
    case 'workload':
    case 'workload-latency':
      return workloadVerdict(claim, result);
    case 'cpu':
    case 'cpu-message':
    case 'run-delay':
    case 'switches':
    case 'call': {
      const host = hosts[claim.host];
      return host === undefined ? nothing(`no host ${claim.host}`) : cpuVerdict(claim, host, result.endedNs);
    }
    case 'number':
      return judge(
        claim.test,
        thingsOf(result, claim.of, claim.host).filter((t) => selected(claim.which, t)).length,
      );
    case 'probes':
      return probesVerdict(claim, result);
    case 'summary':
      return summary(claim, thingsOf(result, claim.of, claim.host));
    case 'segments':
      return judge(claim.test, result.segments.filter((s) => segmentCounts(claim, s)).length);
    default:
      return oneVerdict(claim, result);
  }
}

/** Holds one line against a run. `probes` are the looks at the hosts that `at TIME` lines asked for. */
export function evaluateExpectation(
  line: string,
  result: RunResult,
  probes: readonly Probe[] = [],
): ExpectationResult {
  const parsed = parseExpectation(
    line,
    Object.keys(result.hosts),
    result.workloads.map((w) => w.name),
  );
  if (!parsed.ok)
    return {
      text: line,
      ok: false,
      actual: `cannot be read: column ${parsed.column}, expected ${parsed.expected}`,
    };
  const { atNs, claim } = parsed.expectation;
  const hosts = atNs === null ? result.hosts : probes.find((p) => p.atNs === atNs)?.hosts;
  if (hosts === undefined) return { text: line, ok: false, actual: 'the run ended before' };
  const { ok, actual } = verdict(claim, result, hosts);
  return { text: line, ok, actual };
}
