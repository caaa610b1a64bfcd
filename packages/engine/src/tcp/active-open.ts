// The client's side of the handshake: connect() up to the first SYN, and what arrives in SYN-SENT.
// @kernel tcp_v4_connect, tcp_connect, tcp_rcv_synsent_state_process net/ipv4 v6.18
//
// Left out: Fast Open (no cookie is asked for or sent), TCP_REPAIR, MPTCP.

import { type Addr, ANY4, ANY6, isAny, isLoopback, isV4 } from '../addr.ts';
import { fail, OK, type Result } from '../errno.ts';
import { kindOf, TIMEWAIT4, TIMEWAIT6 } from '../handle.ts';
import { bindMoveAddr, bindPut, bindRelease } from '../inet/bind-table.ts';
import { choosePort } from '../inet/ephemeral-ports.ts';
import { findTuple, insertHandle, sockHandle } from '../inet/established.ts';
import { pathMtu } from '../inet/path-mtu.ts';
import type { PortProbes } from '../inet/port-probes.ts';
import type { TupleCheck } from '../inet/port-search.ts';
import { type RouteResult, routeLookup } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import { after, before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { ABSENT, ACK, CWR, ECE, NO_DATA, RST, type Segment, SYN } from '../wire/segment.ts';
import { SLOW_PATH, tcpAck } from './ack.ts';
import { WINDOW_MAX } from './child.ts';
import { NS_PER_MS, nowMs, timestampMs } from './clock.ts';
import { resetReceived } from './close.ts';
import { enterQuickAck } from './delayed-ack.ts';
import { endsOf, trace, traceDrop, WAKE_STATE, wake } from './emit.ts';
import { initialSequence, timestampOffset } from './isn.ts';
import type { Netns } from './netns.ts';
import { sendResetReply } from './reset.ts';
import { armRetransmit } from './retransmit.ts';
import { initRto } from './rtt.ts';
import { finishConnect, undoSpuriousSyn } from './segment-arrives.ts';
import { rememberSyn } from './send-memory.ts';
import { unhash } from './sock-life.ts';
import { setState } from './states.ts';
import { advertisedMss } from './synack.ts';
import { mayRecycle, type Recycled, recyclableAtNs, recycle } from './time-wait.ts';
import { armTimer } from './timers.ts';
import { inPingpong, newSendBuffer, RECORD_START, sendAck, transmitBuffer } from './transmit.ts';
import {
  initRcvMss,
  MAX_WSCALE,
  MSS_DEFAULT,
  selectInitialWindow,
  syncMss,
  TIMESTAMP_BYTES,
} from './window.ts';

/** Delay until a SYN is resent after a nonsense ACK, jiffies; and a jiffy of HZ=250 when no wheel is modelled. @kernel TCP_TIMEOUT_MIN include/net/tcp.h v6.18 */
const TIMEOUT_MIN_JIFFIES = 2;
const DEFAULT_HZ = 250;
/** Delayed third ACK, ms. @kernel TCP_DELACK_MAX include/net/tcp.h v6.18 */
const DELACK_MAX_NS = 200 * NS_PER_MS;

/**
 * Starts connecting: route, source address, local port, SYN. SYN-SENT on success. Fails with what the route says
 * (ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL) or EADDRNOTAVAIL without a free port; the socket is then as before.
 * Port 0 is not refused. @kernel tcp_v4_connect net/ipv4/tcp_ipv4.c v6.18
 */
export function startConnect(net: Netns, sk: Sock, remote: Addr, rport: number): Result<0> {
  sk.portProbes = null;
  const route = routeLookup(
    net.interfaces,
    net.routes,
    remote,
    sk.addrLocked && !isAny(sk.local) ? sk.local : null,
  );
  if (!route.ok) {
    if (route.errno === 'ENETUNREACH') count(net.mib, MIB.IpOutNoRoutes);
    return route;
  }
  if (route.type === 'broadcast' || route.type === 'multicast') return fail('ENETUNREACH');
  if (isAny(sk.local)) bindMoveAddr(net.binds, sk, route.source);
  sk.remote = route.destination;
  sk.rport = rport;
  setState(net, sk, 'SYN-SENT', 'connect');
  const hashed = takePort(net, sk);
  if (!hashed.ok) {
    abandon(net, sk);
    return hashed;
  }
  sendFirstSyn(net, sk, route);
  return OK;
}

/** Undoes a start that found no port. */
function abandon(net: Netns, sk: Sock): void {
  setState(net, sk, 'UNCONN', 'close');
  unhash(net, sk);
  if (!sk.portLocked) {
    bindRelease(net.binds, sk);
    sk.lport = 0;
  }
  if (!sk.addrLocked) bindMoveAddr(net.binds, sk, sk.family === 4 ? ANY4 : ANY6);
  sk.rport = 0;
}

/** What the established table says of a 4-tuple. @kernel __inet_check_established net/ipv4/inet_hashtables.c v6.18 */
function checkTuple(net: Netns, sk: Sock, port: number, explicit: boolean): TupleCheck {
  const handle = findTuple(net, sk.local, port, sk.remote, sk.rport);
  if (handle === 0) return 'unique';
  if (!isTimeWait(handle)) return 'taken';
  return mayRecycle(net, handle, explicit, isLoopbackPair(sk)) ? 'recycle' : 'time-wait';
}

const isTimeWait = (handle: number): boolean => {
  const kind = kindOf(handle);
  return kind === TIMEWAIT4 || kind === TIMEWAIT6;
};

const isLoopbackPair = (sk: Sock): boolean => isLoopback(sk.local) || isLoopback(sk.remote);

/** When the TIME-WAIT record that holds a port towards the peer may be recycled, uptime ns. */
function ripeAt(net: Netns, sk: Sock, port: number): number {
  const handle = findTuple(net, sk.local, port, sk.remote, sk.rport);
  return handle !== 0 && isTimeWait(handle)
    ? recyclableAtNs(net, handle, isLoopbackPair(sk))
    : Number.POSITIVE_INFINITY;
}

/** Chooses the port unless bound, enters the tables, and takes over a TIME-WAIT record of the 4-tuple. @kernel inet_hash_connect net/ipv4/inet_hashtables.c v6.18 */
function takePort(net: Netns, sk: Sock): Result<0> {
  if (sk.lport !== 0 && sk.bound) {
    const verdict = checkTuple(net, sk, sk.lport, true);
    return verdict === 'taken' || verdict === 'time-wait' ? fail('EADDRNOTAVAIL') : enterTables(net, sk);
  }
  const pick = choosePort(net, sk, net.bootedAt + net.now, {
    check: (port) => checkTuple(net, sk, port, false),
    ripeAt: (port) => ripeAt(net, sk, port),
  });
  tracePorts(net, sk, pick.port, pick.probes);
  if (pick.port === 0) return fail('EADDRNOTAVAIL');
  bindPut(net.binds, sk, pick.port, true);
  return enterTables(net, sk);
}

function tracePorts(net: Netns, sk: Sock, port: number, probes: PortProbes): void {
  sk.portProbes = probes;
  if (net.trace === null) return;
  trace(net, { type: 'port', at: net.now, sock: sk.id, ends: endsOf(sk), port, probes: { ...probes } });
}

function enterTables(net: Netns, sk: Sock): Result<0> {
  const old = findTuple(net, sk.local, sk.lport, sk.remote, sk.rport);
  if (old !== 0) succeed(sk, recycle(net, old));
  insertHandle(net, sockHandle(sk));
  sk.hashed = true;
  return OK;
}

function succeed(sk: Sock, old: Recycled): void {
  sk.writeSeq = old.isn;
  sk.tsRecent = old.tsRecent;
  sk.tsRecentStampMs = old.tsStampMs;
}

/** @kernel tcp_connect_init, tcp_connect net/ipv4/tcp_output.c v6.18 */
function sendFirstSyn(net: Netns, sk: Sock, route: RouteResult): void {
  if (sk.writeSeq === 0) sk.writeSeq = initialSequence(net, sk.local, sk.lport, sk.remote, sk.rport);
  sk.tsOffset = timestampOffset(net, sk.local, sk.lport, sk.remote, sk.rport);
  sk.error = null;
  sk.softError = null;
  initSizes(net, sk, route);
  initSequences(sk);
  const wantsEcn = net.sysctl['net.ipv4.tcp_ecn'] === 1;
  const syn = newSendBuffer(sk.iss, SYN | (wantsEcn ? ECE | CWR : 0), NO_DATA);
  sk.writeSeq = syn.endSeq;
  sk.ecnOk = wantsEcn;
  syn.flags |= RECORD_START;
  rememberSyn(sk);
  sk.retransmitQueue.push(syn);
  sk.packetsOut = 1;
  sk.retransStamp = Math.max(net.now, 1);
  transmitBuffer(net, sk, syn, false);
  sk.sndNxt = sk.writeSeq;
  sk.pushedSeq = sk.writeSeq;
  count(net.mib, MIB.TcpActiveOpens);
  armRetransmit(net, sk);
}

function initSizes(net: Netns, sk: Sock, route: RouteResult): void {
  sk.mssClamp = sk.options.userMss || MSS_DEFAULT;
  sk.linkMtu = route.mtu;
  const mtu = pathMtu(net, sk.remote, route.mtu);
  sk.advmss = advertisedMss(sk, mtu, isV4(sk.remote));
  syncMss(net, sk, mtu);
  const scaling = net.sysctl['net.ipv4.tcp_window_scaling'] !== 0;
  const offer = selectInitialWindow(
    net,
    sk,
    sk.advmss - (sk.tsRecentStampMs > 0 ? TIMESTAMP_BYTES : 0),
    scaling,
  );
  sk.rcvWnd = offer.window;
  sk.rcvSsthresh = offer.window;
  sk.rcvWscale = offer.wscale;
  sk.windowClamp = offer.clamp;
  initRcvMss(sk);
  initRto(net, sk);
}

function initSequences(sk: Sock): void {
  const iss = sk.writeSeq;
  sk.iss = iss;
  sk.sndUna = iss;
  sk.sndSml = iss;
  sk.sndNxt = iss;
  sk.highSeq = iss;
  sk.sndWnd = 0;
  sk.sndWl1 = 0;
  sk.rcvNxt = 0;
  sk.rcvWup = 0;
  sk.copiedSeq = 0;
  sk.retransmits = 0;
  sk.backoff = 0;
  sk.totalRetrans = 0;
  sk.synRetransmits = 0;
  sk.handshakeFirstTsVal = null;
}

/** A segment for a socket in SYN-SENT. */
export function rcvSynSent(net: Netns, sk: Sock, seg: Segment): void {
  if ((seg.flags & ACK) !== 0) return withAck(net, sk, seg);
  if ((seg.flags & RST) !== 0 || (seg.flags & SYN) === 0)
    return traceDrop(net, 'unexpected-in-syn-sent', seg);
  if (seg.hasTimestamp && sk.tsRecentStampMs > 0 && ((sk.tsRecent - seg.tsVal) | 0) > 0)
    return traceDrop(net, 'paws', seg);
  simultaneousOpen(net, sk, seg);
}

function withAck(net: Netns, sk: Sock, seg: Segment): void {
  if (!after(seg.ack, sk.sndUna) || after(seg.ack, sk.sndNxt)) {
    if (sk.synRetransmits === 0) armTimer(net, sk, 'retransmit', jiffies(net, TIMEOUT_MIN_JIFFIES));
    traceDrop(net, 'bad-ack', seg);
    return sendResetReply(net, seg);
  }
  if (badTsecr(net, sk, seg)) {
    count(net.mib, MIB.TcpExtPAWSActive);
    traceDrop(net, 'tsecr', seg);
    return sendResetReply(net, seg);
  }
  if ((seg.flags & RST) !== 0) return resetReceived(net, sk, seg);
  if ((seg.flags & SYN) === 0) return traceDrop(net, 'unexpected-in-syn-sent', seg);
  synAckArrives(net, sk, seg);
}

const jiffies = (net: Netns, n: number): number => (n * 1e9) / (net.profile.hz || DEFAULT_HZ);

/** TSecr outside [first SYN, now]. */
function badTsecr(net: Netns, sk: Sock, seg: Segment): boolean {
  if (!seg.hasTimestamp || seg.tsEcr === 0 || net.sysctl['net.ipv4.tcp_timestamps'] === 0) return false;
  const echoed = (seg.tsEcr - sk.tsOffset) | 0;
  const first = Math.floor((net.bootedAt + sk.retransStamp) / NS_PER_MS) | 0;
  return before(echoed, first) || after(echoed, timestampMs(net));
}

/** What the peer's SYN offers, after our own switches. @kernel tcp_parse_options net/ipv4/tcp_input.c v6.18 */
function takeOptions(net: Netns, sk: Sock, seg: Segment): void {
  const user = sk.options.userMss;
  if (seg.mss !== ABSENT && seg.mss !== 0) sk.mssClamp = user !== 0 && user < seg.mss ? user : seg.mss;
  sk.wscaleOk = seg.wscale !== ABSENT && net.sysctl['net.ipv4.tcp_window_scaling'] !== 0;
  sk.sndWscale = sk.wscaleOk ? Math.min(seg.wscale, MAX_WSCALE) : 0;
  sk.sackOk = seg.sackPermitted && net.sysctl['net.ipv4.tcp_sack'] !== 0;
  sk.tsOk = seg.hasTimestamp && net.sysctl['net.ipv4.tcp_timestamps'] !== 0;
  if (sk.tsOk) {
    sk.tsRecent = seg.tsVal;
    sk.tsRecentStampMs = nowMs(net);
  }
}

/** Without the peer's window scale ours is void; a SYN-ACK of a simultaneous open still says it. */
function settleScale(sk: Sock): void {
  if (sk.wscaleOk) return;
  sk.rcvWscale = 0;
  sk.windowClamp = Math.min(sk.windowClamp, WINDOW_MAX);
}

function takeSequence(net: Netns, sk: Sock, seg: Segment): void {
  sk.irs = seg.seq;
  sk.rcvNxt = (seg.seq + 1) | 0;
  sk.rcvWup = sk.rcvNxt;
  sk.copiedSeq = sk.rcvNxt;
  sk.sndWl1 = seg.seq;
  syncMss(net, sk, sk.pmtu, sk.tsOk ? TIMESTAMP_BYTES : 0);
  initRcvMss(sk);
}

/**
 * In ping-pong mode (TCP_QUICKACK 0) and with TCP_DEFER_ACCEPT, which clients may set too. Left out: a writer that sleeps
 * in send(). @kernel tcp_rcv_synsent_state_process net/ipv4/tcp_input.c v6.18
 */
const putsOffThirdAck = (net: Netns, sk: Sock): boolean =>
  inPingpong(net, sk) || (sk.listener?.deferAccept ?? 0) > 0;

/** The SYN-ACK: ESTAB, and the third ACK unless it is put off. */
function synAckArrives(net: Netns, sk: Sock, seg: Segment): void {
  sk.ecnOk = sk.ecnOk && (seg.flags & ECE) !== 0 && (seg.flags & CWR) === 0;
  takeOptions(net, sk, seg);
  settleScale(sk);
  undoSpuriousSyn(net, sk, seg);
  tcpAck(net, sk, seg, SLOW_PATH);
  sk.sndWnd = seg.window;
  sk.maxWindow = Math.max(sk.maxWindow, seg.window);
  takeSequence(net, sk, seg);
  finishConnect(net, sk);
  wake(net, sk, WAKE_STATE);
  if (putsOffThirdAck(net, sk)) {
    enterQuickAck(net, sk);
    sk.ackScheduled = true;
    armTimer(net, sk, 'delack', DELACK_MAX_NS);
    return;
  }
  sendAck(net, sk);
}

/** Both sides sent a SYN: ours goes out again as SYN-ACK. */
function simultaneousOpen(net: Netns, sk: Sock, seg: Segment): void {
  setState(net, sk, 'SYN-RECV', 'syn');
  // Before the options, whose segment size is bound to half of it.
  sk.maxWindow = seg.window;
  takeOptions(net, sk, seg);
  sk.ecnOk = sk.ecnOk && (seg.flags & (ECE | CWR)) === (ECE | CWR);
  takeSequence(net, sk, seg);
  sk.sndWnd = seg.window;
  const syn = sk.retransmitQueue[0];
  if (syn === undefined) return;
  syn.flags = (syn.flags | ACK) & ~CWR;
  if (!sk.ecnOk) syn.flags &= ~ECE;
  transmitBuffer(net, sk, syn, false);
}
