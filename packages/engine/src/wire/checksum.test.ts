import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finishSum, pseudoHeaderSum, sumBytes } from './checksum.ts';
import { parseHex } from './notation-options.ts';

const hex = (text: TemplateStringsArray): Uint8Array => parseHex(text.raw.join('')) as Uint8Array;

/** RFC 1071 word by word, with nothing clever. */
function plainChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] as number) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

describe('the Internet checksum', () => {
  it('is the one of the example in RFC 1071', () => {
    expect(finishSum(sumBytes(hex`0001f203f4f5f6f7`, 0, 8))).toBe(0xffff - 0xddf2);
  });

  it('is 0 over a real IPv4 header that holds its checksum, and gives that checksum without it', () => {
    const header = hex`4500003c8c81400040062a37c0000201c0000202`;
    expect(finishSum(sumBytes(header, 0, 20))).toBe(0);
    header.fill(0, 10, 12);
    expect(finishSum(sumBytes(header, 0, 20))).toBe(0x2a37);
  });

  it('counts an odd last byte as the high half of a word', () => {
    expect(sumBytes(hex`0102ab`, 0, 3)).toBe(0x0102 + 0xab00);
  });

  it('agrees with the plain sum over any range of any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(200), (bytes, a, b) => {
        const start = Math.min(a, b, bytes.length);
        const end = Math.min(Math.max(a, b), bytes.length);
        expect(finishSum(sumBytes(bytes, start, end))).toBe(plainChecksum(bytes.slice(start, end)));
      }),
    );
  });

  it('stays exact far beyond 32 bits of sum', () => {
    const bytes = new Uint8Array(300_000).fill(0xff);
    expect(sumBytes(bytes, 0, bytes.length)).toBe(150_000 * 0xffff);
    expect(finishSum(sumBytes(bytes, 0, bytes.length))).toBe(0);
    expect(finishSum(2 ** 33)).toBe(0xfffd);
  });
});

describe('the pseudo header', () => {
  const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const words = fc.array(word, { minLength: 8, maxLength: 8 });
  const pairOf = ([s0, s1, s2, s3, d0, d1, d2, d3]: number[]) =>
    ({ s0, s1, s2, s3, d0, d1, d2, d3 }) as Record<`${'s' | 'd'}${0 | 1 | 2 | 3}`, number>;
  const bytesOf = (list: number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(list.length * 4));
    list.forEach((w, i) => {
      view.setInt32(i * 4, w);
    });
    return new Uint8Array(view.buffer);
  };

  it('is addresses, length and protocol in IPv6', () => {
    fc.assert(
      fc.property(words, fc.nat(65535), (list, length) => {
        const header = bytesOf([...list, length, 6]);
        expect(finishSum(pseudoHeaderSum(pairOf(list), 6, length))).toBe(plainChecksum(header));
      }),
    );
  });

  it('is the twelve bytes of RFC 9293 in IPv4, the v4-mapped prefixes adding nothing', () => {
    fc.assert(
      fc.property(word, word, fc.nat(65535), (s3, d3, length) => {
        const header = bytesOf([s3, d3, (6 << 16) | length]);
        const pair = pairOf([0, 0, 0xffff, s3, 0, 0, 0xffff, d3]);
        expect(finishSum(pseudoHeaderSum(pair, 6, length))).toBe(plainChecksum(header));
      }),
    );
  });
});
