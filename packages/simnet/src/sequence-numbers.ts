// Relative sequence numbers as Wireshark shows them: each direction of a connection counts from its SYN, or from the
// first segment seen when its SYN was missed. A SYN with another number begins a new connection.

import { ACK, type Segment, type SequenceBase, SYN } from '@halfopen/engine';

interface Direction {
  /** Sequence number that is shown as 0, int32. */
  base: number;
  /** A SYN without ACK was sent this way: this end opened the connection. */
  opened: boolean;
}

/** Directions by `source>destination`. */
export type SequenceTracker = Map<string, Direction>;

export const newSequenceTracker = (): SequenceTracker => new Map();

const words = (a: number, b: number, c: number, d: number): string =>
  a === 0 && b === 0 ? `${c},${d}` : `${a},${b},${c},${d}`;

const keyOf = (s: Segment): string =>
  `${words(s.s0, s.s1, s.s2, s.s3)}:${s.sport}>${words(s.d0, s.d1, s.d2, s.d3)}:${s.dport}`;
const reverseKeyOf = (s: Segment): string =>
  `${words(s.d0, s.d1, s.d2, s.d3)}:${s.dport}>${words(s.s0, s.s1, s.s2, s.s3)}:${s.sport}`;

export interface Relative {
  readonly base: SequenceBase;
  readonly seq: number;
  readonly ack: number | null;
  /** The ACK without data that completes (or repeats the completion of) a handshake. */
  readonly thirdAck: boolean;
}

/** Takes note of a segment as it is sent and gives its relative numbers. */
export function relativeNumbers(tracker: SequenceTracker, segment: Segment): Relative {
  const syn = (segment.flags & SYN) !== 0;
  const ackBit = (segment.flags & ACK) !== 0;
  const key = keyOf(segment);
  let own = tracker.get(key);
  if (syn && !ackBit && own !== undefined && own.base !== segment.seq) {
    tracker.delete(reverseKeyOf(segment));
    own = undefined;
  }
  if (own === undefined) {
    own = { base: syn ? segment.seq : (segment.seq - 1) | 0, opened: false };
    tracker.set(key, own);
  } else if (syn) own.base = segment.seq;
  if (syn && !ackBit) own.opened = true;
  let peer = tracker.get(reverseKeyOf(segment));
  if (peer === undefined && ackBit) {
    peer = { base: (segment.ack - 1) | 0, opened: false };
    tracker.set(reverseKeyOf(segment), peer);
  }
  const seq = (segment.seq - own.base) >>> 0;
  const ack = ackBit ? (segment.ack - (peer?.base ?? 0)) >>> 0 : null;
  const bare = segment.flags === ACK && segment.payload.length === 0;
  return {
    base: { seqBase: own.base, ackBase: peer?.base ?? 0 },
    seq,
    ack,
    thirdAck: bare && own.opened && seq === 1 && ack === 1,
  };
}

/** The numbers that count as 0 for segments from the source of `like` to its destination, without taking note. */
export function baseFor(tracker: SequenceTracker, like: Segment): SequenceBase {
  return {
    seqBase: tracker.get(keyOf(like))?.base ?? 0,
    ackBase: tracker.get(reverseKeyOf(like))?.base ?? 0,
  };
}
