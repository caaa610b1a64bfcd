// Code, tests and scenarios cite the kernel notes by section ("server sheet 4.4"); each section cited must be there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const SHEETS = ['server', 'client'] as const;
const CITED_IN = ['packages', 'test', 'scenarios', 'bench', 'scripts'];

/** Files that may cite; what is built or installed is left out. */
const files = CITED_IN.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => !/(?:^|\/)(?:node_modules|dist)\//.test(file) && /\.(?:ts|mjs|yaml)$/.test(file))
    .map((file) => join(folder, file)),
).sort();

/** Section numbers by sheet. */
const sections = new Map(
  SHEETS.map((sheet) => {
    const page = readFileSync(join(root, `docs/kernel-notes/${sheet}.md`), 'utf8');
    return [sheet, [...page.matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm)].map((m) => m[1] as string)] as const;
  }),
);

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const CITATION = new RegExp(
  `(${SHEETS.join('|')}) sheet,? (?:sections? )?(${NUMBER}(?:(?:, | and )${NUMBER})*)`,
  'gi',
);

/** `server 4.4` for each citation in a text; a comment may go on in the next line. */
function citationsIn(text: string): string[] {
  const joined = text.replace(/\n\s*(?:\/\/|#|\*)\s*/g, ' ');
  return [...joined.matchAll(CITATION)].flatMap(([, sheet = '', numbers = '']) =>
    numbers.split(/, | and /).map((number) => `${sheet.toLowerCase()} ${number}`),
  );
}

const isThere = (citation: string): boolean => {
  const [sheet, number = ''] = citation.split(' ');
  return sections.get(sheet as (typeof SHEETS)[number])?.includes(number) === true;
};

describe('citations of the kernel notes', () => {
  test('are found in every form that comments use', () => {
    expect(citationsIn('(server sheet 4.3, 5 and 8.1)')).toEqual(['server 4.3', 'server 5', 'server 8.1']);
    expect(citationsIn('// of the client sheet, sections 3 and 6, without')).toEqual([
      'client 3',
      'client 6',
    ]);
    expect(citationsIn('# Numbers: server sheet\n# 3, 6 (queues)')).toEqual(['server 3', 'server 6']);
  });

  test('name sections that are there', () => {
    const missing = files.flatMap((file) =>
      citationsIn(readFileSync(join(root, file), 'utf8'))
        .filter((citation) => !isThere(citation))
        .map((citation) => `${file}: ${citation}`),
    );
    expect(missing).toEqual([]);
  });

  test('by the rows of test/oracle name sections of the server sheet', () => {
    const cited = files
      .filter((file) => file.startsWith('test/oracle/'))
      .flatMap((file) => [...readFileSync(join(root, file), 'utf8').matchAll(/\bcite: '([\d.]+)'/g)])
      .map((match) => match[1] as string);
    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter((number) => !isThere(`server ${number}`))).toEqual([]);
  });

  test('sections are numbered once', () => {
    for (const sheet of SHEETS) {
      const numbers = sections.get(sheet) ?? [];
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });
});
