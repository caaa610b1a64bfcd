// Compares which local ports connect() took, attempt by attempt. The exact ports differ, since the search starts where a
// secret says; what it must do from there is the same: which half of the range it takes from, whether it takes a port
// that already serves another destination, when it finds none, and how much dearer it gets once the first half is taken.
// @kernel __inet_hash_connect net/ipv4/inet_hashtables.c v6.18: ports of the low end's parity first, then the others

import type { ConnectRecord, RunResult, Scenario } from '@halfopen/simnet';
import type { Compared, Difference } from './difference.ts';

/** ip_local_port_range of each host by name. */
export type PortRanges = Readonly<Record<string, readonly number[]>>;

/** Those of a scenario's hosts; what a host does not set it is not known for. */
export const portRangesOf = ({ hosts }: Scenario): PortRanges =>
  Object.fromEntries(
    hosts.flatMap(({ name, sysctls }) => {
      const range = sysctls['net.ipv4.ip_local_port_range'];
      return range === undefined ? [] : [[name, range]];
    }),
  );

/** Where the search comes to the other half of the range, in both runs. */
export interface PortStep {
  /** `client>10.0.0.2:80` */
  readonly what: string;
  /** Number of the first attempt, from 1, that took a port of the other parity; null: none did. */
  readonly engine: number | null;
  readonly linux: number | null;
  /** How many times the median CPU time of a connect() before it that of one from there on is; null: too few to say. */
  readonly engineCost: number | null;
  readonly linuxCost: number | null;
}

interface ComparedPorts extends Compared {
  readonly steps: readonly PortStep[];
}

/** Connects that a median needs on either side of the step. */
const MEDIAN_MIN = 100;
/** The costs of the step agree within this factor. */
const COST_FACTOR = 2;

type Half = 'preferred' | 'other' | 'outside' | 'none';
type Sharing = 'shared' | 'fresh' | 'by chance';

interface Choice {
  readonly half: Half;
  readonly sharing: Sharing;
  readonly cpuNs: number | null;
}

function halfOf(port: number, [low = 0, high = 0]: readonly number[]): Half {
  if (port < low || port > high) return 'outside';
  return (port - low) % 2 === 0 ? 'preferred' : 'other';
}

/** Ports of a host that connects have taken so far, and for which destinations. */
class Taken {
  private readonly remotes = new Map<number, Set<string>>();
  private readonly range: readonly number[];

  constructor(range: readonly number[]) {
    this.range = range;
  }

  /**
   * Whether a port serves another destination already. Where only some of its half do, chance decides whether the search
   * comes to one of those first.
   */
  sharing(port: number, remote: string): Sharing {
    const [low = 0, high = 0] = this.range;
    const half = halfOf(port, this.range);
    const others = [...this.remotes].filter(
      ([taken, by]) => halfOf(taken, this.range) === half && (by.size > 1 || !by.has(remote)),
    );
    if (others.length === 0) return 'fresh';
    const all = half === 'preferred' ? Math.ceil((high - low + 1) / 2) : Math.floor((high - low + 1) / 2);
    return others.length === all ? 'shared' : 'by chance';
  }

  add(port: number, remote: string): void {
    const by = this.remotes.get(port) ?? new Set();
    this.remotes.set(port, by.add(remote));
  }
}

const byStart = (run: RunResult, host: string): ConnectRecord[] =>
  run.connects.filter((c) => c.host === host).sort((a, b) => a.startNs - b.startNs);

/** What each attempt of a host took, by destination. Attempts that ended for want of anything else count as such. */
function choicesOf(run: RunResult, host: string, range: readonly number[]): Map<string, Choice[]> {
  const taken = new Taken(range);
  const out = new Map<string, Choice[]>();
  const several = new Set(byStart(run, host).map((c) => c.remote)).size > 1;
  for (const { local, remote, errno, cpuNs } of byStart(run, host)) {
    if (local === '' && errno !== 'EADDRNOTAVAIL') continue;
    const port = Number(local.slice(local.lastIndexOf(':') + 1));
    const choice: Choice =
      errno === 'EADDRNOTAVAIL'
        ? { half: 'none', sharing: 'fresh', cpuNs }
        : { half: halfOf(port, range), sharing: several ? taken.sharing(port, remote) : 'fresh', cpuNs };
    if (choice.half !== 'none') taken.add(port, remote);
    out.set(remote, [...(out.get(remote) ?? []), choice]);
  }
  return out;
}

