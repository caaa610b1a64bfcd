// Whether a segment for a synchronised socket is acceptable: PAWS, sequence numbers, RST, SYN (RFC 5961).
// @kernel tcp_validate_incoming net/ipv4/tcp_input.c v6.18

import { count, MIB } from '../mib.ts';
import { after, before, seqMax } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { ACK, RST, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { nowMs } from './clock.ts';
import { resetReceived } from './close.ts';
import { traceDrop } from './emit.ts';
import type { Netns } from './netns.ts';
import { oowLimited, sendChallengeAck, sendDuplicateAck } from './oow-ack.ts';
import { sendResetReply } from './reset.ts';
import { receiveWindow } from './window.ts';

/** tsRecent is not believed after 24 days without a segment, ms. @kernel TCP_PAWS_24DAYS include/net/tcp.h v6.18 */
const PAWS_24DAYS_MS = 24 * 24 * 3600 * 1000;

/** How much older a timestamp may be. @kernel TCP_PAWS_WINDOW include/net/tcp.h v6.18 */
const PAWS_WINDOW = 1;

/** How far behind an overtaken ACK may be, in RTO. @kernel tcp_tsval_replay net/ipv4/tcp_input.c v6.18 */
const REPLAY = 1.2;

/** A duplicate ACK that was merely overtaken and does not update the window. @kernel tcp_disordered_ack net/ipv4/tcp_input.c v6.18 */
function disorderedAck(sk: Sock, seg: Segment): boolean {
  const bare = (seg.flags & ACK) !== 0 && segmentLength(seg) === 0 && seg.seq === sk.rcvNxt;
  if (!bare || seg.ack !== sk.sndUna) return false;
  const window = seg.window * 2 ** sk.sndWscale;
  if (after(seg.seq, sk.sndWl1) || (seg.seq === sk.sndWl1 && (window > sk.sndWnd || window === 0)))
    return false;
  return ((sk.tsRecent - seg.tsVal) | 0) <= (sk.rto / 1e6) * REPLAY;
}

/** A bare ACK that was overtaken by what came after it: common on paths that reorder. @kernel tcp_disordered_ack_check net/ipv4/tcp_input.c v6.18 */
const oldAck = (sk: Sock, seg: Segment): boolean =>
  (seg.flags & ACK) !== 0 && segmentLength(seg) === 0 && before(seg.seq, sk.rcvNxt);

/** The timestamp is older than one already seen. @kernel tcp_paws_discard net/ipv4/tcp_input.c v6.18 */
function pawsRejects(net: Netns, sk: Sock, seg: Segment): boolean {
  if (!sk.tsOk || !seg.hasTimestamp || ((sk.tsRecent - seg.tsVal) | 0) <= PAWS_WINDOW) return false;
  if (sk.tsRecent === 0 || nowMs(net) - sk.tsRecentStampMs > PAWS_24DAYS_MS) return false;
  return !disorderedAck(sk, seg);
}

type Fit = 'fits' | 'old' | 'beyond';

/** @kernel tcp_sequence net/ipv4/tcp_input.c v6.18 */
function sequenceFit(sk: Sock, seg: Segment): Fit {
  const end = (seg.seq + segmentLength(seg)) | 0;
  if (before(end, sk.rcvWup)) return 'old';
  const edge = (sk.rcvNxt + receiveWindow(sk)) | 0;
  if (!after(end, edge)) return 'fits';
  if (after(seg.seq, edge)) return 'beyond';
  return sk.receiveQueue.length > 0 ? 'beyond' : 'fits';
}

/** After a FIN, a RST one below is still good. @kernel tcp_reset_check net/ipv4/tcp_input.c v6.18 */
const resetAfterFin = (sk: Sock, seg: Segment): boolean =>
  seg.seq === ((sk.rcvNxt - 1) | 0) &&
  (sk.state === 'CLOSE-WAIT' || sk.state === 'LAST-ACK' || sk.state === 'CLOSING');

function drop(net: Netns, seg: Segment, why: 'paws' | 'out-of-window' | 'bad-ack'): false {
  traceDrop(net, why, seg);
  return false;
}

/** A SYN in a synchronised state is answered by an ACK. `inErr`: also an input error (only in ESTAB). */
function challengeSyn(net: Netns, sk: Sock, seg: Segment, inErr: boolean): false {
  if (inErr) count(net.mib, MIB.TcpInErrs);
  count(net.mib, MIB.TcpExtTCPSYNChallenge);
  sendChallengeAck(net, sk);
  return drop(net, seg, 'out-of-window');
}

/** Before RFC 5961 (3.6) a new SYN in the window ended the connection. @kernel tcp_validate_incoming net/ipv4/tcp_input.c v2.6.32 */
function resetBySyn(net: Netns, sk: Sock, seg: Segment): false {
  count(net.mib, MIB.TcpInErrs);
  count(net.mib, MIB.TcpExtTCPAbortOnSyn);
  sendResetReply(net, seg);
  resetReceived(net, sk, seg);
  return drop(net, seg, 'out-of-window');
}

function badSequence(net: Netns, sk: Sock, seg: Segment, fit: Fit, inErr: boolean): false {
  if ((seg.flags & RST) !== 0) {
    if (resetAfterFin(sk, seg)) resetReceived(net, sk, seg);
    return drop(net, seg, 'out-of-window');
  }
  if ((seg.flags & SYN) !== 0 && net.profile.behaviour.challenges) return challengeSyn(net, sk, seg, inErr);
  if (fit === 'beyond') count(net.mib, MIB.TcpExtBeyondWindow);
  if (!oowLimited(net, sk, seg, MIB.TcpExtTCPACKSkippedSeq)) sendDuplicateAck(net, sk, seg);
  return drop(net, seg, 'out-of-window');
}

/** A RST in the window: exact, or right of the last SACK block, resets; any other is challenged. */
function resetInWindow(net: Netns, sk: Sock, seg: Segment): false {
  let exact = seg.seq === sk.rcvNxt || resetAfterFin(sk, seg);
  if (!exact && sk.sackOk && sk.sackRecent.length > 0) {
    let high = sk.sackRecent[1]!;
    for (let i = 3; i < sk.sackRecent.length; i += 2) high = seqMax(high, sk.sackRecent[i]!);
    exact = seg.seq === high;
  }
  if (exact || !net.profile.behaviour.challenges) resetReceived(net, sk, seg);
  else sendChallengeAck(net, sk);
  return false;
}

/** The SYN-ACK that ends a simultaneous open: a SYN that was seen already, with a good ACK. */
const completesSimultaneousOpen = (sk: Sock, seg: Segment): boolean =>
  sk.state === 'SYN-RECV' &&
  sk.socketState !== 'UNCONNECTED' &&
  (seg.flags & ACK) !== 0 &&
  segmentLength(seg) === 1 &&
  ((seg.seq + 1) | 0) === sk.rcvNxt &&
  seg.ack === sk.sndNxt;

/**
 * True when the segment may be processed; else it was answered and is finished with. `inErr`: a SYN counts TcpInErrs.
 * @kernel tcp_validate_incoming net/ipv4/tcp_input.c v6.18
 */
export function validateIncoming(net: Netns, sk: Sock, seg: Segment, inErr: boolean): boolean {
  const rst = (seg.flags & RST) !== 0;
  const syn = (seg.flags & SYN) !== 0;
  if (!rst && pawsRejects(net, sk, seg)) {
    if (syn && net.profile.behaviour.challenges) return challengeSyn(net, sk, seg, inErr);
    if (net.profile.behaviour.ignoresOldPawsAck && oldAck(sk, seg)) {
      count(net.mib, MIB.TcpExtPAWSOldAck);
      return drop(net, seg, 'paws');
    }
    count(net.mib, MIB.TcpExtPAWSEstab);
    if (!oowLimited(net, sk, seg, MIB.TcpExtTCPACKSkippedPAWS)) sendDuplicateAck(net, sk, seg);
    return drop(net, seg, 'paws');
  }
  const fit = sequenceFit(sk, seg);
  if (fit !== 'fits') return badSequence(net, sk, seg, fit, inErr);
  if (rst) return resetInWindow(net, sk, seg);
  if (syn && !completesSimultaneousOpen(sk, seg)) {
    if (net.profile.behaviour.challenges) return challengeSyn(net, sk, seg, inErr);
    if (!before(seg.seq, sk.rcvNxt)) return resetBySyn(net, sk, seg);
  }
  return true;
}
