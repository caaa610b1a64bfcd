// Reads a scenario document: plain data in (what a YAML or JSON parser gives), a checked Scenario out, or a
// ScenarioError with every mistake and its path.

import { PROFILE_NAMES, SYSCTLS, sysctlSize } from '@halfopen/engine';
import { isComparison, parseComparison } from './comparison.ts';
import { withOwn } from './cpu/cost-schema.ts';
import type { CostProfile } from './cpu/costs.ts';
import { parseExpectation } from './expect-parse.ts';
import { fault } from './fault-schema.ts';
import { injection } from './inject-schema.ts';
import { unitNames } from './load/record.ts';
import { workloads } from './load/schema.ts';
import { change, defaultLinks, hosts, kernelName, links, TIMERS, timerRounding } from './network-schema.ts';
import { processes } from './program-schema.ts';
import { attempt, Fields, integer, list, oneOf, positiveDuration, type Reader, text } from './readers.ts';
import {
  type CpusSpec,
  type HostSpec,
  SCENARIO_FORMAT,
  type Scenario,
  type ScenarioDocument,
  type TimerRounding,
} from './scenario.ts';
import { refuse, ScenarioError, type ScenarioIssue } from './scenario-error.ts';
import { checkKills, signal } from './signal-schema.ts';
import { knownTo, refuseUnknownTo, sysctlName, sysctlValue } from './sysctl-reader.ts';
import { namesOfVariants, readVariants, variantSpecs } from './variant-schema.ts';

const KEYS = [
  'format',
  'name',
  'title',
  'about',
  'seed',
  'kernel',
  'timers',
  'duration',
  'hosts',
  'links',
  'faults',
  'processes',
  'workloads',
  'record',
  'inject',
  'changes',
  'signals',
  'expect',
  'variants',
];

const NAME_MAX = 60;
const DEFAULT_SEED = 1;
const NEWEST_KERNEL = PROFILE_NAMES[0] as string;

const seed = integer(0, Number.MAX_SAFE_INTEGER, 'a seed');

const scenarioName: Reader<string> = (value, path) => {
  const name = text(value, path);
  if (/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && name.length <= NAME_MAX) return name;
  return refuse(path, 'a name such as accept-queue-full (lower case, digits, -)', value);
};

const format: Reader<typeof SCENARIO_FORMAT> = (value, path) =>
  value === SCENARIO_FORMAT ? SCENARIO_FORMAT : refuse(path, `the format version ${SCENARIO_FORMAT}`, value);

/** A line, or between variants a comparison. */
const expectLine =
  (names: readonly string[], units: readonly string[], variants: readonly string[]): Reader<string> =>
  (value, path) => {
    const line = text(value, path);
    const parsed = isComparison(line, variants)
      ? parseComparison(line, variants, names, units)
      : parseExpectation(line, names, units);
    return parsed.ok
      ? line
      : refuse(path, `${parsed.expected} (at column ${parsed.column})`, value, parsed.hint);
  };

/** Reads the sections, keeping every mistake. */
function readSections(f: Fields, issues: ScenarioIssue[]): Scenario | null {
  const take = <T>(read: () => T): T | undefined => attempt(issues, read);
  const head = take(() => ({ format: f.get('format', format), name: f.get('name', scenarioName) }));
  const title = take(() => f.or('title', text, ''));
  const about = take(() => f.or('about', text, ''));
  const seedValue = take(() => f.or('seed', seed, DEFAULT_SEED));
  const kernel = take(() => f.or('kernel', kernelName, NEWEST_KERNEL));
  const timers = take(() => f.or('timers', timerRounding, 'exact'));
  const durationNs = take(() => f.get('duration', positiveDuration));
  const hostList = take(() => f.get('hosts', hosts));
  if (hostList === undefined) return null;
  const rest = readParts(f, hostList, take);
  if (issues.length > 0 || head === undefined || title === undefined || about === undefined) return null;
  if (seedValue === undefined || kernel === undefined || timers === undefined) return null;
  if (durationNs === undefined || rest === null) return null;
  return { ...head, title, about, seed: seedValue, kernel, timers, durationNs, hosts: hostList, ...rest };
}

