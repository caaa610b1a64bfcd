// The receive buffer: what arrived segments cost, how the offered window and the buffer grow. A full one: prune.ts.
// True sizes are those of segments that a TUN device hands up on x86-64, each in one linear allocation.

import { count, MIB } from '../mib.ts';
import { after } from '../seq.ts';
import type { ReceiveBuffer, Sock } from '../sock.ts';
import { segmentPacketLength } from '../wire/encode-tcp.ts';
import type { Segment } from '../wire/segment.ts';
import type { Netns } from './netns.ts';
import { chargeMemory, unchargeMemory } from './socket-memory.ts';
import { freeSpace, spaceFromWindow, windowFromSpace } from './window.ts';

/** NET_SKB_PAD in front of the packet, and SMP_CACHE_BYTES, to whose multiple both together are rounded up. */
const PAD = 64;
const ALIGN = 64;
/** skb_shared_info at the end of the allocation. */
const SHARED_INFO = 320;
/**
 * skb head of the small cache, which follows from MAX_TCP_HEADER: 576 without wireless and tunnels, 704 with them.
 * @kernel SKB_SMALL_HEAD_SIZE net/core/skbuff.c v6.18
 */
const SMALL_HEAD = 576;
/** struct sk_buff, aligned. */
export const SKB_BYTES = 256;
/** An IPv4 header without options and the 8 bytes of an ICMP header. */
const ICMP_HEADERS = 28;

/** Bytes that an allocation for so many takes. @kernel kmalloc_reserve net/core/skbuff.c v6.18 */
const allocation = (need: number): number =>
  need <= SMALL_HEAD ? SMALL_HEAD : 2 ** (32 - Math.clz32(need - 1));

/** Bytes that an skb with `length` bytes takes beside its own struct, and how many more have room in them. */
export function skbHead(length: number): { readonly bytes: number; readonly room: number } {
  const bytes = allocation(Math.ceil(length / ALIGN) * ALIGN + SHARED_INFO);
  return { bytes, room: bytes - SHARED_INFO };
}

/** Memory that a received segment takes. @kernel SKB_TRUESIZE include/linux/skbuff.h v6.18 */
export const truesize = (seg: Segment): number => skbHead(PAD + segmentPacketLength(seg)).bytes + SKB_BYTES;

/** Memory that an ICMP message with so many bytes behind its header takes. */
export const icmpTruesize = (bodyBytes: number): number =>
  skbHead(PAD + ICMP_HEADERS + bodyBytes).bytes + SKB_BYTES;

/** What its allocation has left behind the payload, bytes. @kernel skb_tailroom include/linux/skbuff.h v6.18 */
export function tailroom(seg: Segment): number {
  const length = PAD + segmentPacketLength(seg);
  return skbHead(length).room - length;
}

/**
 * Copies a buffer to the end of the one before it, if it continues that and there is room: then it costs nothing more.
 * @kernel tcp_try_coalesce net/ipv4/tcp_input.c, skb_try_coalesce net/core/skbuff.c v6.18 simplified: linear data only
 */
export function coalesce(net: Netns, to: ReceiveBuffer | undefined, from: ReceiveBuffer): boolean {
  if (to === undefined || to.endSeq !== from.seq || from.data.length > to.room) return false;
  if (from.data.length > 0) {
    const data = new Uint8Array(to.data.length + from.data.length);
    data.set(to.data);
    data.set(from.data, to.data.length);
    to.data = data;
  }
  to.room -= from.data.length;
  to.endSeq = from.endSeq;
  to.fin ||= from.fin;
  to.push ||= from.push;
  count(net.mib, MIB.TcpExtTCPRcvCoalesce);
  return true;
}

/** Charges memory of a received segment. @kernel sk_rmem_schedule include/net/sock.h v6.18 */
export function chargeReceive(sk: Sock, size: number): void {
  chargeMemory(sk, size);
  sk.path.receiveMemory += size;
}

export function unchargeReceive(sk: Sock, size: number): void {
  sk.path.receiveMemory = Math.max(sk.path.receiveMemory - size, 0);
  unchargeMemory(sk, size);
}

/** The window may grow faster than the rule for small segments allows. @kernel __tcp_grow_window net/ipv4/tcp_input.c v6.18 */
function slowGrowth(net: Netns, sk: Sock, size: number, length: number): number {
  let cost = windowFromSpace(sk, size) >> 1;
  let window = windowFromSpace(sk, net.sysctl['net.ipv4.tcp_rmem'][2]) >> 1;
  while (sk.rcvSsthresh <= window) {
    if (cost <= length) return 2 * sk.rcvMss;
    cost >>= 1;
    window >>= 1;
  }
  return 0;
}

