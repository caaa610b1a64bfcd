// A column's head over several lines, so that long names of metrics and settings do not make wide columns.

import { width, wrap } from './text.ts';

/** Columns that a head should not exceed. */
const HEAD_COLUMNS = 10;
/** No part of a head is wider, wherever it has to be cut. */
const HEAD_COLUMNS_MAX = 30;

/** Places inside a word where a line may end: behind `:` `.` `_` `-`, and between `Listen` and `Overflows`. */
const BREAKS = /(?<=[:._-])(?=[^:._-])|(?<=[a-z])(?=[A-Z])/;

/** A word in parts; as few as fit. */
function parts(word: string): string[] {
  if (width(word) <= HEAD_COLUMNS) return [word];
  const out: string[] = [];
  for (const piece of word.split(BREAKS)) {
    const last = out[out.length - 1];
    if (last !== undefined && width(last + piece) <= HEAD_COLUMNS) out[out.length - 1] = last + piece;
    else out.push(...wrap(piece, HEAD_COLUMNS_MAX));
  }
  return out;
}

export function headLines(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const [first = '', ...rest] = parts(word);
    const last = lines[lines.length - 1];
    const joined = `${last} ${first}`;
    if (last !== undefined && width(joined) <= HEAD_COLUMNS) lines[lines.length - 1] = joined;
    else lines.push(first);
    lines.push(...rest);
  }
  return lines;
}
