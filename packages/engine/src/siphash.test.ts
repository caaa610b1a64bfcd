import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { siphash, siphash2, siphash3, siphash4, siphash4Into, siphash13, siphashInto } from './siphash.ts';

/** Words of the bytes from, from+1, …, low byte first. */
const bytesFrom = (from: number, words: number): Int32Array =>
  new Int32Array(new Uint8Array(Array.from({ length: 4 * words }, (_, i) => from + i)).buffer);

const KEY = bytesFrom(0, 4);
const hex = (words: Int32Array): string =>
  [words[1]!, words[0]!].map((w) => (w >>> 0).toString(16).padStart(8, '0')).join('');

/** The definition of the paper, in BigInt. */
function reference(key: Int32Array, message: Int32Array, c: number, d: number): bigint {
  const M = 2n ** 64n - 1n;
  const word = (a: Int32Array, i: number): bigint => (BigInt(a[i + 1]! >>> 0) << 32n) | BigInt(a[i]! >>> 0);
  const rotl = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & M;
  const [k0, k1] = [word(key, 0), word(key, 2)];
  const v = [
    k0 ^ 0x736f6d6570736575n,
    k1 ^ 0x646f72616e646f6dn,
    k0 ^ 0x6c7967656e657261n,
    k1 ^ 0x7465646279746573n,
  ];
  const half = (a: number, b: number, n: bigint): void => {
    v[a] = (v[a]! + v[b]!) & M;
    v[b] = rotl(v[b]!, n) ^ v[a]!;
  };
  const round = (): void => {
    half(0, 1, 13n);
    v[0] = rotl(v[0]!, 32n);
    half(2, 3, 16n);
    half(0, 3, 21n);
    half(2, 1, 17n);
    v[2] = rotl(v[2]!, 32n);
  };
  const odd = message.length % 2 === 1 ? BigInt(message.at(-1)! >>> 0) : 0n;
  const blocks = Array.from({ length: message.length >> 1 }, (_, i) => word(message, 2 * i));
  for (const m of [...blocks, odd | (BigInt((4 * message.length) & 255) << 56n)]) {
    v[3]! ^= m;
    for (let i = 0; i < c; i++) round();
    v[0]! ^= m;
  }
  v[2]! ^= 0xffn;
  for (let i = 0; i < d; i++) round();
  return v[0]! ^ v[1]! ^ v[2]! ^ v[3]!;
}

describe('known answers', () => {
  // Vectors of the reference implementation (key 00..0f, message 00 01 02 …) for 0, 4, 8 and 12 bytes, read as
  // little-endian numbers.
  test.each([
    [0, '726fdb47dd0e0e31'],
    [1, 'cf2794e0277187b7'],
    [2, '93f5f5799a932462'],
    [3, '751e8fbc860ee5fb'],
  ])('SipHash-2-4 of %d words', (words, answer) => {
    const out = new Int32Array(2);
    siphashInto(KEY, bytesFrom(0, words), words, out);
    expect(hex(out)).toBe(answer);
  });
});

describe('against the definition', () => {
  test('any key and any number of words', () => {
    const words = (min: number, max: number) =>
      fc.array(fc.integer(), { minLength: min, maxLength: max }).map((a) => new Int32Array(a));
    fc.assert(
      fc.property(words(4, 4), words(0, 12), (key, message) => {
        const out = new Int32Array(2);
        siphashInto(key, message, message.length, out);
        const want = reference(key, message, 2, 4);
        expect(hex(out)).toBe(want.toString(16).padStart(16, '0'));
        expect(siphash(key, message, message.length)).toBe(out[0]);
        expect(siphash13(key, message, message.length)).toBe(
          Number(BigInt.asIntN(32, reference(key, message, 1, 3))),
        );
      }),
    );
  });

  test('the short forms hash their arguments as words', () => {
    const message = new Int32Array([1, -2, 3, -4]);
    const out = new Int32Array(2);
    siphash4Into(KEY, 1, -2, 3, -4, out);
    expect(siphash4(KEY, 1, -2, 3, -4)).toBe(siphash(KEY, message, 4));
    expect(out[0]).toBe(siphash(KEY, message, 4));
    expect(siphash3(KEY, 1, -2, 3)).toBe(siphash(KEY, message, 3));
    expect(siphash2(KEY, 1, -2)).toBe(siphash(KEY, message, 2));
  });
});
