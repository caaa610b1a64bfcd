// The state machine of loss recovery: what an ACK that is not plain means. @kernel tcp_fastretrans_alert v6.18

import { after, before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { endReduction } from './congestion.ts';
import { addRenoSack, anyRetransmitted, enterRecovery, identifyLoss } from './loss.ts';
import type { Netns } from './netns.ts';
import { NAGLE_OFF, pushWith } from './output.ts';
import { retransmitLost } from './resend.ts';
import { tryKeepOpen, tryUndoDsack, tryUndoLoss, tryUndoPartial, tryUndoRecovery } from './undo.ts';
import { windowEnd } from './window.ts';

/** What tcpAck() found out so far; one record, reused. */
export interface AckFacts {
  /** snd.una moved. */
  advanced: boolean;
  /** Never retransmitted data sent before the timeout arrived. */
  originalAcked: boolean;
  /** New selective acknowledgements. */
  sacked: boolean;
  /** 1 when the ACK is a duplicate that carries nothing new. */
  duplicates: number;
  priorUna: number;
  /** Echoed timestamp, or null. */
  tsEcr: number | null;
  /** The RTO or probe timer is to be restarted. */
  setTimer: boolean;
  /** What to send afterwards. */
  resend: 'nothing' | 'lost' | 'new';
  /** The head of the queue was selectively acknowledged: the peer reneged. */
  reneging: boolean;
}

/** Step 3 of F-RTO and the end of the Loss state. @kernel tcp_process_loss net/ipv4/tcp_input.c v6.18 */
function processLoss(net: Netns, sk: Sock, ack: AckFacts): void {
  const recovered = !before(sk.sndUna, sk.highSeq);
  if (ack.advanced && tryUndoLoss(net, sk, false, ack.tsEcr)) return;
  if (sk.path.frto) {
    if (ack.originalAcked && tryUndoLoss(net, sk, true, ack.tsEcr)) return;
    if (after(sk.sndNxt, sk.highSeq)) {
      if (ack.sacked || ack.duplicates > 0) sk.path.frto = false;
    } else if (ack.advanced && !recovered) {
      sk.highSeq = sk.sndNxt;
      if (sk.sendQueue.length > 0 && after(windowEnd(sk), sk.sndNxt)) {
        ack.resend = 'new';
        return;
      }
      sk.path.frto = false;
    }
  }
  if (recovered) {
    tryUndoRecovery(net, sk, ack.tsEcr);
    return;
  }
  if (!sk.sackOk) {
    if (after(sk.sndNxt, sk.highSeq) && ack.duplicates > 0) addRenoSack(net, sk, ack.duplicates);
    else if (ack.advanced) sk.sackedOut = 0;
  }
  ack.resend = 'lost';
}

/** Runs loss detection; true when a retransmission was found lost. */
function look(net: Netns, sk: Sock, ack: AckFacts): boolean {
  const found = identifyLoss(net, sk, ack.advanced);
  if (found.timerArmed) ack.setTimer = false;
  return found.retransmissionLost;
}

/** @kernel tcp_try_to_open net/ipv4/tcp_input.c v6.18 */
function tryToOpen(sk: Sock): void {
  if (!anyRetransmitted(sk)) sk.retransStamp = 0;
  tryKeepOpen(sk);
}

/** In Recovery; true when the ACK is finished with. */
function inRecovery(net: Netns, sk: Sock, ack: AckFacts): boolean {
  if (!ack.advanced) {
    if (!sk.sackOk) addRenoSack(net, sk, ack.duplicates);
  } else if (tryUndoPartial(net, sk, ack.priorUna, ack.tsEcr)) {
    return true;
  }
  if (tryUndoDsack(net, sk)) tryToOpen(sk);
  look(net, sk, ack);
  if (sk.caState !== 'Recovery') {
    if (sk.lostOut === 0) return true;
    enterRecovery(net, sk);
  }
  return false;
}

/** Open or Disorder (or just left Loss): does recovery begin? True when it does. */
function mayEnter(net: Netns, sk: Sock, ack: AckFacts): boolean {
  if (!sk.sackOk) {
    if (ack.advanced) sk.sackedOut = 0;
    addRenoSack(net, sk, ack.duplicates);
  }
  if (sk.caState === 'Open' || sk.caState === 'Disorder') tryUndoDsack(net, sk);
  look(net, sk, ack);
  if (sk.lostOut === 0) {
    tryToOpen(sk);
    return false;
  }
  enterRecovery(net, sk);
  return true;
}

/** State is left when what was sent before it is acknowledged; true when the ACK is finished with. */
function exitCondition(net: Netns, sk: Sock, ack: AckFacts): boolean {
  if (sk.caState === 'Open') {
    sk.retransStamp = 0;
  } else if (sk.caState === 'Recovery' && !before(sk.sndUna, sk.highSeq)) {
    if (!sk.sackOk) sk.sackedOut = 0;
    if (tryUndoRecovery(net, sk, ack.tsEcr)) return true;
    endReduction(net, sk);
  }
  return false;
}

/** Acts on a dubious ACK. @kernel tcp_fastretrans_alert net/ipv4/tcp_input.c v6.18 */
export function fastRetransmitAlert(net: Netns, sk: Sock, ack: AckFacts): void {
  if (sk.packetsOut === 0 && sk.sackedOut > 0) sk.sackedOut = 0;
  if (exitCondition(net, sk, ack)) return;
  if (sk.caState === 'Recovery') {
    if (inRecovery(net, sk, ack)) return;
  } else if (sk.caState === 'Loss') {
    processLoss(net, sk, ack);
    const lostAgain = look(net, sk, ack);
    // processLoss() may have left Loss; the compiler cannot see that.
    const state: Sock['caState'] = sk.caState;
    if (state !== ('Open' as Sock['caState']) && !lostAgain) return;
    if (!mayEnter(net, sk, ack)) return;
  } else if (!mayEnter(net, sk, ack)) {
    return;
  }
  ack.resend = 'lost';
}

/** Sends what the ACK allowed. @kernel tcp_xmit_recovery net/ipv4/tcp_input.c v6.18 */
export function transmitRecovery(net: Netns, sk: Sock, resend: AckFacts['resend']): void {
  if (resend === 'nothing') return;
  if (resend === 'new') {
    pushWith(net, sk, NAGLE_OFF);
    if (after(sk.sndNxt, sk.highSeq)) return;
    sk.path.frto = false;
  }
  retransmitLost(net, sk);
}
