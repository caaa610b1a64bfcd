// Sending again what was sent: one skb or a part of it, or all that are marked lost. @kernel net/ipv4/tcp_output.c v6.18
// Small neighbours are merged into one segment on the way, as Linux does.

import { type Failure, fail, OK, type Result } from '../errno.ts';
import { routeLookup } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { CWR, ECE, FIN, PSH, SYN } from '../wire/segment.ts';
import { segmentsAtOnce } from './burst.ts';
import { currentSsthresh } from './congestion.ts';
import { markLost } from './loss.ts';
import type { Netns } from './netns.ts';
import {
  adjustCounts,
  continuesSkb,
  dataLength,
  recutSent,
  skbLength,
  skbStart,
  splitSent,
} from './records.ts';
import { forgetBytes, unchargeRecord } from './send-memory.ts';
import { packetsInFlight, transmitBuffer } from './transmit.ts';
import { currentMss, windowEnd } from './window.ts';
import { armXmit } from './xmit-timer.ts';

/** Cuts off what was acknowledged meanwhile. */
function trimHead(sk: Sock, buf: SendBuffer): void {
  if (!before(buf.seq, sk.sndUna)) return;
  if ((buf.flags & SYN) !== 0) {
    buf.flags &= ~SYN;
    buf.seq = (buf.seq + 1) | 0;
  }
  const gone = (sk.sndUna - buf.seq) | 0;
  if (gone <= 0) return;
  buf.data = buf.data.subarray(gone);
  buf.seq = sk.sndUna;
  forgetBytes(sk, gone);
}

/**
 * Merges followers that are one segment each while they fit into `room` bytes.
 * @kernel tcp_retrans_try_collapse net/ipv4/tcp_output.c v6.18
 */
function collapse(sk: Sock, index: number, room: number): void {
  const queue = sk.retransmitQueue;
  const buf = queue[index]!;
  if ((buf.flags & (SYN | FIN)) !== 0) return;
  for (;;) {
    const next = queue[index + 1];
    if (next === undefined || next.sacked || (next.flags & SYN) !== 0) return;
    if (continuesSkb(queue[index + 2])) return;
    if (buf.data.length + next.data.length > room || after(next.endSeq, windowEnd(sk))) return;
    const merged = new Uint8Array(buf.data.length + next.data.length);
    merged.set(buf.data);
    merged.set(next.data, buf.data.length);
    unchargeRecord(sk);
    buf.data = merged;
    buf.endSeq = next.endSeq;
    buf.flags |= next.flags & (PSH | FIN);
    buf.everRetransmitted ||= next.everRetransmitted;
    if (sk.path.highestSack === next.seq) sk.path.highestSack = buf.seq;
    adjustCounts(sk, next, -1);
    queue.splice(index + 1, 1);
    if ((buf.flags & FIN) !== 0) return;
  }
}

/**
 * Looks the way up again. Without one nothing is sent and nothing counted, and the reason is kept for when the connection
 * gives up. Left out: tcp_ip_dynaddr. @kernel inet_sk_rebuild_header net/ipv4/af_inet.c v6.18
 */
function rebuildHeader(net: Netns, sk: Sock): Failure | null {
  const way = routeLookup(net.interfaces, net.routes, sk.remote, sk.local);
  if (way.ok) return null;
  sk.softError = way.errno;
  return fail('EHOSTUNREACH');
}

/** What may be sent of the skb, in bytes: so many segments, as far as the window goes. */
function sendable(sk: Sock, seq: number, mss: number, segments: number): number {
  let room = (windowEnd(sk) - seq) | 0;
  if (room <= 0) {
    if (seq !== sk.sndUna) return 0;
    room = mss;
  }
  const most = mss * segments;
  if (most <= room) return most;
  return room < mss ? room : room - (room % mss);
}

/** All segments of the skb at `index`, as one packet. */
function transmitSkb(net: Netns, sk: Sock, index: number, segments: number): Result<0> {
  const queue = sk.retransmitQueue;
  let result: Result<0> = OK;
  const last = index + segments - 1;
  for (let i = index; i <= last; i++) {
    if (result.ok) result = transmitBuffer(net, sk, queue[i]!, true, i > index && i === last);
    queue[i]!.everRetransmitted = true;
  }
  return result;
}

/**
 * Sends at most so many segments of the skb at `index` again; what more it has becomes an skb of its own. EAGAIN while
 * the peer's window is closed to it, EHOSTUNREACH without a route. @kernel __tcp_retransmit_skb net/ipv4/tcp_output.c v6.18
 */
