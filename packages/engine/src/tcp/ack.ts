// The acknowledgement of a segment: window update, cleaning of the retransmission queue, RTT, recovery, congestion
// window. @kernel tcp_ack net/ipv4/tcp_input.c v6.18. Left out: ECN, MTU probes, rate samples for BBR.

import { count, MIB } from '../mib.ts';
import { after, before, u32 } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { nowMs } from './clock.ts';
import { beginReduction, growCwnd, reduceCwnd, restartAfterIdle } from './congestion.ts';
import {
  ageUs,
  checkSackReordering,
  highestSacked,
  rackAdvance,
  removeRenoSacks,
  updateReorderingWindow,
} from './loss.ts';
import type { Netns } from './netns.ts';
import { sendChallengeAck } from './oow-ack.ts';
import { fastPathCheck } from './predict.ts';
import { beginSkb, continuesSkb, recut } from './records.ts';
import { type AckFacts, fastRetransmitAlert, transmitRecovery } from './recovery.ts';
import { clampProbe } from './retransmit.ts';
import { jiffiesUp, rttSample, timestampRttUs } from './rtt.ts';
import { tagSacked } from './sack.ts';
import { newSackState, noteDelivered, resetSackState } from './sack-tag.ts';
import { forgetBuffer, forgetBytes } from './send-memory.ts';
import { timestampAt, tryKeepOpen } from './undo.ts';
import { syncMss, windowEnd } from './window.ts';
import { armXmit, clearXmit, probeWhen, rearmRto, scheduleLossProbe } from './xmit-timer.ts';

/** Do not skip the checks of the window update. @kernel FLAG_SLOWPATH */
export const SLOW_PATH = 1;
/** The timestamp of the segment may become tsRecent. @kernel FLAG_UPDATE_TS_RECENT */
export const UPDATE_TS_RECENT = 2;
/** The caller answers a bad ACK itself. @kernel FLAG_NO_CHALLENGE_ACK */
export const NO_CHALLENGE = 4;
/** The segment carries data (fast path). @kernel FLAG_DATA */
export const WITH_DATA = 8;

/** SACK reneging: least delay before the queue is sent again, ns. */
const RENEGING_MIN_NS = 10e6;

interface Facts extends AckFacts {
  flags: number;
  windowUpdate: boolean;
  dataAcked: boolean;
  synAcked: boolean;
  retransmittedAcked: boolean;
  dsack: boolean;
  dsackOfProbe: boolean;
}

const sackState = newSackState();
const facts: Facts = {
  advanced: false,
  originalAcked: false,
  sacked: false,
  duplicates: 0,
  priorUna: 0,
  tsEcr: null,
  setTimer: false,
  resend: 'nothing',
  reneging: false,
  flags: 0,
  windowUpdate: false,
  dataAcked: false,
  synAcked: false,
  retransmittedAcked: false,
  dsack: false,
  dsackOfProbe: false,
};

function resetFacts(sk: Sock, seg: Segment, flags: number): void {
  facts.advanced = false;
  facts.originalAcked = false;
  facts.sacked = false;
  facts.duplicates = 0;
  facts.priorUna = sk.sndUna;
  facts.tsEcr = seg.hasTimestamp && sk.tsOk ? seg.tsEcr : null;
  facts.setTimer = false;
  facts.resend = 'nothing';
  facts.reneging = false;
  facts.flags = flags;
  facts.windowUpdate = false;
  facts.dataAcked = false;
  facts.synAcked = false;
  facts.retransmittedAcked = false;
  facts.dsack = false;
  facts.dsackOfProbe = false;
}

const acked = (): boolean => facts.dataAcked || facts.synAcked;
const notDuplicate = (): boolean => (facts.flags & WITH_DATA) !== 0 || facts.windowUpdate || acked();

/** Takes the peer's timestamp for echoing, if the segment is at the left edge. @kernel tcp_replace_ts_recent net/ipv4/tcp_input.c v6.18 */
export function replaceTsRecent(net: Netns, sk: Sock, seg: Segment): void {
  if (!sk.tsOk || !seg.hasTimestamp || after(seg.seq, sk.rcvWup)) return;
  if (((seg.tsVal - sk.tsRecent) | 0) < 0 && sk.tsRecent !== 0) return;
  sk.tsRecent = seg.tsVal;
  sk.tsRecentStampMs = nowMs(net);
}

function advanceUna(sk: Sock, ack: number): void {
  sk.path.bytesAcked += (ack - sk.sndUna) >>> 0;
  sk.sndUna = ack;
}

