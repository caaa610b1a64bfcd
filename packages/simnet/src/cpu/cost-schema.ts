// Reads costs: `costs:` of a host in a scenario document (durations such as 250ns), and a cost profile file as
// `halfopen calibrate` writes it (JSON, plain nanoseconds).

import { duration, Fields, integer, oneOf, type Reader, text } from '../readers.ts';
import type { JsonSchema } from '../result-schema.ts';
import type { CpusSpec } from '../scenario.ts';
import { refuse } from '../scenario-error.ts';
import { COST_NAMES, type CostProfile, type Costs, DEFAULT_PROFILE } from './costs.ts';

/** Version of the cost profile file. */
export const COST_SCHEMA_VERSION = 1;

/** One second: nothing here takes that long. */
const COST_MAX_NS = 1_000_000_000;
const CPUS_MAX = 1024;

/** A call that costs nothing could be made for ever in one instant. */
const least = (name: keyof Costs): number => (name === 'syscall' || name === 'slice' ? 1 : 0);

function readCosts(f: Fields, read: Reader<number>): Partial<Costs> {
  const costs: { -readonly [K in keyof Costs]?: Costs[K] } = {};
  for (const name of COST_NAMES) {
    if (!f.has(name)) continue;
    const ns = f.get(name, read);
    if (ns < least(name) || ns > COST_MAX_NS) refuse(f.at(name), `${least(name)}ns to 1s`, f.raw(name));
    costs[name] = ns;
  }
  return costs;
}

/** Costs of a profile, with those that the document gives itself. */
export const withOwn = (profile: CostProfile, own: Partial<Costs>): CostProfile =>
  Object.keys(own).length === 0
    ? profile
    : { name: `${profile.name}, changed`, costs: { ...profile.costs, ...own } };

/** `cpus` and `costs` of a host. */
export function hostCpus(f: Fields): CpusSpec | null {
  const count = f.or('cpus', integer(1, CPUS_MAX, 'CPUs'), null);
  if (count === null && f.has('costs')) refuse(f.at('costs'), 'cpus beside it', f.raw('costs'));
  const own = f.or('costs', hostCosts, {});
  return count === null ? null : { count, costs: withOwn(DEFAULT_PROFILE, own), own };
}

const hostCosts: Reader<Partial<Costs>> = (value, path) => {
  if (typeof value !== 'string')
    return readCosts(
      new Fields(value, path, COST_NAMES, 'default, or costs such as { syscall: 250ns }'),
      duration,
    );
  oneOf([DEFAULT_PROFILE.name])(value, path);
  return {};
};

/**
 * The cost profile in a file's data; costs that it does not name are those of the default profile. Throws ScenarioError,
 * whose path begins with `source`.
 */
export function readCostProfile(data: unknown, source: string): CostProfile {
  const keys = ['schemaVersion', 'machine', 'costs'];
  const f = new Fields(data, [source], keys, 'a cost profile with schemaVersion, machine and costs');
  const version = f.get('schemaVersion', integer(0, Number.MAX_SAFE_INTEGER, 'a version'));
  if (version !== COST_SCHEMA_VERSION) refuse(f.at('schemaVersion'), String(COST_SCHEMA_VERSION), version);
  const machine = f.get('machine', text);
  const costs = new Fields(f.raw('costs'), f.at('costs'), COST_NAMES, 'costs in ns');
  const ns = integer(0, COST_MAX_NS, 'nanoseconds');
  return { name: machine, costs: { ...DEFAULT_PROFILE.costs, ...readCosts(costs, ns) } };
}

/** What `readCostProfile()` takes. */
export const COST_PROFILE_JSON_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'halfopen cost profile',
  description: 'what system calls, packets and switches cost in CPU time on one machine; costs in ns',
  type: 'object',
  properties: {
    schemaVersion: { const: COST_SCHEMA_VERSION },
    machine: { type: 'string', description: 'processor, kernel and circumstances' },
    costs: {
      type: 'object',
      description: 'those left out are those of the default profile',
      properties: Object.fromEntries(
        COST_NAMES.map((name) => [name, { type: 'integer', minimum: least(name) }]),
      ),
      additionalProperties: false,
    },
  },
  required: ['schemaVersion', 'machine', 'costs'],
  additionalProperties: false,
};
