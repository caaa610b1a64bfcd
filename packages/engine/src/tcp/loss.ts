// Marking segments lost and undoing it: RACK for SACK connections, NewReno for the others, the Loss state after a
// timeout. Left out: ECN. RACK walks the queue in order of sequence; what was sent at one instant Linux has in the order sent.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import { beginReduction, currentSsthresh, renoSsthresh } from './congestion.ts';
import type { Netns } from './netns.ts';
import { beginSkb, continuesSkb } from './records.ts';
import { jiffiesUp } from './rtt.ts';
import { packetsInFlight } from './transmit.ts';
import { armXmit, TIMEOUT_MIN_US } from './xmit-timer.ts';

/** Largest reordering estimate, segments. @kernel sysctl_tcp_max_reordering v6.18 */
const REORDERING_MAX = 300;
/** Largest reordering window of RACK in its steps, and recoveries that a widened one outlives. @kernel TCP_RACK_RECOVERY_THRESH v6.18 */
const REO_STEPS_MAX = 255;
const REO_RECOVERIES = 16;

/** Age of a transmission, us. */
export const ageUs = (net: Netns, sentAt: number): number => Math.floor((net.now - sentAt) / 1000);

/** Counts a segment lost, or its retransmission lost again. @kernel tcp_mark_skb_lost net/ipv4/tcp_input.c v6.18 */
export function markLost(net: Netns, sk: Sock, buf: SendBuffer): void {
  if (buf.sacked) return;
  if (buf.lost) {
    if (!buf.retransmitted) return;
    buf.retransmitted = false;
    sk.retransOut--;
    sk.path.lost++;
    count(net.mib, MIB.TcpExtTCPLostRetransmit);
    return;
  }
  buf.lost = true;
  sk.lostOut++;
  sk.path.lost++;
}

/** Something sent again is still unacknowledged. @kernel tcp_any_retrans_done net/ipv4/tcp_input.c v6.18 */
export const anyRetransmitted = (sk: Sock): boolean =>
  sk.retransOut > 0 || (sk.retransmitQueue[0]?.everRetransmitted ?? false);

/** Where the segment begins that follows the highest one selectively acknowledged. @kernel tcp_highest_sack_seq include/net/tcp.h v6.18 */
export function highestSacked(sk: Sock): number {
  if (sk.sackedOut === 0 || !sk.sackOk || before(sk.path.highestSack, sk.sndUna)) return sk.sndUna;
  return sk.path.highestSack;
}

/** Learns from data that arrived behind later data. @kernel tcp_check_sack_reordering net/ipv4/tcp_input.c v6.18 */
export function checkSackReordering(net: Netns, sk: Sock, low: number, byTimestamp: boolean): void {
  const high = highestSacked(sk);
  if (!before(low, high)) return;
  const metric = (high - low) | 0;
  if (metric > sk.reordering * sk.mss && sk.mss > 0) {
    sk.reordering = Math.min(Math.ceil(metric / sk.mss), REORDERING_MAX);
  }
  sk.path.reorderingSeen = true;
  count(net.mib, byTimestamp ? MIB.TcpExtTCPTSReorder : MIB.TcpExtTCPSACKReorder);
}

// RACK. @kernel net/ipv4/tcp_recovery.c v6.18

/** A transmission came later than another one: by time, by entry, by sequence. @kernel tcp_skb_sent_after include/net/tcp.h v6.18 */
export const sentAfter = (
  at: number,
  thanAt: number,
  entry: number,
  thanEntry: number,
  end: number,
  thanEnd: number,
): boolean =>
  at > thanAt || (at === thanAt && (entry > thanEntry || (entry === thanEntry && after(end, thanEnd))));

/**
 * The newest delivered transmission moves the yardstick: that of `buf`, up to `endSeq`.
 * @kernel tcp_rack_advance net/ipv4/tcp_recovery.c v6.18
 */
export function rackAdvance(net: Netns, sk: Sock, buf: SendBuffer, endSeq: number): void {
  const path = sk.path;
  const rtt = ageUs(net, buf.sentAt);
  if (rtt < sk.rttMinUs && buf.everRetransmitted) return;
  path.rackAdvanced = true;
  path.rackRttUs = rtt;
  if (sentAfter(buf.sentAt, path.rackSentAt, buf.entry, path.rackEntry, endSeq, path.rackEndSeq)) {
    path.rackSentAt = buf.sentAt;
    path.rackEntry = buf.entry;
    path.rackEndSeq = endSeq;
  }
}

