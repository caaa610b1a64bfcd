// The Internet checksum (RFC 1071) over byte ranges, and the pseudo header that TCP and ICMPv6 put before theirs.
// Sums are plain numbers that grow by at most 0xffff a word, so they stay exact far beyond any packet's size.

/** Source and destination words; a `Segment` is one. IPv4 addresses are v4-mapped. */
export interface AddressPair {
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
  readonly s3: number;
  readonly d0: number;
  readonly d1: number;
  readonly d2: number;
  readonly d3: number;
}

/**
 * Adds the 16-bit big-endian words of `bytes[start, end)` to `sum`. An odd last byte counts as the high half of a word,
 * so only the last range of a sum may have an odd length.
 *
 * @kernel csum_partial lib/checksum.c v6.18
 */
export function sumBytes(bytes: Uint8Array, start: number, end: number, sum = 0): number {
  let total = sum;
  let i = start;
  for (const stop = end - 7; i < stop; i += 8) {
    total +=
      (((bytes[i] as number) +
        (bytes[i + 2] as number) +
        (bytes[i + 4] as number) +
        (bytes[i + 6] as number)) <<
        8) +
      (bytes[i + 1] as number) +
      (bytes[i + 3] as number) +
      (bytes[i + 5] as number) +
      (bytes[i + 7] as number);
  }
  for (; i < end - 1; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  if (i < end) total += (bytes[i] as number) << 8;
  return total;
}

/** The two 16-bit halves of a word, added. */
export const sumWord = (word: number): number => (word >>> 16) + (word & 0xffff);

/**
 * The sum of the pseudo header of TCP or ICMPv6 for a payload of `length` bytes (0..65535). One formula serves both
 * families: the v4-mapped prefix adds 0xffff twice, which is zero in one's complement.
 *
 * @kernel csum_tcpudp_nofold, csum_ipv6_magic include/net/checksum.h v6.18
 */
export const pseudoHeaderSum = (pair: AddressPair, protocol: number, length: number): number =>
  sumWord(pair.s0) +
  sumWord(pair.s1) +
  sumWord(pair.s2) +
  sumWord(pair.s3) +
  sumWord(pair.d0) +
  sumWord(pair.d1) +
  sumWord(pair.d2) +
  sumWord(pair.d3) +
  protocol +
  length;

/**
 * Folds a sum to the 16-bit value that goes into the checksum field. Over bytes that already hold a right checksum the
 * result is 0.
 *
 * @kernel csum_fold include/asm-generic/checksum.h v6.18
 */
export function finishSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}
