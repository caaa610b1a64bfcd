// Where behaviour changes along the last key of a grid: a count comes to zero or leaves it, a time crosses one second
// (what a lost SYN costs), other words appear, the expectations begin or cease to hold. With several seeds the worst
// one counts.

import type { CellData, CellMetric, Metric } from './data.ts';

/** First resend of a SYN: TCP_TIMEOUT_INIT, include/net/tcp.h. */
const SLOW_NS = 1_000_000_000;

/** What a cell became. */
export type Level = 'zero' | 'some' | 'fast' | 'slow' | 'other' | 'held' | 'failed';

export interface Turn {
  /** Index of the first cell that is different; the one before it is not. */
  readonly cell: number;
  /** Index of the metric; null: the expectations. */
  readonly metric: number | null;
  readonly to: Level;
}

/** What a cell is, and the words that tell one from the next. */
interface State {
  readonly level: Level;
  readonly sign: string;
}

function stateOf({ max, values }: CellMetric, { unit }: Metric): State | null {
  if (unit === 'text') return { level: 'other', sign: [...new Set(values)].sort().join('\n') };
  if (max === null) return null;
  const level: Level = unit === 'ns' ? (max > SLOW_NS ? 'slow' : 'fast') : max === 0 ? 'zero' : 'some';
  return { level, sign: level };
}

function expectState({ expectations: { held, total } }: CellData): State | null {
  if (total === 0) return null;
  const level = held.every((n) => n === total) ? 'held' : 'failed';
  return { level, sign: level };
}

/** `cells` in the order of the grid, `length` of them along the last key. */
export function findChanges(cells: readonly CellData[], metrics: readonly Metric[], length: number): Turn[] {
  return cells.flatMap((cell, i) => {
    const before = cells[i - 1];
    if (i % length === 0 || before === undefined) return [];
    const turn = (metric: number | null, from: State | null, to: State | null): Turn[] =>
      from === null || to === null || from.sign === to.sign ? [] : [{ cell: i, metric, to: to.level }];
    const own = metrics.flatMap((metric, k) => {
      const [from, to] = [before.metrics[k], cell.metrics[k]];
      return from && to ? turn(k, stateOf(from, metric), stateOf(to, metric)) : [];
    });
    return [...own, ...turn(null, expectState(before), expectState(cell))];
  });
}
