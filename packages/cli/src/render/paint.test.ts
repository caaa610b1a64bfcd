import { expect, test } from 'vitest';
import { COLOUR, choosePaint, PLAIN } from './paint.ts';

test('colour goes to terminals only', () => {
  expect(choosePaint('auto', {}, true)).toBe(COLOUR);
  expect(choosePaint('auto', {}, false)).toBe(PLAIN);
  expect(choosePaint('auto', { TERM: 'dumb' }, true)).toBe(PLAIN);
});

test('NO_COLOR and FORCE_COLOR decide over the terminal, and --color over both', () => {
  expect(choosePaint('auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(PLAIN);
  expect(choosePaint('auto', { NO_COLOR: '' }, true)).toBe(COLOUR);
  expect(choosePaint('auto', { FORCE_COLOR: '1' }, false)).toBe(COLOUR);
  expect(choosePaint('always', { NO_COLOR: '1' }, false)).toBe(COLOUR);
  expect(choosePaint('never', { FORCE_COLOR: '1' }, true)).toBe(PLAIN);
});

test('painted text is the same text with escapes around it', () => {
  expect(COLOUR.bad('x')).toContain('\u001b[');
  expect(PLAIN.bad('x')).toBe('x');
});
