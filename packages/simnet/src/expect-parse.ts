// Parses one `expect` line; the grammar is in expectation.ts. Never throws: what does not fit gives the column and what
// was expected there.

import { COUNTER_NAMES, ERRNO, type TcpState } from '@halfopen/engine';
import { ExpectScanner, Refusal } from './expect-scanner.ts';
import {
  type Claim,
  type Expectation,
  OPERATORS,
  PROBE_KINDS,
  type SegmentFate,
  type Selection,
  STATISTICS,
  type Test,
  type Things,
  type Tolerance,
} from './expectation.ts';
import { parseDuration } from './units.ts';

/** Where a line stopped being readable. */
export interface Unreadable {
  readonly ok: false;
  readonly column: number;
  readonly expected: string;
  readonly hint: string | null;
}
export type ParsedExpectation = { readonly ok: true; readonly expectation: Expectation } | Unreadable;

const FATES: readonly SegmentFate[] = ['lost', 'dropped', 'delivered', 'retransmitted'];
const STATES: readonly TcpState[] = [
  'LISTEN',
  'SYN-SENT',
  'SYN-RECV',
  'ESTAB',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
];
const ERRNOS = Object.keys(ERRNO);
const HOST_WORDS = [
  'sockets',
  'cpu',
  'run',
  'context',
  'process',
  'accept',
  'request',
  'drops',
  'log',
  'connects',
  'connect',
  'requests',
  ...COUNTER_NAMES,
];
/** What a line may begin with, besides the name of a host. */
export const FIRST_WORDS = [
  'at',
  'connects',
  'connect',
  'requests',
  'request',
  'max',
  'min',
  'mean',
  'total',
  'segments',
];
/** Tolerance of `syns at` when the line names none. */
const SYNS_WITHIN: Tolerance = { kind: 'share', share: 0.001 };
/** Stands in a quantity, which compares nothing. */
const NO_TEST: Test = { kind: 'compare', operator: '==', value: 0 };

const count = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);

const decimal = (text: string): number | null =>
  /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : null;
/** `15%` as 0.15. */
const percent = (text: string): number | null => {
  const match = /^(\d{1,6}(?:\.\d{1,6})?)%$/.exec(text);
  return match === null ? null : Number(match[1]) / 100;
};

type Unit = 'number' | 'time' | 'decimal' | 'share';
const UNITS: { readonly [U in Unit]: readonly [expected: string, read: (text: string) => number | null] } = {
  number: ['a whole number', count],
  time: ['a time such as 1s or 250ms', parseDuration],
  decimal: ['a number', decimal],
  share: ['a share such as 15%', percent],
};
const readValue = (s: ExpectScanner, unit: Unit): number => s.take(...UNITS[unit]);

function tolerance(text: string): Tolerance | null {
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (share !== null) return { kind: 'share', share: Number(share[1]) / 100 };
  const ns = parseDuration(text);
  return ns === null ? null : { kind: 'time', ns };
}

const readTolerance = (s: ExpectScanner): Tolerance => s.take('a tolerance such as 5% or 10ms', tolerance);

function readTest(s: ExpectScanner, unit: Unit): Test {
  if (s.bare) return NO_TEST;
  if (s.takes('~')) {
    const value = readValue(s, unit);
    s.needs('within');
    if (unit !== 'share') return { kind: 'near', value, within: readTolerance(s) };
    return { kind: 'near', value, within: { kind: 'points', share: readValue(s, 'share') } };
  }
  const operator = s.takeOf(OPERATORS);
  if (operator === null) return s.refuse('a comparison: == != < <= > >= or ~');
  return { kind: 'compare', operator, value: readValue(s, unit) };
}

/** null stands for `ok`. */
function readErrno(s: ExpectScanner): string | null {
  const known = (text: string): string | null => (text === 'ok' || ERRNOS.includes(text) ? text : null);
  const errno = s.take("an errno such as ETIMEDOUT, or 'ok'", known, ERRNOS);
  return errno === 'ok' ? null : errno;
}

function readSelection(s: ExpectScanner, of: Things): Selection {
  if (s.takes('errno')) return { kind: 'errno', errno: readErrno(s) };
  if (of === 'requests' && s.takes('failed')) return { kind: 'failed' };
  if (!s.takes('slower')) return { kind: 'all' };
  s.needs('than');
  return { kind: 'slower', ns: readValue(s, 'time') };
}

