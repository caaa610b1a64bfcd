// Both catalogues of `halfopen live`; the types make each complete.

import type { Lang } from '../messages/index.ts';
import { type LiveMessages, liveEn } from './messages-en.ts';
import { liveZh } from './messages-zh.ts';

export type { LiveMessages } from './messages-en.ts';

export const LIVE_CATALOGUES: Readonly<Record<Lang, LiveMessages>> = { en: liveEn, zh: liveZh };
