// The content of `/bytes/N`: any range can be computed by itself, and no two stretches of it look alike, so that a
// lost, doubled or misplaced segment changes the sum. Byte i depends on i alone; there is nothing to store.

/** Four bytes of the pattern, as a little-endian word. */
const wordAt = (index: number): number => Math.imul(index, 0x9e3779b1);

/** Bytes `[offset, offset + length)` of the endless pattern. */
export function patternBytes(offset: number, length: number): Uint8Array {
  const skip = offset & 3;
  const words = (skip + length + 3) >>> 2;
  const view = new DataView(new ArrayBuffer(words * 4));
  const first = offset >>> 2;
  for (let i = 0; i < words; i++) view.setInt32(i * 4, wordAt(first + i), true);
  return new Uint8Array(view.buffer, skip, length);
}