/** `connects …`, `connect N …`, `requests …`, `request N …`, after the word itself. */
function readMany(s: ExpectScanner, of: Things, host: string | null): Claim {
  const which = readSelection(s, of);
  return { kind: 'number', of, host, which, test: readTest(s, 'number') };
}

function readOne(s: ExpectScanner, of: Things, host: string | null): Claim {
  const n = s.take('a number from 1', (text) => count(text) || null);
  if (s.takes('latency')) return { kind: 'latency', of, host, n, test: readTest(s, 'time') };
  if (s.takes('errno')) {
    if (s.bare) return { kind: 'errno', of, host, n, equal: true, errno: null };
    const operator = s.takeOf(['==', '!='] as const);
    if (operator === null) return s.refuse("'==' or '!='");
    return { kind: 'errno', of, host, n, equal: operator === '==', errno: readErrno(s) };
  }
  if (of === 'requests' && s.takes('bytes')) return { kind: 'bytes', host, n, test: readTest(s, 'number') };
  if (of === 'connects' && s.takes('syns')) return readSyns(s, host, n);
  if (of === 'connects' && s.takes('port')) return { kind: 'port', host, n, test: readTest(s, 'number') };
  const probes = of === 'connects' ? readProbes(s, host, n) : null;
  if (probes !== null) return probes;
  return s.refuse(
    of === 'connects' ? "'latency', 'errno', 'syns', 'port' or 'probes'" : "'latency', 'errno' or 'bytes'",
  );
}

function readSyns(s: ExpectScanner, host: string | null, n: number): Claim {
  if (s.bare) return { kind: 'syns', host, n, atNs: [], within: SYNS_WITHIN };
  s.needs('at');
  const atNs = [readValue(s, 'time')];
  while (s.peek() !== null && s.peek()?.text !== 'within') atNs.push(readValue(s, 'time'));
  return { kind: 'syns', host, n, atNs, within: s.takes('within') ? readTolerance(s) : SYNS_WITHIN };
}

/** What begins with `connects`, `connect`, `requests` or `request`; null when something else comes. */
function readThings(s: ExpectScanner, host: string | null): Claim | null {
  if (s.takes('connects')) return readMany(s, 'connects', host);
  if (s.takes('requests')) return readMany(s, 'requests', host);
  if (s.takes('connect')) return readOne(s, 'connects', host);
  return s.takes('request') ? readOne(s, 'requests', host) : null;
}

function readQueue(s: ExpectScanner, host: string, port: number | null, queue: 'accept' | 'request'): Claim {
  const max = s.takes('max');
  return { kind: 'queue', host, port, queue, max, test: readTest(s, 'number') };
}

function readLog(s: ExpectScanner, host: string): Claim {
  const word = s.takeOf(['contains', 'lacks'] as const);
  if (word === null) return s.refuse("'contains' or 'lacks'", ['contains', 'lacks']);
  const text = s.takeQuoted();
  return text === null
    ? s.refuse('a text in double quotes')
    : { kind: 'log', host, text, contains: word === 'contains' };
}

function readSwitches(s: ExpectScanner, host: string, process: string | null): Claim {
  s.needs('switches');
  const perMessage = s.takes('per');
  if (perMessage) s.needs('message');
  return {
    kind: 'switches',
    host,
    process,
    perMessage,
    test: readTest(s, perMessage ? 'decimal' : 'number'),
  };
}

function readProcess(s: ExpectScanner, host: string): Claim {
  const process = s.take('the name of a process', (text) => text);
  if (s.takes('context')) return readSwitches(s, host, process);
  const counts = s.takes('calls');
  const call = s.take('a system call as strace names it', (text) =>
    /^[a-z_0-9]+$/.test(text) ? text : null,
  );
  if (!counts) s.needs('share');
  const what = counts ? 'calls' : 'share';
  return { kind: 'call', host, process, call, what, test: readTest(s, counts ? 'number' : 'share') };
}

