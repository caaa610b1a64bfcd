// What leaves a full socket and when: Nagle, cork, the two windows, PSH, FIN, window probes.
// Left out: TSO (one segment a packet), pacing, small-queue limits, autocorking, urgent data.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { ACK, FIN, NO_DATA, PSH, RST } from '../wire/segment.ts';
import { burstQuota, planBurst, RECORD_MAX, recordLength } from './burst.ts';
import { restartAfterIdle, validateCwnd } from './congestion.ts';
import type { Netns } from './netns.ts';
import { continuesSkb, movePush, recut, splitBuffer } from './records.ts';
import { beginRecord, checkSpace, joinRecord, rememberBytes, sendMemoryFree } from './send-memory.ts';
import { newSendBuffer, packetsInFlight, RECORD_START, sendBare, transmitBuffer } from './transmit.ts';
import { acceptableSeq, boundToHalfWindow, currentMss, windowEnd } from './window.ts';
import { armXmit, probeBase, rearmRto, scheduleLossProbe } from './xmit-timer.ts';

export { writable } from './send-memory.ts';

// Nagle bits, include/net/tcp.h v6.18.
export const NAGLE_OFF = 1;
const NAGLE_CORK = 2;
const NAGLE_PUSH = 4;

const nagleOf = (sk: Sock): number =>
  (sk.options.noDelay ? NAGLE_OFF : 0) | (sk.options.cork ? NAGLE_CORK : 0);

const sizeGoal = (sk: Sock, mss: number): number =>
  Math.max(Math.floor(boundToHalfWindow(sk, RECORD_MAX) / mss), 1) * mss;

/** Half of the largest window was written since the last PSH. @kernel forced_push net/ipv4/tcp.c v6.18 */
const forcedPush = (sk: Sock): boolean => after(sk.writeSeq, (sk.pushedSeq + (sk.maxWindow >> 1)) | 0);

function markPush(sk: Sock, buf: SendBuffer): void {
  buf.flags |= PSH;
  sk.pushedSeq = sk.writeSeq;
}

/** A partial segment waits while an earlier partial one is unacknowledged. @kernel tcp_nagle_test net/ipv4/tcp_output.c v6.18 */
function nagleAllows(sk: Sock, buf: SendBuffer, mss: number, nagle: number): boolean {
  if ((nagle & NAGLE_PUSH) !== 0 || (buf.flags & FIN) !== 0 || buf.data.length >= mss) return true;
  return !nagleHolds(sk, nagle);
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
};

/**
 * Takes the second record into the first one when both fit into a burst. @kernel tcp_grow_skb net/ipv4/tcp_output.c
 * v6.18 simplified: a part of a record is never taken
 */
function growRecord(sk: Sock, mss: number): void {
  const queue = sk.sendQueue;
  const length = recordLength(queue);
  const next = queue[length];
  if (next === undefined || next.data.length === 0) return;
  const last = length + recordLength(queue, length) - 1;
  const bytes = (queue[last]!.endSeq - queue[0]!.seq) | 0;
  if (bytes > burstQuota(sk, mss) * mss) return;
  movePush(queue[length - 1]!, queue[last]!);
  joinRecord(sk, next);
}

/**
 * Cuts the rest of the first record anew when segments may now be larger or smaller than those it was cut into, as after
 * the peer's window grew. @kernel tcp_init_tso_segs net/ipv4/tcp_output.c v6.18
 */
function recutFirst(queue: SendBuffer[], mss: number): void {
  const head = queue[0]!;
  if (head.data.length !== mss && continuesSkb(queue[1])) recut(queue, 0, mss);
}

/** A buffer left for the first time. @kernel tcp_event_new_data_sent net/ipv4/tcp_output.c v6.18 */
function newDataSent(net: Netns, sk: Sock, buf: SendBuffer): void {
  const prior = sk.packetsOut;
  sk.sendQueue.shift();
  if ((buf.flags & RECORD_START) !== 0) sk.path.recordsUnsent--;
  if (sk.path.recordsUnsent === 0) sk.path.goalLeft += buf.data.length;
  sk.retransmitQueue.push(buf);
  sk.sndNxt = buf.endSeq;
  sk.packetsOut++;
  if (prior === 0 || sk.retransmitKind === 'loss-probe') rearmRto(net, sk);
  count(net.mib, MIB.TcpExtTCPOrigDataSent);
  checkSpace(net, sk);
}

/** A partial segment must wait. @kernel tcp_nagle_check net/ipv4/tcp_output.c v6.18 */
function nagleHolds(sk: Sock, nagle: number): boolean {
  if ((nagle & NAGLE_CORK) !== 0) return true;
  if (nagle !== 0 || sk.packetsOut === 0) return false;
  return after(sk.sndSml, sk.sndUna) && !after(sk.sndSml, sk.sndNxt);
}

