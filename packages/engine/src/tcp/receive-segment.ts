// A segment arrives: which socket is it for, and what does a listener do with it?
// @kernel tcp_v4_rcv, tcp_v4_do_rcv net/ipv4/tcp_ipv4.c v6.18
//
// Left out: MD5 and AO, IP_MINTTL, socket filters, BPF lookup, early demux, the backlog of a socket that a process is
// working on (calls do not overlap here).

import { isMulticast } from '../addr.ts';
import { kindOf, REQUEST4, REQUEST6, SOCK, slotOf } from '../handle.ts';
import { findSegment, segmentHash } from '../inet/established.ts';
import { lookupListenerOf } from '../inet/listen-table.ts';
import { isBroadcastTo, isForUs } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import { ACK, cloneSegment, destinationOf, FIN, RST, type Segment, SYN } from '../wire/segment.ts';
import { rcvSynSent } from './active-open.ts';
import { checkRequest } from './check-request.ts';
import { connectionRequest } from './connection-request.ts';
import { cookieChild } from './cookie-child.ts';
import { trace, traceDrop, WAKE_READ, wake } from './emit.ts';
import { heirOfRequest } from './migrate.ts';
import type { Netns } from './netns.ts';
import { RequestView, removeRequest } from './request-sock.ts';
import { sendResetReply } from './reset.ts';
import { rcvSegment } from './segment-arrives.ts';
import { killTimeWait, timeWaitAck, timeWaitSegment } from './time-wait.ts';

const view = new RequestView();

/** A segment from a link or from ourselves. The record may be given back to the pool by the caller afterwards. */
export function receiveSegment(net: Netns, seg: Segment): void {
  if (!isForUs(net.interfaces, seg)) return notForUs(net, seg);
  count(net.mib, MIB.TcpInSegs);
  if (net.trace !== null) trace(net, { type: 'segment-in', at: net.now, segment: cloneSegment(seg) });
  demux(net, seg);
}

/**
 * What a multicast or broadcast address brings to a listener is counted and never answered. Everything else to a multicast
 * address is not even seen by TCP.
 */
function notForUs(net: Netns, seg: Segment): void {
  const broadcast = isBroadcastTo(net.interfaces, destinationOf(seg));
  const listener = isMulticast(destinationOf(seg)) || broadcast ? listenerOf(net, seg) : null;
  const refused = listener !== null && (seg.flags & (SYN | ACK | RST | FIN)) === SYN;
  if (broadcast || listener !== null) count(net.mib, MIB.TcpInSegs);
  if (refused) {
    listener.drops++;
    count(net.mib, MIB.TcpExtListenDrops);
  }
  // The reset of a listener is counted before its source address turns out to be impossible.
  if (listener !== null && (seg.flags & (ACK | RST)) === ACK) {
    count(net.mib, MIB.TcpOutSegs);
    count(net.mib, MIB.TcpOutRsts);
  }
  traceDrop(net, isMulticast(destinationOf(seg)) ? 'multicast' : 'not-for-us', seg);
}

function listenerOf(net: Netns, seg: Segment): Sock | null {
  const id = lookupListenerOf(net.listeners, net.socks, seg, segmentHash(net.established, seg));
  return id === 0 ? null : (net.socks.get(id) ?? null);
}

function demux(net: Netns, seg: Segment): void {
  const handle = findSegment(net, seg);
  if (handle === 0) return toListener(net, seg);
  const kind = kindOf(handle);
  if (kind === SOCK) toSock(net, net.socks.get(slotOf(handle))!, seg);
  else if (kind === REQUEST4 || kind === REQUEST6) toRequest(net, handle, seg);
  else toTimeWait(net, handle, seg);
}

function toSock(net: Netns, sk: Sock, seg: Segment): void {
  if (sk.state === 'SYN-SENT') rcvSynSent(net, sk, seg);
  else rcvSegment(net, sk, seg);
}

function toListener(net: Netns, seg: Segment): void {
  const listener = listenerOf(net, seg);
  if (listener !== null) return listenSegment(net, listener, seg);
  if ((seg.flags & RST) !== 0) traceDrop(net, 'rst-to-closed-port', seg);
  sendResetReply(net, seg);
}

/** What makes no child is dropped on the listener's account, answered or not. @kernel tcp_v4_rcv (discard_and_relse) net/ipv4/tcp_ipv4.c v6.18 */
function toRequest(net: Netns, handle: number, seg: Segment): void {
  const own = net.socks.get(view.at(net, handle).listener);
  const listener = own?.state === 'LISTEN' ? own : heirOfRequest(net, view);
  if (listener === null) {
    removeRequest(net, view.at(net, handle), 'listener closed');
    return demux(net, seg);
  }
  const verdict = checkRequest(net, listener, handle, seg);
  if (verdict.kind === 'done') listener.drops++;
  else if (verdict.kind === 'listener') listenSegment(net, listener, seg);
  else if (verdict.kind === 'child') runChild(net, listener, verdict.child, seg);
}

/**
 * The child handles the segment that made it; then the listener's readers wake, unless it stays in SYN-RECV.
 * @kernel tcp_child_process net/ipv4/tcp_minisocks.c v6.18
 */
function runChild(net: Netns, listener: Sock, child: Sock, seg: Segment): void {
  rcvSegment(net, child, seg);
  if (child.state !== 'SYN-RECV') wake(net, listener, WAKE_READ);
}

/**
 * A segment for a socket in LISTEN. `isn` is given when a TIME-WAIT record made way for it.
 * @kernel tcp_rcv_state_process net/ipv4/tcp_input.c v6.18
 */
function listenSegment(net: Netns, listener: Sock, seg: Segment, isn: number | null = null): void {
  if ((seg.flags & SYN) === 0) {
    const outcome = cookieChild(net, listener, seg);
    if (outcome === 'dropped') return;
    if (outcome !== 'not-a-cookie') return runChild(net, listener, outcome, seg);
  }
  if ((seg.flags & ACK) !== 0) return refuse(net, seg);
  if ((seg.flags & RST) !== 0) return drop(net, listener, 'rst-to-listener', seg);
  if ((seg.flags & SYN) === 0) return drop(net, listener, 'no-flags', seg);
  if ((seg.flags & FIN) !== 0) return drop(net, listener, 'syn-fin', seg);
  connectionRequest(net, listener, seg, isn);
}

/** @kernel tcp_drop_reason include/net/tcp.h v6.18 */
function drop(
  net: Netns,
  listener: Sock,
  reason: 'rst-to-listener' | 'no-flags' | 'syn-fin',
  seg: Segment,
): void {
  listener.drops++;
  traceDrop(net, reason, seg);
}

function refuse(net: Netns, seg: Segment): void {
  if ((seg.flags & RST) !== 0) traceDrop(net, 'rst-to-listener', seg);
  sendResetReply(net, seg);
}

function toTimeWait(net: Netns, handle: number, seg: Segment): void {
  const verdict = timeWaitSegment(net, handle, seg);
  if (verdict.kind === 'done') return;
  if (verdict.kind === 'reset') {
    sendResetReply(net, seg);
    return killTimeWait(net, handle);
  }
  const listener = listenerOf(net, seg);
  if (listener === null) return timeWaitAck(net, handle, seg);
  killTimeWait(net, handle);
  listenSegment(net, listener, seg, verdict.isn);
}
