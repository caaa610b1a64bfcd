// The answer of `halfopen run` for a scenario with variants: what differs, side by side, then what was expected of each.

import type { VariantExpectation, VariantsResult } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { duration } from '../duration.ts';
import {
  COLUMNS,
  expectationLines,
  header,
  indent,
  joinSections,
  next,
  type Presentation,
  type ReportOptions,
  type Section,
  verdictLine,
} from '../report-parts.ts';
import { padEnd, width, wrap } from '../text.ts';
import { cpuSections } from './cpu-sections.ts';
import { differs, type Row } from './row.ts';
import { rowsOf } from './rows.ts';
import { sideBySide } from './side-by-side.ts';

/** When the variants run on different kernels, the list of variants names them. */
function setupLine({ kernel, seed, variants }: VariantsResult, m: Messages): string {
  const endedNs = variants.reduce((sum, { result }) => sum + result.endedNs, 0);
  if (kernel.startsWith('linux ')) return m.report.setupReal(kernel, duration(endedNs));
  return kernel.includes('=') ? m.variants.seed(seed) : m.variants.kernel(kernel, seed);
}

function variants(result: VariantsResult, shown: Presentation, { m, paint }: ReportOptions): Section {
  const left = Math.max(...result.variants.map((v) => width(v.name))) + 2;
  const kernels = new Set(result.variants.map((v) => v.result.kernel));
  const lines = result.variants.flatMap(({ name, title, result: { kernel } }, i) => {
    const own = kernels.size > 1 ? [`Linux ${kernel}`] : [];
    const text = [shown.variants[i]?.title || title, ...own]
      .filter((part) => part !== '')
      .join(m.variants.separator);
    const parts = text === '' ? [''] : wrap(text, COLUMNS - 2 - left);
    return parts.map((part, n) => `  ${padEnd(n === 0 ? name : '', left)}${part}`.trimEnd());
  });
  const example = `halfopen run ${result.scenario} --variant ${result.variants[0]?.name}`;
  return [paint.strong(m.variants.head), ...lines, paint.dim(`  ${m.variants.inFull(example)}`)];
}

function table(result: VariantsResult, { full, m, paint }: ReportOptions): Section[] {
  const rows = rowsOf(
    result.variants.map((v) => v.result),
    m,
  );
  const wanted = rows.filter((row) => differs(row) && (full || !row.volume));
  const hidden = rows.filter((row) => differs(row) && !full && row.volume).length;
  const names = result.variants.map((v) => v.name);
  const tables = sideBySide(names, wanted, COLUMNS - 2).map(
    ({ heads, rows: lines }, i): Section => [
      ...(i === 0 ? [paint.strong(m.variants.table)] : []),
      ...indent(heads).map(paint.strong),
      ...indent(lines),
    ],
  );
  const below = [...sameLines(rows, m), ...(hidden > 0 ? wrap(m.variants.more(hidden), COLUMNS) : [])];
  return below.length === 0 ? tables : [...tables, below];
}

function sameLines(rows: readonly Row[], m: Messages): string[] {
  const same = rows.filter((row) => row.main && !differs(row));
  if (same.length === 0) return [];
  const list = same.map(({ label, cells }) => `${label} ${cells[0]}`).join(m.variants.separator);
  return wrap(m.variants.same(list), COLUMNS, '  ');
}

/** Of hosts with CPUs: how busy they were, and with which calls. */
const cpus = (result: VariantsResult, { m, paint }: ReportOptions): Section[] =>
  cpuSections(result.variants, COLUMNS - 2, m).map(({ head, lines }) => [
    paint.strong(head),
    ...indent(lines),
  ]);

function expectations(result: VariantsResult, options: ReportOptions): Section {
  const { m, paint } = options;
  const all = result.expectations;
  if (all.length === 0) return [m.report.noExpectations];
  const groups = [...new Set(all.map((e) => e.variant))];
  const lines = groups.flatMap((variant) => [
    `  ${variant ?? m.variants.between}`,
    ...indent(
      all.filter((e) => e.variant === variant).flatMap((e) => expectationLines(e, options, COLUMNS - 2)),
    ),
  ]);
  return [paint.strong(m.report.expectations), ...lines, verdictLine(all, options)];
}

export function renderVariants(result: VariantsResult, shown: Presentation, options: ReportOptions): string {
  return joinSections([
    header(result.scenario, shown, setupLine(result, options.m), options),
    variants(result, shown, options),
    ...table(result, options),
    ...cpus(result, options),
    expectations(result, options),
    ...next(shown, options),
  ]);
}

/** `--quiet`: the failed expectations and nothing else, each behind the name of its variant. */
export function renderVariantsQuiet(result: VariantsResult, options: ReportOptions): string {
  const named = (e: VariantExpectation): VariantExpectation =>
    e.variant === null ? e : { ...e, text: `${e.variant}: ${e.text}` };
  return result.expectations
    .filter((e) => !e.ok)
    .flatMap((e) => expectationLines(named(e), options))
    .map((line) => `${line.slice(2)}\n`)
    .join('');
}
