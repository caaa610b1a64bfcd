// A packet as a wire with bit errors would deliver it: the checksum of its TCP or ICMP part no longer fits.

const TCP = 6;

/** A copy of an IP packet with one bit of its upper checksum turned over. */
export function corrupted(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  const v4 = (copy[0] as number) >> 4 === 4;
  const upper = v4 ? ((copy[0] as number) & 15) * 4 : 40;
  const protocol = copy[v4 ? 9 : 6];
  const at = upper + (protocol === TCP ? 16 : 2);
  if (at < copy.length) copy[at] = (copy[at] as number) ^ 1;
  return copy;
}
