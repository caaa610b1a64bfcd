// The ends of a connection: close, shutdown, disconnect, reset by the peer, giving up.
// Left out: memory limits of orphans. Waiting for SO_LINGER belongs to whoever runs processes: beginClose(), wait while
// lingering(), finishClose().

import { ANY4, ANY6 } from '../addr.ts';
import { newDataPath } from '../data-path.ts';
import type { Errno } from '../errno.ts';
import { bindMoveAddr } from '../inet/bind-table.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';
import { SSTHRESH_INFINITE } from './blank-sock.ts';
import { NS_PER_S } from './clock.ts';
import { WAKE_ERROR, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { purgeOutOfOrder } from './out-of-order.ts';
import { sendActiveReset, sendFin } from './output.ts';
import { discardReceived } from './receive.ts';
import { initRto } from './rtt.ts';
import { purgeSendQueues } from './send-memory.ts';
import { destroySock, leaveTables, tcpDone } from './sock-life.ts';
import { setState } from './states.ts';
import { enterTimeWait, TIMEWAIT_LEN_NS } from './time-wait.ts';
import { armTimer } from './timers.ts';
import { MIN_MSS } from './window.ts';

/** Moves to UNCONN, counting what Linux counts there. */
function leave(net: Netns, sk: Sock, on: string): void {
  if (sk.state === 'ESTAB' || sk.state === 'CLOSE-WAIT') count(net.mib, MIB.TcpEstabResets);
  setState(net, sk, 'UNCONN', on);
}

/** The connection is over: state, counters, tables, waking. `on` is the reason in states.ts. @kernel tcp_done net/ipv4/tcp.c v6.18 */
export function finish(net: Netns, sk: Sock, on: string): void {
  if (sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV') count(net.mib, MIB.TcpAttemptFails);
  leave(net, sk, on);
  tcpDone(net, sk);
}

/** The connection is over with an error for the next call. @kernel tcp_done_with_error net/ipv4/tcp_input.c v6.18 */
export function finishWithError(net: Netns, sk: Sock, errno: Errno, on: string): void {
  sk.error = errno;
  purgeSendQueues(sk);
  finish(net, sk, on);
  if (!sk.orphan) wake(net, sk, WAKE_ERROR);
}

/** Gives up: the soft error an ICMP message left, or ETIMEDOUT. @kernel tcp_write_err net/ipv4/tcp_timer.c v6.18 */
export function abortWithError(net: Netns, sk: Sock): void {
  finishWithError(net, sk, sk.softError ?? 'ETIMEDOUT', 'timeout');
  count(net.mib, MIB.TcpExtTCPAbortOnTimeout);
}

/** An acceptable RST: ECONNREFUSED in SYN-SENT, EPIPE in CLOSE-WAIT, else ECONNRESET. @kernel tcp_reset net/ipv4/tcp_input.c v6.18 */
export function resetReceived(net: Netns, sk: Sock, _seg: Segment | null): void {
  if (sk.state === 'UNCONN') return;
  const errno = sk.state === 'SYN-SENT' ? 'ECONNREFUSED' : sk.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET';
  finishWithError(net, sk, errno, 'reset');
}

/** Life of an orphan in FIN-WAIT-2, ns, at least 3.5 RTO. @kernel tcp_fin_time include/net/tcp.h v6.18 */
export function finTimeNs(net: Netns, sk: Sock): number {
  const seconds = sk.options.linger2 !== 0 ? sk.options.linger2 : net.sysctl['net.ipv4.tcp_fin_timeout'];
  return Math.max(seconds * NS_PER_S, sk.rto * 3.5);
}

/** Moves on in the closing handshake; true when a FIN is due. @kernel tcp_close_state net/ipv4/tcp.c v6.18 */
function closeState(net: Netns, sk: Sock): boolean {
  switch (sk.state) {
    case 'ESTAB':
    case 'SYN-RECV':
      setState(net, sk, 'FIN-WAIT-1', 'shutdown');
      return true;
    case 'CLOSE-WAIT':
      setState(net, sk, 'LAST-ACK', 'shutdown');
      return true;
    case 'SYN-SENT':
      setState(net, sk, 'UNCONN', 'close');
      tcpDone(net, sk);
      return false;
    default:
      return false;
  }
}

/** shutdown(SHUT_WR): sends a FIN if the state has one to send. @kernel tcp_shutdown net/ipv4/tcp.c v6.18 */
export function shutdownSend(net: Netns, sk: Sock): void {
  sk.sndShutdown = true;
  if (sk.state !== 'ESTAB' && sk.state !== 'CLOSE-WAIT') return;
  if (closeState(net, sk)) sendFin(net, sk);
}

/** First half of close(): RST for unread data or for linger 0, else FIN. @kernel __tcp_close net/ipv4/tcp.c v6.18 */
export function beginClose(net: Netns, sk: Sock): void {
  sk.rcvShutdown = true;
  sk.sndShutdown = true;
  const unread = discardReceived(sk);
  if (sk.state === 'UNCONN' || sk.state === 'LISTEN') return;
  if (unread) {
    count(net.mib, MIB.TcpExtTCPAbortOnClose);
    leave(net, sk, 'close');
    sendActiveReset(net, sk);
    tcpDone(net, sk);
  } else if (sk.options.linger === 0) {
    disconnect(net, sk);
    count(net.mib, MIB.TcpExtTCPAbortOnData);
  } else if (closeState(net, sk)) {
    sendFin(net, sk);
  }
}

/** close() with linger > 0 must still wait. @kernel sk_stream_wait_close net/core/stream.c v6.18 */
export const lingering = (sk: Sock): boolean =>
  sk.state === 'FIN-WAIT-1' || sk.state === 'CLOSING' || sk.state === 'LAST-ACK';

/** An orphan that is in FIN-WAIT-2 already. */
function orphanInFinWait2(net: Netns, sk: Sock): void {
  if (sk.options.linger2 < 0) {
    setState(net, sk, 'UNCONN', 'close');
    sendActiveReset(net, sk);
    count(net.mib, MIB.TcpExtTCPAbortOnLinger);
    tcpDone(net, sk);
    return;
  }
  const time = finTimeNs(net, sk);
  if (time > TIMEWAIT_LEN_NS) armTimer(net, sk, 'keepalive', time - TIMEWAIT_LEN_NS);
  else enterTimeWait(net, sk, 'FIN-WAIT-2', time);
}

/** Second half of close(): nobody holds the socket any more; it goes on by itself or is freed. */
export function finishClose(net: Netns, sk: Sock): void {
  if (sk.orphan) return;
  sk.orphan = true;
  net.orphans++;
  if (sk.state === 'FIN-WAIT-2') orphanInFinWait2(net, sk);
  if (sk.state === 'UNCONN') destroySock(net, sk);
}

/** close() without waiting; a listener is closed elsewhere. @kernel tcp_close net/ipv4/tcp.c v6.18 */
export function closeSock(net: Netns, sk: Sock): void {
  beginClose(net, sk);
  finishClose(net, sk);
}

/** @kernel tcp_need_reset net/ipv4/tcp.c v6.18 */
function needsReset(sk: Sock, old: Sock['state']): boolean {
  switch (old) {
    case 'ESTAB':
    case 'CLOSE-WAIT':
    case 'FIN-WAIT-1':
    case 'FIN-WAIT-2':
    case 'SYN-RECV':
      return true;
    case 'CLOSING':
    case 'LAST-ACK':
      return sk.sndNxt !== sk.writeSeq;
    default:
      return false;
  }
}

/** What the buffers taught of sizes and memory outlives the connection. */
function keptPath({ path, errorQueue }: Sock): Sock['path'] {
  return {
    ...newDataPath(),
    scalingRatio: path.scalingRatio,
    forwardAlloc: path.forwardAlloc,
    receiveMemory: errorQueue.reduce((sum, { size }) => sum + size, 0),
    noSpace: path.noSpace,
    rttMinAt: path.rttMinAt,
    rcvRttUs: path.rcvRttUs,
    rcvRttSeq: path.rcvRttSeq,
    rcvRttAt: path.rcvRttAt,
  };
}

/** Back to a fresh socket, but for most of its options. */
function wipe(net: Netns, sk: Sock): void {
  purgeSendQueues(sk);
  discardReceived(sk);
  purgeOutOfOrder(sk);
  sk.path = keptPath(sk);
  sk.rport = 0;
  if (!sk.addrLocked) bindMoveAddr(net.binds, sk, sk.family === 4 ? ANY4 : ANY6);
  sk.rcvShutdown = false;
  sk.sndShutdown = false;
  sk.done = false;
  const next = (sk.writeSeq + sk.maxWindow + 2) | 0;
  sk.writeSeq = next === 0 ? 1 : next;
  initRto(net, sk);
  sk.probesOut = 0;
  sk.probesSince = 0;
  sk.retransmits = 0;
  sk.retransStamp = 0;
  sk.totalRetrans = 0;
  sk.synRetransmits = 0;
  sk.undoMarker = 0;
  sk.undoRetrans = -1;
  sk.ssthresh = SSTHRESH_INFINITE;
  sk.cwnd = net.profile.behaviour.initialCwnd;
  sk.cwndCnt = 0;
  sk.caState = 'Open';
  sk.tlpHighSeq = 0;
  sk.windowClamp = 0;
  sk.options.windowClamp = 0;
  sk.options.userMss = 0;
  sk.rcvMss = MIN_MSS;
  sk.sackOk = false;
  sk.tsOk = false;
  sk.wscaleOk = false;
  sk.sackRecent.length = 0;
  sk.dsackPending = false;
  sk.tsRecent = 0;
  sk.tsRecentStampMs = -1;
  sk.maxWindow = 0;
  wipeAckState(sk);
}

function wipeAckState(sk: Sock): void {
  sk.ackScheduled = false;
  sk.ackNow = false;
  sk.ackNoMemory = false;
  sk.ackPushed = 0;
  sk.quickAcks = 0;
  sk.pingpong = 0;
  sk.ato = 0;
}

/** connect(AF_UNSPEC) and close() with linger 0: RST if the peer knows of us, then a fresh socket. @kernel tcp_disconnect net/ipv4/tcp.c v6.18 */
export function disconnect(net: Netns, sk: Sock): void {
  const old = sk.state;
  if (old !== 'UNCONN') leave(net, sk, 'close');
  if (needsReset(sk, old)) {
    sendActiveReset(net, sk);
    sk.error = 'ECONNRESET';
  } else if (old === 'SYN-SENT') {
    sk.error = 'ECONNRESET';
  }
  if (old !== 'UNCONN') leaveTables(net, sk);
  wipe(net, sk);
  wake(net, sk, WAKE_ERROR);
}
