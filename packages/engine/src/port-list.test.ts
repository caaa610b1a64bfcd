import { describe, expect, test } from 'vitest';
import { formatPortList, parsePortList } from './port-list.ts';

describe('lists of ports', () => {
  // Linux 6.18 shows these lists after writing the texts.
  test.each([
    ['8080,1000-1010', '1000-1010,8080'],
    ['1000-1005,1003-1020', '1000-1020'],
    ['1,2,3', '1-3'],
    ['1000-1010,', '1000-1010'],
    ['0', '0'],
    ['', ''],
    ['\n', ''],
  ])('%j is shown as %j', (text, shown) => {
    expect(formatPortList(parsePortList(text)!)).toBe(shown);
  });

  test.each(['5-3', '70000', '1-2-3', 'abc', ' 7 , 9', '1;2'])('%j is refused', (text) => {
    expect(parsePortList(text)).toBeNull();
  });
});