type Parts = Pick<
  Scenario,
  'links' | 'faults' | 'processes' | 'workloads' | 'record' | 'inject' | 'changes' | 'signals' | 'expect'
>;

/** The sections that name hosts. */
function readParts(
  f: Fields,
  hostList: readonly HostSpec[],
  take: <T>(read: () => T) => T | undefined,
): Parts | null {
  const names = hostList.map((h) => h.name);
  const linkList = take(() => (f.has('links') ? f.get('links', links(names)) : defaultLinks(names)));
  const faults = take(() => f.or('faults', list(fault(names), 'a list of faults'), []));
  const processList = take(() => f.or('processes', processes(names), []));
  const taken = processList?.map((p) => p.name) ?? [];
  const load = take(() => f.or('workloads', workloads(names, taken), []));
  const record = take(() => f.or('record', oneOf(['all', 'summary'] as const), null));
  const inject = take(() => f.or('inject', list(injection(names), 'a list of injections'), []));
  const changes = take(() => f.or('changes', list(change(names), 'a list of changes'), []));
  // What they name is not known while the processes have mistakes.
  if (processList !== undefined) take(() => checkKills(processList, f.at('processes')));
  const signals = take(() =>
    processList === undefined ? [] : f.or('signals', list(signal(processList), 'a list of signals'), []),
  );
  const line = expectLine(names, unitNames(load ?? []), namesOfVariants(f.raw('variants')));
  const expect = take(() => f.or('expect', list(line, 'a list of expectations'), []));
  if (linkList === undefined || faults === undefined || processList === undefined) return null;
  if (load === undefined || record === undefined) return null;
  if (inject === undefined || changes === undefined || expect === undefined) return null;
  if (signals === undefined) return null;
  return {
    links: linkList,
    faults,
    processes: processList,
    workloads: load,
    record: record ?? (load.length > 0 ? 'summary' : 'all'),
    inject,
    changes,
    signals,
    expect,
  };
}

/** One scenario, with the comparisons between its variants still among its expectations. */
function readWhole(data: unknown): Scenario {
  const f = new Fields(data, [], KEYS, 'a mapping with format, name, duration, hosts …');
  const issues: ScenarioIssue[] = [];
  const scenario = readSections(f, issues);
  if (scenario === null) throw new ScenarioError(issues);
  refuseNewer(scenario);
  return scenario;
}

const kernelOf = (scenario: Scenario, host: string): string =>
  scenario.hosts.find(({ name }) => name === host)?.kernel ?? scenario.kernel;

/** Refuses settings that came with a newer kernel than their host's. Throws ScenarioError. */
function refuseNewer(scenario: Scenario): void {
  const issues: ScenarioIssue[] = [];
  for (const { name, sysctls } of scenario.hosts)
    attempt(issues, () => refuseUnknownTo(kernelOf(scenario, name), sysctls, ['hosts', name, 'sysctls']));
  for (const [i, { host, sysctls }] of scenario.changes.entries())
    attempt(issues, () => refuseUnknownTo(kernelOf(scenario, host), sysctls, ['changes', i, 'sysctls']));
  if (issues.length > 0) throw new ScenarioError(issues);
}

/**
 * The scenario in a document, and its variants. Throws ScenarioError, and nothing else, for any data that is not one;
 * all mistakes are in its `issues`, in the order of the sections.
 */
export function readDocument(data: unknown): ScenarioDocument {
  const issues: ScenarioIssue[] = [];
  const whole = attempt(issues, () => readWhole(data));
  const { variants: value, ...base } = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (whole === undefined) {
    if (value !== undefined) attempt(issues, () => variantSpecs([])(value, ['variants']));
    throw new ScenarioError(issues);
  }
  if (value === undefined) return { scenario: whole, variants: [], comparisons: [] };
  const variants = readVariants(value, base, whole, readWhole);
  const names = variants.map((v) => v.name);
  const comparisons = whole.expect.filter((line) => isComparison(line, names));
  const expect = whole.expect.filter((line) => !comparisons.includes(line));
  return { scenario: { ...whole, expect }, variants, comparisons };
}

/** The scenario in a document as it stands, without its variants; see `readDocument()`. */
export const readScenario = (data: unknown): Scenario => readDocument(data).scenario;

