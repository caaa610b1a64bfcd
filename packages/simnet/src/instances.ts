// The processes that a scenario's declarations stand for: a server with workers is several that share one file table, a
// client with start times is one for each connection.

import type { ProcessSpec, Scenario } from './scenario.ts';

export interface Instance {
  readonly name: string;
  /** Index of the host. */
  readonly host: number;
  readonly startNs: number;
  readonly spec: ProcessSpec;
  /** Number of this process among those of its declaration, from 0. */
  readonly part: number;
  /** Shares the file table of the instance before it. */
  readonly shares: boolean;
}

function partsOf(spec: ProcessSpec): readonly { readonly afterNs: number; readonly shares: boolean }[] {
  const { program } = spec;
  if (program.program === 'server') {
    return Array.from({ length: program.workers + (program.style === 'threads' ? 1 : 0) }, (_, i) => ({
      afterNs: 0,
      shares: i > 0,
    }));
  }
  if (program.program === 'client' && program.pace.kind === 'times') {
    return program.pace.atNs.map((afterNs) => ({ afterNs, shares: false }));
  }
  if (program.program === 'steps') {
    const threads = program.threads.flatMap(({ count, startNs, everyNs }) =>
      Array.from({ length: count }, (_, i) => ({ afterNs: startNs + i * everyNs, shares: true })),
    );
    return [{ afterNs: 0, shares: false }, ...threads];
  }
  return [{ afterNs: 0, shares: false }];
}

const nameOf = (spec: ProcessSpec, parts: number, part: number): string =>
  parts === 1 ? spec.name : `${spec.name}#${part + 1}`;

/** Names of the processes or threads of one declaration. */
export const instanceNames = (spec: ProcessSpec): string[] =>
  partsOf(spec).map((_, part, parts) => nameOf(spec, parts.length, part));

/** All processes, in the order of the document. */
export function instancesOf(scenario: Scenario): Instance[] {
  return scenario.processes.flatMap((spec) => {
    const parts = partsOf(spec);
    const host = scenario.hosts.findIndex((h) => h.name === spec.host);
    return parts.map(({ afterNs, shares }, part) => ({
      name: nameOf(spec, parts.length, part),
      host,
      startNs: spec.startNs + afterNs,
      spec,
      part,
      shares,
    }));
  });
}

/** The names under which its processes stand in a record, in the order of the document. */
export const processNames = (scenario: Scenario): string[] => instancesOf(scenario).map(({ name }) => name);

/** For each instance, those that share its file table, itself among them. */
export function sharersOf(instances: readonly Instance[]): number[][] {
  let group: number[] = [];
  return instances.map(({ shares }, i) => {
    if (!shares) group = [];
    group.push(i);
    return group;
  });
}
