// Both catalogues of `halfopen explain`; the types make each complete.

import type { Lang } from '../messages/index.ts';
import { type ExplainMessages, explainEn } from './messages-en.ts';
import { explainZh } from './messages-zh.ts';

export type { ExplainMessages } from './messages-en.ts';

export const EXPLAIN_CATALOGUES: Readonly<Record<Lang, ExplainMessages>> = { en: explainEn, zh: explainZh };
