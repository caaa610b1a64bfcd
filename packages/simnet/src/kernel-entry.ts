// Why a kernel was entered, and what is kept of the packets that pass its device.

import type { Packet, Segment } from '@halfopen/engine';
import type { World } from './world.ts';

/** What the kernel was entered for. */
export type Cause =
  | { readonly kind: 'arrival'; readonly packet: Packet; readonly record: number; readonly corrupt: boolean }
  | { readonly kind: 'timer' }
  | { readonly kind: 'call' };

/** A segment that a host sent to itself, and its record. */
export interface Loopback {
  readonly record: number;
  readonly segment: Segment;
}

/** Keeps a packet for the capture; gives its place, or -1. */
export function capturePacket(
  world: World,
  host: string | null,
  direction: 'in' | 'out',
  packet: Packet,
): number {
  if (world.options.capture !== true || host === null) return -1;
  const { capture: kept } = world.state;
  kept.push({ atNs: world.now, host, direction, packet, comment: null });
  return kept.length - 1;
}
