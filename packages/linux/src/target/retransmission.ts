// Which segments carry nothing new. A kernel that is watched from outside does not say so itself.

import { ACK, FIN, type Segment, SYN } from '@halfopen/engine';
import type { PacketEnds } from '@halfopen/simnet';

/** End of what was sent so far, by `source>destination`, int32. */
export type SentEnds = Map<string, number>;

/** Takes note of a segment; true when all that it carries was sent before. */
export function sentBefore(ends: SentEnds, s: Segment, { source, destination }: PacketEnds): boolean {
  const length = s.payload.length + ((s.flags & SYN) === 0 ? 0 : 1) + ((s.flags & FIN) === 0 ? 0 : 1);
  if (length === 0) return false;
  const key = `${source}:${s.sport}>${destination}:${s.dport}`;
  const end = (s.seq + length) | 0;
  const last = ends.get(key);
  const begins = (s.flags & (SYN | ACK)) === SYN && last !== undefined && end !== last;
  if (!begins && last !== undefined && ((end - last) | 0) <= 0) return true;
  ends.set(key, end);
  return false;
}
