import { expect, test } from 'vitest';
import { parseYaml } from './yaml-document.ts';

const TEXT = `format: 1
hosts:
  server:
    sysctls: { net.core.somaxconn: 1 }
expect:
  - first
  - second
`;

function positions(text: string) {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.positionOf;
}

test('a path leads to the line and column of its value', () => {
  const at = positions(TEXT);
  expect(at(['format'])).toEqual({ line: 1, column: 9 });
  expect(at(['hosts', 'server', 'sysctls', 'net.core.somaxconn'])).toEqual({ line: 4, column: 36 });
  expect(at(['expect', 1])).toEqual({ line: 7, column: 5 });
});

test('or to its key', () => {
  expect(positions(TEXT)(['hosts', 'server', 'sysctls', 'net.core.somaxconn'], true)).toEqual({
    line: 4,
    column: 16,
  });
});

test('what is not there is reported at the nearest thing above it', () => {
  const at = positions(TEXT);
  expect(at(['hosts', 'client'])).toEqual(at(['hosts']));
  expect(at(['duration'])).toEqual({ line: 1, column: 1 });
});

test('JSON is read as well', () => {
  const parsed = parseYaml('{"format": 1,\n "expect": ["x"]}');
  expect(parsed.ok && parsed.data).toEqual({ format: 1, expect: ['x'] });
  expect(parsed.ok && parsed.positionOf(['expect', 0])).toEqual({ line: 2, column: 13 });
});

test.each([
  ['a: 1\na: 2\n', 2],
  ['a: [1, 2\nb: 3\n', 2],
  ['a: "open\n', 2],
  ['a: *nowhere\n', 1],
])('%j is refused with the line of the mistake', (text, line) => {
  const parsed = parseYaml(text);
  expect(parsed.ok).toBe(false);
  expect(!parsed.ok && parsed.problems[0]?.position.line).toBe(line);
});

test('aliases cannot blow a document up', () => {
  const bomb = `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefgh'
    .split('')
    .map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]}, `.repeat(9)}]`)
    .join('\n')}`;
  expect(parseYaml(bomb).ok).toBe(false);
});
