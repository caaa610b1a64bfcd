import { expect, test } from 'vitest';
import { CATALOGUES, langOf } from './index.ts';

/** Entries that look a name up, and give back what they do not know. */
const LOOKUPS = ['.reason', '.counterMeaning'];

/** Every path that leads to a text or a function, with the value. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return LOOKUPS.includes(path) ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

const called = (value: unknown): string =>
  typeof value === 'function' ? String(value(3, 'x', 2, false)) : String(value);

test('both catalogues have the same entries', () => {
  expect(leaves(CATALOGUES.zh).map(([path]) => path)).toEqual(leaves(CATALOGUES.en).map(([path]) => path));
});

test('no entry is empty or undefined', () => {
  for (const catalogue of Object.values(CATALOGUES)) {
    for (const [path, value] of leaves(catalogue)) {
      expect(called(value), path).not.toMatch(/^$|undefined/);
    }
  }
});

test('nothing in Chinese was left in English', () => {
  const english = new Map(leaves(CATALOGUES.en));
  const same = leaves(CATALOGUES.zh).filter(([path, value]) => called(value) === called(english.get(path)));
  expect(same.map(([path]) => path)).toEqual(['.report.columns.id', '.report.columns.connect']);
});

test.each([
  [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
  [{ LANG: 'zh' }, 'zh'],
  [{ LANG: 'en_US.UTF-8' }, 'en'],
  [{ LANG: 'zh_CN.UTF-8', LC_ALL: 'C' }, 'en'],
  [{ LC_MESSAGES: 'zh_TW', LANG: 'de_DE' }, 'zh'],
  [{}, 'en'],
])('%j speaks %s', (env, lang) => {
  expect(langOf(env)).toBe(lang);
});

test('drop reasons are known in both languages, and other reasons stay as they are', () => {
  expect(CATALOGUES.en.reason('accept queue full')).toBe('accept queue full');
  expect(CATALOGUES.zh.reason('accept queue full')).toBe('全连接队列已满');
  expect(CATALOGUES.zh.reason('rule: drop syn')).toBe('rule: drop syn');
});
