// Sending again what was sent: one buffer, or all that are marked lost. @kernel net/ipv4/tcp_output.c v6.18
// Small neighbours are merged into one segment on the way, as Linux does.

import { type Failure, fail, type Result } from '../errno.ts';
import { routeLookup } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { CWR, ECE, FIN, PSH, SYN } from '../wire/segment.ts';
import { currentSsthresh } from './congestion.ts';
import { markLost } from './loss.ts';
import type { Netns } from './netns.ts';
import { recut, skbLength, splitBuffer } from './records.ts';
import { forgetBuffer, forgetBytes } from './send-memory.ts';
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

/** Takes the follower's place in the counts. @kernel tcp_adjust_pcount net/ipv4/tcp_output.c v6.18 */
function uncount(sk: Sock, next: SendBuffer): void {
  sk.packetsOut--;
  if (next.sacked) sk.sackedOut--;
  if (next.retransmitted) sk.retransOut--;
  if (next.lost) sk.lostOut--;
  if (!sk.sackOk && sk.sackedOut > 0) sk.sackedOut--;
}

/** Merges followers while they fit into `room` bytes. @kernel tcp_retrans_try_collapse net/ipv4/tcp_output.c v6.18 */
function collapse(sk: Sock, index: number, room: number): void {
  const queue = sk.retransmitQueue;
  const buf = queue[index]!;
  if ((buf.flags & (SYN | FIN)) !== 0) return;
  for (;;) {
    const next = queue[index + 1];
    if (next === undefined || next.sacked || (next.flags & SYN) !== 0) return;
    if (buf.data.length + next.data.length > room || after(next.endSeq, windowEnd(sk))) return;
    const merged = new Uint8Array(buf.data.length + next.data.length);
    merged.set(buf.data);
    merged.set(next.data, buf.data.length);
    sk.queuedBytes += next.data.length;
    forgetBuffer(sk, next);
    buf.data = merged;
    buf.endSeq = next.endSeq;
    buf.flags |= next.flags & (PSH | FIN);
    buf.everRetransmitted ||= next.everRetransmitted;
    uncount(sk, next);
    queue.splice(index + 1, 1);
    if ((buf.flags & FIN) !== 0) return;
  }
}

/** Cuts what was sent in larger segments anew. */
function recutSent(sk: Sock, index: number, mss: number): void {
  const { lost, retransmitted } = sk.retransmitQueue[index]!;
  const more = recut(sk.retransmitQueue, index, mss);
  sk.packetsOut += more;
  if (lost) sk.lostOut += more;
  if (retransmitted) sk.retransOut += more;
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

/** EAGAIN while the peer's window is closed to it, EHOSTUNREACH without a route. @kernel __tcp_retransmit_skb net/ipv4/tcp_output.c v6.18 */
function sendAgain(net: Netns, sk: Sock, index: number): Result<0> {
  const buf = sk.retransmitQueue[index]!;
  trimHead(sk, buf);
  const noWay = rebuildHeader(net, sk);
  if (noWay !== null) return noWay;
  const mss = currentMss(net, sk);
  if (buf.data.length > mss) recutSent(sk, index, mss);
  let room = (windowEnd(sk) - buf.seq) | 0;
  if (room <= 0) {
    if (buf.seq !== sk.sndUna) return fail('EAGAIN');
    room = mss;
  }
  room = Math.min(room, mss);
  if (buf.data.length > room) {
    splitBuffer(sk.retransmitQueue, index, room);
    sk.packetsOut++;
    if (buf.lost) sk.lostOut++;
    if (buf.retransmitted) sk.retransOut++;
  } else if (buf.data.length < room) {
    collapse(sk, index, room);
  }
  count(net.mib, MIB.TcpRetransSegs);
  if ((buf.flags & SYN) !== 0) {
    // A middlebox may have dropped the SYN for its ECN bits. @kernel tcp_ecn_clear_syn include/net/tcp_ecn.h v6.18
    buf.flags &= ~(ECE | CWR);
    count(net.mib, MIB.TcpExtTCPSynRetrans);
  }
  sk.totalRetrans++;
  const result = transmitBuffer(net, sk, buf, true);
  buf.everRetransmitted = true;
  if (!result.ok) count(net.mib, MIB.TcpExtTCPRetransFail);
  return result;
}

/** Sends the buffer at `index` of the retransmission queue again. @kernel tcp_retransmit_skb net/ipv4/tcp_output.c v6.18 */
export function retransmitBuffer(net: Netns, sk: Sock, index: number): Result<0> {
  const buf = sk.retransmitQueue[index]!;
  const result = sendAgain(net, sk, index);
  if (result.ok && !buf.retransmitted) {
    buf.retransmitted = true;
    sk.retransOut++;
  }
  if (sk.retransStamp === 0) sk.retransStamp = Math.max(buf.sentAt, 1);
  sk.undoRetrans = Math.max(sk.undoRetrans, 0) + 1;
  return result;
}

/** A probe of the tail: as above, but not counted as being out again. @kernel tcp_send_loss_probe net/ipv4/tcp_output.c v6.18 */
export const retransmitProbe = (net: Netns, sk: Sock, index: number): Result<0> => sendAgain(net, sk, index);

/** Sends again what is marked lost, as far as the window goes. @kernel tcp_xmit_retransmit_queue net/ipv4/tcp_output.c v6.18 */
export function retransmitLost(net: Netns, sk: Sock): void {
  if (sk.packetsOut === 0) return;
  let headSent = false;
  for (let i = 0; i < sk.retransmitQueue.length; i++) {
    if (sk.cwnd - packetsInFlight(sk) <= 0 || sk.retransOut >= sk.lostOut) break;
    const buf = sk.retransmitQueue[i]!;
    if (!buf.lost || buf.sacked || buf.retransmitted) continue;
    if (!retransmitBuffer(net, sk, i).ok) break;
    count(net.mib, sk.caState === 'Loss' ? MIB.TcpExtTCPSlowStartRetrans : MIB.TcpExtTCPFastRetrans);
    if (sk.caState === 'Recovery') sk.path.prrOut++;
    if (i === 0 && sk.retransmitKind !== 'reorder') headSent = true;
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
