import { SOCK_OPTION_NAMES } from '@halfopen/engine';
import { expect, it } from 'vitest';
import { OPTION_LAYOUTS } from './socket-options.ts';

it('every option of the engine has a layout', () => {
  expect(Object.keys(OPTION_LAYOUTS).sort()).toEqual([...SOCK_OPTION_NAMES].sort());
});

it.each([
  ['SO_REUSEADDR', 1],
  ['SO_RCVTIMEO', 1_500_000_000],
  ['SO_LINGER', { on: true, seconds: 3 }],
  ['TCP_USER_TIMEOUT', 2000],
] as const)('%s survives its bytes', (name, value) => {
  const { encode, decode, size } = OPTION_LAYOUTS[name];
  const bytes = encode(value);
  expect(bytes.length).toBe(size);
  expect(decode(bytes)).toEqual(value);
});

it('names a pending error, and says null when there is none', () => {
  expect(OPTION_LAYOUTS.SO_ERROR.decode(Uint8Array.of(111, 0, 0, 0))).toBe('ECONNREFUSED');
  expect(OPTION_LAYOUTS.SO_ERROR.decode(new Uint8Array(4))).toBeNull();
});

it('the seconds of a socket that does not linger are 0, whatever the kernel kept', () => {
  expect(OPTION_LAYOUTS.SO_LINGER.decode(Uint8Array.of(0, 0, 0, 0, 9, 0, 0, 0))).toEqual({
    on: false,
    seconds: 0,
  });
});
