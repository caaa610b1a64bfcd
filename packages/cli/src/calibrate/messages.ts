// Both catalogues of `halfopen calibrate`; the types make each complete.

import type { Lang } from '../messages/index.ts';
import { type CalibrateMessages, calibrateEn } from './messages-en.ts';
import { calibrateZh } from './messages-zh.ts';

export type { CalibrateMessages } from './messages-en.ts';

export const CALIBRATE_CATALOGUES: Readonly<Record<Lang, CalibrateMessages>> = {
  en: calibrateEn,
  zh: calibrateZh,
};
