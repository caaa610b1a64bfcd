// Columns under heads, as wide as what stands in them.

import { clip, padEnd, padStart, width } from './text.ts';

export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/**
 * The head line and one line for each row, none wider than `columns`: the last column gives way, since the others name
 * things. Trailing spaces are left out.
 */
export function table(
  heads: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number,
): string[] {
  const all = [heads.map((h) => h.head), ...rows];
  const widths = heads.map((_, i) => Math.max(...all.map((row) => width(row[i] ?? ''))));
  const last = heads.length - 1;
  const used = widths.slice(0, last).reduce((sum, w) => sum + w + GAP.length, 0);
  widths[last] = Math.max(0, Math.min(widths[last] ?? 0, columns - used));
  return all.map((row) =>
    heads
      .map((head, i) => {
        const size = widths[i] as number;
        const cell = clip(row[i] ?? '', size);
        return head.align === 'right' ? padStart(cell, size) : padEnd(cell, size);
      })
      .join(GAP)
      .trimEnd(),
  );
}
