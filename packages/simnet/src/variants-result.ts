// The record of a scenario with variants: what each run gave, and all expectations in one list.

import { evaluateComparison, isAboutCpus } from './comparison.ts';
import type { ExpectationResult, RunResult } from './result.ts';
import type { ScenarioDocument } from './scenario.ts';

/** Version of this document's shape; raised when a field changes its meaning or goes. */
export const VARIANTS_SCHEMA_VERSION = 1;

export interface VariantExpectation extends ExpectationResult {
  /** null: it compares variants. */
  readonly variant: string | null;
}

export interface VariantResult {
  readonly name: string;
  readonly title: string;
  readonly result: RunResult;
}

export interface VariantsResult {
  readonly schemaVersion: typeof VARIANTS_SCHEMA_VERSION;
  readonly scenario: string;
  readonly title: string;
  readonly seed: number;
  /** That of all runs, or of each variant when they differ (`old=5.15 new=6.18`). */
  readonly kernel: string;
  readonly expectations: readonly VariantExpectation[];
  readonly variants: readonly VariantResult[];
}

function kernelText(variants: readonly VariantResult[]): string {
  const kernels = variants.map(({ result }) => result.kernel);
  if (new Set(kernels).size === 1) return kernels[0] as string;
  return variants.map(({ name, result }) => `${name}=${result.kernel}`).join(' ');
}

/** `results` are the runs of the document's variants, in their order. */
export function joinVariants(
  { scenario, variants, comparisons }: ScenarioDocument,
  results: readonly RunResult[],
): VariantsResult {
  const played = variants.map(({ name, title }, i) => ({ name, title, result: results[i] as RunResult }));
  const runs = new Map(played.map(({ name, result }) => [name, result]));
  const each = played.flatMap(({ name, result }) =>
    result.expectations.map((e): VariantExpectation => ({ variant: name, ...e })),
  );
  // A run on the real kernel has no record of CPUs, and nothing is said of what nobody measured.
  const hasCpus = results.some((run) => Object.values(run.hosts).some(({ cpu }) => cpu !== null));
  const told = hasCpus ? comparisons : comparisons.filter((line) => !isAboutCpus(line, runs));
  const between = told.map(
    (line): VariantExpectation => ({ variant: null, ...evaluateComparison(line, runs) }),
  );
  return {
    schemaVersion: VARIANTS_SCHEMA_VERSION,
    scenario: scenario.name,
    title: scenario.title,
    seed: scenario.seed,
    kernel: kernelText(played),
    expectations: [...each, ...between],
    variants: played,
  };
}
