// JSON Schema (draft 2020-12) of what `halfopen diff --json` prints, version 1: one comparison, or one for each variant.

import type { JsonSchema } from '@halfopen/simnet';
import { COMPARISON_SCHEMA_VERSION } from './compare-runs.ts';

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** An object with exactly these members. */
const record = (properties: { readonly [name: string]: JsonSchema }, description?: string): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...(description === undefined ? {} : { description }),
});

const differing = {
  what: { ...text, description: 'which thing, named alike in each run: client>server:80 #1 -> 3 window' },
  engine: { ...text, description: 'what it was on the engine' },
  linux: { ...text, description: 'what it was on the kernel of this machine' },
};
const difference = record(differing);

const counts = {
  compared: { ...count, description: 'things that both runs were asked about' },
  different: { ...count, description: 'how many of them differ, those with an explanation included' },
  differences: { ...list(difference), description: 'those without an explanation' },
};
const part = record(counts);

const attempt: JsonSchema = { type: ['integer', 'null'], minimum: 1 };
const cost: JsonSchema = { type: ['number', 'null'], minimum: 0 };

const ports = record({
  ...counts,
  steps: list(
    record(
      { what: text, engine: attempt, linux: attempt, engineCost: cost, linuxCost: cost },
      'from which attempt on connect() took ports of the other half of the range (null: none did), and how many times as much CPU time it used from there on (null: too few to say, or not measured)',
    ),
  ),
});

const comparison = record({
  schemaVersion: { const: COMPARISON_SCHEMA_VERSION },
  scenario: text,
  engine: { ...text, description: 'profile of the engine' },
  linux: { ...text, description: 'kernel of this machine' },
  segments: part,
  counters: part,
  errnos: part,
  states: part,
  ports,
  explained: {
    ...list(record({ ...differing, reason: text })),
    description: 'differences that are known and have a reason',
  },
  stale: {
    ...list(record({ scenario: text, what: text, reason: text, chance: { type: 'boolean' } })),
    description: 'explanations that nothing needs any more; they fail the comparison',
  },
  runs: { type: 'integer', minimum: 1, description: 'runs on the real kernel that were compared' },
  unsteady: {
    ...list(difference),
    description: 'differences of the last run that another run did not show',
  },
});

const variants = record({
  schemaVersion: { const: COMPARISON_SCHEMA_VERSION },
  scenario: text,
  variants: list(record({ name: text, title: text, comparison })),
});

/** The schema of `Comparison`, and of the document with one for each variant. */
export const DIFF_JSON_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'halfopen diff result',
  oneOf: [comparison, variants],
};
