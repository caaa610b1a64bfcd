import { expect, it } from 'vitest';
import { FdTable } from './fd-table.ts';

it('gives the lowest free number from 3, as a fresh process does', () => {
  const table = new FdTable();
  expect([table.add(20), table.add(21), table.add(22)]).toEqual([3, 4, 5]);
  table.remove(4);
  expect(table.add(30)).toBe(4);
  expect(table.used()).toEqual([3, 4, 5]);
  expect(table.real(4)).toBe(30);
});

it('answers -1 for what is not open, which the kernel answers with EBADF', () => {
  const table = new FdTable();
  for (const fd of [-1, 0, 2, 3, 1024, 5000]) expect(table.real(fd)).toBe(-1);
});

it('is the same table for threads that share its memory', () => {
  const table = new FdTable();
  const other = new FdTable(table.buffer);
  const fd = table.add(7);
  expect(other.real(fd)).toBe(7);
  expect(other.add(8)).toBe(4);
  expect(table.used()).toEqual([3, 4]);
});
