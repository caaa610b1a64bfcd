// As much of JSON Schema as our own two schemas use, to check documents against them in tests. An unknown keyword is an
// error: it would otherwise check nothing.

type Schema = Readonly<Record<string, unknown>>;

const SILENT = new Set(['$schema', '$id', '$defs', 'title', 'description']);

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

const fits = (value: unknown, type: string): boolean =>
  typeOf(value) === type || (type === 'number' && typeOf(value) === 'integer');

const asObject = (value: unknown): Record<string, unknown> | null =>
  typeOf(value) === 'object' ? (value as Record<string, unknown>) : null;

type Check = (value: unknown, rule: never, at: string, schema: Schema, root: Schema) => string[];

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (value, rule: string, at, _, root) => {
    const target = rule
      .slice(2)
      .split('/')
      .reduce<unknown>((node, part) => asObject(node)?.[part], root);
    if (target === undefined) throw new Error(`no ${rule}`);
    return problems(target as Schema, value, at, root);
  },
  type: (value, rule: string | string[], at) =>
    [rule].flat().some((t) => fits(value, t)) ? [] : [`${at}: not ${[rule].flat().join(' or ')}`],
  const: (value, rule: unknown, at) => (value === rule ? [] : [`${at}: not ${String(rule)}`]),
  enum: (value, rule: unknown[], at) =>
    rule.includes(value) ? [] : [`${at}: not one of ${rule.join(', ')}`],
  minimum: (value, rule: number, at) =>
    typeof value === 'number' && value < rule ? [`${at}: below ${rule}`] : [],
  maximum: (value, rule: number, at) =>
    typeof value === 'number' && value > rule ? [`${at}: above ${rule}`] : [],
  pattern: (value, rule: string, at) =>
    typeof value === 'string' && !new RegExp(rule).test(value) ? [`${at}: does not match ${rule}`] : [],
  minItems: (value, rule: number, at) =>
    Array.isArray(value) && value.length < rule ? [`${at}: too short`] : [],
  maxItems: (value, rule: number, at) =>
    Array.isArray(value) && value.length > rule ? [`${at}: too long`] : [],
  items: (value, rule: Schema | false, at, schema, root) => {
    if (!Array.isArray(value)) return [];
    const skip = Array.isArray(schema.prefixItems) ? schema.prefixItems.length : 0;
    return value
      .slice(skip)
      .flatMap((v, i) =>
        rule === false ? [`${at}[${i + skip}]: too many`] : problems(rule, v, `${at}[${i + skip}]`, root),
      );
  },
  prefixItems: (value, rule: Schema[], at, _, root) =>
    Array.isArray(value)
      ? rule.flatMap((r, i) => (i < value.length ? problems(r, value[i], `${at}[${i}]`, root) : []))
      : [],
  required: (value, rule: string[], at) => {
    const object = asObject(value);
    return object === null ? [] : rule.filter((key) => !(key in object)).map((key) => `${at}: no ${key}`);
  },
  properties: (value, rule: Record<string, Schema>, at, _, root) => {
    const object = asObject(value) ?? {};
    return Object.entries(rule).flatMap(([key, r]) =>
      key in object ? problems(r, object[key], `${at}.${key}`, root) : [],
    );
  },
  additionalProperties: (value, rule: Schema | boolean, at, schema, root) => {
    const known = Object.keys(asObject(schema.properties) ?? {});
    const others = Object.entries(asObject(value) ?? {}).filter(([key]) => !known.includes(key));
    if (rule === true) return [];
    if (rule === false) return others.map(([key]) => `${at}: unknown ${key}`);
    return others.flatMap(([key, v]) => problems(rule, v, `${at}.${key}`, root));
  },
  anyOf: (value, rule: Schema[], at, _, root) => {
    const each = rule.map((r) => problems(r, value, at, root));
    return each.some((p) => p.length === 0)
      ? []
      : [`${at}: none of ${rule.length} (${each.flat().join('; ')})`];
  },
  oneOf: (value, rule: Schema[], at, _, root) => {
    const passed = rule.filter((r) => problems(r, value, at, root).length === 0).length;
    return passed === 1 ? [] : [`${at}: ${passed} of ${rule.length} alternatives`];
  },
};

/** What in `value` the schema does not allow; empty when it is valid. */
export function problems(schema: Schema, value: unknown, at = '$', root: Schema = schema): string[] {
  return Object.entries(schema).flatMap(([keyword, rule]) => {
    if (SILENT.has(keyword)) return [];
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`the test knows no keyword ${keyword}`);
    return check(value, rule as never, at, schema, root);
  });
}
