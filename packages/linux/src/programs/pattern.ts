// The content of `/bytes/N`: any range can be computed by itself, and no two stretches of it look alike, so that a
// lost, doubled or misplaced segment changes the sum. Byte i depends on i alone; there is nothing to store.

/** Bytes `[offset, offset + length)` of the endless pattern. */
export function patternBytes(offset: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const at = offset + i;
    out[i] = Math.imul(at >>> 2, 0x9e3779b1) >>> ((at & 3) * 8);
  }
  return out;
}