/** Lets the offered window grow after a segment. @kernel tcp_grow_window net/ipv4/tcp_input.c v6.18 */
export function growWindow(net: Netns, sk: Sock, length: number, size: number): void {
  const room = Math.min(sk.windowClamp, freeSpace(sk)) - sk.rcvSsthresh;
  if (room <= 0) return;
  let more = windowFromSpace(sk, size) <= length ? 2 * sk.advmss : slowGrowth(net, sk, size, length);
  if (more === 0) return;
  more = Math.max(more, 2 * length);
  sk.rcvSsthresh += Math.min(room, more);
  sk.quickAcks |= 1;
}

/** Sets the clamp and what depends on it. @kernel tcp_set_window_clamp net/ipv4/tcp.c v6.18 */
function setClamp(sk: Sock, clamp: number): void {
  const old = sk.windowClamp;
  sk.windowClamp = clamp;
  if (clamp < old) sk.rcvSsthresh = Math.min(sk.rcvSsthresh, clamp);
  else sk.rcvSsthresh = Math.max(Math.min(sk.rcvWnd, clamp), sk.rcvSsthresh);
}

/** A new largest segment tells how much of the buffer is payload. @kernel tcp_measure_rcv_mss net/ipv4/tcp_input.c v6.18 */
export function measureScaling(sk: Sock, length: number, size: number): void {
  const ratio = Math.max(Math.min(Math.floor((length * 256) / size), 255), 1);
  if (ratio === sk.path.scalingRatio) return;
  sk.path.scalingRatio = ratio;
  setClamp(sk, windowFromSpace(sk, sk.options.rcvBuf));
  if (sk.windowClamp < sk.path.spaceBytes) sk.path.spaceBytes = sk.windowClamp;
}

/** Smoothed round trip of the receiver, in eighths of us. @kernel tcp_rcv_rtt_update net/ipv4/tcp_input.c v6.18 */
function updateReceiverRtt(sk: Sock, sampleUs: number, byWindow: boolean): void {
  const old = sk.path.rcvRttUs;
  if (old === 0) sk.path.rcvRttUs = sampleUs * 8;
  else if (!byWindow) sk.path.rcvRttUs = old + sampleUs - Math.floor(old / 8);
  else if (sampleUs * 8 < old) sk.path.rcvRttUs = sampleUs * 8;
}

/** Measures by the time one window takes to arrive. @kernel tcp_rcv_rtt_measure net/ipv4/tcp_input.c v6.18 */
export function measureByWindow(net: Netns, sk: Sock): void {
  if (sk.path.rcvRttAt >= 0) {
    if (after(sk.path.rcvRttSeq, sk.rcvNxt)) return;
    updateReceiverRtt(sk, Math.max(Math.floor((net.now - sk.path.rcvRttAt) / 1000), 1), true);
  }
  sk.path.rcvRttSeq = (sk.rcvNxt + sk.rcvWnd) | 0;
  sk.path.rcvRttAt = net.now;
}

/** Measures by an echoed timestamp of a full segment. `rttUs` negative = none. @kernel tcp_rcv_rtt_measure_ts net/ipv4/tcp_input.c v6.18 */
export function measureByTimestamp(sk: Sock, tsEcr: number, length: number, rttUs: number): void {
  if (tsEcr === sk.path.rcvRttLastTsEcr) return;
  sk.path.rcvRttLastTsEcr = tsEcr;
  if (length >= sk.rcvMss && rttUs > 0) updateReceiverRtt(sk, rttUs, false);
}

/** Grows the buffer for a reader who took `taken` bytes in a round trip. @kernel tcp_rcvbuf_grow net/ipv4/tcp_input.c v6.18 */
function growBuffer(net: Netns, sk: Sock, taken: number): void {
  const old = sk.path.spaceBytes;
  sk.path.spaceBytes = taken;
  if (net.sysctl['net.ipv4.tcp_moderate_rcvbuf'] === 0 || sk.options.rcvBufLocked) return;
  let window = 2 * taken;
  window += 2 * Math.floor((window * (taken - old)) / old);
  const last = sk.outOfOrder[sk.outOfOrder.length - 1];
  if (last !== undefined) window += (last.endSeq - sk.rcvNxt) | 0;
  const buffer = Math.min(spaceFromWindow(sk, window), net.sysctl['net.ipv4.tcp_rmem'][2]);
  if (buffer > sk.options.rcvBuf) {
    sk.options.rcvBuf = buffer;
    sk.windowClamp = windowFromSpace(sk, buffer);
  }
}

/** After a read: once a round trip, compares what was read with the round before. @kernel tcp_rcv_space_adjust net/ipv4/tcp_input.c v6.18 */
export function adjustSpace(net: Netns, sk: Sock): void {
  const path = sk.path;
  const elapsed = Math.floor((net.now - path.spaceAt) / 1000);
  if (path.rcvRttUs === 0 || elapsed < Math.floor(path.rcvRttUs / 8)) return;
  const taken = (sk.copiedSeq - path.spaceSeq) | 0;
  if (taken > path.spaceBytes && path.spaceBytes > 0) growBuffer(net, sk, taken);
  path.spaceSeq = sk.copiedSeq;
  path.spaceAt = net.now;
}
