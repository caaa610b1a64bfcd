// What the report of a run and the comparison of variants have in common: the words of the scenario file, expectations
// with their verdict, what to try next.

import type { ExpectationResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import type { Paint } from './paint.ts';
import { wrap } from './text.ts';

export const COLUMNS = 80;

/** What a scenario file says beside the run itself, in the reader's language. */
export interface Presentation {
  readonly title: string;
  readonly about: string;
  /** Connections to draw, numbered from 1 in the order of their first packet. */
  readonly show: readonly number[];
  /** Processes to show step by step. */
  readonly follow: readonly string[];
  readonly next: readonly { readonly run: string; readonly why: string }[];
  /** Titles of the variants, in the order of the file. */
  readonly variants: readonly { readonly name: string; readonly title: string }[];
}

export interface ReportOptions {
  readonly full: boolean;
  readonly m: Messages;
  readonly paint: Paint;
}

export type Section = readonly string[];

export const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Sections with an empty line between them. */
export const joinSections = (sections: readonly Section[]): string =>
  `${sections.map((s) => s.join('\n')).join('\n\n')}\n`;

/** Lines of Chinese are joined without a space. */
const joint = (text: string): string => (/[\u4e00-\u9fff，。：；]\s*\n/.test(text) ? '' : ' ');

/** Title and text of the file, and a line about the run. */
export function header(
  scenario: string,
  shown: Presentation,
  setup: string,
  { paint }: ReportOptions,
): Section {
  const title = wrap(`${scenario}: ${shown.title}`, COLUMNS).map(paint.strong);
  const about = shown.about
    .trim()
    .split(/\n\s*\n/)
    .flatMap((part) => wrap(part.replace(/\s*\n\s*/g, joint(part)), COLUMNS));
  return [...title, ...about, paint.dim(setup)];
}

/** One expectation, `ok` or `FAILED` before it and the actual value behind. */
export function expectationLines(
  e: ExpectationResult,
  { m, paint }: ReportOptions,
  columns = COLUMNS,
): string[] {
  const [word, tone] = e.ok ? [m.report.ok, paint.good] : [m.report.failed, paint.bad];
  const parts = wrap(`${word}  ${e.text}  (${m.report.actual(e.actual)})`, columns - 2, '    ');
  return parts.map((part, i) => `  ${i === 0 ? part.replace(word, tone(word)) : part}`);
}

/** How many of them hold. */
export function verdictLine(all: readonly ExpectationResult[], { m, paint }: ReportOptions): string {
  const failed = all.filter((e) => !e.ok).length;
  return failed > 0
    ? paint.bad(m.report.failedCount(failed, all.length))
    : paint.good(m.report.allOk(all.length));
}

export function next(shown: Presentation, { m, paint }: ReportOptions): Section[] {
  if (shown.next.length === 0) return [];
  const lines = shown.next.flatMap(({ run, why }) => [
    `  ${run}`,
    ...wrap(why, COLUMNS - 6).map((part) => `      ${paint.dim(part)}`),
  ]);
  return [[paint.strong(m.report.next), ...lines]];
}
