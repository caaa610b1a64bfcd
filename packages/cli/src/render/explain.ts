// One explained term as text, and the list of the groups; 80 columns.

import type { Described, Words } from '../explain/describe.ts';
import { groupCounts } from '../explain/find.ts';
import { TERMS } from '../explain/groups.ts';
import type { ExplainMessages } from '../explain/messages.ts';
import type { Lang } from '../messages/index.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;
const INDENT = '  ';
/** Scenarios that are named; the JSON document has all. */
const SCENARIOS_MAX = 6;

interface Options {
  readonly m: ExplainMessages;
  readonly lang: Lang;
  readonly paint: Paint;
}

const indented = (text: string): string[] => wrap(text, COLUMNS - INDENT.length).map((line) => INDENT + line);

const bullet = (text: string): string[] =>
  wrap(text, COLUMNS - 2 * INDENT.length).map((line, i) => `${INDENT}${i === 0 ? '- ' : INDENT}${line}`);

const section = (head: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ['', paint.strong(head), ...lines];

/** `6.18, 6.12`, or `6.18 … 5.4` where there are more than two in a row. */
const kernelsOf = (kernels: readonly string[]): string =>
  kernels.length > 2 ? `${kernels[0]} … ${kernels[kernels.length - 1]}` : kernels.join(', ');

function valueLines(d: Described, m: ExplainMessages): string[] {
  const { sysctl } = d;
  const lines: string[] = [];
  if (sysctl !== null) {
    lines.push(...indented(m.range(String(sysctl.min), String(sysctl.max), m.unit(sysctl.unit))));
    for (const { value, kernels } of sysctl.defaults)
      lines.push(...indented(m.byDefault(value === '' ? m.emptyList : value, kernelsOf(kernels))));
  }
  if (d.errno !== null) lines.push(...indented(m.errno(d.errno.number, d.errno.says)));
  for (const { kernels, text } of d.log) lines.push(...bullet(m.text(text, kernelsOf(kernels))));
  if (d.since !== null) lines.push(...indented(m.absentBefore(d.since)));
  return lines;
}

function modelLines(d: Described, m: ExplainMessages): string[] {
  if (d.modelled) return [];
  const words = { counter: m.notModelledCounter, option: m.notAnOption };
  return indented(words[d.group as keyof typeof words] ?? m.notModelled);
}

function scenarioText({ scenarios }: Described, m: ExplainMessages): string {
  if (scenarios.length === 0) return m.noScenario;
  const more = scenarios.length - SCENARIOS_MAX;
  const named = scenarios.slice(0, SCENARIOS_MAX).join(', ');
  return more > 0 ? `${named}, ${m.more(more)}` : named;
}

export function renderTerm(d: Described, { m, lang, paint }: Options): string {
  const words: Words = d.text[lang];
  const one = (text: string | null): string[] => (text === null ? [] : indented(text));
  const lines = [
    `${paint.strong(d.name)}  (${m.group(d.group)})`,
    ...one(words.short).map(paint.dim),
    ...section(m.means, [...indented(words.means), ...modelLines(d, m)], paint),
    ...section(m.when(d.group), [...indented(words.when), ...one(m.kernel(d.kernel)).map(paint.dim)], paint),
    ...section(d.group === 'log' ? m.texts : m.values, valueLines(d, m), paint),
    ...section(m.mistaken, words.mistaken.flatMap(bullet), paint),
    ...section(m.todo, one(words.todo), paint),
    ...section(m.versions, one(words.versions), paint),
    ...section(m.scenarios, indented(scenarioText(d, m)), paint),
    ...section(m.see, d.see.length === 0 ? [] : indented(d.see.join(', ')), paint),
  ];
  return `${lines.join('\n')}\n`;
}

export function renderGroups({ m, paint }: Options): string {
  const rows = groupCounts().map(({ group, count }) => {
    const example = TERMS.find((term) => term.group === group)?.name ?? '';
    return [m.group(group), String(count), example];
  });
  const heads = [
    { head: m.columns.group },
    { head: m.columns.count, align: 'right' },
    { head: m.columns.example },
  ] as const;
  const [head, ...rest] = table(heads, rows, COLUMNS);
  return `${[paint.strong(head as string), ...rest, '', ...wrap(m.hint, COLUMNS)].join('\n')}\n`;
}
