// What stands in one cell of the table of a sweep.

import { formatShare } from '@halfopen/simnet';
import type { CellData, CellMetric, Metric } from '../sweep/data.ts';
import { duration } from './duration.ts';

const NOTHING = '-';

/** Each once; `1/3/8` for least, median and most. */
const spread = (texts: readonly string[]): string =>
  new Set(texts).size === 1 ? (texts[0] as string) : texts.join('/');

export function cellText(cell: CellMetric | undefined, { unit }: Metric): string {
  if (cell === undefined) return NOTHING;
  const { min, median, max, values } = cell;
  if (unit === 'text') {
    const words = [...new Set(values.map((v) => (v === null ? NOTHING : String(v))))];
    return words.join(' | ');
  }
  if (min === null || median === null || max === null) return NOTHING;
  const text = unit === 'ns' ? duration : unit === 'share' ? formatShare : String;
  return spread([min, median, max].map(text));
}

/** `8/10`: expectations that held, of all; with seeds the least, the median and the most of them. */
export function expectText({ held, total }: CellData['expectations']): string {
  const sorted = [...held].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] as number;
  const text = spread([sorted[0] as number, middle, sorted[sorted.length - 1] as number].map(String));
  return text.includes('/') ? `${text} of ${total}` : `${text}/${total}`;
}
