// The answer of `halfopen diff` for a reader: a table of what was compared, then each difference with both values.

import { agrees, type Comparison, type Difference, PART_NAMES } from '@halfopen/linux';
import type { RealMessages } from '../real/messages.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;
/** Differences of one part that are shown. */
const SHOWN_MAX = 20;

interface Options {
  /** The variant that was played, if the scenario has any. */
  readonly variant: string | null;
  readonly m: RealMessages;
  readonly paint: Paint;
  /** Jiffies a second, 0 when not known. */
  readonly hz: number;
}

function lines({ what, engine, linux }: Difference, m: RealMessages): string[] {
  return [
    ...wrap(what, COLUMNS - 2, '  ').map((line) => `  ${line}`),
    ...wrap(`${m.engine}: ${engine}`, COLUMNS - 6, '  ').map((line) => `      ${line}`),
    ...wrap(`${m.linux}: ${linux}`, COLUMNS - 6, '  ').map((line) => `      ${line}`),
  ];
}

function unexplained(c: Comparison, { m, paint }: Options): string[] {
  const sections = PART_NAMES.flatMap((name) => {
    const { differences } = c[name];
    if (differences.length === 0) return [];
    const rest = differences.length - SHOWN_MAX;
    return [
      `${m.parts[name]}:`,
      ...differences.slice(0, SHOWN_MAX).flatMap((d) => lines(d, m)),
      ...(rest > 0 ? [`  ${m.more(rest)}`] : []),
    ];
  });
  return sections.length === 0 ? [] : ['', paint.strong(m.unexplained), ...sections];
}

function explained(c: Comparison, { m, paint }: Options): string[] {
  const shown = c.explained
    .slice(0, SHOWN_MAX)
    .flatMap((d) => [
      ...lines(d, m),
      ...wrap(m.because(d.reason), COLUMNS - 6, '  ').map((line) => `      ${line}`),
    ]);
  const rest = c.explained.length - SHOWN_MAX;
  if (rest > 0) shown.push(`  ${m.more(rest)}`);
  const stale = c.stale.flatMap(({ what, reason }) => [
    `  ${what}`,
    ...wrap(m.because(reason), COLUMNS - 6).map((l) => `      ${l}`),
  ]);
  return [
    ...(shown.length === 0 ? [] : ['', paint.strong(m.explained), ...shown]),
    ...(stale.length === 0 ? [] : ['', paint.strong(m.stale), ...stale]),
  ];
}

/** Where both kernels come to the other half of the ports, and what that costs. */
const portSteps = (c: Comparison, m: RealMessages): string[] =>
  c.ports.steps.flatMap(({ what, engine, linux, engineCost, linuxCost }) =>
    engine === null || engine !== linux ? [] : wrap(m.portStep(what, engine, engineCost, linuxCost), COLUMNS),
  );

export function renderComparison(c: Comparison, options: Options): string {
  const { m, paint, hz, variant } = options;
  const name = variant === null ? c.scenario : `${c.scenario} (${variant})`;
  const right = (head: string) => ({ head, align: 'right' as const });
  const heads = [
    { head: m.columns.part },
    right(m.columns.compared),
    right(m.columns.different),
    right(m.columns.unexplained),
  ];
  const rows = PART_NAMES.map((name) => {
    const { compared, different, differences } = c[name];
    return [m.parts[name], String(compared), String(different), String(differences.length)];
  });
  const open = PART_NAMES.reduce((n, name) => n + c[name].differences.length, 0) + c.stale.length;
  const out = [
    ...wrap(m.title(name, c.engine, hz === 0 ? '?' : String(hz), c.linux), COLUMNS).map(paint.strong),
    ...table(heads, rows, COLUMNS),
    ...portSteps(c, m),
    ...unexplained(c, options),
    ...explained(c, options),
    '',
    ...(c.unsteady.length === 0 ? [] : wrap(m.unsteady(c.unsteady.length, c.runs), COLUMNS)),
    agrees(c) ? paint.good(m.same) : paint.bad(m.differ(open)),
  ];
  return `${out.join('\n')}\n`;
}
