// Both catalogues of runs on the real kernel; the types make each complete.

import type { Lang } from '../messages/index.ts';
import { type RealMessages, realEn } from './messages-en.ts';
import { realZh } from './messages-zh.ts';

export type { RealMessages } from './messages-en.ts';

export const REAL_CATALOGUES: Readonly<Record<Lang, RealMessages>> = { en: realEn, zh: realZh };
