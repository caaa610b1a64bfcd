// Paths into a scenario document, such as `processes.0.backlog`, `processes.client.count`, `links[0].loss`: keys of
// mappings, indices of lists from 0, and names in place of indices where the entries have them (processes).

import { formatPath, nearest, type Scenario, type ScenarioIssue, type ScenarioPath } from '@halfopen/simnet';
import { Refusal } from '../live/refusal.ts';
import type { SweepMessages } from './messages.ts';

/** Keys at the top that a run depends on; `kernel` and `seed` are keys of their own. */
const TOPS = [
  'timers',
  'duration',
  'hosts',
  'links',
  'faults',
  'processes',
  'workloads',
  'inject',
  'changes',
];

type Path = (string | number)[];

const isMapping = (node: unknown): node is Readonly<Record<string, unknown>> =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

const inside = (node: unknown, part: string | number): unknown => {
  if (Array.isArray(node)) return node[part as number];
  return isMapping(node) && Object.hasOwn(node, part) ? node[part] : undefined;
};

const hintOf = (word: string, names: readonly string[], s: SweepMessages): string | null => {
  const near = nearest(word, names);
  return near === null ? null : s.didYouMean(near);
};

/** An index, or the name of a process in its place. */
function entry(part: string, list: readonly unknown[], names: readonly string[]): number | null {
  const index = /^\d{1,6}$/.test(part) ? Number(part) : names.indexOf(part);
  return index >= 0 && index < list.length ? index : null;
}

/** Where a key such as `processes.client.count` leads in this document. Its last part need not be there yet. */
export function readPath(key: string, document: unknown, scenario: Scenario, s: SweepMessages): ScenarioPath {
  const parts = key.replace(/\[(\d+)\]/g, '.$1').split('.');
  const top = parts[0] as string;
  if (!TOPS.includes(top)) throw new Refusal(s.unknownKey(key, TOPS.join(', ')), hintOf(top, TOPS, s));
  const path: Path = [];
  let node = document;
  for (const part of parts) {
    const step = stepTo(part, node, { key, path, scenario, s });
    path.push(step);
    node = inside(node, step);
  }
  return path;
}

interface Walk {
  readonly key: string;
  /** So far. */
  readonly path: Path;
  readonly scenario: Scenario;
  readonly s: SweepMessages;
}

function stepTo(part: string, node: unknown, { key, path, scenario, s }: Walk): string | number {
  const here = formatPath(path);
  const section = path.length === 1 ? path[0] : null;
  if (Array.isArray(node) || (node === undefined && /^\d+$/.test(part))) {
    const list = Array.isArray(node) ? node : [];
    const named = section === 'processes' || section === 'workloads' ? scenario[section] : [];
    const names = named.map((p) => p.name);
    const index = entry(part, list, names);
    if (index === null)
      throw new Refusal(s.noEntry(key, part, here, list.length, names.join(', ')), hintOf(part, names, s));
    return index;
  }
  if (part === '') throw new Refusal(s.emptyPart(key));
  if (node !== undefined && !isMapping(node)) throw new Refusal(s.notInside(key, part, here));
  const hosts = scenario.hosts.map((h) => h.name);
  if (section === 'hosts' && !hosts.includes(part))
    throw new Refusal(s.noHost(key, part, hosts.join(', ')), hintOf(part, hosts, s));
  return part;
}

/** Whether an issue is about the value at this path, or about something in it. */
export const concerns = (issue: ScenarioIssue, path: ScenarioPath): boolean =>
  path.every((part, i) => String(issue.path[i]) === String(part));

/** The document with another value at a path. Nothing of the old one is changed. */
export function withValue(node: unknown, [part, ...rest]: ScenarioPath, value: unknown): unknown {
  if (part === undefined) return value;
  const changed = withValue(inside(node, part), rest, value);
  if (Array.isArray(node)) return node.map((old: unknown, i) => (i === part ? changed : old));
  return { ...(isMapping(node) ? node : {}), [part]: changed };
}
