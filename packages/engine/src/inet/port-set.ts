// A set of ports as bits, with a count for each parity of each block of 1024 ports: what lets a search count and pass over
// hundreds of ports at a time.

/** Ports of one word of bits, and of one block. */
const WORD_SHIFT = 5;
const BLOCK_SHIFT = 10;
export const BLOCK_PORTS = 1 << BLOCK_SHIFT;
const PORTS = 65_536;

export interface PortSet {
  readonly bits: Int32Array;
  /** Members by `2 * block + parity`. */
  readonly counts: Int32Array;
}

export const newPortSet = (): PortSet => ({
  bits: new Int32Array(PORTS >> WORD_SHIFT),
  counts: new Int32Array((2 * PORTS) >> BLOCK_SHIFT),
});

export const hasPort = (set: PortSet, port: number): boolean =>
  (set.bits[port >> WORD_SHIFT]! & (1 << (port & 31))) !== 0;

/** Puts a port in or takes it out; true when that changed something. */
export function putPort(set: PortSet, port: number, member: boolean): boolean {
  if (hasPort(set, port) === member) return false;
  set.bits[port >> WORD_SHIFT]! ^= 1 << (port & 31);
  set.counts[((port >> BLOCK_SHIFT) << 1) | (port & 1)]! += member ? 1 : -1;
  return true;
}

export function clearPorts(set: PortSet): void {
  set.bits.fill(0);
  set.counts.fill(0);
}

/** Members in the block of `port`: of its parity for step 2, of both for step 1. */
export function blockCount(set: PortSet, port: number, step: number): number {
  const at = (port >> BLOCK_SHIFT) << 1;
  return step === 2 ? set.counts[at | (port & 1)]! : set.counts[at]! + set.counts[at + 1]!;
}

/** Bits set in a word. */
export function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