function sendAgain(net: Netns, sk: Sock, index: number, most: number): Result<0> {
  const queue = sk.retransmitQueue;
  const buf = queue[index]!;
  trimHead(sk, buf);
  const noWay = rebuildHeader(net, sk);
  if (noWay !== null) return noWay;
  const mss = currentMss(net, sk);
  const room = sendable(sk, buf.seq, mss, most);
  if (room === 0) return fail('EAGAIN');
  const bytes = dataLength(queue, index, skbLength(queue, index));
  if (bytes > room) splitSent(sk, index, room, mss);
  else {
    recutSent(sk, index, mss);
    const small = Math.min(room, mss);
    if (bytes < small) collapse(sk, index, small);
  }
  const segments = skbLength(queue, index);
  count(net.mib, MIB.TcpRetransSegs, segments);
  if ((buf.flags & SYN) !== 0) {
    // A middlebox may have dropped the SYN for its ECN bits. @kernel tcp_ecn_clear_syn include/net/tcp_ecn.h v6.18
    buf.flags &= ~(ECE | CWR);
    count(net.mib, MIB.TcpExtTCPSynRetrans);
  }
  sk.totalRetrans += segments;
  const result = transmitSkb(net, sk, index, segments);
  if (!result.ok) count(net.mib, MIB.TcpExtTCPRetransFail, segments);
  return result;
}

/** Sends at most so many segments of the skb at `index` again and counts them as out. @kernel tcp_retransmit_skb net/ipv4/tcp_output.c v6.18 */
function retransmitSkb(net: Netns, sk: Sock, index: number, most: number): Result<0> {
  const queue = sk.retransmitQueue;
  const result = sendAgain(net, sk, index, most);
  const segments = skbLength(queue, index);
  if (result.ok && !queue[index]!.retransmitted) {
    for (let i = index; i < index + segments; i++) queue[i]!.retransmitted = true;
    sk.retransOut += segments;
  }
  if (sk.retransStamp === 0) sk.retransStamp = Math.max(queue[index]!.sentAt, 1);
  sk.undoRetrans = Math.max(sk.undoRetrans, 0) + segments;
  return result;
}

/** Sends the first segment of the queue again, as a timeout does. */
export const retransmitHead = (net: Netns, sk: Sock): Result<0> => retransmitSkb(net, sk, 0, 1);

/** A probe of the tail: the last segment again, not counted as being out. @kernel tcp_send_loss_probe net/ipv4/tcp_output.c v6.18 */
export function retransmitTail(net: Netns, sk: Sock): Result<0> {
  const queue = sk.retransmitQueue;
  const at = skbStart(queue, queue.length - 1);
  const segments = skbLength(queue, at);
  const mss = currentMss(net, sk);
  const most = (segments - 1) * mss;
  const probe = segments > 1 && dataLength(queue, at, segments) > most ? splitSent(sk, at, most, mss) : at;
  return sendAgain(net, sk, probe, 1);
}

/** Sends again what is marked lost, as far as the window goes. @kernel tcp_xmit_retransmit_queue net/ipv4/tcp_output.c v6.18 */
export function retransmitLost(net: Netns, sk: Sock): void {
  if (sk.packetsOut === 0) return;
  const queue = sk.retransmitQueue;
  const atOnce = segmentsAtOnce(sk, currentMss(net, sk));
  let headSent = false;
  for (let i = 0; i < queue.length; i++) {
    const room = sk.cwnd - packetsInFlight(sk);
    if (room <= 0 || sk.retransOut >= sk.lostOut) break;
    const buf = queue[i]!;
    // The marks of an skb are those of all its segments, so the first one to pass begins an skb.
    if (!buf.lost || buf.sacked || buf.retransmitted) continue;
    if (!retransmitSkb(net, sk, i, Math.min(room, atOnce)).ok) break;
    const segments = skbLength(queue, i);
    count(
      net.mib,
      sk.caState === 'Loss' ? MIB.TcpExtTCPSlowStartRetrans : MIB.TcpExtTCPFastRetrans,
      segments,
    );
    if (sk.caState === 'Recovery') sk.path.prrOut += segments;
    if (i === 0 && sk.retransmitKind !== 'reorder') headSent = true;
    i += segments - 1;
  }
  if (headSent) armXmit(net, sk, 'retransmit', sk.rto);
}

/**
 * Sends again what is in flight in segments that have become too large for the path. That is no congestion.
 * @kernel tcp_simple_retransmit, tcp_non_congestion_loss_retransmit net/ipv4/tcp_input.c v6.18
 */
export function simpleRetransmit(net: Netns, sk: Sock): void {
  const mss = currentMss(net, sk);
  const queue = sk.retransmitQueue;
  for (let i = 0; i < queue.length; ) {
    const end = i + skbLength(queue, i);
    const large = queue[i]!.data.length > mss;
    for (; i < end; i++) if (large) markLost(net, sk, queue[i]!);
  }
  if (sk.lostOut === 0) return;
  if (sk.caState !== 'Loss') {
    sk.highSeq = sk.sndNxt;
    sk.ssthresh = currentSsthresh(sk);
    sk.path.priorSsthresh = 0;
    sk.undoMarker = 0;
    sk.caState = 'Loss';
  }
  retransmitLost(net, sk);
}
