// A table that is as wide as the terminal at most: heads over several lines, and columns that do not fit any more in a
// further table below, behind the key columns again.

import { headLines } from './head-lines.ts';
import { type Column, table } from './table.ts';
import { clip, width } from './text.ts';

const GAP = 2;
/** No cell is wider. */
const CELL_COLUMNS_MAX = 30;

export interface GridColumn {
  readonly head: string;
  /** One for each row. */
  readonly texts: readonly string[];
  readonly align: 'left' | 'right';
}

export interface GridTable {
  readonly heads: readonly string[];
  readonly rows: readonly string[];
}

export const clipColumns = (text: string): string => clip(text, CELL_COLUMNS_MAX);

const widthOf = ({ head, texts }: GridColumn): number =>
  GAP + Math.max(...headLines(head).map(width), ...texts.map((t) => width(clipColumns(t))));

const widthOfAll = (columns: readonly GridColumn[]): number =>
  columns.reduce((sum, column) => sum + widthOf(column), -GAP);

/** As many columns as fit in each part; at least one. */
function split(keys: readonly GridColumn[], columns: readonly GridColumn[], limit: number): GridColumn[][] {
  const parts: GridColumn[][] = [];
  for (const column of columns) {
    const last = parts[parts.length - 1];
    if (last !== undefined && widthOfAll([...keys, ...last, column]) <= limit) last.push(column);
    else parts.push([column]);
  }
  return parts.length === 0 ? [[]] : parts;
}

/** Heads stand on the row below them, so short ones begin lower. */
function draw(columns: readonly GridColumn[], limit: number): GridTable {
  const heads = columns.map(({ head }) => headLines(head));
  const height = Math.max(...heads.map((lines) => lines.length));
  const headRows = Array.from({ length: height }, (_, i) =>
    heads.map((lines) => lines[i - (height - lines.length)] ?? ''),
  );
  const length = columns[0]?.texts.length ?? 0;
  const rows = Array.from({ length }, (_, i) => columns.map(({ texts }) => clipColumns(texts[i] as string)));
  const [first = [], ...others] = headRows;
  const spec = columns.map(({ align }, i): Column => ({ head: first[i] as string, align }));
  const lines = table(spec, [...others, ...rows], limit);
  return { heads: lines.slice(0, height), rows: lines.slice(height) };
}

export const gridTables = (
  keys: readonly GridColumn[],
  columns: readonly GridColumn[],
  limit: number,
): GridTable[] => split(keys, columns, limit).map((part) => draw([...keys, ...part], limit));
