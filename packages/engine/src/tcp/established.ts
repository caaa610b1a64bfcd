// A segment for a socket in ESTAB: the short way of header prediction, or the full one.
// @kernel tcp_rcv_established net/ipv4/tcp_input.c v6.18

import { count, MIB } from '../mib.ts';
import { after } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { ACK, RST, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { replaceTsRecent, SLOW_PATH, tcpAck, UPDATE_TS_RECENT, WITH_DATA } from './ack.ts';
import { ackIfScheduled, ackOrDelay } from './delayed-ack.ts';
import { traceDrop } from './emit.ts';
import type { Netns } from './netns.ts';
import { pushPending } from './output.ts';
import { predicted } from './predict.ts';
import { appendPredicted, dataQueue, dataReady } from './receive.ts';
import { measureByTimestamp, truesize } from './receive-memory.ts';
import { timestampRttUs } from './rtt.ts';
import { checkSpace } from './send-memory.ts';
import { validateIncoming } from './validate.ts';
import { receiveWindow } from './window.ts';

/** Sends what the ACK allows. @kernel tcp_data_snd_check net/ipv4/tcp_input.c v6.18 */
export function sendWhatMayGo(net: Netns, sk: Sock): void {
  pushPending(net, sk);
  checkSpace(net, sk);
}

/** Feeds the receiver's round-trip estimate. */
function measureEcho(net: Netns, sk: Sock, seg: Segment): void {
  if (!sk.tsOk || !seg.hasTimestamp || seg.tsEcr === sk.path.rcvRttLastTsEcr) return;
  measureByTimestamp(sk, seg.tsEcr, segmentLength(seg), timestampRttUs(net, sk, seg.tsEcr));
}

/** @kernel __tcp_replace_ts_recent in the fast path */
function takeTimestamp(net: Netns, sk: Sock, seg: Segment): void {
  if (sk.tsOk && sk.rcvNxt === sk.rcvWup) replaceTsRecent(net, sk, seg);
}

function predictedAck(net: Netns, sk: Sock, seg: Segment): void {
  takeTimestamp(net, sk, seg);
  tcpAck(net, sk, seg, 0);
  sendWhatMayGo(net, sk);
  sk.path.rcvRttLastTsEcr = seg.tsEcr;
}

function predictedData(net: Netns, sk: Sock, seg: Segment): void {
  takeTimestamp(net, sk, seg);
  measureEcho(net, sk, seg);
  count(net.mib, MIB.TcpExtTCPHPHits);
  appendPredicted(net, sk, seg);
  let mayAck = true;
  if (seg.ack !== sk.sndUna) {
    tcpAck(net, sk, seg, WITH_DATA);
    sendWhatMayGo(net, sk);
    mayAck = sk.ackScheduled;
  } else {
    sk.sndWl1 = seg.seq;
  }
  if (mayAck) ackOrDelay(net, sk, false);
  dataReady(net, sk);
}

/** ACK, text, and what follows from both. */
function fullWay(net: Netns, sk: Sock, seg: Segment): void {
  if (tcpAck(net, sk, seg, SLOW_PATH | UPDATE_TS_RECENT) < 0) return traceDrop(net, 'bad-ack', seg);
  measureEcho(net, sk, seg);
  dataQueue(net, sk, seg);
  sendWhatMayGo(net, sk);
  ackIfScheduled(net, sk);
}

/** A segment for a socket in ESTAB. */
export function rcvEstablished(net: Netns, sk: Sock, seg: Segment): void {
  if (predicted(sk, seg)) {
    const length = seg.payload.length;
    if (length === 0) return predictedAck(net, sk, seg);
    if (!after((seg.seq + length) | 0, (sk.rcvNxt + receiveWindow(sk)) | 0)) {
      if (truesize(seg) > sk.path.forwardAlloc) return fullWay(net, sk, seg);
      return predictedData(net, sk, seg);
    }
  }
  if ((seg.flags & (ACK | RST | SYN)) === 0) return traceDrop(net, 'no-ack', seg);
  if (validateIncoming(net, sk, seg, true)) fullWay(net, sk, seg);
}
