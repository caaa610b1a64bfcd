// Paths into a scenario document, such as `processes.0.backlog`, `processes.client.count`, `links[0].loss`: keys of
// mappings, indices of lists from 0, and names in place of indices where the entries have them (processes, workloads).

import { formatPath, type ScenarioIssue, type ScenarioPath } from './scenario-error.ts';

/** Keys at the top that a run depends on; `kernel` and `seed` stand for themselves. */
export const PATH_TOPS = [
  'timers',
  'duration',
  'hosts',
  'links',
  'faults',
  'processes',
  'workloads',
  'inject',
  'changes',
  'signals',
] as const;

/** Names that a path may use, as the scenario has them. */
export interface PathNames {
  readonly hosts: readonly string[];
  readonly processes: readonly string[];
  readonly workloads: readonly string[];
}

/** Why a path leads nowhere. */
export type PathFault =
  | { readonly kind: 'top'; readonly part: string }
  /** `here` is the list. */
  | {
      readonly kind: 'entry';
      readonly part: string;
      readonly here: string;
      readonly length: number;
      readonly names: readonly string[];
    }
  | { readonly kind: 'host'; readonly part: string; readonly hosts: readonly string[] }
  /** `here` is a plain value. */
  | { readonly kind: 'inside'; readonly part: string; readonly here: string }
  | { readonly kind: 'empty' };

export type FoundPath =
  | { readonly ok: true; readonly path: ScenarioPath }
  | { readonly ok: false; readonly fault: PathFault };

const isMapping = (node: unknown): node is Readonly<Record<string, unknown>> =>
  typeof node === 'object' && node !== null && !Array.isArray(node);

const inside = (node: unknown, part: string | number): unknown => {
  if (Array.isArray(node)) return node[part as number];
  return isMapping(node) && Object.hasOwn(node, part) ? node[part] : undefined;
};

/** An index, or the name of a process in its place. */
function entry(part: string, list: readonly unknown[], names: readonly string[]): number | null {
  const index = /^\d{1,6}$/.test(part) ? Number(part) : names.indexOf(part);
  return index >= 0 && index < list.length ? index : null;
}

type Step =
  | { readonly ok: true; readonly part: string | number }
  | { readonly ok: false; readonly fault: PathFault };

const fault = (of: PathFault): { ok: false; fault: PathFault } => ({ ok: false, fault: of });

function stepTo(
  part: string,
  node: unknown,
  path: ScenarioPath,
  { hosts, processes, workloads }: PathNames,
): Step {
  const here = formatPath(path);
  const section = path.length === 1 ? path[0] : null;
  if (Array.isArray(node) || (node === undefined && /^\d+$/.test(part))) {
    const list: readonly unknown[] = Array.isArray(node) ? node : [];
    const names = section === 'processes' ? processes : section === 'workloads' ? workloads : [];
    const index = entry(part, list, names);
    if (index !== null) return { ok: true, part: index };
    return fault({ kind: 'entry', part, here, length: list.length, names });
  }
  if (part === '') return fault({ kind: 'empty' });
  if (node !== undefined && !isMapping(node)) return fault({ kind: 'inside', part, here });
  if (section === 'hosts' && !hosts.includes(part)) return fault({ kind: 'host', part, hosts });
  return { ok: true, part };
}

/** Where a key such as `processes.client.count` leads in this document. Its last part need not be there yet. */
export function findPath(key: string, document: unknown, names: PathNames): FoundPath {
  const parts = key.replace(/\[(\d+)\]/g, '.$1').split('.');
  const top = parts[0] as string;
  if (!(PATH_TOPS as readonly string[]).includes(top)) return fault({ kind: 'top', part: top });
  const path: (string | number)[] = [];
  let node = document;
  for (const part of parts) {
    const step = stepTo(part, node, path, names);
    if (!step.ok) return step;
    path.push(step.part);
    node = inside(node, step.part);
  }
  return { ok: true, path };
}

/** Whether an issue is about the value at this path, or about something in it. */
export const concerns = (issue: Pick<ScenarioIssue, 'path'>, path: ScenarioPath): boolean =>
  path.every((part, i) => String(issue.path[i]) === String(part));

/** The document with another value at a path; `undefined` takes a key away. Nothing of the old one is changed. */
export function withValue(node: unknown, [part, ...rest]: ScenarioPath, value: unknown): unknown {
  if (part === undefined) return value;
  const changed = withValue(inside(node, part), rest, value);
  if (Array.isArray(node)) return node.map((old: unknown, i) => (i === part ? changed : old));
  const { [part]: _, ...others } = isMapping(node) ? node : {};
  if (changed === undefined) return others;
  return { ...(isMapping(node) ? node : {}), [part]: changed };
}
