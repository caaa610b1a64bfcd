// Expectations between the variants of a scenario: `after max request latency < before`, or with a factor and a quantity
// of its own on the right, `before mean connect latency > 3 times after mean connect latency`.
//
//   VARIANT QUANTITY (== | != | < | <= | > | >=) [NUMBER times] VARIANT [QUANTITY]
//
// A QUANTITY is the left-hand side of any `expect` line that counts or measures at the end of a run.

import { compares, formatShare } from './expect.ts';
import { isCpuClaim } from './expect-cpu.ts';
import type { Unreadable } from './expect-parse.ts';
import { Refusal, type Word, wordsOf } from './expect-scanner.ts';
import { type CompareOperator, OPERATORS, type Quantity } from './expectation.ts';
import { evaluateQuantity, parseQuantity, type QuantityUnit, unitOf } from './quantity.ts';
import type { ExpectationResult, RunResult } from './result.ts';
import { formatDuration, nearest } from './units.ts';

interface Side {
  readonly variant: string;
  readonly quantity: Quantity;
}

export interface Comparison {
  readonly text: string;
  readonly left: Side;
  readonly operator: CompareOperator;
  /** Factor of the right side. */
  readonly times: number;
  readonly right: Side;
}

export type ParsedComparison = { readonly ok: true; readonly comparison: Comparison } | Unreadable;

/** Names that a quantity may use: hosts, and processes or workloads. */
interface Names {
  readonly hosts: readonly string[];
  readonly units: readonly string[];
}

/** Whether a line begins as a comparison does. */
export const isComparison = (line: string, variants: readonly string[]): boolean =>
  variants.includes(/^\s*(\S+)/.exec(line)?.[1] ?? '');

const isOperator = (word: Word): boolean =>
  !word.quoted && (OPERATORS as readonly string[]).includes(word.text);

/** A variant's name; `end` is the column where something else stands, or nothing. */
function readVariant(word: Word | undefined, end: number, variants: readonly string[]): string {
  if (word !== undefined && variants.includes(word.text)) return word.text;
  const near = word === undefined ? null : nearest(word.text, variants);
  const hint = near === null ? 'what holds in one variant stands in its own expect' : `did you mean ${near}?`;
  throw new Refusal(word?.column ?? end, `a variant (${variants.join(', ')})`, hint);
}

/** The quantity that these words of the line make. */
function readQuantity(line: string, words: readonly Word[], end: number, names: Names): Quantity {
  const from = (words[0]?.column ?? end) - 1;
  const text = line.slice(from, end - 1).trim();
  const parsed = parseQuantity(text, names.hosts, names.units);
  if (!parsed.ok) throw new Refusal(from + parsed.column, parsed.expected, parsed.hint);
  if (parsed.quantity.atNs !== null || unitOf(parsed.quantity) === 'text')
    throw new Refusal(from + 1, 'a count, a time or a share at the end of a run', null);
  return parsed.quantity;
}

function readFactor(words: readonly Word[]): number | null {
  const [number, times] = words;
  if (times?.text !== 'times' || number === undefined) return null;
  const factor = /^\d+(?:\.\d+)?$/.test(number.text) ? Number(number.text) : 0;
  if (factor > 0) return factor;
  throw new Refusal(number.column, 'a number above 0', null);
}

function read(line: string, variants: readonly string[], names: Names): Comparison {
  const words = wordsOf(line);
  const end = line.length + 1;
  const at = words.findIndex(isOperator);
  const operator = words[at];
  if (operator === undefined) throw new Refusal(end, 'a comparison: == != < <= > >=', null);
  const left: Side = {
    variant: readVariant(words[0], end, variants),
    quantity: readQuantity(line, words.slice(1, at), operator.column, names),
  };
  const after = words.slice(at + 1);
  const factor = readFactor(after);
  const [name, ...rest] = factor === null ? after : after.slice(2);
  const variant = readVariant(name, end, variants);
  const quantity = rest.length === 0 ? left.quantity : readQuantity(line, rest, end, names);
  if (unitOf(quantity) !== unitOf(left.quantity))
    throw new Refusal(
      rest[0]?.column ?? end,
      'the same kind of quantity on both sides: a count, a time or a share',
      null,
    );
  const right: Side = { variant, quantity };
  return { text: line, left, operator: operator.text as CompareOperator, times: factor ?? 1, right };
}

/** Reads one line. */
export function parseComparison(
  line: string,
  variants: readonly string[],
  hosts: readonly string[],
  units: readonly string[] = [],
): ParsedComparison {
  try {
    return { ok: true, comparison: read(line, variants, { hosts, units }) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, column: error.column, expected: error.expected, hint: error.hint };
  }
}

function shown(value: number | string | null, unit: QuantityUnit): string {
  if (value === null) return 'nothing';
  if (unit === 'ns') return formatDuration(value as number);
  return unit === 'share' ? formatShare(value as number) : String(value);
}

type RunsByName = ReadonlyMap<string, RunResult>;

function parseFor(line: string, runs: RunsByName): ParsedComparison {
  const hosts = [...new Set([...runs.values()].flatMap((run) => Object.keys(run.hosts)))];
  const units = [...new Set([...runs.values()].flatMap((run) => run.workloads.map((w) => w.name)))];
  return parseComparison(line, [...runs.keys()], hosts, units);
}

/** Whether a line is about CPU time, switches or calls. */
export function isAboutCpus(line: string, runs: RunsByName): boolean {
  const parsed = parseFor(line, runs);
  if (!parsed.ok) return false;
  const { left, right } = parsed.comparison;
  return isCpuClaim(left.quantity.claim) || isCpuClaim(right.quantity.claim);
}

/** Holds a readable line against the runs of the variants. */
export function evaluateComparison(line: string, runs: RunsByName): ExpectationResult {
  const parsed = parseFor(line, runs);
  if (!parsed.ok)
    return {
      text: line,
      ok: false,
      actual: `cannot be read: column ${parsed.column}, expected ${parsed.expected}`,
    };
  const { left, operator, times, right } = parsed.comparison;
  const [a, b] = [left, right].map(({ variant, quantity }) =>
    evaluateQuantity(quantity, runs.get(variant) as RunResult),
  );
  const ok = typeof a === 'number' && typeof b === 'number' && compares(operator, a, times * b);
  const unit = unitOf(left.quantity);
  return { text: line, ok, actual: `${shown(a ?? null, unit)}, ${shown(b ?? null, unit)}` };
}
