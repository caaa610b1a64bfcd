// Every row of both sheets.

import type { OracleCase, ScheduleCase, Sheet } from './case.ts';
import { CLIENT } from './client-sheet.ts';
import { SERVER } from './server-sheet.ts';

const SHEETS: readonly Sheet[] = [SERVER, CLIENT];

export const CASES: readonly OracleCase[] = SHEETS.flatMap(({ cases }) => cases);

export const SCHEDULES: readonly ScheduleCase[] = SHEETS.flatMap(({ schedules }) => schedules);

/** What each section is about; the keys are what rows cite. */
export const SECTIONS: Sheet['sections'] = new Map(SHEETS.flatMap(({ sections }) => [...sections]));
