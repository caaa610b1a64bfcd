import { expect, test } from 'vitest';
import { clip, padEnd, padStart, width, wrap } from './text.ts';

test('a Chinese character takes two columns, a combining mark none', () => {
  expect(width('abc')).toBe(3);
  expect(width('全连接队列')).toBe(10);
  expect(width('第 3 次重传')).toBe(11);
  expect(width('é')).toBe(1);
  expect(width('，')).toBe(2);
});

test('padding counts columns, not characters', () => {
  expect(padEnd('慢', 4)).toBe('慢  ');
  expect(padStart('慢', 4)).toBe('  慢');
  expect(padEnd('longer', 2)).toBe('longer');
});

test('a clipped text shows that something is missing and is never too wide', () => {
  expect(clip('accept', 6)).toBe('accept');
  expect(clip('accept()', 6)).toBe('accep~');
  expect(clip('全连接队列', 6)).toBe('全连~');
  expect(width(clip('全连接队列', 6))).toBeLessThanOrEqual(6);
});

test('lines break between words, and between Chinese characters', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('客户端每隔一秒重传', 8)).toEqual(['客户端每', '隔一秒重', '传']);
});

test('a Chinese mark never begins a line', () => {
  for (let columns = 6; columns < 20; columns++) {
    const lines = wrap('队列已满，丢弃；不发 RST。', columns);
    expect(lines.every((line) => !/^[，。；]/.test(line) && width(line) <= columns)).toBe(true);
  }
});

test('a word longer than a line is cut, and nothing of it gets lost', () => {
  expect(wrap('x'.repeat(25), 10)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5)]);
});

test('later lines begin with the indent', () => {
  expect(wrap('one two three', 8, '  ')).toEqual(['one two', '  three']);
});

test('a Chinese opening mark does not end a line, a closing one does not begin one', () => {
  const text = '各有自己的值。（M6）队列（全连接）';
  for (let columns = 8; columns < 30; columns++) {
    const lines = wrap(text, columns);
    expect(lines.filter((line) => /（$|^[）。]/.test(line))).toEqual([]);
    expect(lines.join('')).toBe(text);
  }
});
