// A table whose columns are variants: a label, then one cell for each, long cells over several lines. What does not fit
// into the terminal any more stands in a further table below, behind the labels again.

import { headLines } from '../head-lines.ts';
import { padEnd, padStart, width, wrap } from '../text.ts';
import type { Row } from './row.ts';

const LABEL_COLUMNS_MAX = 36;
/** A cell has as many columns as leave room for all variants, within these bounds. */
const CELL_COLUMNS = { min: 9, max: 22 } as const;
const GAP = '  ';
const NOTHING = '-';

export interface SideTable {
  readonly heads: readonly string[];
  readonly rows: readonly string[];
}

interface Column {
  readonly head: readonly string[];
  /** For each row its lines. */
  readonly cells: readonly (readonly string[])[];
  readonly width: number;
}

const widest = (lines: readonly string[]): number => Math.max(0, ...lines.map(width));

function columnOf(name: string, index: number, rows: readonly Row[], columns: number): Column {
  const head = headLines(name);
  const cells = rows.map((row) => wrap(row.cells[index] ?? NOTHING, columns));
  return { head, cells, width: Math.max(widest(head), ...cells.map(widest)) };
}

/** As many columns as fit beside the labels; at least one. */
function split(columns: readonly Column[], limit: number): Column[][] {
  const parts: Column[][] = [];
  let used = 0;
  for (const column of columns) {
    const last = parts[parts.length - 1];
    const needs = GAP.length + column.width;
    if (last !== undefined && used + needs <= limit) {
      last.push(column);
      used += needs;
    } else {
      parts.push([column]);
      used = needs;
    }
  }
  return parts;
}

/** One row of the table: the lines of its cells stand beside each other, from the top. */
function rowLines(
  label: readonly string[],
  labelWidth: number,
  cells: readonly (readonly [Column, readonly string[]])[],
): string[] {
  const height = Math.max(label.length, ...cells.map(([, lines]) => lines.length));
  return Array.from({ length: height }, (_, i) =>
    [padEnd(label[i] ?? '', labelWidth), ...cells.map(([c, lines]) => padStart(lines[i] ?? '', c.width))]
      .join(GAP)
      .trimEnd(),
  );
}

/** Heads stand on the row below them, so short ones begin lower. */
const lowered = (head: readonly string[], height: number): string[] => [
  ...Array<string>(height - head.length).fill(''),
  ...head,
];

export function sideBySide(names: readonly string[], rows: readonly Row[], limit: number): SideTable[] {
  const labels = rows.map((row) => wrap(row.label, LABEL_COLUMNS_MAX, '  '));
  const labelWidth = Math.max(0, ...labels.map(widest));
  const room = Math.floor((limit - labelWidth) / names.length) - GAP.length;
  const size = Math.min(CELL_COLUMNS.max, Math.max(CELL_COLUMNS.min, room));
  const columns = names.map((name, i) => columnOf(name, i, rows, size));
  return split(columns, limit - labelWidth).map((part) => {
    const height = Math.max(...part.map((c) => c.head.length));
    const heads = part.map((c) => [c, lowered(c.head, height)] as const);
    return {
      heads: rowLines([], labelWidth, heads),
      rows: labels.flatMap((label, r) =>
        rowLines(
          label,
          labelWidth,
          part.map((c) => [c, c.cells[r] ?? []] as const),
        ),
      ),
    };
  });
}
