// Where behaviour changes from one cell of a sweep to the next, in words.

import type { Level } from '../sweep/changes.ts';
import type { SweepData } from '../sweep/data.ts';
import type { SweepMessages } from '../sweep/messages.ts';
import type { Paint } from './paint.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;
/** Cells whose changes are told. */
const CELLS_MAX = 12;

const LEVELS: readonly Level[] = ['zero', 'some', 'fast', 'slow', 'other', 'held', 'failed'];

/** `kernel=6.18 server:net.core.somaxconn=16, unlike server:net.core.somaxconn=8:` */
function place(data: SweepData, cell: number, s: SweepMessages): string {
  const named = (at: number, from: number): string =>
    data.grid
      .slice(from)
      .map(({ key }, i) => `${key}=${data.cells[at]?.values[from + i]}`)
      .join(' ');
  return s.unlike(named(cell, 0), named(cell - 1, data.grid.length - 1));
}

function cellLines(data: SweepData, cell: number, s: SweepMessages): string[] {
  const own = data.changes.filter((c) => c.cell === cell);
  const said = LEVELS.flatMap((level) => {
    const turns = own.filter((c) => c.to === level);
    if (turns.length === 0) return [];
    const words = s.to[level];
    if (typeof words === 'string') return [words];
    return [words(turns.map((c) => data.metrics[c.metric ?? -1]?.text ?? '').join(s.comma))];
  });
  return [
    ...wrap(place(data, cell, s), COLUMNS - 2, '  ').map((line) => `  ${line}`),
    ...said.flatMap((text) => wrap(text, COLUMNS - 4, '  ').map((line) => `    ${line}`)),
  ];
}

export function changeLines(data: SweepData, s: SweepMessages, paint: Paint): string[] {
  const cells = [...new Set(data.changes.map((c) => c.cell))];
  if (cells.length === 0) return wrap(s.noChange, COLUMNS);
  const rest = cells.length - CELLS_MAX;
  return [
    paint.strong(s.changes),
    ...cells.slice(0, CELLS_MAX).flatMap((cell) => cellLines(data, cell, s)),
    ...(rest > 0 ? [`  ${s.moreChanges(rest)}`] : []),
  ];
}
