// Readers turn one value of a document into a checked one, or throw a ScenarioError that names the path. Lists and
// mappings go on after a bad entry, so that one look at the errors shows all of them.

import {
  describeValue,
  refuse,
  ScenarioError,
  type ScenarioIssue,
  type ScenarioPath,
} from './scenario-error.ts';
import {
  DURATION_EXPECTED,
  nearest,
  PROBABILITY_EXPECTED,
  parseDuration,
  parseProbability,
  parseRate,
  parseSize,
  RATE_EXPECTED,
  SIZE_EXPECTED,
} from './units.ts';

export type Reader<T> = (value: unknown, path: ScenarioPath) => T;

/** Bound on the entries of any list or mapping of a document. */
const ENTRIES_MAX = 100_000;

export const text: Reader<string> = (value, path) =>
  typeof value === 'string' ? value : refuse(path, 'text', value, quoteHint(value));

const quoteHint = (value: unknown): string | null =>
  typeof value === 'number' || typeof value === 'boolean' ? `write it in quotes: '${value}'` : null;

export const flag: Reader<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : refuse(path, 'true or false', value);

export const integer =
  (min: number, max: number, what = 'a whole number'): Reader<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : refuse(path, `${what} from ${min} to ${max}`, value);

export const oneOf =
  <T extends string>(words: readonly T[]): Reader<T> =>
  (value, path) => {
    const found = words.find((word) => word === value);
    return found ?? refuse(path, `one of ${words.join(', ')}`, value, meant(value, words));
  };

/** `did you mean …?` for a near miss. */
export function meant(value: unknown, words: readonly string[]): string | null {
  const near = typeof value === 'string' ? nearest(value, words) : null;
  return near === null ? null : `did you mean ${near}?`;
}

const parsed =
  (parse: (text: string) => number | null, expected: string, plainNumbers: boolean): Reader<number> =>
  (value, path) => {
    const plain = typeof value === 'number' && (plainNumbers || value === 0);
    const result = typeof value === 'string' ? parse(value) : plain ? parse(String(value)) : null;
    return result ?? refuse(path, expected, value);
  };

/** ns */
export const duration = parsed(parseDuration, DURATION_EXPECTED, false);
/** bytes */
export const size = parsed(parseSize, SIZE_EXPECTED, true);
/** bit/s */
export const rate = parsed(parseRate, RATE_EXPECTED, false);
export const probability = parsed(parseProbability, PROBABILITY_EXPECTED, true);

/** A duration above zero, ns. */
export const positiveDuration: Reader<number> = (value, path) => {
  const ns = duration(value, path);
  return ns > 0 ? ns : refuse(path, 'a duration above 0', value);
};

/** Runs `read` and keeps its issues instead of throwing; undefined when it failed. */
export function attempt<T>(issues: ScenarioIssue[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    for (const issue of error.issues) issues.push(issue);
    return undefined;
  }
}

export const list =
  <T>(read: Reader<T>, what = 'a list'): Reader<T[]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length > ENTRIES_MAX) return refuse(path, what, value);
    const issues: ScenarioIssue[] = [];
    const out: T[] = [];
    value.forEach((entry: unknown, i) => {
      attempt(issues, () => out.push(read(entry, [...path, i])));
    });
    if (issues.length > 0) throw new ScenarioError(issues);
    return out;
  };

/** A list, or one entry standing for a list of one. */
export const oneOrMore =
  <T>(read: Reader<T>): Reader<T[]> =>
  (value, path) =>
    Array.isArray(value) ? list(read)(value, path) : [read(value, path)];

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any keys, in the order of the document. */
export const entries =
  <T>(read: (key: string, value: unknown, path: ScenarioPath) => T, what: string): Reader<T[]> =>
  (value, path) => {
    if (!isMapping(value)) return refuse(path, what, value);
    const issues: ScenarioIssue[] = [];
    const out: T[] = [];
    for (const [key, entry] of Object.entries(value)) {
      attempt(issues, () => out.push(read(key, entry, [...path, key])));
    }
    if (issues.length > 0) throw new ScenarioError(issues);
    return out;
  };

/** A mapping whose keys are known; anything else in it is refused with a near-miss hint. */
export class Fields {
  readonly path: ScenarioPath;
  private readonly data: Record<string, unknown>;

  constructor(value: unknown, path: ScenarioPath, keys: readonly string[], what: string) {
    if (!isMapping(value)) refuse(path, what, value);
    this.path = path;
    this.data = value;
    const issues: ScenarioIssue[] = [];
    for (const key of Object.keys(value)) {
      if (keys.includes(key)) continue;
      const expected = `one of the keys ${keys.join(', ')}`;
      issues.push({ path: [...path, key], expected, got: describeValue(key), hint: meant(key, keys) });
    }
    if (issues.length > 0) throw new ScenarioError(issues);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.data, key) && this.data[key] !== undefined;
  }

  raw(key: string): unknown {
    return this.has(key) ? this.data[key] : undefined;
  }

  at(key: string): ScenarioPath {
    return [...this.path, key];
  }

  /** A field that must be there. */
  get<T>(key: string, read: Reader<T>): T {
    return read(this.raw(key), this.at(key));
  }

  /** A field with a default. */
  or<T, D>(key: string, read: Reader<T>, otherwise: D): T | D {
    return this.has(key) ? this.get(key, read) : otherwise;
  }
}
