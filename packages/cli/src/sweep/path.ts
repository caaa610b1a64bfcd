// A key of `--vary` that is a path into the scenario document: where it leads, or why nowhere, in the user's language.

import {
  findPath,
  nearest,
  PATH_TOPS,
  type PathFault,
  type Scenario,
  type ScenarioPath,
} from '@halfopen/simnet';
import { Refusal } from '../live/refusal.ts';
import type { SweepMessages } from './messages.ts';

const hintOf = (word: string, names: readonly string[], s: SweepMessages): string | null => {
  const near = nearest(word, names);
  return near === null ? null : s.didYouMean(near);
};

function refusal(key: string, fault: PathFault, s: SweepMessages): Refusal {
  switch (fault.kind) {
    case 'top':
      return new Refusal(s.unknownKey(key, PATH_TOPS.join(', ')), hintOf(fault.part, PATH_TOPS, s));
    case 'entry': {
      const { part, here, length, names } = fault;
      return new Refusal(s.noEntry(key, part, here, length, names.join(', ')), hintOf(part, names, s));
    }
    case 'host':
      return new Refusal(
        s.noHost(key, fault.part, fault.hosts.join(', ')),
        hintOf(fault.part, fault.hosts, s),
      );
    case 'inside':
      return new Refusal(s.notInside(key, fault.part, fault.here));
    case 'empty':
      return new Refusal(s.emptyPart(key));
  }
}

/** Where a key such as `processes.client.count` leads in this document. Its last part need not be there yet. */
export function readPath(key: string, document: unknown, scenario: Scenario, s: SweepMessages): ScenarioPath {
  const names = {
    hosts: scenario.hosts.map((h) => h.name),
    processes: scenario.processes.map((p) => p.name),
    workloads: scenario.workloads.map((w) => w.name),
  };
  const found = findPath(key, document, names);
  if (found.ok) return found.path;
  throw refusal(key, found.fault, s);
}
