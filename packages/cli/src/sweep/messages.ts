// Both catalogues of `halfopen sweep`; the types make each complete.

import type { Lang } from '../messages/index.ts';
import { type SweepMessages, sweepEn } from './messages-en.ts';
import { sweepZh } from './messages-zh.ts';

export type { SweepMessages } from './messages-en.ts';

export const SWEEP_CATALOGUES: Readonly<Record<Lang, SweepMessages>> = { en: sweepEn, zh: sweepZh };
