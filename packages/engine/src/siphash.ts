// SipHash (Aumasson and Bernstein 2012) over int32 words, in 32-bit halves: BigInt would be forty times slower. Linux
// uses it for initial sequence numbers, timestamp offsets, SYN cookies and the choice of ports.
// @kernel siphash lib/siphash.c v6.18
//
// A key is four words (k0 low, k0 high, k1 low, k1 high); a message is whole words, low word of each pair first, as the
// kernel's siphash_Nu32() take them. The result is the low word; `siphashInto` gives both.

const SCRATCH_WORDS = 16;
const scratch = new Int32Array(SCRATCH_WORDS);
const result = new Int32Array(2);

/** Carry out of the 32-bit sum s = a + b. */
const carry = (a: number, b: number, s: number): number => ((a & b) | ((a | b) & ~s)) >>> 31;

/**
 * Hashes the first `count` words of `message` into `out` (low, high), with c rounds a block and d at the end.
 */
function hashWords(
  key: Int32Array,
  message: Int32Array,
  count: number,
  out: Int32Array,
  c: number,
  d: number,
): void {
  const k0l = key[0]!;
  const k0h = key[1]!;
  const k1l = key[2]!;
  const k1h = key[3]!;
  // Initial state: the text "somepseudorandomlygeneratedbytes", section 2.1 of the paper.
  let v0l = k0l ^ 0x70736575;
  let v0h = k0h ^ 0x736f6d65;
  let v1l = k1l ^ 0x6e646f6d;
  let v1h = k1h ^ 0x646f7261;
  let v2l = k0l ^ 0x6e657261;
  let v2h = k0h ^ 0x6c796765;
  let v3l = k1l ^ 0x79746573;
  let v3h = k1h ^ 0x74656462;
  const blocks = count >> 1;
  // The last block carries the odd word and, in its top byte, the length in bytes; then come the d closing rounds.
  for (let block = 0; block <= blocks + 1; block++) {
    const closing = block > blocks;
    let ml = 0;
    let mh = 0;
    if (block < blocks) {
      ml = message[2 * block]!;
      mh = message[2 * block + 1]!;
    } else if (!closing) {
      ml = (count & 1) === 0 ? 0 : message[count - 1]!;
      mh = count << 26;
    } else v2l ^= 0xff;
    v3l ^= ml;
    v3h ^= mh;
    for (let round = closing ? d : c; round > 0; round--) {
      let s = (v0l + v1l) | 0;
      v0h = (v0h + v1h + carry(v0l, v1l, s)) | 0;
      v0l = s;
      let t = (v1l << 13) | (v1h >>> 19);
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h;
      v1l = t ^ v0l;
      t = v0l;
      v0l = v0h;
      v0h = t;
      s = (v2l + v3l) | 0;
      v2h = (v2h + v3h + carry(v2l, v3l, s)) | 0;
      v2l = s;
      t = (v3l << 16) | (v3h >>> 16);
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h;
      v3l = t ^ v2l;
      s = (v0l + v3l) | 0;
      v0h = (v0h + v3h + carry(v0l, v3l, s)) | 0;
      v0l = s;
      t = (v3l << 21) | (v3h >>> 11);
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h;
      v3l = t ^ v0l;
      s = (v2l + v1l) | 0;
      v2h = (v2h + v1h + carry(v2l, v1l, s)) | 0;
      v2l = s;
      t = (v1l << 17) | (v1h >>> 15);
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h;
      v1l = t ^ v2l;
      t = v2l;
      v2l = v2h;
      v2h = t;
    }
    v0l ^= ml;
    v0h ^= mh;
  }
  out[0] = v0l ^ v1l ^ v2l ^ v3l;
  out[1] = v0h ^ v1h ^ v2h ^ v3h;
}

/** SipHash-2-4 of `count` words; both halves of the result go to `out`. */
export function siphashInto(key: Int32Array, message: Int32Array, count: number, out: Int32Array): void {
  hashWords(key, message, count, out, 2, 4);
}

/** SipHash-2-4 of `count` words, low word. */
export function siphash(key: Int32Array, message: Int32Array, count: number): number {
  hashWords(key, message, count, result, 2, 4);
  return result[0]!;
}

/** SipHash-1-3, which Linux uses for hash tables (hsiphash on 64-bit machines), low word. */
export function siphash13(key: Int32Array, message: Int32Array, count: number): number {
  hashWords(key, message, count, result, 1, 3);
  return result[0]!;
}

/** @kernel siphash_2u32 include/linux/siphash.h v6.18 */
export function siphash2(key: Int32Array, a: number, b: number): number {
  scratch[0] = a;
  scratch[1] = b;
  return siphash(key, scratch, 2);
}

/** @kernel siphash_3u32 include/linux/siphash.h v6.18 */
export function siphash3(key: Int32Array, a: number, b: number, c: number): number {
  scratch[0] = a;
  scratch[1] = b;
  scratch[2] = c;
  return siphash(key, scratch, 3);
}

/** @kernel siphash_4u32 include/linux/siphash.h v6.18 */
export function siphash4(key: Int32Array, a: number, b: number, c: number, d: number): number {
  scratch[0] = a;
  scratch[1] = b;
  scratch[2] = c;
  scratch[3] = d;
  return siphash(key, scratch, 4);
}

/** `siphash4` with both halves of the result. */
export function siphash4Into(
  key: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  out: Int32Array,
): void {
  scratch[0] = a;
  scratch[1] = b;
  scratch[2] = c;
  scratch[3] = d;
  hashWords(key, scratch, 4, out, 2, 4);
}
