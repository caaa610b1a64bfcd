// A segment for a full socket, in every state but LISTEN and SYN-SENT: the order of steps of RFC 9293 section 3.10.7.4
// as Linux takes them. Left out: urgent data, Fast Open children.
// @kernel tcp_rcv_state_process net/ipv4/tcp_input.c v6.18

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { ACK, FIN, RST, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { NO_CHALLENGE, SLOW_PATH, tcpAck, UPDATE_TS_RECENT } from './ack.ts';
import { SSTHRESH_INFINITE } from './blank-sock.ts';
import { finish, finTimeNs, resetReceived, shutdownSend } from './close.ts';
import { ackIfScheduled } from './delayed-ack.ts';
import { traceDrop, WAKE_STATE, wake } from './emit.ts';
import { rcvEstablished, sendWhatMayGo } from './established.ts';
import { keepaliveTime, resetKeepaliveTimer } from './keepalive.ts';
import type { Netns } from './netns.ts';
import { sendChallengeAck } from './oow-ack.ts';
import { dataQueue } from './receive.ts';
import { sendResetReply } from './reset.ts';
import { fallbackRto, rttSample, timestampRttUs } from './rtt.ts';
import { setState } from './states.ts';
import { enterTimeWait, TIMEWAIT_LEN_NS } from './time-wait.ts';
import { timestampAt } from './undo.ts';
import { validateIncoming } from './validate.ts';
import { initBufferSpace, initRcvMss, TIMESTAMP_BYTES } from './window.ts';

/**
 * Windows, RTO and buffers at the start of the data phase. One segment of congestion window when the SYN (or SYN-ACK)
 * was sent more than twice and the peer did not show that this was in vain. @kernel tcp_init_transfer net/ipv4/tcp_input.c v6.18
 */
function initTransfer(net: Netns, sk: Sock): void {
  sk.ssthresh = SSTHRESH_INFINITE;
  fallbackRto(sk);
  sk.cwnd = sk.totalRetrans > 1 && sk.undoMarker !== 0 ? 1 : net.profile.behaviour.initialCwnd;
  sk.path.cwndStamp = net.now;
  sk.path.priorSsthresh = 0;
  initBufferSpace(net, sk);
}

/** The client's connection is established; waking and the third ACK are the caller's. @kernel tcp_finish_connect net/ipv4/tcp_input.c v6.18 */
export function finishConnect(net: Netns, sk: Sock): void {
  setState(net, sk, 'ESTAB', 'syn-ack');
  sk.lastDataReceivedAt = net.now;
  if (sk.tsOk) sk.advmss -= TIMESTAMP_BYTES;
  initTransfer(net, sk);
  sk.lastDataSentAt = net.now;
  if (sk.options.keepAlive) resetKeepaliveTimer(net, sk, keepaliveTime(net, sk));
  sk.path.predict = sk.sndWscale === 0;
}

/** The ACK echoes the first SYN (or SYN-ACK): sending it again was in vain. @kernel tcp_try_undo_spurious_syn net/ipv4/tcp_input.c v6.18 */
export function undoSpuriousSyn(net: Netns, sk: Sock, seg: Segment): void {
  if (sk.undoMarker === 0 || !seg.hasTimestamp || !sk.tsOk) return;
  const first =
    sk.handshakeFirstTsVal ?? (sk.retransStamp > 0 ? timestampAt(net, sk, sk.retransStamp) : null);
  if (first === seg.tsEcr) sk.undoMarker = 0;
}

/** SYN-RECV ends: a child's third ACK, or the end of a simultaneous open. */
function synReceived(net: Netns, sk: Sock, seg: Segment): void {
  sk.path.delivered++;
  if (sk.srttUs === 0 && sk.tsOk && seg.hasTimestamp && seg.tsEcr !== 0) {
    rttSample(net, sk, timestampRttUs(net, sk, seg.tsEcr));
  }
  if (sk.tsOk) sk.advmss -= TIMESTAMP_BYTES;
  undoSpuriousSyn(net, sk, seg);
  sk.retransStamp = 0;
  initTransfer(net, sk);
  sk.copiedSeq = sk.rcvNxt;
  sk.path.spaceSeq = sk.copiedSeq;
  setState(net, sk, 'ESTAB', 'ack');
  wake(net, sk, WAKE_STATE);
  sk.sndUna = seg.ack;
  sk.sndWnd = seg.window * 2 ** sk.sndWscale;
  sk.sndWl1 = seg.seq;
  sk.lastDataSentAt = net.now;
  if (sk.options.keepAlive) resetKeepaliveTimer(net, sk, keepaliveTime(net, sk));
  initRcvMss(sk);
  sk.path.predict = true;
  if (sk.sndShutdown) shutdownSend(net, sk);
}

/** Data beyond what was read already, on a socket that nobody reads any more. */
const unreadableData = (sk: Sock, seg: Segment): boolean => {
  const end = (seg.seq + segmentLength(seg)) | 0;
  const fin = (seg.flags & FIN) !== 0 ? 1 : 0;
  return end !== seg.seq && after((end - fin) | 0, sk.rcvNxt);
};

type Verdict = 'continue' | 'consumed' | 'reset';

/** Our FIN is acknowledged: FIN-WAIT-2, or what an orphan becomes. */
function finAcked(net: Netns, sk: Sock, seg: Segment): Verdict {
  setState(net, sk, 'FIN-WAIT-2', 'ack of fin');
  sk.sndShutdown = true;
  if (!sk.orphan) {
    wake(net, sk, WAKE_STATE);
    return 'continue';
  }
  if (sk.options.linger2 < 0 || unreadableData(sk, seg)) {
    count(net.mib, MIB.TcpExtTCPAbortOnData);
    finish(net, sk, 'close');
    return 'reset';
  }
  const time = finTimeNs(net, sk);
  if (time > TIMEWAIT_LEN_NS) {
    resetKeepaliveTimer(net, sk, time - TIMEWAIT_LEN_NS);
  } else if ((seg.flags & FIN) !== 0) {
    resetKeepaliveTimer(net, sk, time);
  } else {
    enterTimeWait(net, sk, 'FIN-WAIT-2', time);
    return 'consumed';
  }
  return 'continue';
}

/** What the ACK means for a socket that is opening or closing. */
function stateAfterAck(net: Netns, sk: Sock, seg: Segment): Verdict {
  if (sk.state === 'SYN-RECV') {
    synReceived(net, sk, seg);
    return 'continue';
  }
  if (sk.sndUna !== sk.writeSeq) return 'continue';
  if (sk.state === 'FIN-WAIT-1') return finAcked(net, sk, seg);
  if (sk.state === 'CLOSING') {
    enterTimeWait(net, sk, 'TIME-WAIT', TIMEWAIT_LEN_NS);
    return 'consumed';
  }
  if (sk.state === 'LAST-ACK') {
    finish(net, sk, 'ack of fin');
    return 'consumed';
  }
  return 'continue';
}

/** RFC 1122: data for a closed reader is answered by RST. */
function refusesData(net: Netns, sk: Sock, seg: Segment): boolean {
  if (sk.state === 'ESTAB' || !sk.rcvShutdown || !unreadableData(sk, seg)) return false;
  count(net.mib, MIB.TcpExtTCPAbortOnData);
  resetReceived(net, sk, seg);
  return true;
}

/** The text of the segment; true when a RST must answer it. */
function textOf(net: Netns, sk: Sock, seg: Segment): boolean {
  switch (sk.state) {
    case 'CLOSE-WAIT':
    case 'CLOSING':
    case 'LAST-ACK':
      if (!before(seg.seq, sk.rcvNxt)) return false;
      break;
    case 'FIN-WAIT-1':
    case 'FIN-WAIT-2':
    case 'ESTAB':
      break;
    default:
      return false;
  }
  if (refusesData(net, sk, seg)) return true;
  dataQueue(net, sk, seg);
  return false;
}

/** A bad ACK: true when the segment is finished with. */
function badAck(net: Netns, sk: Sock, seg: Segment, verdict: number): boolean {
  if (verdict > 0) return false;
  if (sk.state === 'SYN-RECV') {
    traceDrop(net, 'bad-ack', seg);
    if (verdict < 0) sendResetReply(net, seg);
    return true;
  }
  if (verdict === 0) return false;
  sendChallengeAck(net, sk);
  traceDrop(net, 'bad-ack', seg);
  return true;
}

function process(net: Netns, sk: Sock, seg: Segment): void {
  if ((seg.flags & (ACK | RST | SYN)) === 0) return traceDrop(net, 'no-ack', seg);
  if (!validateIncoming(net, sk, seg, false)) return;
  if ((seg.flags & ACK) === 0) return traceDrop(net, 'no-ack', seg);
  const acked = tcpAck(net, sk, seg, SLOW_PATH | UPDATE_TS_RECENT | NO_CHALLENGE);
  if (badAck(net, sk, seg, acked)) return;
  const verdict = stateAfterAck(net, sk, seg);
  if (verdict === 'consumed') return;
  if (verdict === 'reset' || textOf(net, sk, seg)) return sendResetReply(net, seg);
  if (!net.socks.has(sk.id) || sk.state === 'UNCONN') return;
  sendWhatMayGo(net, sk);
  ackIfScheduled(net, sk);
}

/**
 * Processes a segment for a full socket in any state but LISTEN and SYN-SENT. The segment is not released; its payload
 * may be kept. @kernel tcp_v4_do_rcv net/ipv4/tcp_ipv4.c v6.18
 */
export function rcvSegment(net: Netns, sk: Sock, seg: Segment): void {
  if (sk.state === 'ESTAB') rcvEstablished(net, sk, seg);
  else if (sk.state === 'UNCONN') traceDrop(net, 'socket-closed', seg);
  else process(net, sk, seg);
}
