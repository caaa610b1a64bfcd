// The clocks TCP reads, all derived from virtual time.

import type { Netns } from './netns.ts';

export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** CLOCK_MONOTONIC in ms: the timestamp clock before the offset, int32. @kernel tcp_time_stamp_ms include/net/tcp.h v6.18 */
export const timestampMs = (net: Netns): number => Math.floor((net.bootedAt + net.now) / NS_PER_MS) | 0;

/** CLOCK_MONOTONIC in ms as a plain number. */
export const nowMs = (net: Netns): number => Math.floor((net.bootedAt + net.now) / NS_PER_MS);

/** us modulo 2^32, for the mini sockets' words. */
export const nowUs32 = (net: Netns): number => Math.floor(net.now / 1000) | 0;
