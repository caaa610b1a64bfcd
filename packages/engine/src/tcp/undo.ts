// Taking back a reduction that proved unnecessary: all retransmissions were reported as duplicates, or the ACK echoes a
// timestamp older than the first retransmission (Eifel), or F-RTO saw original data acknowledged.

import { count, MIB } from '../mib.ts';
import { before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { timestampMs } from './clock.ts';
import { anyRetransmitted, checkSackReordering } from './loss.ts';
import type { Netns } from './netns.ts';

/** TSval (offset included) that a segment sent at an earlier moment (ns) carried. */
export function timestampAt(net: Netns, sk: Sock, at: number): number {
  return (
    (timestampMs(net) -
      Math.floor((net.bootedAt + net.now) / 1e6) +
      Math.floor((net.bootedAt + at) / 1e6) +
      sk.tsOffset) |
    0
  );
}

/** The ACK answers the original, not the retransmission. `tsEcr` is null without timestamps. @kernel tcp_packet_delayed net/ipv4/tcp_input.c v6.18 */
function packetDelayed(net: Netns, sk: Sock, tsEcr: number | null): boolean {
  if (sk.retransStamp === 0) {
    // Cleared although there were retransmissions: without SACK at the end of an episode, and when a SYN is acknowledged.
    return sk.state !== 'SYN-SENT' && (sk.sackOk || before(sk.sndUna, sk.highSeq));
  }
  return tsEcr !== null && tsEcr !== 0 && before(tsEcr, timestampAt(net, sk, sk.retransStamp));
}

const mayUndo = (net: Netns, sk: Sock, tsEcr: number | null): boolean =>
  sk.undoMarker !== 0 && (sk.undoRetrans === 0 || packetDelayed(net, sk, tsEcr));

/** @kernel tcp_undo_cwnd_reduction net/ipv4/tcp_input.c v6.18 */
function undoReduction(net: Netns, sk: Sock, unmark: boolean): void {
  if (unmark) {
    for (const buf of sk.retransmitQueue) buf.lost = false;
    sk.lostOut = 0;
  }
  if (sk.path.priorSsthresh > 0) {
    sk.cwnd = Math.max(sk.cwnd, sk.priorCwnd);
    sk.ssthresh = Math.max(sk.ssthresh, sk.path.priorSsthresh);
  }
  sk.path.cwndStamp = net.now;
  sk.undoMarker = 0;
  sk.path.rackAdvanced = true;
}

/** Reno stays in the old state until something above highSeq is acknowledged. @kernel tcp_is_non_sack_preventing_reopen net/ipv4/tcp_input.c v6.18 */
function renoHolds(sk: Sock): boolean {
  if (sk.sndUna !== sk.highSeq || sk.sackOk) return false;
  if (!anyRetransmitted(sk)) sk.retransStamp = 0;
  return true;
}

/** Leaves recovery; true when the state is kept. @kernel tcp_try_undo_recovery net/ipv4/tcp_input.c v6.18 */
export function tryUndoRecovery(net: Netns, sk: Sock, tsEcr: number | null): boolean {
  if (mayUndo(net, sk, tsEcr)) {
    const loss = sk.caState === 'Loss';
    undoReduction(net, sk, false);
    count(net.mib, loss ? MIB.TcpExtTCPLossUndo : MIB.TcpExtTCPFullUndo);
  } else if (sk.path.reoPersist > 0) {
    sk.path.reoPersist--;
  }
  if (renoHolds(sk)) return true;
  sk.caState = 'Open';
  return false;
}

/** @kernel tcp_try_undo_dsack net/ipv4/tcp_input.c v6.18 */
export function tryUndoDsack(net: Netns, sk: Sock): boolean {
  if (sk.undoMarker === 0 || sk.undoRetrans !== 0) return false;
  count(net.mib, MIB.TcpExtTCPDSACKUndo);
  undoReduction(net, sk, false);
  return true;
}

/** @kernel tcp_try_undo_loss net/ipv4/tcp_input.c v6.18 */
export function tryUndoLoss(net: Netns, sk: Sock, frto: boolean, tsEcr: number | null): boolean {
  if (!frto && !mayUndo(net, sk, tsEcr)) return false;
  undoReduction(net, sk, true);
  count(net.mib, MIB.TcpExtTCPLossUndo);
  if (frto) count(net.mib, MIB.TcpExtTCPSpuriousRTOs);
  sk.retransmits = 0;
  if (renoHolds(sk)) return true;
  if (frto || sk.sackOk) sk.caState = 'Open';
  return true;
}

/** Open, or Disorder while holes remain. @kernel tcp_try_keep_open net/ipv4/tcp_input.c v6.18 */
export function tryKeepOpen(sk: Sock): void {
  const state = sk.sackedOut + sk.lostOut > 0 || anyRetransmitted(sk) ? 'Disorder' : 'Open';
  if (sk.caState === state) return;
  sk.caState = state;
  sk.highSeq = sk.sndNxt;
}

/** A partial ACK in recovery; true ends the processing of this ACK. @kernel tcp_try_undo_partial net/ipv4/tcp_input.c v6.18 */
export function tryUndoPartial(net: Netns, sk: Sock, priorUna: number, tsEcr: number | null): boolean {
  if (sk.undoMarker === 0 || !packetDelayed(net, sk, tsEcr)) return false;
  checkSackReordering(net, sk, priorUna, true);
  if (sk.retransOut > 0) return true;
  if (!anyRetransmitted(sk)) sk.retransStamp = 0;
  undoReduction(net, sk, true);
  count(net.mib, MIB.TcpExtTCPPartialUndo);
  tryKeepOpen(sk);
  return false;
}