/** @kernel tcp_ack_update_window net/ipv4/tcp_input.c v6.18 */
function updateWindow(net: Netns, sk: Sock, seg: Segment): void {
  const window = (seg.flags & SYN) !== 0 ? seg.window : seg.window * 2 ** sk.sndWscale;
  const newer = seg.seq === sk.sndWl1 && (window > sk.sndWnd || window === 0);
  if (after(seg.ack, sk.sndUna) || after(seg.seq, sk.sndWl1) || newer) {
    facts.windowUpdate = true;
    sk.sndWl1 = seg.seq;
    if (sk.sndWnd !== window) {
      sk.sndWnd = window;
      sk.path.predict = false;
      fastPathCheck(sk);
      if (sk.sendQueue.length > 0) restartAfterIdle(net, sk);
      if (window > sk.maxWindow) {
        sk.maxWindow = window;
        syncMss(net, sk, sk.pmtu);
      }
    }
  }
  advanceUna(sk, seg.ack);
}

/** One segment is acknowledged as a whole. */
function ackSegment(net: Netns, sk: Sock, buf: SendBuffer): void {
  if (!buf.everRetransmitted && !buf.sacked) {
    cleaned.lastSentAt = buf.sentAt;
    if (cleaned.firstSentAt < 0) cleaned.firstSentAt = buf.sentAt;
  }
  if (buf.everRetransmitted) {
    if (buf.retransmitted) sk.retransOut--;
    facts.retransmittedAcked = true;
  } else if (!buf.sacked) {
    if (before(buf.seq, cleaned.reordered)) cleaned.reordered = buf.seq;
    if (!after(buf.endSeq, sk.highSeq)) facts.originalAcked = true;
  }
  if (buf.sacked) {
    sk.sackedOut--;
  } else if (sk.sackOk) {
    sk.path.delivered++;
    if (!spurious(net, sk, buf)) rackAdvance(net, sk, buf, buf.endSeq);
  }
  if (!buf.sacked) noteDelivered(sackState, buf, buf.endSeq);
  if (buf.lost) sk.lostOut--;
  sk.packetsOut--;
  if ((buf.flags & SYN) === 0) {
    facts.dataAcked = true;
  } else {
    facts.synAcked = true;
    sk.retransStamp = 0;
  }
}

/** The ACK's timestamp shows that it answers the original. @kernel tcp_skb_spurious_retrans net/ipv4/tcp_input.c v6.18 */
const spurious = (net: Netns, sk: Sock, buf: SendBuffer): boolean =>
  buf.everRetransmitted &&
  facts.tsEcr !== null &&
  facts.tsEcr !== 0 &&
  before(facts.tsEcr, timestampAt(net, sk, buf.sentAt));

interface Cleaned {
  count: number;
  firstSentAt: number;
  lastSentAt: number;
  /** Lowest sequence number of what was never sent again nor selectively acknowledged. */
  reordered: number;
}

const cleaned: Cleaned = { count: 0, firstSentAt: -1, lastSentAt: -1, reordered: 0 };

function takeAcked(net: Netns, sk: Sock): void {
  const queue = sk.retransmitQueue;
  cleaned.count = 0;
  cleaned.firstSentAt = -1;
  cleaned.lastSentAt = -1;
  cleaned.reordered = sk.sndNxt;
  while (cleaned.count < queue.length) {
    const buf = queue[cleaned.count]!;
    if (after(buf.endSeq, sk.sndUna)) break;
    ackSegment(net, sk, buf);
    forgetBuffer(sk, buf);
    cleaned.count++;
  }
  if (cleaned.count === 1) queue.shift();
  else if (cleaned.count > 0) queue.splice(0, cleaned.count);
  const head = queue[0];
  if (head === undefined) return;
  const inside = continuesSkb(head);
  if (inside) beginSkb(sk, head);
  if (before(head.seq, sk.sndUna) && (inside || continuesSkb(queue[1]))) trimSkb(net, sk, head);
}

/**
 * An ACK that ends inside a segment of an skb that had several: the rest is cut into segments anew, of which there may be
 * one less. @kernel tcp_tso_acked net/ipv4/tcp_input.c v6.18
 */
function trimSkb(net: Netns, sk: Sock, head: SendBuffer): void {
  const queue = sk.retransmitQueue;
  const size = continuesSkb(queue[1]) ? head.data.length : Number.POSITIVE_INFINITY;
  const gone = (sk.sndUna - head.seq) | 0;
  head.data = head.data.subarray(gone);
  head.seq = sk.sndUna;
  forgetBytes(sk, gone);
  const fewer = -recut(queue, 0, size);
  for (let i = 0; i < fewer; i++) ackSegment(net, sk, head);
  cleaned.count += fewer;
}