/** @kernel tcp_rack_reo_wnd net/ipv4/tcp_recovery.c v6.18 */
function reorderingWindowUs(sk: Sock): number {
  if (!sk.path.reorderingSeen) {
    if (sk.caState === 'Recovery' || sk.caState === 'Loss') return 0;
    if (sk.sackedOut >= sk.reordering) return 0;
  }
  return Math.min((sk.rttMinUs >> 2) * sk.path.reoSteps, Math.floor(sk.srttUs));
}

/**
 * D-SACKs widen the reordering window, by one step a round trip. `priorDelivered`: what was delivered when the newest
 * segment that this ACK delivers was sent, 0 for none. @kernel tcp_rack_update_reo_wnd net/ipv4/tcp_recovery.c v6.18
 */
export function updateReorderingWindow(sk: Sock, priorDelivered: number): void {
  const path = sk.path;
  if (priorDelivered === 0) return;
  if (priorDelivered < path.reoDelivered) path.reoDsackSeen = false;
  if (path.reoDsackSeen) {
    path.reoSteps = Math.min(path.reoSteps + 1, REO_STEPS_MAX);
    path.reoDsackSeen = false;
    path.reoDelivered = path.delivered;
    path.reoPersist = REO_RECOVERIES;
  } else if (path.reoPersist === 0) {
    path.reoSteps = 1;
  }
}

/** Marks what is overdue; returns us until the next segment may be, or 0. @kernel tcp_rack_detect_loss net/ipv4/tcp_recovery.c v6.18 */
export function rackDetectLoss(net: Netns, sk: Sock): number {
  const path = sk.path;
  const window = reorderingWindowUs(sk);
  let timeout = 0;
  for (const buf of sk.retransmitQueue) {
    if (!buf.watched || (buf.lost && !buf.retransmitted)) continue;
    if (!sentAfter(path.rackSentAt, buf.sentAt, path.rackEntry, buf.entry, path.rackEndSeq, buf.endSeq))
      continue;
    const remaining = path.rackRttUs + window - ageUs(net, buf.sentAt);
    if (remaining <= 0) {
      markLost(net, sk, buf);
      buf.watched = false;
    } else timeout = Math.max(timeout, remaining);
  }
  return timeout;
}

/** Runs RACK on an ACK; true when it armed the reordering timer. @kernel tcp_rack_mark_lost net/ipv4/tcp_recovery.c v6.18 */
function rackMarkLost(net: Netns, sk: Sock): boolean {
  if (!sk.path.rackAdvanced) return false;
  sk.path.rackAdvanced = false;
  const timeout = rackDetectLoss(net, sk);
  if (timeout === 0) return false;
  armXmit(net, sk, 'reorder', Math.min(jiffiesUp(net, (timeout + TIMEOUT_MIN_US) * 1000), sk.rto));
  return true;
}

/** @kernel tcp_newreno_mark_lost net/ipv4/tcp_recovery.c v6.18 */
function newRenoMarkLost(net: Netns, sk: Sock, advanced: boolean): void {
  const early = (sk.caState === 'Open' || sk.caState === 'Disorder') && sk.sackedOut >= sk.reordering;
  const head = sk.retransmitQueue[0]!;
  if (!(early || (sk.caState === 'Recovery' && advanced)) || head.lost) return;
  const next = sk.retransmitQueue[1];
  if (continuesSkb(next)) beginSkb(sk, next);
  markLost(net, sk, head);
}

export interface LossFound {
  /** The reordering timer runs, so the RTO must not be restarted. */
  timerArmed: boolean;
  /** A retransmission was found lost. */
  retransmissionLost: boolean;
}

const found: LossFound = { timerArmed: false, retransmissionLost: false };

/** Looks for losses after an ACK. The answer is reused. @kernel tcp_identify_packet_loss net/ipv4/tcp_input.c v6.18 */
export function identifyLoss(net: Netns, sk: Sock, advanced: boolean): LossFound {
  found.timerArmed = false;
  found.retransmissionLost = false;
  if (sk.retransmitQueue.length === 0) return found;
  const prior = sk.retransOut;
  if (sk.sackOk) found.timerArmed = rackMarkLost(net, sk);
  else newRenoMarkLost(net, sk, advanced);
  found.retransmissionLost = prior > sk.retransOut;
  return found;
}

