// A segment for a half-open connection: the third ACK, a duplicate SYN, RST, and what is neither.
// @kernel tcp_check_req net/ipv4/tcp_minisocks.c v6.18
//
// Left out: Fast Open children. After tcp_migrate_req the listener given is not the request's own.

import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { ACK, RST, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { acceptQueueAdd, acceptQueueFull, traceRefused } from './accept-queue.ts';
import { childOfRequest } from './child.ts';
import { timestampMs } from './clock.ts';
import { traceDrop } from './emit.ts';
import { arrivalOffset } from './isn.ts';
import { countMigrated } from './migrate.ts';
import type { Netns } from './netns.ts';
import { miniLimited, miniRateLimited } from './rate-limit.ts';
import { RequestView, removeRequest } from './request-sock.ts';
import { requestTimeoutNs } from './request-timer.ts';
import { FLAG_MASK, sendAckReply, sendResetReply } from './reset.ts';
import { resendSynAck } from './synack.ts';
import { armMini } from './timers.ts';

const view = new RequestView();

/** What the caller is to do: nothing, hand the segment to the listener, or run it through the new child. */
export type RequestVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'listener' }
  | { readonly kind: 'child'; readonly child: Sock };

const DONE: RequestVerdict = Object.freeze({ kind: 'done' });
const TO_LISTENER: RequestVerdict = Object.freeze({ kind: 'listener' });

/** @kernel tcp_in_window net/ipv4/tcp_minisocks.c v6.18 */
export function inWindow(seq: number, end: number, start: number, limit: number): boolean {
  if (seq === start) return true;
  if (after(end, start) && before(seq, limit)) return true;
  return seq === limit && seq === end;
}

/** TSval older than the SYN's. A request is too young for the 24-day rule. @kernel tcp_paws_reject include/net/tcp.h v6.18 */
const pawsRejects = (seg: Segment): boolean =>
  seg.hasTimestamp && view.tsOk && view.tsRecent !== 0 && ((view.tsRecent - seg.tsVal) | 0) > 0;

/** TSecr that no SYN-ACK of ours carried. */
function tsecrRejects(net: Netns, seg: Segment): boolean {
  if (!net.profile.behaviour.checksRequestTsecr || !seg.hasTimestamp || !view.tsOk || seg.tsEcr === 0)
    return false;
  return before(seg.tsEcr, view.tsvalFirst) || after(seg.tsEcr, view.tsvalLast);
}

/** A duplicate SYN gets the SYN-ACK again, at most once in 500 ms, and restarts the timer with the current backoff. */
function answerDuplicateSyn(net: Netns, listener: Sock, seg: Segment): void {
  const limits = net.profile.behaviour.limitsDuplicateSyn;
  if (limits && miniRateLimited(net, view.handle, seg, MIB.TcpExtTCPACKSkippedSynRecv)) {
    return traceDrop(net, 'rate-limited', seg);
  }
  if (resendSynAck(net, listener, view, 'duplicate SYN').ok)
    armMini(net, view.handle, requestTimeoutNs(net, listener, view));
}

function ackOutOfWindow(net: Netns, seg: Segment, reason: 'paws' | 'tsecr' | 'out-of-window'): void {
  const limited =
    (seg.flags & RST) !== 0 ||
    (net.profile.behaviour.limitsRequestOutOfWindow &&
      miniRateLimited(net, view.handle, seg, MIB.TcpExtTCPACKSkippedSynRecv));
  if (!limited) sendRequestAck(net, seg);
  if (reason === 'paws') count(net.mib, MIB.TcpExtPAWSEstab);
  else if (reason === 'tsecr') count(net.mib, MIB.TcpExtTSEcrRejected);
  traceDrop(net, reason, seg);
}

/** @kernel tcp_v4_reqsk_send_ack net/ipv4/tcp_ipv4.c v6.18 */
function sendRequestAck(net: Netns, seg: Segment): void {
  sendAckReply(net, seg, {
    seq: (view.iss + 1) | 0,
    ack: (view.irs + 1) | 0,
    window: view.rcvWnd >> (view.wscaleOk ? view.rcvWscale : 0),
    tsVal: view.tsOk ? (timestampMs(net) + arrivalOffset(net, seg)) | 0 : null,
    tsEcr: view.tsRecent,
  });
}