/** RTT of what was acknowledged: by ACK, else by SACK, else by timestamp. True when there was a sample. */
function sampleRtt(net: Netns, sk: Sock, maybeDelayed: boolean): boolean {
  let sample = -1;
  let latest = -1;
  if (cleaned.firstSentAt >= 0 && !facts.retransmittedAcked) {
    sample = ageUs(net, cleaned.firstSentAt);
    latest = ageUs(net, cleaned.lastSentAt);
  }
  if (sackState.firstSentAt >= 0) {
    if (sample < 0) sample = ageUs(net, sackState.firstSentAt);
    latest = ageUs(net, sackState.lastSentAt);
  }
  if (sample < 0 && facts.tsEcr !== null && facts.tsEcr !== 0 && acked()) {
    sample = timestampRttUs(net, sk, facts.tsEcr);
    latest = sample;
  }
  return rttSample(net, sk, sample, latest, maybeDelayed);
}

/** Takes acknowledged buffers off the queue. @kernel tcp_clean_rtx_queue net/ipv4/tcp_input.c v6.18 */
function cleanQueue(net: Netns, sk: Sock, priorHigh: number, priorSacked: number): void {
  const priorDelivered = sk.path.delivered;
  takeAcked(net, sk);
  const head = sk.retransmitQueue[0];
  facts.reneging = head?.sacked ?? false;
  const lone = cleaned.count === 1 && priorSacked === 0 && u32(sk.sndUna - facts.priorUna) < sk.mss;
  const maybeDelayed =
    lone && priorDelivered + 1 === sk.path.delivered && !sackState.tagged && !facts.synAcked;
  const sampled = sampleRtt(net, sk, maybeDelayed);
  if (acked()) {
    facts.setTimer = true;
    if (!sk.sackOk) {
      removeRenoSacks(net, sk, cleaned.count);
      if (facts.retransmittedAcked) facts.originalAcked = false;
    } else if (before(cleaned.reordered, priorHigh)) {
      checkSackReordering(net, sk, cleaned.reordered, false);
    }
  } else if (
    head !== undefined &&
    sampled &&
    sackState.firstSentAt >= 0 &&
    sackState.firstSentAt < head.sentAt
  ) {
    facts.setTimer = true;
  }
}

/** What the tail loss probe showed. @kernel tcp_process_tlp_ack net/ipv4/tcp_input.c v6.18 */
function processTlpAck(net: Netns, sk: Sock, ack: number): void {
  if (sk.tlpHighSeq === 0 || before(ack, sk.tlpHighSeq)) return;
  if (!sk.tlpRetrans || facts.dsackOfProbe) {
    sk.tlpHighSeq = 0;
  } else if (after(ack, sk.tlpHighSeq)) {
    beginReduction(sk);
    sk.cwnd = sk.ssthresh;
    tryKeepOpen(sk);
    count(net.mib, MIB.TcpExtTCPLossProbeRecovery);
  } else if (!facts.advanced && !notDuplicate() && !sackState.tagged) {
    sk.tlpHighSeq = 0;
  }
}

/** The ACK may have opened a closed window. @kernel tcp_ack_probe net/ipv4/tcp_input.c v6.18 */
function ackProbe(net: Netns, sk: Sock): void {
  const head = sk.sendQueue[0];
  if (head === undefined) return;
  const end = Math.min(head.data.length, sk.mss) < head.data.length ? (head.seq + sk.mss) | 0 : head.endSeq;
  if (!after(end, windowEnd(sk))) {
    sk.backoff = 0;
    sk.probesSince = 0;
    clearXmit(net, sk);
  } else {
    armXmit(net, sk, 'probe', clampProbe(net, sk, probeWhen(sk)));
  }
}

/** The peer dropped data that it had selectively acknowledged. @kernel tcp_check_sack_reneging net/ipv4/tcp_input.c v6.18 */
function reneged(net: Netns, sk: Sock): boolean {
  if (!facts.reneging || !facts.advanced) return false;
  const delay = Math.max(Math.floor(sk.srttUs / 2) * 1000, RENEGING_MIN_NS);
  armXmit(net, sk, 'retransmit', jiffiesUp(net, delay));
  facts.setTimer = false;
  return true;
}

function countDelivered(net: Netns, sk: Sock, prior: number): number {
  const delivered = sk.path.delivered - prior;
  if (delivered > 0) count(net.mib, MIB.TcpExtTCPDelivered, delivered);
  return delivered;
}

/** @kernel tcp_cong_control, tcp_may_raise_cwnd net/ipv4/tcp_input.c v6.18 */
function controlCongestion(net: Netns, sk: Sock, delivered: number, lostBefore: number): void {
  if (sk.caState === 'Recovery') return reduceCwnd(sk, delivered, sk.path.lost > lostBefore, facts.advanced);
  const reordered = sk.reordering > net.sysctl['net.ipv4.tcp_reordering'];
  if (reordered ? acked() || sackState.tagged : facts.dataAcked) growCwnd(sk, delivered);
}

