// The costs of this machine beside those of the default profile.

import type { Calibration } from '@halfopen/linux';
import { COST_NAMES, DEFAULT_COSTS } from '@halfopen/simnet';
import type { CalibrateMessages } from '../calibrate/messages.ts';
import { duration } from './duration.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;

interface View {
  /** File that the profile was written to. */
  readonly file: string | null;
  readonly s: CalibrateMessages;
  readonly paint: Paint;
}

export function renderCalibration(
  { machine, costs }: Pick<Calibration, 'machine' | 'costs'>,
  { file, s, paint }: View,
): string {
  const [cost, here, usual] = s.columns;
  const rows = COST_NAMES.map((name) => {
    const measured = costs[name];
    return [name, measured === undefined ? '' : duration(measured), duration(DEFAULT_COSTS[name])];
  });
  const heads = [{ head: cost }, { head: here, align: 'right' }, { head: usual, align: 'right' }] as const;
  const lines = [
    ...wrap(s.head(machine), COLUMNS).map((line) => paint.strong(line)),
    '',
    ...table(heads, rows, COLUMNS - 2).map((line) => `  ${line}`),
    '',
    ...wrap(s.kept, COLUMNS),
    ...(file === null ? [] : [s.written(file)]),
    '',
    paint.strong(s.next),
    `  ${file === null ? s.nextOut : s.nextCommand(file)}`,
  ];
  return `${lines.join('\n')}\n`;
}
