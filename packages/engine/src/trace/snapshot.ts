// A copy of plain data as JSON, and back. The engine's state is records, arrays, Maps, Sets and typed arrays, nothing
// else; that rule is what makes one small codec enough for time travel, diffing and good failure messages.

import { InvariantError } from '../invariant.ts';

/** JSON data; survives JSON.stringify and JSON.parse. */
export type Frozen = null | boolean | number | string | Frozen[] | { [key: string]: Frozen };

/** A frozen kernel. Opaque: read it through Kernel.restore(). */
export interface KernelSnapshot {
  readonly format: 'halfopen-kernel-1';
  readonly state: Frozen;
}

/** Marks an object of the JSON that stands for something JSON lacks. */
const TAG = '$';

const TYPED = { i32: Int32Array, u32: Uint32Array, f64: Float64Array, u8: Uint8Array } as const;
type TypedTag = keyof typeof TYPED;
const TYPED_TAGS = Object.keys(TYPED) as TypedTag[];

/** Numbers up to the last one that is not zero: fresh tables are mostly zero. */
function trimmed(values: ArrayLike<number>): number[] {
  let end = values.length;
  while (end > 0 && values[end - 1] === 0) end--;
  return Array.from({ length: end }, (_, i) => values[i] as number);
}

function freezeNumber(value: number): Frozen {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { [TAG]: 'num', v: Object.is(value, -0) ? '-0' : String(value) };
}

function freezeObject(value: object): Frozen {
  if (Array.isArray(value)) return value.map(freezeValue);
  if (value instanceof Map)
    return { [TAG]: 'map', v: [...value].map(([k, v]) => [freezeValue(k), freezeValue(v)]) };
  if (value instanceof Set) return { [TAG]: 'set', v: [...value].map(freezeValue) };
  for (const tag of TYPED_TAGS) {
    if (value instanceof TYPED[tag]) return { [TAG]: tag, n: value.length, v: trimmed(value) };
  }
  const out: { [key: string]: Frozen } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) out[key] = freezeValue(member);
  }
  return out;
}

/** Plain data as JSON. Throws InvariantError for a function: state holds none. */
export function freezeValue(value: unknown): Frozen {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return freezeNumber(value);
  if (typeof value === 'object') return freezeObject(value);
  throw new InvariantError(`state holds a ${typeof value}`);
}

function thawTagged(tag: Frozen, source: { [key: string]: Frozen }): unknown {
  const list = source.v as Frozen[];
  if (tag === 'num') return Number(source.v);
  if (tag === 'map')
    return new Map((list as Frozen[][]).map((pair) => [thawValue(pair[0]!), thawValue(pair[1]!)]));
  if (tag === 'set') return new Set(list.map(thawValue));
  const make = TYPED[tag as TypedTag];
  if (make === undefined) throw new InvariantError(`snapshot tag ${JSON.stringify(tag)}`);
  const out = new make(source.n as number);
  out.set(list as number[]);
  return out;
}

/** The inverse of freezeValue(). */
export function thawValue(value: Frozen): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(thawValue);
  const tag = value[TAG];
  if (tag !== undefined) return thawTagged(tag, value);
  const out: { [key: string]: unknown } = {};
  for (const [key, member] of Object.entries(value)) out[key] = thawValue(member);
  return out;
}

/** A deep copy without the detour over JSON. */
export function copyValue<T>(value: T): T {
  return copyAny(value) as T;
}

function copyAny(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(copyAny);
  if (value instanceof Map) return new Map([...value].map(([k, v]) => [copyAny(k), copyAny(v)]));
  if (value instanceof Set) return new Set([...value].map(copyAny));
  for (const tag of TYPED_TAGS) {
    const make = TYPED[tag];
    if (value instanceof make) return value.slice();
  }
  const out: { [key: string]: unknown } = {};
  for (const [key, member] of Object.entries(value)) out[key] = copyAny(member);
  return out;
}