/** RST or a new SYN in the window ends the request. */
function killedBySegment(net: Netns, seg: Segment): RequestVerdict {
  if (
    net.profile.behaviour.challengesRequestRst &&
    (seg.flags & RST) !== 0 &&
    seg.seq !== ((view.irs + 1) | 0)
  ) {
    if (!miniLimited(net, view.handle, MIB.TcpExtTCPACKSkippedChallenge)) {
      count(net.mib, MIB.TcpExtTCPChallengeACK);
      sendRequestAck(net, seg);
    }
    return DONE;
  }
  count(net.mib, MIB.TcpAttemptFails);
  if ((seg.flags & RST) === 0) sendResetReply(net, seg);
  removeRequest(net, view, (seg.flags & RST) !== 0 ? 'RST' : 'SYN in window');
  count(net.mib, MIB.TcpExtEmbryonicRsts);
  return DONE;
}

/** The accept queue is full: forget the segment, or reset (tcp_abort_on_overflow). */
function overflow(net: Netns, listener: Sock, seg: Segment): RequestVerdict {
  listener.drops++;
  count(net.mib, MIB.TcpExtListenOverflows);
  count(net.mib, MIB.TcpExtListenDrops);
  traceRefused(net, listener, seg);
  traceDrop(net, 'accept-queue-full', seg);
  if (net.sysctl['net.ipv4.tcp_abort_on_overflow'] === 0) {
    view.acked = true;
    return DONE;
  }
  sendResetReply(net, seg);
  removeRequest(net, view, 'accept queue full');
  count(net.mib, MIB.TcpExtEmbryonicRsts);
  return DONE;
}

function complete(net: Netns, listener: Sock, seg: Segment): RequestVerdict {
  const queue = listener.listener!;
  if (view.numTimeout < queue.deferAccept && segmentLength(seg) === 0 && seg.seq === ((view.irs + 1) | 0)) {
    view.acked = true;
    count(net.mib, MIB.TcpExtTCPDeferAcceptDrop);
    traceDrop(net, 'defer-accept', seg);
    return DONE;
  }
  if (acceptQueueFull(queue)) return overflow(net, listener, seg);
  takeTimestamp(seg);
  if (view.listener !== listener.id) countMigrated(net);
  const child = childOfRequest(net, listener, view, seg);
  acceptQueueAdd(net, listener, child);
  return { kind: 'child', child };
}

/** @kernel the update of ts_recent in tcp_check_req net/ipv4/tcp_minisocks.c v6.18 */
function takeTimestamp(seg: Segment): void {
  if (view.tsOk && seg.hasTimestamp && !after(seg.seq, (view.irs + 1) | 0)) view.tsRecent = seg.tsVal;
}

/** Runs the segment against the request behind `handle`, whose listener is in LISTEN. */
export function checkRequest(net: Netns, listener: Sock, handle: number, seg: Segment): RequestVerdict {
  view.at(net, handle);
  const flags = seg.flags & FLAG_MASK;
  const paws = pawsRejects(seg);
  if (seg.seq === view.irs && flags === SYN && !paws) {
    answerDuplicateSyn(net, listener, seg);
    return DONE;
  }
  const rstCounts = net.profile.behaviour.challengesRequestRst;
  if ((flags & ACK) !== 0 && !(rstCounts && (flags & RST) !== 0) && seg.ack !== ((view.iss + 1) | 0))
    return TO_LISTENER;
  const tsecr = tsecrRejects(net, seg);
  const start = (view.irs + 1) | 0;
  const fits = inWindow(seg.seq, (seg.seq + segmentLength(seg)) | 0, start, (start + view.rcvWnd) | 0);
  if (paws || tsecr || !fits) {
    ackOutOfWindow(net, seg, paws ? 'paws' : tsecr ? 'tsecr' : 'out-of-window');
    return DONE;
  }
  if (!net.profile.behaviour.keepsRequestTimestamp) takeTimestamp(seg);
  const live = seg.seq === view.irs ? flags & ~SYN : flags;
  if ((live & (RST | SYN)) !== 0) return killedBySegment(net, seg);
  if ((live & ACK) === 0) {
    traceDrop(net, 'no-ack', seg);
    return DONE;
  }
  return complete(net, listener, seg);
}