/** The recovery machine is needed. @kernel tcp_ack_is_dubious net/ipv4/tcp_input.c v6.18 */
function alert(net: Netns, sk: Sock): void {
  facts.sacked = sackState.tagged;
  facts.originalAcked ||= sackState.originalAcked;
  if (notDuplicate() && !sackState.tagged && !facts.dsack && sk.caState === 'Open') return;
  if (!facts.advanced && !notDuplicate() && !facts.dsack) facts.duplicates = 1;
  if (!reneged(net, sk)) fastRetransmitAlert(net, sk, facts);
}

/** Something was in flight: the whole of the work. */
function ackInFlight(net: Netns, sk: Sock, seg: Segment, priorHigh: number, prior: Prior): void {
  cleanQueue(net, sk, priorHigh, prior.sacked);
  updateReorderingWindow(sk, sackState.priorDelivered);
  processTlpAck(net, sk, seg.ack);
  alert(net, sk);
  if (facts.setTimer && !scheduleLossProbe(net, sk, true)) rearmRto(net, sk);
  const delivered = countDelivered(net, sk, prior.delivered);
  controlCongestion(net, sk, delivered, prior.lost);
  transmitRecovery(net, sk, facts.resend);
}

interface Prior {
  packets: number;
  sacked: number;
  delivered: number;
  lost: number;
}

const prior: Prior = { packets: 0, sacked: 0, delivered: 0, lost: 0 };

/** An ACK below snd.una: only its SACK blocks count, and not as delivered. */
function oldAck(net: Netns, sk: Sock, seg: Segment): number {
  const most = Math.min(sk.maxWindow, sk.path.bytesAcked);
  if (before(seg.ack, (sk.sndUna - most) | 0)) {
    if ((facts.flags & NO_CHALLENGE) === 0) sendChallengeAck(net, sk);
    return -1;
  }
  if (seg.sack !== null && sk.sackOk) {
    tagSacked(net, sk, seg, sk.sndUna, sackState);
    facts.dsack = sackState.dsack;
    facts.sacked = sackState.tagged;
    fastRetransmitAlert(net, sk, facts);
    countDelivered(net, sk, prior.delivered);
    transmitRecovery(net, sk, facts.resend);
  }
  return 0;
}

/** Window and SACK blocks, or just the advance when header prediction said so. */
function readAck(net: Netns, sk: Sock, seg: Segment): void {
  if ((facts.flags & SLOW_PATH) === 0 && facts.advanced) {
    sk.sndWl1 = seg.seq;
    advanceUna(sk, seg.ack);
    facts.windowUpdate = true;
    count(net.mib, MIB.TcpExtTCPHPAcks);
    return;
  }
  if (segmentLength(seg) > 0) facts.flags |= WITH_DATA;
  else count(net.mib, MIB.TcpExtTCPPureAcks);
  updateWindow(net, sk, seg);
  if (seg.sack !== null && sk.sackOk) {
    tagSacked(net, sk, seg, facts.priorUna, sackState);
    sk.path.delivered += sackState.delivered;
    facts.dsack = sackState.dsack;
    facts.dsackOfProbe = sackState.dsackOfProbe;
  }
}

/**
 * Processes the acknowledgement field. 1: fine; 0: old, nothing but SACK learnt; -1: never sent or far too old (a
 * challenge ACK went out unless NO_CHALLENGE). `flags`: the constants above. @kernel tcp_ack net/ipv4/tcp_input.c v6.18
 */
export function tcpAck(net: Netns, sk: Sock, seg: Segment, flags = 0): number {
  sk.path.entry++;
  resetFacts(sk, seg, flags);
  resetSackState(sackState, sk);
  prior.packets = sk.packetsOut;
  prior.sacked = sk.sackedOut;
  prior.delivered = sk.path.delivered;
  prior.lost = sk.path.lost;
  if (before(seg.ack, sk.sndUna)) return oldAck(net, sk, seg);
  if (after(seg.ack, sk.sndNxt)) {
    if ((flags & NO_CHALLENGE) === 0) sendChallengeAck(net, sk);
    return -1;
  }
  if (after(seg.ack, sk.sndUna)) {
    facts.advanced = true;
    sk.retransmits = 0;
  }
  const priorHigh = sk.sackOk ? highestSacked(sk) : sk.sndUna;
  if ((flags & UPDATE_TS_RECENT) !== 0) replaceTsRecent(net, sk, seg);
  readAck(net, sk, seg);
  sk.softError = null;
  sk.probesOut = 0;
  sk.lastAckReceivedAt = net.now;
  if (prior.packets > 0) {
    ackInFlight(net, sk, seg, priorHigh, prior);
    return 1;
  }
  if (facts.dsack) {
    fastRetransmitAlert(net, sk, facts);
    countDelivered(net, sk, prior.delivered);
  }
  ackProbe(net, sk);
  processTlpAck(net, sk, seg.ack);
  return 1;
}