function textOf(choice: Choice | undefined, withSharing: boolean): string {
  if (choice === undefined) return 'no attempt';
  const text = {
    preferred: "a port of the low end's parity",
    other: 'a port of the other parity',
    outside: 'a port outside the range',
    none: 'EADDRNOTAVAIL',
  }[choice.half];
  return withSharing ? `${text}, ${choice.sharing}` : text;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

/** The median of the CPU times from attempt `at` on over that of those before. Attempts that found no port are left out. */
function costOf(choices: readonly Choice[], at: number | null): number | null {
  if (at === null) return null;
  const times = (some: readonly Choice[]): number[] =>
    some.flatMap(({ half, cpuNs }) => (half === 'none' || cpuNs === null ? [] : [cpuNs]));
  const [before, after] = [times(choices.slice(0, at - 1)), times(choices.slice(at - 1))];
  if (Math.min(before.length, after.length) < MEDIAN_MIN) return null;
  const [cheap, dear] = [median(before), median(after)];
  return cheap === 0 ? null : Math.round((dear / cheap) * 100) / 100;
}

function stepOf(what: string, ours: readonly Choice[], theirs: readonly Choice[]): PortStep {
  const at = (choices: readonly Choice[]): number | null =>
    choices.findIndex((c) => c.half === 'other') + 1 || null;
  const [engine, linux] = [at(ours), at(theirs)];
  return { what, engine, linux, engineCost: costOf(ours, engine), linuxCost: costOf(theirs, linux) };
}

/** Differences say no more than what would be the same at each run. */
function costDifference({ what, engineCost, linuxCost }: PortStep): Difference[] {
  if (engineCost === null || linuxCost === null) return [];
  const ratio = linuxCost / engineCost;
  if (ratio <= COST_FACTOR && ratio >= 1 / COST_FACTOR) return [];
  const linux = ratio > 1 ? `more than ${COST_FACTOR} times that` : `less than 1/${COST_FACTOR} of that`;
  return [{ what: `${what} cost of the other half`, engine: `${engineCost} times`, linux }];
}

function compareStep(step: PortStep): Compared {
  const { what, engine, linux, engineCost, linuxCost } = step;
  const number = (at: number | null): string => (at === null ? 'none' : `attempt ${at}`);
  const first: Difference[] =
    engine === linux
      ? []
      : [{ what: `${what} first of the other half`, engine: number(engine), linux: number(linux) }];
  const costs = engineCost !== null && linuxCost !== null ? 1 : 0;
  return { compared: 1 + costs, differences: [...first, ...costDifference(step)] };
}

function compareChoices(what: string, ours: readonly Choice[], theirs: readonly Choice[]): Compared {
  const differences: Difference[] = [];
  const compared = Math.max(ours.length, theirs.length);
  for (let i = 0; i < compared; i++) {
    const [a, b] = [ours[i], theirs[i]];
    const withSharing = a !== undefined && b !== undefined && a.sharing !== b.sharing && noChance(a, b);
    const [engine, linux] = [textOf(a, withSharing), textOf(b, withSharing)];
    if (engine !== linux) differences.push({ what: `${what} attempt ${i + 1}`, engine, linux });
  }
  return { compared, differences };
}

const noChance = (a: Choice, b: Choice): boolean => a.sharing !== 'by chance' && b.sharing !== 'by chance';

/** Of runs that keep every connect; workloads keep a sample of theirs. Hosts without a range are left out. */
export function comparePorts(engine: RunResult, linux: RunResult, ranges: PortRanges): ComparedPorts {
  const parts: Compared[] = [];
  const steps: PortStep[] = [];
  const hosts = engine.workloads.length > 0 ? [] : Object.keys(engine.hosts);
  for (const host of hosts) {
    const range = ranges[host];
    if (range === undefined) continue;
    const [ours, theirs] = [choicesOf(engine, host, range), choicesOf(linux, host, range)];
    for (const remote of new Set([...ours.keys(), ...theirs.keys()])) {
      const what = `${host}>${remote}`;
      const [a, b] = [ours.get(remote) ?? [], theirs.get(remote) ?? []];
      parts.push(compareChoices(what, a, b));
      const step = stepOf(what, a, b);
      if (step.engine === null && step.linux === null) continue;
      steps.push(step);
      parts.push(compareStep(step));
    }
  }
  return {
    compared: parts.reduce((n, part) => n + part.compared, 0),
    differences: parts.flatMap((part) => part.differences),
    steps,
  };
}
