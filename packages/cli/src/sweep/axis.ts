// One `--vary KEY=VALUES`: what KEY is, and what each value makes of a scenario.

import { concerns, readScenario, ScenarioError, type ScenarioPath, withValue } from '@halfopen/simnet';
import { Refusal } from '../live/refusal.ts';
import type { LoadedScenario } from '../scenario-file/load.ts';
import type { SweepMessages } from './messages.ts';
import { readPath } from './path.ts';
import { readValues } from './values.ts';

/** What one value changes. */
export type Change =
  /** `HOST:SYSCTL=VALUE`, as `run --set` takes it. */
  | { readonly kind: 'set'; readonly item: string }
  | { readonly kind: 'kernel'; readonly name: string }
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'value'; readonly path: ScenarioPath; readonly value: unknown };

export interface Axis {
  readonly key: string;
  /** As typed, in the order of the grid. */
  readonly values: readonly string[];
  readonly changes: readonly Change[];
}

const SEED_MAX = 0xffffffff;

function seedChange(item: string, value: string, s: SweepMessages): Change {
  const seed = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seed <= SEED_MAX)) throw new Refusal(s.badSeed(item, value, SEED_MAX));
  return { kind: 'seed', seed };
}

/** As YAML reads a plain word. */
function scalar(word: string): string | number | boolean {
  if (word === 'true' || word === 'false') return word === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(word) ? Number(word) : word;
}

function refusedAt(document: unknown, path: ScenarioPath, value: unknown): boolean {
  try {
    readScenario(withValue(document, path, value));
    return false;
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.some((issue) => concerns(issue, path));
  }
}

/** A number or truth value where one fits there, else the word as text: `5.10` is a number, and a kernel. */
function typed(document: unknown, path: ScenarioPath, word: string): Change {
  const value = scalar(word);
  const asText = value !== word && refusedAt(document, path, value) && !refusedAt(document, path, word);
  return { kind: 'value', path, value: asText ? word : value };
}

/** Reads `KEY=VALUES`. Values are checked later, in the scenarios that they make. */
function readAxis(item: string, { scenario, document }: LoadedScenario, s: SweepMessages): Axis {
  const at = item.indexOf('=');
  const key = item.slice(0, at).trim();
  if (at < 0 || key === '') throw new Refusal(s.badVary(item));
  const values = readValues(item.slice(at + 1), item, s);
  if (key.includes(':'))
    return { key, values, changes: values.map((v) => ({ kind: 'set', item: `${key}=${v}` })) };
  if (key === 'kernel') return { key, values, changes: values.map((name) => ({ kind: 'kernel', name })) };
  if (key === 'seed') return { key, values, changes: values.map((v) => seedChange(item, v, s)) };
  const path = readPath(key, document, scenario, s);
  return { key, values, changes: values.map((v) => typed(document, path, v)) };
}

/** All of them; no key twice. */
export function readAxes(items: readonly string[], loaded: LoadedScenario, s: SweepMessages): Axis[] {
  if (items.length === 0) throw new Refusal(s.needsVary);
  const axes = items.map((item) => readAxis(item, loaded, s));
  const again = axes.find(({ key }, i) => axes.findIndex((a) => a.key === key) !== i);
  if (again !== undefined) throw new Refusal(s.keyTwice(again.key));
  return axes;
}
