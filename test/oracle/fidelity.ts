// The generated parts of docs/fidelity.md and its Chinese twin: rows of each sheet by section, explained
// differences, what is not compared.

import type { Sheet } from './case.ts';
import { CASES, SCHEDULES, SECTIONS } from './cases.ts';
import { CLIENT } from './client-sheet.ts';
import { DIFFERENCES, type Omission } from './differences.ts';
import { CLIENT_OMISSIONS } from './omissions-client.ts';
import { SERVER_OMISSIONS } from './omissions-server.ts';
import { SERVER } from './server-sheet.ts';

export type Language = 'en' | 'zh';

/** How many rows of a section held. */
export type Tally = ReadonlyMap<string, number>;

const ROWS = [...CASES, ...SCHEDULES];

/** Rows of each section. */
export const total: Tally = new Map(
  [...SECTIONS.keys()].map((cite) => [cite, ROWS.filter((row) => row.cite === cite).length]),
);

const sum = (sheet: Sheet, tally: Tally): number =>
  [...sheet.sections.keys()].reduce((all, cite) => all + (tally.get(cite) ?? 0), 0);

/** A section's number without the name of its sheet. */
const number = (cite: string): string => cite.replace(/^client /, '');

/** Cells padded, so that the source can be read too. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  return [head, head.map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

const HEADS = {
  en: ['section', 'about', 'rows', 'engine agrees', 'Linux agrees'],
  zh: ['节', '内容', '行数', '引擎一致', 'Linux 一致'],
};
const SUM = { en: 'all', zh: '合计' };

function rowTable(sheet: Sheet, language: Language, engine: Tally, linux: Tally): string {
  const line = (name: string, about: string, pick: (tally: Tally) => number): string[] => [
    name,
    about,
    ...[total, engine, linux].map((tally) => String(pick(tally))),
  ];
  const which = language === 'en' ? 0 : 1;
  return table([
    HEADS[language],
    ...[...sheet.sections].map(([cite, about]) =>
      line(number(cite), about[which], (tally) => tally.get(cite) ?? 0),
    ),
    line(SUM[language], '', (tally) => sum(sheet, tally)),
  ]);
}

const DIFFERENCE_HEADS = { en: ['section', 'row', 'why'], zh: ['节', '行', '原因'] };
const NONE = { en: 'None.', zh: '没有。' };

function differenceTable(language: Language): string {
  if (DIFFERENCES.length === 0) return NONE[language];
  return table([
    DIFFERENCE_HEADS[language],
    ...DIFFERENCES.map(({ cite, name, reason }) => [cite, name, reason]),
  ]);
}

const OMISSION_HEADS = { en: ['section', 'fact', 'why', 'tested'], zh: ['节', '事实', '原因', '测试'] };

function omissionTable(omissions: readonly Omission[], language: Language): string {
  if (omissions.length === 0) return NONE[language];
  return table([
    OMISSION_HEADS[language],
    ...omissions.map(({ cite, what, reason, instead, zh }) => [
      number(cite),
      ...(language === 'en' ? [what, reason] : zh),
      instead === undefined ? '–' : `[${instead.slice(instead.lastIndexOf('/') + 1)}](../${instead})`,
    ]),
  ]);
}

/** The page with its generated parts anew; each stands between `<!-- name -->` and `<!-- /name -->`. */
export function withResults(page: string, language: Language, engine: Tally, linux: Tally): string {
  const parts = {
    rows: rowTable(SERVER, language, engine, linux),
    'client-rows': rowTable(CLIENT, language, engine, linux),
    differences: differenceTable(language),
    omissions: omissionTable(SERVER_OMISSIONS, language),
    'client-omissions': omissionTable(CLIENT_OMISSIONS, language),
  };
  return Object.entries(parts).reduce(
    (text, [name, part]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, begin: string, end: string) => `${begin}\n${part}\n\n${end}`,
      ),
    page,
  );
}
