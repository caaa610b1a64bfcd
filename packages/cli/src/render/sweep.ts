// The answer of `halfopen sweep` for a reader: one line a cell of the grid, then where behaviour changes.

import type { SweepData } from '../sweep/data.ts';
import type { SweepMessages } from '../sweep/messages.ts';
import { clipColumns, type GridColumn, gridTables } from './grid-table.ts';
import type { Paint } from './paint.ts';
import { cellText, expectText } from './sweep-cell.ts';
import { changeLines } from './sweep-changes.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;

interface Options {
  readonly title: string;
  /** Metrics that are the same everywhere get no column. */
  readonly foldSame: boolean;
  readonly s: SweepMessages;
  readonly paint: Paint;
}

function setup(data: SweepData, s: SweepMessages): string[] {
  const runs = data.cells.length * data.seedsPerCell;
  const seeds = data.cells[0]?.seeds ?? [];
  const [first = 0, last = 0] = [seeds[0], seeds[seeds.length - 1]];
  const counted =
    data.seedsPerCell > 1
      ? s.seeded(data.cells.length, data.seedsPerCell, first, last, runs)
      : data.grid.some(({ key }) => key === 'seed')
        ? s.runsOfSeeds(runs)
        : s.runs(runs, first);
  return wrap(counted, COLUMNS);
}

/** A grid of one cell folds nothing. */
const isSame = (texts: readonly string[]): boolean =>
  texts.length > 1 && texts.every((text) => text === texts[0]);

interface Metrics {
  readonly columns: readonly GridColumn[];
  /** `requests 50` */
  readonly same: readonly string[];
}

function metricColumns(data: SweepData, foldSame: boolean): Metrics {
  const columns: GridColumn[] = [];
  const same: string[] = [];
  for (const [k, metric] of data.metrics.entries()) {
    const texts = data.cells.map((cell) => cellText(cell.metrics[k], metric));
    const turns = data.changes.filter((c) => c.metric === k).map((c) => c.cell);
    if (foldSame && isSame(texts)) same.push(`${metric.text} ${texts[0]}`);
    else columns.push({ head: metric.text, texts: starred(texts, turns), align: 'right' });
  }
  return { columns, same };
}

/** `*` behind the cells where something changed, and a space behind the others. */
const starred = (texts: readonly string[], turns: readonly number[]): string[] =>
  turns.length === 0 ? [...texts] : texts.map((text, i) => `${text}${turns.includes(i) ? '*' : ' '}`);

function keyColumns(data: SweepData): GridColumn[] {
  return data.grid.map(({ key, values }, a) => {
    const align = values.every((v) => /^\d+$/.test(v)) ? 'right' : 'left';
    return { head: key, texts: data.cells.map((c) => clipColumns(c.values[a] as string)), align };
  });
}

function expectColumns(data: SweepData, s: SweepMessages): GridColumn[] {
  if (data.cells.every((cell) => cell.expectations.total === 0)) return [];
  const turns = data.changes.filter((c) => c.metric === null).map((c) => c.cell);
  const texts = data.cells.map(({ expectations }) => expectText(expectations));
  return [{ head: s.held, texts: starred(texts, turns), align: 'right' }];
}

export function renderSweep(data: SweepData, { title, foldSame, s, paint }: Options): string {
  const { columns, same } = metricColumns(data, foldSame);
  const tables = gridTables(keyColumns(data), [...columns, ...expectColumns(data, s)], COLUMNS);
  const failed = data.cells.some(({ expectations: e }) => e.held.some((n) => n < e.total));
  const sections = [
    [...wrap(`${data.scenario}: ${title}`, COLUMNS).map(paint.strong), ...setup(data, s).map(paint.dim)],
    ...tables.map(({ heads, rows }) => [...heads.map(paint.strong), ...rows]),
    ...(same.length === 0 ? [] : [wrap(s.same(same.join(s.separator)), COLUMNS, '  ')]),
    changeLines(data, s, paint),
    ...(failed ? [wrap(s.failedIsData, COLUMNS)] : []),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