/** Buffers of a large record that the window lets go, the last one cut to the window if Nagle has no objection. */
function fittingBuffers(sk: Sock, mss: number, most: number, nagle: number): number {
  const queue = sk.sendQueue;
  const end = windowEnd(sk);
  let n = 0;
  while (n < most && n < queue.length && (n === 0 || (queue[n]!.flags & RECORD_START) === 0)) {
    const buf = queue[n]!;
    if (buf.data.length > mss) splitBuffer(queue, n, mss);
    const room = (end - buf.seq) | 0;
    const partial = Math.min(buf.data.length, room) < mss && (buf.flags & FIN) === 0;
    if (room <= 0 || (n > 0 && partial && nagleHolds(sk, nagle))) break;
    if (after(buf.endSeq, end)) {
      if (n === 0 || room >= buf.data.length) break;
      splitBuffer(queue, n, room);
    }
    n++;
  }
  return n;
}

/** The rest of a record that was sent in part is a record of its own. */
function markRest(sk: Sock): void {
  const head = sk.sendQueue[0];
  if (head === undefined || (head.flags & RECORD_START) !== 0) return;
  head.flags |= RECORD_START;
  beginRecord(sk);
}

/** Sends the head of the send queue as one packet of Linux's; returns segments sent, 0 when a test says no. */
function sendBurst(net: Netns, sk: Sock, mss: number, nagle: number, most: number, large: boolean): number {
  let n = 1;
  if (large) {
    n = fittingBuffers(sk, mss, most, nagle);
  } else {
    const head = sk.sendQueue[0]!;
    if (after(head.endSeq, windowEnd(sk))) return 0;
    if (!nagleAllows(sk, head, mss, sk.sendQueue.length === 1 ? nagle : NAGLE_PUSH)) return 0;
  }
  const last = n - 1;
  for (let i = 0; i < n; i++) {
    const buf = sk.sendQueue[0]!;
    if (!transmitBuffer(net, sk, buf, false, i > 0 && i === last).ok) {
      n = i;
      break;
    }
    newDataSent(net, sk, buf);
    if (buf.data.length < mss) sk.sndSml = buf.endSeq;
  }
  if (n > 0) markRest(sk);
  return n;
}

/**
 * Sends what the windows and Nagle allow, at most one buffer for a loss probe. True when data waits and nothing is in
 * flight, so that the probe timer is needed. @kernel tcp_write_xmit net/ipv4/tcp_output.c v6.18
 */
export function writeXmit(net: Netns, sk: Sock, mss: number, nagle: number, probe = false): boolean {
  let sent = 0;
  let limited = false;
  while (sk.sendQueue.length > 0) {
    if (net.profile.behaviour.growsRecords) growRecord(sk, mss);
    recutFirst(sk.sendQueue, mss);
    const plan = planBurst(net, sk, mss, probe);
    limited = plan.deferred;
    if (plan.segments === 0) break;
    const n = sendBurst(net, sk, mss, nagle, probe ? 1 : plan.segments, plan.large);
    sent += n;
    if (n === 0 || probe) break;
  }
  limited ||= packetsInFlight(sk) >= sk.cwnd;
  if (sent > 0 || limited) validateCwnd(net, sk, limited);
  if (sent === 0) return sk.packetsOut === 0 && sk.sendQueue.length > 0;
  if (sk.caState === 'Recovery') sk.path.prrOut += sent;
  if (!probe) scheduleLossProbe(net, sk, false);
  return false;
}

/** @kernel __tcp_push_pending_frames net/ipv4/tcp_output.c v6.18 */
export function pushWith(net: Netns, sk: Sock, nagle: number): void {
  if (sk.state === 'UNCONN' || sk.sendQueue.length === 0) return;
  if (writeXmit(net, sk, currentMss(net, sk), nagle)) checkProbeTimer(net, sk);
}

/** Arms the window probe when nothing else will. @kernel tcp_check_probe_timer include/net/tcp.h v6.18 */
function checkProbeTimer(net: Netns, sk: Sock): void {
  if (sk.packetsOut === 0 && sk.retransmitKind === 'none') armXmit(net, sk, 'probe', probeBase(sk));
}

/**
 * Sends what may go; with `force` also a partial segment that Nagle or the cork holds (TCP_NODELAY was just set).
 * @kernel tcp_push_pending_frames include/net/tcp.h v6.18
 */
export function pushPending(net: Netns, sk: Sock, force = false): void {
  pushWith(net, sk, force ? nagleOf(sk) | NAGLE_PUSH : nagleOf(sk));
}

/** Appends to the last unsent buffer, or begins one; returns bytes taken (0 = the send buffer is full). */
function appendSome(net: Netns, sk: Sock, bytes: Uint8Array, mss: number): number {
  const tail = sk.sendQueue[sk.sendQueue.length - 1];
  if (tail === undefined || (tail.flags & FIN) !== 0) sk.path.goalLeft = 0;
  if (sk.path.goalLeft <= 0) {
    if (!sendMemoryFree(sk)) return 0;
    sk.path.goalLeft = sizeGoal(sk, mss);
    return beginBuffer(net, sk, bytes, mss, RECORD_START);
  }
  const room = Math.min(mss - tail!.data.length, sk.path.goalLeft);
  if (room > 0) {
    const part = bytes.subarray(0, room);
    tail!.data = concat(tail!.data, part);
    tail!.endSeq = (tail!.endSeq + part.length) | 0;
    return account(sk, part.length, false);
  }
  const pushed = tail!.flags & PSH;
  tail!.flags &= ~PSH;
  return beginBuffer(net, sk, bytes, mss, pushed);
}

