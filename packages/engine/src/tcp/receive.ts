// Data that arrives on a full socket: in order, early, late; FIN; and what recv() takes.
// Left out: urgent data, splice.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { ReceiveBuffer, Sock } from '../sock.ts';
import { FIN, NO_DATA, PSH, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { addQuickAcks, enterPingpong, enterQuickAck } from './delayed-ack.ts';
import { traceDrop, WAKE_READ, WAKE_STATE, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { purgeOutOfOrder, queueOutOfOrder, setDsack, takeInOrder, trimBlocks } from './out-of-order.ts';
import { fastPathCheck } from './predict.ts';
import { receiveRoom } from './prune.ts';
import {
  adjustSpace,
  chargeReceive,
  coalesce,
  growWindow,
  measureByWindow,
  measureScaling,
  tailroom,
  truesize,
  unchargeReceive,
} from './receive-memory.ts';
import { scheduleMemory } from './socket-memory.ts';
import { setState } from './states.ts';
import { enterTimeWait, TIMEWAIT_LEN_NS } from './time-wait.ts';
import { ATO_MIN_NS, inPingpong, sendAck } from './transmit.ts';
import { MIN_MSS, receiveWindow, wantedWindow } from './window.ts';

/** TCP_MIN_RCVMSS: a smaller segment may be small on purpose. */
const MIN_RCVMSS = 536;
/** Segments below this do not let the window grow, bytes. */
const SMALL_SEGMENT = 128;

/** Bytes ready to be read. @kernel tcp_inq include/net/tcp.h v6.18 */
export const readable = (sk: Sock): number => sk.receiveQueued;

/** Enough to wake a reader? @kernel tcp_epollin_ready include/net/tcp.h v6.18 */
function inputReady(sk: Sock): boolean {
  if (sk.receiveQueued <= 0) return false;
  return sk.receiveQueued >= sk.options.rcvLowat || receiveWindow(sk) <= sk.rcvMss;
}

/** Wakes readers when there is enough. @kernel tcp_data_ready net/ipv4/tcp_input.c v6.18 */
export function dataReady(net: Netns, sk: Sock): void {
  if (inputReady(sk) || sk.done) wake(net, sk, WAKE_READ);
}

/** Learns the peer's segment size. @kernel tcp_measure_rcv_mss net/ipv4/tcp_input.c v6.18 */
function measureMss(sk: Sock, length: number, flags: number, size: number): void {
  const last = sk.path.lastSegSize;
  sk.path.lastSegSize = 0;
  if (length >= sk.rcvMss) {
    if (length !== sk.rcvMss) measureScaling(sk, length, size);
    sk.rcvMss = Math.min(length, sk.advmss);
    if ((flags & PSH) !== 0) sk.ackPushed = Math.max(sk.ackPushed, 1);
    return;
  }
  if (length >= MIN_RCVMSS || (length >= MIN_MSS && (flags & (FIN | SYN | PSH)) === 0)) {
    sk.path.lastSegSize = length;
    if (length === last) {
      sk.rcvMss = length;
      return;
    }
  }
  sk.ackPushed = sk.ackPushed > 0 ? 2 : 1;
}

/** Adapts the ACK delay to the time between segments. */
function adaptDelay(net: Netns, sk: Sock): void {
  if (sk.ato === 0) {
    addQuickAcks(sk);
    sk.ato = ATO_MIN_NS;
    return;
  }
  const gap = net.now - sk.lastDataReceivedAt;
  if (gap <= ATO_MIN_NS / 2) sk.ato = sk.ato / 2 + ATO_MIN_NS / 2;
  else if (gap < sk.ato) sk.ato = Math.min(sk.ato / 2 + gap, sk.rto);
  else if (gap > sk.rto) addQuickAcks(sk);
}

/** Bookkeeping of data taken in order. @kernel tcp_event_data_recv net/ipv4/tcp_input.c v6.18 */
function dataReceived(net: Netns, sk: Sock, seg: Segment): void {
  const length = seg.payload.length;
  const size = truesize(seg);
  sk.ackScheduled = true;
  measureMss(sk, length, seg.flags, size);
  measureByWindow(net, sk);
  adaptDelay(net, sk);
  sk.lastDataReceivedAt = net.now;
  if (length >= SMALL_SEGMENT) growWindow(net, sk, length, size);
}

/** Puts a buffer at the end of the stream. @kernel tcp_queue_rcv net/ipv4/tcp_input.c v6.18 */
function append(net: Netns, sk: Sock, buf: ReceiveBuffer): void {
  const end = buf.fin ? (buf.endSeq - 1) | 0 : buf.endSeq;
  sk.receiveQueued += Math.max((end - sk.rcvNxt) | 0, 0);
  sk.rcvNxt = buf.endSeq;
  if (coalesce(net, sk.receiveQueue[sk.receiveQueue.length - 1], buf)) return;
  chargeReceive(sk, buf.size);
  sk.receiveQueue.push(buf);
}

function bufferOf(seg: Segment): ReceiveBuffer {
  return {
    seq: seg.seq,
    endSeq: (seg.seq + segmentLength(seg)) | 0,
    data: seg.payload,
    fin: (seg.flags & FIN) !== 0,
    push: (seg.flags & PSH) !== 0,
    size: truesize(seg),
    room: tailroom(seg),
  };
}

/** Takes a predicted segment. The payload is shared: it is never written after a segment is built. */
export function appendPredicted(net: Netns, sk: Sock, seg: Segment): void {
  append(net, sk, bufferOf(seg));
  dataReceived(net, sk, seg);
}

/** The peer has finished. @kernel tcp_fin net/ipv4/tcp_input.c v6.18 */
function finReceived(net: Netns, sk: Sock): void {
  sk.ackScheduled = true;
  sk.rcvShutdown = true;
  sk.done = true;
  switch (sk.state) {
    case 'ESTAB':
      setState(net, sk, 'CLOSE-WAIT', 'fin');
      enterPingpong(net, sk);
      break;
    case 'FIN-WAIT-1':
      sendAck(net, sk);
      setState(net, sk, 'CLOSING', 'fin');
      break;
    case 'FIN-WAIT-2':
      sendAck(net, sk);
      enterTimeWait(net, sk, 'TIME-WAIT', TIMEWAIT_LEN_NS);
      break;
    default:
  }
  // Not before the ACK above, which still reports what lay beyond the FIN.
  purgeOutOfOrder(sk);
  sk.dsackPending = false;
  if (!sk.orphan) wake(net, sk, WAKE_STATE);
}

/** Adds what waited for the hole that was just filled. */
function joinOutOfOrder(net: Netns, sk: Sock, high: number): void {
  for (;;) {
    const buf = takeInOrder(net, sk, high);
    if (buf === null) break;
    append(net, sk, buf);
    if (buf.fin) {
      finReceived(net, sk);
      break;
    }
  }
  if (sk.outOfOrder.length === 0) sk.ackNow = true;
}

/** Data that begins at or before rcv.nxt and ends beyond it. */
function queueInOrder(net: Netns, sk: Sock, seg: Segment): void {
  if (!receiveRoom(net, sk, seg.seq)) {
    sk.ackNow = true;
    sk.ackNoMemory = true;
    sk.ackScheduled = true;
    wake(net, sk, WAKE_READ);
    if (sk.receiveQueue.length > 0 && seg.payload.length > 0) {
      count(net.mib, MIB.TcpExtTCPRcvQDrop);
      return traceDrop(net, 'receive-queue-full', seg);
    }
  }
  // Also for what is then joined to the last buffer and needs none.
  scheduleMemory(sk, truesize(seg));
  append(net, sk, bufferOf(seg));
  if (seg.payload.length > 0) dataReceived(net, sk, seg);
  if ((seg.flags & FIN) !== 0) finReceived(net, sk);
  if (sk.outOfOrder.length > 0) joinOutOfOrder(net, sk, sk.rcvNxt);
  if (sk.sackRecent.length > 0) trimBlocks(sk);
  fastPathCheck(sk);
  if (!sk.orphan) dataReady(net, sk);
}

function answerAtOnce(
  net: Netns,
  sk: Sock,
  seg: Segment,
  reason: 'out-of-window' | 'old-duplicate' = 'out-of-window',
): void {
  enterQuickAck(net, sk);
  sk.ackScheduled = true;
  traceDrop(net, reason, seg);
}

function closedWindow(net: Netns, sk: Sock, seg: Segment): void {
  count(net.mib, MIB.TcpExtTCPZeroWindowDrop);
  answerAtOnce(net, sk, seg);
}

/** Sorts the text of a segment: in order, duplicate, beyond the window, overlapping, early. @kernel tcp_data_queue net/ipv4/tcp_input.c v6.18 */
export function dataQueue(net: Netns, sk: Sock, seg: Segment): void {
  const end = (seg.seq + segmentLength(seg)) | 0;
  if (seg.seq === end) return;
  sk.dsackPending = false;
  const window = receiveWindow(sk);
  if (seg.seq === sk.rcvNxt) {
    const bareFin = seg.payload.length === 0 && (seg.flags & FIN) !== 0;
    if (window === 0 && !bareFin) return closedWindow(net, sk, seg);
    return queueInOrder(net, sk, seg);
  }
  if (!after(end, sk.rcvNxt)) {
    count(net.mib, MIB.TcpExtDelayedACKLost);
    setDsack(net, sk, seg.seq, end);
    return answerAtOnce(net, sk, seg, 'old-duplicate');
  }
  if (!before(seg.seq, (sk.rcvNxt + window) | 0)) return answerAtOnce(net, sk, seg);
  if (before(seg.seq, sk.rcvNxt)) {
    setDsack(net, sk, seg.seq, sk.rcvNxt);
    if (window === 0) return closedWindow(net, sk, seg);
    return queueInOrder(net, sk, seg);
  }
  measureMss(sk, seg.payload.length, seg.flags, truesize(seg));
  queueOutOfOrder(net, sk, bufferOf(seg));
}

/** Copies up to `max` bytes from the front of the queue; the caller advances. */
function copyOut(sk: Sock, max: number): Uint8Array {
  const out = new Uint8Array(Math.min(max, sk.receiveQueued));
  let at = sk.copiedSeq;
  let filled = 0;
  for (const buf of sk.receiveQueue) {
    if (filled === out.length) break;
    const skip = (at - buf.seq) | 0;
    const part = buf.data.subarray(skip, skip + out.length - filled);
    out.set(part, filled);
    filled += part.length;
    at = (at + part.length) | 0;
  }
  return out;
}

/** Drops buffers that were read to their end. */
function consume(sk: Sock, length: number): void {
  sk.copiedSeq = (sk.copiedSeq + length) | 0;
  sk.receiveQueued -= length;
  let gone = 0;
  while (gone < sk.receiveQueue.length) {
    const buf = sk.receiveQueue[gone]!;
    if (after((buf.seq + buf.data.length) | 0, sk.copiedSeq)) break;
    unchargeReceive(sk, buf.size);
    gone++;
  }
  if (gone === 1) sk.receiveQueue.shift();
  else if (gone > 0) sk.receiveQueue.splice(0, gone);
}

/** An ACK after a read: for two segments, for a drained queue, or for a much larger window. @kernel tcp_cleanup_rbuf net/ipv4/tcp.c v6.18 */
export function acknowledgeRead(net: Netns, sk: Sock, copied: number): void {
  if (sk.state === 'UNCONN') return;
  let now = false;
  if (sk.ackScheduled) {
    const pushed = sk.ackPushed > 1 || (sk.ackPushed === 1 && !inPingpong(net, sk));
    const drained = copied > 0 && pushed && sk.path.receiveMemory === 0;
    now = ((sk.rcvNxt - sk.rcvWup) | 0) > sk.rcvMss || drained;
  }
  if (copied > 0 && !now && !sk.rcvShutdown) {
    const window = receiveWindow(sk);
    if (2 * window <= sk.windowClamp) {
      const next = wantedWindow(sk);
      now = next > 0 && next >= 2 * window;
    }
  }
  if (now) sendAck(net, sk);
}

/**
 * Reading the last byte takes the FIN, which Recv-Q counts as a byte: Linux merges a FIN into data still queued. One
 * that found the queue empty is a buffer without data.
 */
function takeFin(sk: Sock): void {
  if (!sk.done || sk.receiveQueued > 0) return;
  sk.copiedSeq = sk.rcvNxt;
  consume(sk, 0);
}

/**
 * Takes at most `max` bytes for a reader, or only looks (`peek`). Empty when nothing is queued. A read may send an ACK
 * that opens the window. @kernel tcp_recvmsg_locked net/ipv4/tcp.c v6.18 simplified: no waiting here
 */
export function readData(net: Netns, sk: Sock, max: number, peek: boolean): Uint8Array {
  if (sk.receiveQueued === 0 && !peek) takeFin(sk);
  if (sk.receiveQueued === 0 || max <= 0) return NO_DATA;
  const out = copyOut(sk, max);
  if (peek) return out;
  consume(sk, out.length);
  takeFin(sk);
  adjustSpace(net, sk);
  acknowledgeRead(net, sk, out.length);
  return out;
}

/** Throws away everything received; true when some of it was never read. */
export function discardReceived(sk: Sock): boolean {
  const unread = sk.receiveQueued > 0;
  for (const buf of sk.receiveQueue) unchargeReceive(sk, buf.size);
  sk.receiveQueue.length = 0;
  sk.receiveQueued = 0;
  return unread;
}
