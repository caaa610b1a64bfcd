import { expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL, HANDSHAKE } from './example-scenarios.ts';
import { type JsonSchema, RESULT_JSON_SCHEMA, readScenario, runScenario } from './index.ts';

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
};

/** Where `value` breaks the schema, by the words of JSON Schema that ours uses. */
function breaches(schema: JsonSchema, value: unknown, path = '$'): string[] {
  const out: string[] = [];
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.includes(typeOf(value)))
    return [`${path}: ${typeOf(value)} is not ${types.join(' or ')}`];
  if (schema.const !== undefined && schema.const !== value) out.push(`${path}: not ${String(schema.const)}`);
  if (schema.enum !== undefined && !schema.enum.includes(value)) out.push(`${path}: not in the enum`);
  if (schema.minimum !== undefined && typeof value === 'number' && value < schema.minimum)
    out.push(`${path}: too small`);
  if (schema.oneOf !== undefined) {
    const fits = schema.oneOf.filter((one) => breaches(one, value, path).length === 0).length;
    if (fits !== 1) out.push(`${path}: fits ${fits} of oneOf`);
  }
  if (Array.isArray(value)) {
    if (schema.minItems !== undefined && value.length < schema.minItems) out.push(`${path}: too short`);
    value.forEach((entry, i) => {
      const item = schema.prefixItems?.[i] ?? schema.items;
      if (item === false) out.push(`${path}: too long`);
      else if (item !== undefined) out.push(...breaches(item, entry, `${path}[${i}]`));
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const key of schema.required ?? [])
      if (!Object.hasOwn(value, key)) out.push(`${path}: lacks ${key}`);
    for (const [key, entry] of Object.entries(value)) {
      const member = schema.properties?.[key] ?? schema.additionalProperties;
      if (member === false) out.push(`${path}: has ${key}`);
      else if (typeof member === 'object') out.push(...breaches(member, entry, `${path}.${key}`));
    }
  }
  return out;
}

const RICH = {
  ...ACCEPT_QUEUE_FULL,
  inject: [
    { at: '1s', from: '203.0.113.1:1000', to: 'server:80', segment: 'S 0:0(0) win 1000', count: 20 },
    { at: '2s', from: '10.0.0.254', to: 'client', icmp: 'host-unreachable', about: 'server' },
  ],
  changes: [{ at: '3s', host: 'server', sysctls: { 'net.core.somaxconn': 5 } }],
};

it.each([HANDSHAKE, ACCEPT_QUEUE_FULL, RICH])(
  'the result of $name fits the published schema',
  async (data) => {
    const result = await runScenario(readScenario(data));
    expect(breaches(RESULT_JSON_SCHEMA, JSON.parse(JSON.stringify(result)))).toEqual([]);
  },
);

it('the schema refuses what is not there and what is too much', async () => {
  const result = await runScenario(readScenario(HANDSHAKE));
  const { endedNs: _, ...less } = result;
  expect(breaches(RESULT_JSON_SCHEMA, less)).toEqual(['$: lacks endedNs']);
  expect(breaches(RESULT_JSON_SCHEMA, { ...result, more: 1 })).toEqual(['$: has more']);
});
