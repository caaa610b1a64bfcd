// The retransmission timer: giving up, backing off, and what else the same timer is used for (tail loss probe, RACK's
// reordering timer, window probe). Left out: MTU probing, thin streams, Fast Open, memory pressure.

import { count, MIB } from '../mib.ts';
import { before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { abortWithError } from './close.ts';
import { reduceCwnd } from './congestion.ts';
import { enterLoss, enterRecovery, rackDetectLoss } from './loss.ts';
import type { Netns } from './netns.ts';
import { NAGLE_OFF, writeWakeup, writeXmit } from './output.ts';
import { retransmitHead, retransmitLost, retransmitTail } from './resend.ts';
import { jiffiesUp, rtoMax, setRto, timeoutInit } from './rtt.ts';
import { packetsInFlight } from './transmit.ts';
import { currentMss, windowEnd } from './window.ts';
import { armXmit, probeWhen, rearmRto } from './xmit-timer.ts';

export { armRetransmit } from './xmit-timer.ts';

const NS_PER_MS = 1e6;
/** TCP_RTO_MIN, the base of the give-up model whatever the sysctl says. */
const RTO_MIN_MS = 200;
/** TCP_RESOURCE_PROBE_INTERVAL. */
const RESOURCE_PROBE_NS = 500e6;
/** Retries of an orphan that still seems alive. @kernel tcp_orphan_retries net/ipv4/tcp_timer.c v6.18 */
const ORPHAN_RETRIES = 8;

/** Time (ms) that `boundary` doubling retransmissions take. @kernel tcp_model_timeout net/ipv4/tcp_timer.c v6.18 */
function modelTimeoutMs(maxMs: number, boundary: number, baseMs: number): number {
  const linear = 31 - Math.clz32(Math.floor(maxMs / baseMs));
  if (boundary <= linear) return (2 ** (boundary + 1) - 1) * baseMs;
  return (2 ** (linear + 1) - 1) * baseMs + (boundary - linear) * maxMs;
}

const handshaking = (sk: Sock): boolean => sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV';

/** ms since the first retransmission, in the timestamp clock's whole ms. */
function sinceFirst(net: Netns, sk: Sock): number {
  const ms = (ns: number): number => Math.floor((net.bootedAt + ns) / NS_PER_MS);
  return ms(net.now) - ms(sk.retransStamp);
}

/** @kernel retransmits_timed_out net/ipv4/tcp_timer.c v6.18 */
function timedOut(net: Netns, sk: Sock, boundary: number, timeoutMs: number): boolean {
  if (sk.retransmits === 0) return false;
  const base = handshaking(sk) ? timeoutInit(net, sk) / NS_PER_MS : RTO_MIN_MS;
  const limit = timeoutMs > 0 ? timeoutMs : modelTimeoutMs(rtoMax(sk) / NS_PER_MS, boundary, base);
  return sinceFirst(net, sk) >= limit;
}

/** @kernel tcp_orphan_retries net/ipv4/tcp_timer.c v6.18 */
function orphanRetries(net: Netns, sk: Sock, alive: boolean): number {
  const retries = sk.softError !== null && !alive ? 0 : net.sysctl['net.ipv4.tcp_orphan_retries'];
  return retries === 0 && alive ? ORPHAN_RETRIES : retries;
}

/** Gives up if it has gone on too long; then true. @kernel tcp_write_timeout net/ipv4/tcp_timer.c v6.18 */
function writeTimeout(net: Netns, sk: Sock): boolean {
  let until = net.sysctl['net.ipv4.tcp_retries2'];
  let expired = false;
  if (handshaking(sk)) {
    until = sk.options.synCnt > 0 ? sk.options.synCnt : net.sysctl['net.ipv4.tcp_syn_retries'];
    const linear = sk.state === 'SYN-SENT' ? net.sysctl['net.ipv4.tcp_syn_linear_timeouts'] : 0;
    expired = sk.retransmits >= until + linear;
  } else if (sk.orphan) {
    until = orphanRetries(net, sk, sk.rto < rtoMax(sk));
  }
  if (!expired) expired = timedOut(net, sk, until, sk.options.userTimeout);
  if (expired) abortWithError(net, sk);
  else count(net.mib, MIB.TcpExtTcpTimeoutRehash);
  return expired;
}

/** Which kind of recovery the timeout ended. */
function countFailure(net: Netns, sk: Sock): void {
  const sack = sk.sackOk;
  if (sk.caState === 'Recovery') {
    count(net.mib, sack ? MIB.TcpExtTCPSackRecoveryFail : MIB.TcpExtTCPRenoRecoveryFail);
  } else if (sk.caState === 'Loss') {
    count(net.mib, MIB.TcpExtTCPLossFailures);
  } else if (sk.caState === 'Disorder' || sk.sackedOut > 0) {
    count(net.mib, sack ? MIB.TcpExtTCPSackFailures : MIB.TcpExtTCPRenoFailures);
  }
}

/** The RTO, or what is left of TCP_USER_TIMEOUT. @kernel tcp_clamp_rto_to_user_timeout net/ipv4/tcp_timer.c v6.18 */
function clampedRto(net: Netns, sk: Sock): number {
  if (sk.options.userTimeout === 0) return sk.rto;
  const left = sk.options.userTimeout - sinceFirst(net, sk);
  return left <= 0 ? jiffiesUp(net, NS_PER_MS) : Math.min(sk.rto, jiffiesUp(net, left * NS_PER_MS));
}

/** A peer that closed its window on data in flight is probed, for two RTO maxima. @kernel tcp_rtx_probe0_timed_out net/ipv4/tcp_timer.c v6.18 */
function closedWindowTimedOut(net: Netns, sk: Sock): boolean {
  const silent = net.now - sk.lastAckReceivedAt;
  if (silent <= 2 * rtoMax(sk)) return false;
  const user = sk.options.userTimeout;
  return user > 0 ? net.now - sk.retransStamp > user * NS_PER_MS : true;
}

function backOff(net: Netns, sk: Sock): void {
  const linear = net.sysctl['net.ipv4.tcp_syn_linear_timeouts'];
  if (sk.state !== 'SYN-SENT' || sk.path.totalRto > linear) {
    sk.backoff++;
    sk.rto = Math.min(sk.rto * 2, rtoMax(sk));
  }
  armXmit(net, sk, 'retransmit', clampedRto(net, sk));
}

/** The RTO expired. @kernel tcp_retransmit_timer net/ipv4/tcp_timer.c v6.18 */
function rtoExpired(net: Netns, sk: Sock): void {
  if (sk.packetsOut === 0 || sk.retransmitQueue.length === 0) return;
  if (sk.sndWnd === 0 && !sk.orphan && !handshaking(sk)) {
    if (closedWindowTimedOut(net, sk)) return abortWithError(net, sk);
    enterLoss(net, sk);
    retransmitHead(net, sk);
    return backOff(net, sk);
  }
  count(net.mib, MIB.TcpExtTCPTimeouts);
  if (writeTimeout(net, sk)) return;
  if (sk.retransmits === 0) countFailure(net, sk);
  enterLoss(net, sk);
  sk.retransmits++;
  sk.path.totalRto++;
  if (handshaking(sk)) sk.synRetransmits++;
  retransmitHead(net, sk);
  backOff(net, sk);
}

/**
 * The network says that it had no route for what was sent again: the wait was not congestion, so one doubling is taken
 * back. @kernel tcp_ld_RTO_revert net/ipv4/tcp_ipv4.c v6.18 (RFC 6069)
 */
export function revertBackoff(net: Netns, sk: Sock, seq: number): void {
  const head = sk.retransmitQueue[0];
  if (seq !== sk.sndUna || sk.retransmits === 0 || sk.backoff === 0 || head === undefined) return;
  sk.backoff--;
  if (sk.srttUs > 0) setRto(net, sk);
  else sk.rto = timeoutInit(net, sk);
  sk.rto = Math.min(sk.rto * 2 ** sk.backoff, rtoMax(sk));
  const left = sk.rto - jiffiesUp(net, net.now - head.sentAt);
  if (left > 0) armXmit(net, sk, 'retransmit', left);
  else rtoExpired(net, sk);
}

/** Sends new data or the last segment again, to provoke an ACK. @kernel tcp_send_loss_probe net/ipv4/tcp_output.c v6.18 */
function sendLossProbe(net: Netns, sk: Sock): void {
  if (sk.tlpHighSeq === 0) {
    sk.tlpRetrans = false;
    const head = sk.sendQueue[0];
    const prior = sk.packetsOut;
    if (head !== undefined && !before(windowEnd(sk), head.endSeq)) {
      writeXmit(net, sk, currentMss(net, sk), NAGLE_OFF, true);
      if (sk.packetsOut > prior) probeSent(net, sk);
    } else {
      probeTail(net, sk);
    }
  }
  sk.retransmitKind = 'none';
  rearmRto(net, sk);
}

function probeTail(net: Netns, sk: Sock): void {
  if (sk.retransmitQueue.length === 0 || !retransmitTail(net, sk).ok) return;
  sk.tlpRetrans = true;
  probeSent(net, sk);
}

function probeSent(net: Netns, sk: Sock): void {
  sk.tlpHighSeq = sk.sndNxt;
  count(net.mib, MIB.TcpExtTCPLossProbes);
}

/** RACK waited for reordered segments long enough. @kernel tcp_rack_reo_timeout net/ipv4/tcp_recovery.c v6.18 */
function reorderingTimeout(net: Netns, sk: Sock): void {
  const flight = packetsInFlight(sk);
  rackDetectLoss(net, sk);
  if (packetsInFlight(sk) !== flight) {
    if (sk.caState !== 'Recovery') {
      enterRecovery(net, sk);
      reduceCwnd(sk, 1, true, false);
    }
    retransmitLost(net, sk);
  }
  if (sk.retransmitKind !== 'retransmit') rearmRto(net, sk);
}

/** The next window probe, at most until TCP_USER_TIMEOUT. @kernel tcp_clamp_probe0_to_user_timeout net/ipv4/tcp_timer.c v6.18 */
export function clampProbe(net: Netns, sk: Sock, whenNs: number): number {
  if (sk.options.userTimeout === 0 || sk.probesSince === 0) return whenNs;
  const left = sk.options.userTimeout * NS_PER_MS - (net.now - sk.probesSince);
  return Math.min(whenNs, Math.max(left, jiffiesUp(net, 2 * NS_PER_MS)));
}

/** Probes a closed window. @kernel tcp_send_probe0 net/ipv4/tcp_output.c v6.18 */
function sendProbe(net: Netns, sk: Sock): void {
  const sent = writeWakeup(net, sk, MIB.TcpExtTCPWinProbe);
  if (sk.packetsOut > 0 || sk.sendQueue.length === 0) {
    sk.probesOut = 0;
    sk.backoff = 0;
    sk.probesSince = 0;
    return;
  }
  sk.probesOut++;
  let when = RESOURCE_PROBE_NS;
  if (sent) {
    if (sk.backoff < net.sysctl['net.ipv4.tcp_retries2']) sk.backoff++;
    when = probeWhen(sk);
  }
  armXmit(net, sk, 'probe', clampProbe(net, sk, when));
}

/** The window probe timer expired. @kernel tcp_probe_timer net/ipv4/tcp_timer.c v6.18 */
function probeExpired(net: Netns, sk: Sock): void {
  if (sk.packetsOut > 0 || sk.sendQueue.length === 0) {
    sk.probesOut = 0;
    sk.probesSince = 0;
    return;
  }
  const user = sk.options.userTimeout * NS_PER_MS;
  if (sk.probesSince === 0) sk.probesSince = Math.max(net.now, 1);
  else if (user > 0 && net.now - sk.probesSince >= user) return abortWithError(net, sk);
  let most = net.sysctl['net.ipv4.tcp_retries2'];
  if (sk.orphan) {
    const alive = sk.rto * 2 ** Math.min(sk.backoff, 20) < rtoMax(sk);
    most = orphanRetries(net, sk, alive);
    if (!alive && sk.backoff >= most) return abortWithError(net, sk);
  }
  if (sk.probesOut >= most) abortWithError(net, sk);
  else sendProbe(net, sk);
}

/** The transmission timer of a socket fired. @kernel tcp_write_timer_handler net/ipv4/tcp_timer.c v6.18 */
export function retransmitTimerFired(net: Netns, sk: Sock): void {
  if (sk.state === 'UNCONN' || sk.state === 'LISTEN') return;
  sk.path.entry++;
  const kind = sk.retransmitKind;
  if (kind === 'reorder') return reorderingTimeout(net, sk);
  if (kind === 'loss-probe') return sendLossProbe(net, sk);
  sk.retransmitKind = 'none';
  if (kind === 'retransmit') rtoExpired(net, sk);
  else if (kind === 'probe') probeExpired(net, sk);
}
