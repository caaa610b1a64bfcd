// The search for a local port over bits instead of port by port: the same answer, the same counts.

import type { ClosedPorts } from './closed-ports.ts';
import { blockInUse, type Destination } from './destination.ts';
import type { PortProbes } from './port-probes.ts';
import { BLOCK_PORTS, bitCount, blockCount } from './port-set.ts';

const EVEN = 0x55555555;
const ODD = ~EVEN;

/** Bits `from`..`to` of a word, both included. */
const bitsBetween = (from: number, to: number): number => (-1 << from) & (-1 >>> (31 - to));

/** Every port of the block that the search would look at is in use towards the place, and none is closed. */
function isFull(closed: ClosedPorts, d: Destination, port: number, step: number): boolean {
  if (blockInUse(d, port, step) !== BLOCK_PORTS / step) return false;
  return blockCount(closed.bound, port, step) + blockCount(closed.reserved, port, step) === 0;
}

/** Looks at the ports of one word that are in `mask`; the first that may be taken, or 0. */
function scanWord(
  closed: ClosedPorts,
  d: Destination,
  word: number,
  mask: number,
  probes: PortProbes,
): number {
  const reserved = closed.reserved.bits[word]!;
  const bound = closed.bound.bits[word]! & ~reserved;
  const others = ~(reserved | bound);
  const connected = d.connected.bits[word]! & others;
  const waiting = d.waiting.bits[word]! & others;
  const open = mask & ~(reserved | bound | connected | waiting);
  const first = open & -open;
  const seen = open === 0 ? mask : mask & (first - 1);
  probes.established += bitCount(connected & seen);
  if (waiting !== 0) probes.timeWait += bitCount(waiting & seen);
  if (others !== -1) {
    probes.reserved += bitCount(reserved & seen);
    probes.bound += bitCount(bound & seen);
  }
  return open === 0 ? 0 : (word << 5) + 31 - Math.clz32(first);
}

/**
 * Looks at `count` ports from `first` on, every `step`th (1 or 2), and counts what is passed over; the first port that may
 * be taken, which is not counted, or 0.
 */
export function scanPorts(
  closed: ClosedPorts,
  d: Destination,
  first: number,
  count: number,
  step: number,
  probes: PortProbes,
): number {
  const last = first + (count - 1) * step;
  const parity = step === 2 ? first & 1 : 0;
  const pattern = step === 1 ? -1 : parity === 0 ? EVEN : ODD;
  for (let port = first; port <= last; ) {
    const atBlock = (port & (BLOCK_PORTS - 1)) === parity && port + BLOCK_PORTS - step <= last;
    if (atBlock && isFull(closed, d, port, step)) {
      probes.established += blockCount(d.connected, port, step);
      probes.timeWait += blockCount(d.waiting, port, step);
      port += BLOCK_PORTS;
      continue;
    }
    const word = port >> 5;
    const to = last >> 5 === word ? last & 31 : 31;
    const found = scanWord(closed, d, word, pattern & bitsBetween(port & 31, to), probes);
    if (found !== 0) return found;
    port = ((word + 1) << 5) + parity;
  }
  return 0;
}
