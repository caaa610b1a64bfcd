// Sizes: the receive window that we offer, and the segment size that we send.
// Left out: memory pressure, tcp_shrink_window, path MTU probing, IP options.

import { isV4 } from '../addr.ts';
import { pathMtu } from '../inet/path-mtu.ts';
import { count, MIB } from '../mib.ts';
import { before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from './netns.ts';

export interface WindowOffer {
  /** First window, bytes; a SYN or SYN-ACK says at most 65535 of it. */
  window: number;
  /** Largest window ever offered, bytes. */
  clamp: number;
  /** Window scale shift, 0..14. */
  wscale: number;
}

/** @kernel TCP_MAX_WSCALE include/net/tcp.h v6.18 */
export const MAX_WSCALE = 14;
/** Bytes a timestamp option takes with its padding. @kernel TCPOLEN_TSTAMP_ALIGNED include/net/tcp.h v6.18 */
export const TIMESTAMP_BYTES = 12;
const TCP_HEADER = 20;
const MAX_OPTION_BYTES = 40;
/** MSS of older kernels' first-window rule. */
const ETHERNET_MSS = 1460;
/** MSS of a peer that announces none. @kernel TCP_MSS_DEFAULT include/net/tcp.h v6.18 */
export const MSS_DEFAULT = 536;
/** TCP_MIN_MSS. */
export const MIN_MSS = 88;

/** Window that `space` bytes of buffer carry. @kernel tcp_win_from_space include/net/tcp.h v6.18 */
export const windowFromSpace = (sk: Sock, space: number): number =>
  Math.floor((space * sk.path.scalingRatio) / 256);

/** Buffer that a window needs, bytes. @kernel tcp_space_from_win include/net/tcp.h v6.18 */
export const spaceFromWindow = (sk: Sock, window: number): number =>
  Math.floor((window * 256) / sk.path.scalingRatio);

/** Window of the whole receive buffer, bytes. @kernel tcp_full_space include/net/tcp.h v6.18 */
const fullSpace = (sk: Sock): number => windowFromSpace(sk, sk.options.rcvBuf);

/** Window of the free receive buffer, bytes; may be negative. @kernel tcp_space include/net/tcp.h v6.18 */
export const freeSpace = (sk: Sock): number => windowFromSpace(sk, sk.options.rcvBuf - sk.path.receiveMemory);

/** What is left of the window we offered, bytes. @kernel tcp_receive_window include/net/tcp.h v6.18 */
export const receiveWindow = (sk: Sock): number => Math.max((sk.rcvWup + sk.rcvWnd - sk.rcvNxt) | 0, 0);

/** First window in segments on kernels that limited it, and in 2.6. @kernel tcp_default_init_rwnd net/ipv4/tcp_output.c v4.19 */
function oldFirstWindow(segments: number, mss: number): number {
  if (mss <= ETHERNET_MSS) return segments * mss;
  if (segments >= 20) return Math.max(Math.floor((ETHERNET_MSS * segments) / mss), 2) * mss;
  return (mss > ETHERNET_MSS * 3 ? 2 : 3) * mss;
}

const log2 = (x: number): number => 31 - Math.clz32(Math.min(x, 0xffffffff) >>> 0);

/** TCP_WINDOW_CLAMP, or the receive buffer when the program set it, or as good as none. */
function clampOf(sk: Sock): number {
  const clamp = sk.options.windowClamp;
  const full = fullSpace(sk);
  if (sk.options.rcvBufLocked && (clamp === 0 || clamp > full)) return full;
  return clamp === 0 ? 65535 << MAX_WSCALE : clamp;
}

/** Clamp of a listener's child that scales by so much. */
export const childClamp = (listener: Sock, wscale: number): number =>
  Math.min(clampOf(listener), 65535 << wscale);

/**
 * First receive window, clamp and window scale, for our SYN and for a listener's SYN-ACK. `mss` is what a full segment
 * carries (advmss; less 12 on a SYN-ACK with timestamps); `wscaleOk` says whether scaling may be used.
 * @kernel tcp_select_initial_window net/ipv4/tcp_output.c v6.18
 */
export function selectInitialWindow(net: Netns, sk: Sock, mss: number, wscaleOk: boolean): WindowOffer {
  const full = fullSpace(sk);
  const clamp = clampOf(sk);
  let space = Math.min(clamp, Math.max(full, 0));
  if (space > mss) space = Math.floor(space / mss) * mss;
  let window = net.profile.behaviour.limitsFirstWindow ? Math.min(space, 65535) : space;
  const segments = net.profile.behaviour.initialWindowSegments;
  if (segments > 0) window = Math.min(window, oldFirstWindow(segments, mss));
  let wscale = 0;
  if (wscaleOk) {
    const most = Math.max(space, net.sysctl['net.ipv4.tcp_rmem'][2], net.sysctl['net.core.rmem_max']);
    wscale = Math.min(Math.max(log2(Math.min(most, clamp)) - 15, 0), MAX_WSCALE);
  }
  return { window, clamp: Math.min(clamp, 65535 << wscale), wscale };
}

/** The window we would like to offer now, bytes. @kernel __tcp_select_window net/ipv4/tcp_output.c v6.18 */
export function wantedWindow(sk: Sock): number {
  let mss = sk.rcvMss;
  let free = freeSpace(sk);
  const allowed = fullSpace(sk);
  const full = Math.min(sk.windowClamp, allowed);
  if (mss > full) {
    mss = full;
    if (mss <= 0) return 0;
  }
  const unit = 2 ** sk.rcvWscale;
  if (free < Math.floor(full / 2)) {
    sk.quickAcks = 0;
    free = Math.floor(free / unit) * unit;
    if (free < Math.floor(allowed / 16) || free < mss) return 0;
  }
  if (free > sk.rcvSsthresh) free = sk.rcvSsthresh;
  if (sk.rcvWscale > 0) return Math.ceil(free / unit) * unit;
  if (sk.rcvWnd <= free - mss || sk.rcvWnd > free) return Math.floor(free / mss) * mss;
  if (mss === full && free > sk.rcvWnd + Math.floor(full / 2)) return free;
  return sk.rcvWnd;
}

/**
 * Chooses the window for an outgoing segment and returns the 16-bit field. Takes back what was offered only when there
 * was no room for a segment.
 * @kernel tcp_select_window net/ipv4/tcp_output.c v6.18
 */
export function selectWindow(net: Netns, sk: Sock): number {
  if (sk.ackNoMemory && net.profile.behaviour.closesWindowWithoutMemory) {
    sk.path.predict = false;
    sk.rcvWnd = 0;
    sk.rcvWup = sk.rcvNxt;
    return 0;
  }
  const old = sk.rcvWnd;
  const current = receiveWindow(sk);
  let next = wantedWindow(sk);
  if (next < current) {
    if (next === 0) count(net.mib, MIB.TcpExtTCPWantZeroWindowAdv);
    const unit = 2 ** sk.rcvWscale;
    next = Math.ceil(current / unit) * unit;
  }
  sk.rcvWnd = next;
  sk.rcvWup = sk.rcvNxt;
  const field = Math.floor(Math.min(next, 65535 * 2 ** sk.rcvWscale) / 2 ** sk.rcvWscale);
  if (field === 0) {
    sk.path.predict = false;
    if (old !== 0) count(net.mib, MIB.TcpExtTCPToZeroWindowAdv);
  } else if (old === 0) {
    count(net.mib, MIB.TcpExtTCPFromZeroWindowAdv);
  }
  return field;
}

/** Sets the clamp and the buffers' measures when a connection is established. @kernel tcp_init_buffer_space net/ipv4/tcp_input.c v6.18 */
export function initBufferSpace(net: Netns, sk: Sock): void {
  if (!sk.options.sndBufLocked) expandSndbuf(net, sk);
  sk.path.spaceAt = net.now;
  sk.path.spaceSeq = sk.copiedSeq;
  const most = fullSpace(sk);
  if (sk.windowClamp >= most) sk.windowClamp = most > 4 * sk.advmss ? Math.max(most, 4 * sk.advmss) : most;
  if (sk.windowClamp > 2 * sk.advmss && sk.windowClamp + sk.advmss > most) {
    sk.windowClamp = Math.max(2 * sk.advmss, most - sk.advmss);
  }
  sk.rcvSsthresh = Math.min(sk.rcvSsthresh, sk.windowClamp);
  sk.path.cwndStamp = net.now;
  const initial = net.profile.behaviour.initialCwnd * sk.advmss;
  sk.path.spaceBytes = Math.min(sk.rcvSsthresh, sk.rcvWnd, initial);
}

/** MAX_TCP_HEADER plus skb_shared_info, and sk_buff, bytes. x86-64. */
const SEGMENT_OVERHEAD = 576;
const SKB_BYTES = 256;

/** Grows the send buffer with the congestion window. @kernel tcp_sndbuf_expand net/ipv4/tcp_input.c v6.18 */
export function expandSndbuf(net: Netns, sk: Sock): void {
  const need = Math.max(sk.mssClamp, sk.mss) + SEGMENT_OVERHEAD;
  const perSegment = 2 ** Math.ceil(Math.log2(need)) + SKB_BYTES;
  const segments = Math.max(net.profile.behaviour.initialCwnd, sk.cwnd, sk.reordering + 1);
  const bytes = 2 * segments * perSegment;
  if (sk.options.sndBuf < bytes) sk.options.sndBuf = Math.min(bytes, net.sysctl['net.ipv4.tcp_wmem'][2]);
}

const ipHeader = (sk: Sock): number => (isV4(sk.remote) ? 20 : 40);

/** Whether segments carry timestamps; before the SYN-ACK, whether we ask for them. */
const timestampBytes = (net: Netns, sk: Sock): number => {
  const on = sk.state === 'SYN-SENT' ? net.sysctl['net.ipv4.tcp_timestamps'] !== 0 : sk.tsOk;
  return on ? TIMESTAMP_BYTES : 0;
};

/** Largest payload for an MTU, without SACK blocks, bytes. @kernel tcp_mtu_to_mss net/ipv4/tcp_output.c v6.18 */
function mtuToMss(net: Netns, sk: Sock, mtu: number, stampBytes = timestampBytes(net, sk)): number {
  let mss = mtu - ipHeader(sk) - TCP_HEADER;
  if (sk.mssClamp > 0 && mss > sk.mssClamp) mss = sk.mssClamp;
  mss = Math.max(mss, net.sysctl['net.ipv4.tcp_min_snd_mss']);
  return mss - stampBytes;
}

/** Not more than half of the largest window seen. @kernel tcp_bound_to_half_wnd include/net/tcp.h v6.18 */
export function boundToHalfWindow(sk: Sock, size: number): number {
  const cutoff = sk.maxWindow > MSS_DEFAULT ? sk.maxWindow >> 1 : sk.maxWindow;
  return cutoff > 0 && size > cutoff ? Math.max(cutoff, 68 - TCP_HEADER) : size;
}

/**
 * Takes a new path MTU (bytes) and sets the MSS for sending, which it returns. `stampBytes` is what timestamps take of
 * each segment. @kernel tcp_sync_mss net/ipv4/tcp_output.c v6.18
 */
export function syncMss(net: Netns, sk: Sock, pmtu: number, stampBytes = timestampBytes(net, sk)): number {
  sk.pmtu = pmtu;
  sk.mss = boundToHalfWindow(sk, mtuToMss(net, sk, pmtu, stampBytes));
  return sk.mss;
}

/** SACK blocks that the next segment carries, D-SACK included. @kernel tcp_established_options net/ipv4/tcp_output.c v6.18 */
export function sackBlocksToSend(sk: Sock): number {
  if (!sk.sackOk) return 0;
  const wanted = sk.sackRecent.length / 2 + (sk.dsackPending ? 1 : 0);
  const room = MAX_OPTION_BYTES - (sk.tsOk ? TIMESTAMP_BYTES : 0) - 4;
  return Math.min(wanted, room >> 3);
}

/** Payload a full segment has room for now, bytes; the path may have changed. @kernel tcp_current_mss net/ipv4/tcp_output.c v6.18 */
export function currentMss(net: Netns, sk: Sock): number {
  if (net.pathMtus.size > 0 || sk.pmtu < sk.linkMtu) {
    const mtu = pathMtu(net, sk.remote, sk.linkMtu);
    if (mtu !== sk.pmtu) syncMss(net, sk, mtu);
  }
  const blocks = sackBlocksToSend(sk);
  return blocks === 0 ? sk.mss : sk.mss - 4 - blocks * 8;
}

/** First unacceptable sequence number of the peer's window. @kernel tcp_wnd_end include/net/tcp.h v6.18 */
export const windowEnd = (sk: Sock): number => (sk.sndUna + sk.sndWnd) | 0;

/** Sequence number for a segment without data. @kernel tcp_acceptable_seq net/ipv4/tcp_output.c v6.18 */
export function acceptableSeq(sk: Sock): number {
  const end = windowEnd(sk);
  if (!before(end, sk.sndNxt)) return sk.sndNxt;
  if (sk.wscaleOk && ((sk.sndNxt - end) | 0) < 2 ** sk.rcvWscale) return sk.sndNxt;
  return end;
}

/** First guess at the size of the peer's segments, bytes. @kernel tcp_initialize_rcv_mss net/ipv4/tcp_input.c v6.18 */
export function initRcvMss(sk: Sock): void {
  const hint = Math.min(sk.advmss, sk.mss, sk.rcvWnd >> 1, MSS_DEFAULT);
  sk.rcvMss = Math.max(hint, MIN_MSS);
}