function readCpu(s: ExpectScanner, host: string): Claim {
  if (s.takes('per')) {
    s.needs('message');
    return { kind: 'cpu-message', host, test: readTest(s, 'time') };
  }
  if (!s.takes('from')) return { kind: 'cpu', host, span: null, test: readTest(s, 'share') };
  const fromNs = readValue(s, 'time');
  s.needs('to');
  const column = s.column;
  const toNs = readValue(s, 'time');
  if (toNs <= fromNs) throw new Refusal(column, 'a time after the first', null);
  return { kind: 'cpu', host, span: { fromNs, toNs }, test: readTest(s, 'share') };
}

function readDelay(s: ExpectScanner, host: string): Claim {
  s.needs('queue');
  s.needs('delay');
  const statistic = s.takeOf(STATISTICS);
  if (statistic === null) return s.refuse(STATISTICS.join(', '), STATISTICS);
  return { kind: 'run-delay', host, statistic, test: readTest(s, 'time') };
}

/** What is about the CPUs of a host; null when something else comes. */
function readCpus(s: ExpectScanner, host: string): Claim | null {
  if (s.takes('cpu')) return readCpu(s, host);
  if (s.takes('run')) return readDelay(s, host);
  if (s.takes('context')) return readSwitches(s, host, null);
  return s.takes('process') ? readProcess(s, host) : null;
}

/** What follows a host's name. */
function readHostClaim(s: ExpectScanner, host: string, port: number | null): Claim {
  if (s.takes('drops')) return { kind: 'drops', host, port, test: readTest(s, 'number') };
  if (s.takes('accept')) {
    s.needs('queue');
    return readQueue(s, host, port, 'accept');
  }
  if (s.next()?.text === 'queue' && s.takes('request')) {
    s.needs('queue');
    return readQueue(s, host, port, 'request');
  }
  if (port !== null) return s.refuse("'accept queue', 'request queue' or 'drops' after a port");
  if (s.takes('log')) return readLog(s, host);
  if (s.takes('sockets')) {
    const state = s.takeOf(STATES);
    return { kind: 'sockets', host, state, test: readTest(s, 'number') };
  }
  const things = readCpus(s, host) ?? readThings(s, host);
  if (things !== null) return things;
  const known = (text: string): string | null => COUNTER_NAMES.find((name) => name === text) ?? null;
  const counter = s.take(
    'a counter as nstat names it, or sockets, accept queue, request queue, drops, log, connects, requests, cpu, run queue delay, context switches, process',
    known,
    HOST_WORDS,
  );
  return { kind: 'counter', host, counter, test: readTest(s, 'number') };
}

const WORKLOAD_COUNTS = ['started', 'completed', 'connected', 'failed'] as const;
const WORKLOAD_WORDS: readonly string[] = [...WORKLOAD_COUNTS, ...STATISTICS];

/** What follows a workload's name. */
function readWorkload(s: ExpectScanner, name: string): Claim {
  const of = s.takeOf(WORKLOAD_COUNTS);
  if (of !== null) {
    const failure = (text: string): string | null => ([...ERRNOS, 'EOF'].includes(text) ? text : null);
    const errno =
      of === 'failed' && failure(s.peek()?.text ?? '') !== null ? s.take('an errno', failure) : null;
    return { kind: 'workload', name, of, errno, test: readTest(s, 'number') };
  }
  const statistic = s.takeOf(STATISTICS);
  if (statistic === null) return s.refuse(`one of ${WORKLOAD_WORDS.join(', ')}`, WORKLOAD_WORDS);
  const what = s.takeOf(['request', 'connect'] as const);
  if (what === null) return s.refuse("'request' or 'connect'", ['request', 'connect']);
  s.needs('latency');
  return { kind: 'workload-latency', name, statistic, of: what, test: readTest(s, 'time') };
}

function readSegments(s: ExpectScanner, hosts: readonly string[]): Claim {
  const flags = s.takeQuoted();
  const end = (): string =>
    s.take(
      'a host or an address',
      (text) => (hosts.includes(text) || /[.:]/.test(text) ? text : null),
      hosts,
    );
  const from = s.takes('from') ? end() : null;
  const to = s.takes('to') ? end() : null;
  const fate = s.takeOf(FATES);
  return { kind: 'segments', flags, from, to, fate, test: readTest(s, 'number') };
}

