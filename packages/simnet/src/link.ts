// One direction of a link: serialisation at a bandwidth behind a queue with tail drop, latency with jitter, loss,
// duplication, reordering. All state is data and all chance comes from the link's own random state.
// Left out: link-layer headers (a packet costs its IP length), queue disciplines other than FIFO.

import { type RandomState, randomUnit, seedRandom } from '@halfopen/engine';
import type { LinkSpec } from './scenario.ts';

export interface LinkDirection {
  readonly random: RandomState;
  /** When the wire is free again, ns. */
  freeAtNs: number;
  /** When each packet that is on the wire or waits for it will have left, ns, in order. */
  leaving: number[];
  /** Arrival of the last packet that kept its place, ns: jitter alone never reorders. */
  lastArrivalNs: number;
}

export const newLinkDirection = (seed: number): LinkDirection => ({
  random: seedRandom(seed),
  freeAtNs: 0,
  leaving: [],
  lastArrivalNs: 0,
});

/** What became of one packet: its arrivals (none when lost), and why it was lost. */
export interface Transit {
  readonly arrivalsNs: readonly number[];
  readonly why: 'loss' | 'queue full' | null;
}

const QUEUE_FULL: Transit = { arrivalsNs: [], why: 'queue full' };
const LOST: Transit = { arrivalsNs: [], why: 'loss' };

const chance = (link: LinkDirection, probability: number): boolean =>
  probability > 0 && randomUnit(link.random) < probability;

/** When the packet has left the host, ns; null when the queue has no place for it. */
function serialise(link: LinkDirection, spec: LinkSpec, nowNs: number, bytes: number): number | null {
  if (spec.bandwidth === null) {
    const startNs = Math.max(nowNs, link.freeAtNs);
    link.freeAtNs = startNs + (spec.gapNs ?? 0);
    return startNs;
  }
  while (link.leaving.length > 0 && (link.leaving[0] as number) <= nowNs) link.leaving.shift();
  // The first of them is on the wire, the others wait.
  if (link.leaving.length > spec.queue) return null;
  const start = Math.max(nowNs, link.freeAtNs);
  link.freeAtNs = start + Math.max(1, Math.round((bytes * 8 * 1e9) / spec.bandwidth));
  link.leaving.push(link.freeAtNs);
  return link.freeAtNs;
}

/** Sends a packet of `bytes` (IP header included) down the link. */
export function transmit(link: LinkDirection, spec: LinkSpec, nowNs: number, bytes: number): Transit {
  const leftNs = serialise(link, spec, nowNs, bytes);
  if (leftNs === null) return QUEUE_FULL;
  if (chance(link, spec.loss)) return LOST;
  const jitterNs = spec.jitterNs > 0 ? Math.floor(randomUnit(link.random) * spec.jitterNs) : 0;
  let atNs = leftNs + spec.latencyNs + jitterNs;
  if (chance(link, spec.reorder.probability)) atNs += spec.reorder.delayNs;
  else {
    atNs = Math.max(atNs, link.lastArrivalNs);
    link.lastArrivalNs = atNs;
  }
  return { arrivalsNs: chance(link, spec.duplicate) ? [atNs, atNs] : [atNs], why: null };
}
