// Long stretches of the same thing are folded into one row. A stretch is a pattern of up to four rows that comes again
// and again; its first and last round stay, because the reader compares them.

import type { Row } from './rows.ts';

/** Rounds that make a pattern worth folding. */
const ROUNDS_MIN = 5;
const PATTERN_MAX = 4;
/** Rows that a ladder keeps at its head and its tail when it is still too long. */
const HEAD = 24;
const TAIL = 12;

/** Equal for rows that look the same but for their numbers. */
function shape(row: Row): string {
  switch (row.kind) {
    case 'segment':
      return `${row.from} ${row.segment.flags} ${row.segment.fate} ${row.segment.length > 0} ${row.resend > 0}`;
    case 'state':
      return `state ${row.side} ${row.state}`;
    default:
      return row.kind;
  }
}

/** How many times the `size` rows at `start` come in a row. */
function roundsAt(shapes: readonly string[], start: number, size: number): number {
  let rounds = 1;
  for (;;) {
    const next = start + rounds * size;
    if (next + size > shapes.length) return rounds;
    for (let i = 0; i < size; i++) if (shapes[start + i] !== shapes[next + i]) return rounds;
    rounds += 1;
  }
}

/** The pattern at `start` that covers most rows. */
function bestPattern(shapes: readonly string[], start: number): { size: number; rounds: number } {
  let best = { size: 1, rounds: 1 };
  for (let size = 1; size <= PATTERN_MAX; size++) {
    const rounds = roundsAt(shapes, start, size);
    if (rounds >= ROUNDS_MIN && rounds * size > best.rounds * best.size) best = { size, rounds };
  }
  return best;
}

const folded = (rows: readonly Row[]): Row => ({ kind: 'fold', atNs: (rows[0] as Row).atNs, rows });

function foldPatterns(rows: readonly Row[]): Row[] {
  const shapes = rows.map(shape);
  const out: Row[] = [];
  let at = 0;
  while (at < rows.length) {
    const { size, rounds } = bestPattern(shapes, at);
    if (rounds < ROUNDS_MIN) {
      out.push(rows[at] as Row);
      at += 1;
      continue;
    }
    const end = at + rounds * size;
    out.push(...rows.slice(at, at + 2 * size), folded(rows.slice(at + 2 * size, end - size)));
    out.push(...rows.slice(end - size, end));
    at = end;
  }
  return out;
}

/** Rows with the long repetitive parts folded; the whole list when `full`. */
export function fold(rows: readonly Row[], full: boolean): Row[] {
  if (full) return [...rows];
  const out = foldPatterns(rows);
  if (out.length <= HEAD + TAIL + 1) return out;
  const middle = out.slice(HEAD, -TAIL).flatMap((row) => (row.kind === 'fold' ? row.rows : [row]));
  return [...out.slice(0, HEAD), folded(middle), ...out.slice(-TAIL)];
}
