// The numbers of a sweep: each cell over its seeds, and where behaviour changes from one cell to the next. The JSON
// document of `halfopen sweep --json` is this record.

import { type Measured, type Quantity, type QuantityUnit, type Scenario, unitOf } from '@halfopen/simnet';
import type { Axis } from './axis.ts';
import { findChanges, type Turn } from './changes.ts';
import type { Cell } from './grid.ts';

/** Version of the document's shape; raised when a field changes its meaning or goes. */
const SWEEP_SCHEMA_VERSION = 1;

export type Value = number | string | null;

export interface Metric {
  /** As in an `expect` line, left of the comparison. */
  readonly text: string;
  readonly unit: QuantityUnit;
}

export interface CellMetric {
  /** One for each seed. */
  readonly values: readonly Value[];
  /** Of the numbers among them; null without any. The median of an even number is the lower of the two in the middle. */
  readonly min: number | null;
  readonly median: number | null;
  readonly max: number | null;
}

export interface CellData {
  /** One for each key of the grid. */
  readonly values: readonly string[];
  readonly seeds: readonly number[];
  readonly metrics: readonly CellMetric[];
  readonly expectations: { readonly held: readonly number[]; readonly total: number };
}

export interface SweepData {
  readonly schemaVersion: typeof SWEEP_SCHEMA_VERSION;
  readonly scenario: string;
  readonly grid: readonly { readonly key: string; readonly values: readonly string[] }[];
  readonly seedsPerCell: number;
  readonly metrics: readonly Metric[];
  /** The last key of the grid moves fastest. */
  readonly cells: readonly CellData[];
  readonly changes: readonly Turn[];
}

export function statistics(values: readonly Value[]): CellMetric {
  const numbers = values.filter((v) => typeof v === 'number').sort((a, b) => a - b);
  const at = (index: number): number | null => numbers[index] ?? null;
  return {
    values,
    min: at(0),
    median: at(Math.floor((numbers.length - 1) / 2)),
    max: at(numbers.length - 1),
  };
}

function cellData({ values, runs }: Cell, measured: readonly Measured[], metrics: number): CellData {
  const columns = Array.from({ length: metrics }, (_, i) => measured.map((m) => m.values[i] ?? null));
  return {
    values,
    seeds: runs.map((run) => run.seed),
    metrics: columns.map(statistics),
    expectations: { held: measured.map((m) => m.held), total: measured[0]?.expectations ?? 0 },
  };
}

interface Sweep {
  readonly scenario: Scenario;
  readonly axes: readonly Axis[];
  readonly quantities: readonly Quantity[];
  readonly cells: readonly Cell[];
  /** In the order of the cells and their seeds. */
  readonly measured: readonly Measured[];
}

export function makeData({ scenario, axes, quantities, cells, measured }: Sweep): SweepData {
  const seeds = cells[0]?.runs.length ?? 1;
  const metrics = quantities.map((q) => ({ text: q.text, unit: unitOf(q) }));
  const data = cells.map((cell, i) =>
    cellData(cell, measured.slice(i * seeds, (i + 1) * seeds), metrics.length),
  );
  return {
    schemaVersion: SWEEP_SCHEMA_VERSION,
    scenario: scenario.name,
    grid: axes.map(({ key, values }) => ({ key, values })),
    seedsPerCell: seeds,
    metrics,
    cells: data,
    changes: findChanges(data, metrics, axes[axes.length - 1]?.values.length ?? 1),
  };
}