function readProbes(
  s: ExpectScanner,
  host: string | null,
  which: (Claim & { kind: 'probes' })['which'],
): Claim | null {
  const met = s.takeOf(PROBE_KINDS);
  if (met === null && !s.takes('probes')) return null;
  if (met !== null) s.needs('probes');
  return { kind: 'probes', host, which, met, test: readTest(s, 'number') };
}

/** `total [HOST] connect [KIND] probes …`, after the word itself. */
function readTotal(s: ExpectScanner, hosts: readonly string[]): Claim {
  const host = s.takeOf(hosts);
  s.needs('connect');
  return readProbes(s, host, 'total') ?? s.refuse("'probes'", ['probes', ...PROBE_KINDS]);
}

function readSummary(s: ExpectScanner, statistic: 'max' | 'min' | 'mean', hosts: readonly string[]): Claim {
  const host = s.takeOf(hosts);
  const word = s.takeOf(['request', 'connect'] as const);
  if (word === null) return s.refuse("'request' or 'connect'", ['request', 'connect']);
  const probes = word === 'connect' ? readProbes(s, host, statistic) : null;
  if (probes !== null) return probes;
  s.needs('latency');
  return {
    kind: 'summary',
    of: word === 'request' ? 'requests' : 'connects',
    host,
    statistic,
    test: readTest(s, 'time'),
  };
}

/** A host's name with an optional port. */
function hostWord(text: string, hosts: readonly string[]): { host: string; port: number | null } | null {
  const match = /^([^:]+)(?::(\d{1,5}))?$/.exec(text);
  if (match === null || !hosts.includes(match[1] as string)) return null;
  return { host: match[1] as string, port: match[2] === undefined ? null : Number(match[2]) };
}

/** The word names a workload; where a host has the same name, the word after it decides. */
function isWorkload(s: ExpectScanner, hosts: readonly string[], workloads: readonly string[]): boolean {
  const word = s.peek();
  if (word === null || word.quoted || !workloads.includes(word.text)) return false;
  return !hosts.includes(word.text) || WORKLOAD_WORDS.includes(s.next()?.text ?? '');
}

function readClaim(s: ExpectScanner, hosts: readonly string[], workloads: readonly string[]): Claim {
  const word = s.peek();
  if (word !== null && isWorkload(s, hosts, workloads)) {
    s.skip();
    return readWorkload(s, word.text);
  }
  const named = word === null || word.quoted ? null : hostWord(word.text, hosts);
  if (named !== null) {
    s.skip();
    return readHostClaim(s, named.host, named.port);
  }
  if (s.takes('segments')) return readSegments(s, hosts);
  const statistic = s.takeOf(['max', 'min', 'mean'] as const);
  if (statistic !== null) return readSummary(s, statistic, hosts);
  if (s.takes('total')) return readTotal(s, hosts);
  const things = readThings(s, null);
  return (
    things ??
    s.refuse(`a host (${hosts.join(', ')}), connect, request, segments, max, min, mean or total`, [
      ...hosts,
      ...workloads,
      ...FIRST_WORDS,
    ])
  );
}

/** Claims that have a value at any time. */
const MOMENTARY: readonly Claim['kind'][] = ['counter', 'sockets', 'queue'];

/** A line, or with `bare` only what stands left of its comparison. */
type Line = { readonly ok: true; readonly atNs: number | null; readonly claim: Claim } | Unreadable;

export function readLine(
  text: string,
  hosts: readonly string[],
  workloads: readonly string[],
  bare: boolean,
): Line {
  try {
    const s = new ExpectScanner(text, bare);
    const atNs = s.takes('at') ? readValue(s, 'time') : null;
    const column = s.column;
    const claim = readClaim(s, hosts, workloads);
    s.finish();
    if (atNs !== null && !MOMENTARY.includes(claim.kind)) {
      throw new Refusal(column, "a counter, sockets or a queue after 'at TIME'", null);
    }
    return { ok: true, atNs, claim };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, column: error.column, expected: error.expected, hint: error.hint };
  }
}

/** Reads one line; `hosts` and `workloads` are the names that it may use. */
export function parseExpectation(
  text: string,
  hosts: readonly string[],
  workloads: readonly string[] = [],
): ParsedExpectation {
  const found = readLine(text, hosts, workloads, false);
  return found.ok ? { ok: true, expectation: { text, atNs: found.atNs, claim: found.claim } } : found;
}