/** What the command line may change in a scenario. */
export interface Overrides {
  readonly seed?: number | undefined;
  /** Kernel profile of every host, whatever the document says. */
  readonly kernel?: string | undefined;
  /** Jiffies a second: `250` is `timers: hz250`. */
  readonly hz?: string | undefined;
  /** `HOST:SYSCTL=VALUE`; several values as `40000 40010` or `40000,40010`. */
  readonly set?: readonly string[] | undefined;
  /** Costs of all hosts with CPUs; what a host says itself wins. */
  readonly costs?: CostProfile | undefined;
}

/** The numbers of a text, one or a list; a word that is none stays, to be refused. */
function numbersIn(words: string): unknown {
  const numbers = words
    .trim()
    .split(/[\s,]+/)
    .map((word) => (/^-?\d+$/.test(word) ? Number(word) : word));
  return numbers.length === 1 ? numbers[0] : numbers;
}

/** One `HOST:SYSCTL=VALUE`. Throws ScenarioError with path `['--set', item]`. */
function readSetting(
  item: string,
  scenario: Scenario,
  kernel: string | undefined,
): { host: string; sysctls: HostSpec['sysctls'] } {
  const path = ['--set', item];
  const match = /^([^:=]+):([^=]+)=(.*)$/.exec(item);
  if (match === null) return refuse(path, 'HOST:SYSCTL=VALUE, such as server:net.core.somaxconn=1', item);
  const [, host, key, words] = match as unknown as [string, string, string, string];
  if (!scenario.hosts.some((h) => h.name === host)) {
    refuse(path, `one of the hosts ${scenario.hosts.map((h) => h.name).join(', ')}`, host);
  }
  const name = sysctlName(key, path);
  const value = sysctlValue(name, sysctlSize(SYSCTLS[name]) === 0 ? words : numbersIn(words), path);
  refuseUnknownTo(kernel ?? kernelOf(scenario, host), { [name]: value }, path);
  return { host, sysctls: { [name]: value } };
}

/** The rounding that `--hz` asks for. Throws ScenarioError with path `['--hz']`. */
function timersOfHz(hz: string): TimerRounding {
  const rates = TIMERS.filter((name) => name !== 'exact').map((name) => name.slice(2));
  return rates.includes(hz)
    ? (`hz${hz}` as TimerRounding)
    : refuse(['--hz'], `one of ${rates.join(', ')}`, hz);
}

const costed = (cpus: CpusSpec | null, profile: CostProfile | undefined): CpusSpec | null =>
  cpus === null || profile === undefined ? cpus : { ...cpus, costs: withOwn(profile, cpus.own) };

/**
 * The scenario with a seed, a kernel or sysctls of its own. Settings of the document that another kernel does not have
 * are left out, as `sysctl -p` goes on without them. Throws ScenarioError; the path begins with the option.
 */
export function overrideScenario(scenario: Scenario, overrides: Overrides): Scenario {
  const issues: ScenarioIssue[] = [];
  const settings = (overrides.set ?? []).map((item) =>
    attempt(issues, () => readSetting(item, scenario, overrides.kernel)),
  );
  const newSeed = attempt(issues, () =>
    overrides.seed === undefined ? scenario.seed : seed(overrides.seed, ['--seed']),
  );
  const kernel = attempt(issues, () =>
    overrides.kernel === undefined ? null : kernelName(overrides.kernel, ['--kernel']),
  );
  const timers = attempt(issues, () =>
    overrides.hz === undefined ? scenario.timers : timersOfHz(overrides.hz),
  );
  if (issues.length > 0 || newSeed === undefined || kernel === undefined || timers === undefined)
    throw new ScenarioError(issues);
  const hostList = scenario.hosts.map((host) => {
    const own = settings.filter((s) => s?.host === host.name).map((s) => s?.sysctls ?? {});
    return {
      ...host,
      cpus: costed(host.cpus, overrides.costs),
      kernel: kernel === null ? host.kernel : null,
      sysctls: Object.assign({}, knownTo(kernel, host.sysctls), ...own),
    };
  });
  const changes = scenario.changes.map((c) => ({ ...c, sysctls: knownTo(kernel, c.sysctls) }));
  return { ...scenario, seed: newSeed, kernel: kernel ?? scenario.kernel, timers, hosts: hostList, changes };
}
