// ACKs to segments that make no sense are limited, so that two confused peers do not answer each other for ever.
// @kernel tcp_oow_rate_limited net/ipv4/tcp_input.c v6.18

import { count } from '../mib.ts';
import { type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { nowMs } from './clock.ts';
import type { Netns } from './netns.ts';

/**
 * True when a mini socket already answered such a segment within tcp_invalid_ratelimit ms; counts `counter` then, else
 * notes the time. Data without SYN is not part of an ACK loop and never limited.
 */
export function miniRateLimited(net: Netns, handle: number, seg: Segment, counter: number): boolean {
  if (segmentLength(seg) > 0 && (seg.flags & SYN) === 0) return false;
  return miniLimited(net, handle, counter);
}

/** The same whatever the segment carries. @kernel __tcp_oow_rate_limited net/ipv4/tcp_input.c v6.18 */
export function miniLimited(net: Netns, handle: number, counter: number): boolean {
  const now = nowMs(net);
  const last = net.miniOowAck.get(handle);
  if (last !== undefined && now - last < net.sysctl['net.ipv4.tcp_invalid_ratelimit']) {
    count(net.mib, counter);
    return true;
  }
  net.miniOowAck.set(handle, now);
  return false;
}