function beginBuffer(net: Netns, sk: Sock, bytes: Uint8Array, mss: number, flags: number): number {
  const part = bytes.slice(0, Math.min(mss, sk.path.goalLeft));
  restartAfterIdle(net, sk);
  sk.sendQueue.push(newSendBuffer(sk.writeSeq, ACK | flags, part));
  return account(sk, part.length, (flags & RECORD_START) !== 0);
}

function account(sk: Sock, length: number, begins: boolean): number {
  sk.path.goalLeft -= length;
  rememberBytes(sk, length, begins);
  sk.writeSeq = (sk.writeSeq + length) | 0;
  return length;
}

/** A record is full: send, all of it with PSH when half a window was written, else a first packet if none waits before it. */
function recordFull(net: Netns, sk: Sock, mss: number): void {
  if (forcedPush(sk)) {
    markPush(sk, sk.sendQueue[sk.sendQueue.length - 1]!);
    pushWith(net, sk, NAGLE_PUSH);
  } else if (sk.path.recordsUnsent === 1) {
    writeXmit(net, sk, mss, NAGLE_PUSH);
  }
}

/**
 * Takes bytes from a writer as far as the send buffer goes, and sends what may go. Returns how many were taken; when
 * fewer than given, the socket remembers to announce space. `more` is MSG_MORE.
 * @kernel tcp_sendmsg_locked net/ipv4/tcp.c v6.18 simplified: no zero copy, no urgent data
 */
export function queueData(net: Netns, sk: Sock, bytes: Uint8Array, more = false): number {
  sk.path.entry++;
  const mss = currentMss(net, sk);
  let taken = 0;
  while (taken < bytes.length) {
    const n = appendSome(net, sk, bytes.subarray(taken), mss);
    if (n === 0) break;
    taken += n;
    if (sk.path.goalLeft === 0) recordFull(net, sk, mss);
  }
  const full = taken < bytes.length;
  if (full) sk.path.noSpace = true;
  const tail = sk.sendQueue[sk.sendQueue.length - 1];
  if (taken === 0 || tail === undefined) return taken;
  if (!more || full || forcedPush(sk)) markPush(sk, tail);
  pushWith(net, sk, full ? NAGLE_PUSH : more ? NAGLE_CORK : nagleOf(sk));
  return taken;
}

/** Queues a FIN, on the last unsent data when there is some. @kernel tcp_send_fin net/ipv4/tcp_output.c v6.18 */
export function sendFin(net: Netns, sk: Sock): void {
  const tail = sk.sendQueue[sk.sendQueue.length - 1];
  if (tail !== undefined) {
    tail.flags |= FIN;
    tail.endSeq = (tail.endSeq + 1) | 0;
  } else {
    sk.sendQueue.push(newSendBuffer(sk.writeSeq, ACK | FIN | RECORD_START, NO_DATA));
    beginRecord(sk);
  }
  sk.writeSeq = (sk.writeSeq + 1) | 0;
  pushWith(net, sk, NAGLE_OFF);
}

/** Sends RST+ACK. @kernel tcp_send_active_reset net/ipv4/tcp_output.c v6.18 */
export function sendActiveReset(net: Netns, sk: Sock): void {
  count(net.mib, MIB.TcpOutRsts);
  if (!sendBare(net, sk, acceptableSeq(sk), RST | ACK).ok) count(net.mib, MIB.TcpExtTCPAbortFailed);
}

/**
 * Sends data into a window too small for it, or an old sequence number to make the peer answer. `counter` is counted
 * for the latter. False when it could not be sent. @kernel tcp_write_wakeup net/ipv4/tcp_output.c v6.18
 */
export function writeWakeup(net: Netns, sk: Sock, counter: number): boolean {
  if (sk.state === 'UNCONN') return false;
  const head = sk.sendQueue[0];
  if (head === undefined || !before(head.seq, windowEnd(sk))) {
    count(net.mib, counter);
    return sendBare(net, sk, (sk.sndUna - 1) | 0, ACK).ok;
  }
  if (before(sk.pushedSeq, head.endSeq)) sk.pushedSeq = head.endSeq;
  const size = Math.min((windowEnd(sk) - head.seq) | 0, currentMss(net, sk));
  if (size < head.data.length) splitBuffer(sk.sendQueue, 0, size);
  head.flags |= PSH;
  if (!transmitBuffer(net, sk, head, false).ok) return false;
  newDataSent(net, sk, head);
  markRest(sk);
  return true;
}