/** Remembers what to restore if the reduction proves wrong. @kernel tcp_init_undo net/ipv4/tcp_input.c v6.18 */
function initUndo(sk: Sock): void {
  sk.undoMarker = sk.sndUna;
  sk.undoRetrans = sk.retransOut + (sk.tlpHighSeq !== 0 && sk.tlpRetrans ? 1 : 0);
  if (sk.undoRetrans === 0) sk.undoRetrans = -1;
}

/** @kernel tcp_timeout_mark_lost net/ipv4/tcp_input.c v6.18 */
function timeoutMarkLost(net: Netns, sk: Sock): void {
  const head = sk.retransmitQueue[0];
  const reneged = head?.sacked ?? false;
  if (reneged) {
    count(net.mib, MIB.TcpExtTCPSACKReneging);
    sk.sackedOut = 0;
  } else if (!sk.sackOk) {
    sk.sackedOut = 0;
  }
  for (const buf of sk.retransmitQueue) {
    if (reneged) buf.sacked = false;
    else if (buf !== head && sk.sackOk && sk.path.rackRttUs - ageUs(net, buf.sentAt) > 0) continue;
    markLost(net, sk, buf);
  }
}

/** Enters Loss after a timeout: window of one segment. @kernel tcp_enter_loss net/ipv4/tcp_input.c v6.18 */
export function enterLoss(net: Netns, sk: Sock): void {
  const calm = sk.caState === 'Open' || sk.caState === 'Disorder';
  timeoutMarkLost(net, sk);
  if (calm || !after(sk.highSeq, sk.sndUna) || (sk.caState === 'Loss' && sk.retransmits === 0)) {
    sk.path.priorSsthresh = currentSsthresh(sk);
    sk.priorCwnd = sk.cwnd;
    sk.ssthresh = renoSsthresh(sk);
    initUndo(sk);
  }
  sk.cwnd = packetsInFlight(sk) + 1;
  sk.cwndCnt = 0;
  sk.path.cwndStamp = net.now;
  const limit = net.sysctl['net.ipv4.tcp_reordering'];
  if (calm && sk.sackedOut >= limit) sk.reordering = Math.min(sk.reordering, limit);
  sk.path.frto =
    net.sysctl['net.ipv4.tcp_frto'] !== 0 && ((sk.caState !== 'Loss' && calm) || sk.retransmits > 0);
  sk.caState = 'Loss';
  sk.highSeq = sk.sndNxt;
  sk.tlpHighSeq = 0;
}

/** Starts fast recovery. @kernel tcp_enter_recovery net/ipv4/tcp_input.c v6.18 */
export function enterRecovery(net: Netns, sk: Sock): void {
  if (!anyRetransmitted(sk)) sk.retransStamp = 0;
  count(net.mib, sk.sackOk ? MIB.TcpExtTCPSackRecovery : MIB.TcpExtTCPRenoRecovery);
  sk.path.priorSsthresh = 0;
  initUndo(sk);
  if (sk.caState !== 'Recovery') {
    sk.path.priorSsthresh = currentSsthresh(sk);
    beginReduction(sk);
  }
  sk.caState = 'Recovery';
}

// Reno's imitation of SACK: each duplicate ACK stands for a segment that left. @kernel tcp_add_reno_sack v6.18

function checkRenoReordering(net: Netns, sk: Sock, addend: number): void {
  const holes = Math.min(Math.max(sk.lostOut, 1), sk.packetsOut);
  if (sk.sackedOut + holes <= sk.packetsOut) return;
  sk.sackedOut = sk.packetsOut - holes;
  sk.reordering = Math.min(sk.packetsOut + addend, REORDERING_MAX);
  sk.path.reorderingSeen = true;
  count(net.mib, MIB.TcpExtTCPRenoReorder);
}

/** @kernel tcp_add_reno_sack net/ipv4/tcp_input.c v6.18 */
export function addRenoSack(net: Netns, sk: Sock, duplicates: number): void {
  if (duplicates === 0) return;
  const prior = sk.sackedOut;
  sk.sackedOut += duplicates;
  checkRenoReordering(net, sk, 0);
  if (sk.sackedOut > prior) sk.path.delivered += sk.sackedOut - prior;
}

/** @kernel tcp_remove_reno_sacks net/ipv4/tcp_input.c v6.18 */
export function removeRenoSacks(net: Netns, sk: Sock, acked: number): void {
  if (acked > 0) {
    sk.path.delivered += Math.max(acked - sk.sackedOut, 1);
    sk.sackedOut = Math.max(sk.sackedOut - (acked - 1), 0);
  }
  checkRenoReordering(net, sk, acked);
}
