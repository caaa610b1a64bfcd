// A SYN reaches a listener: the order of checks, the two limits, cookies, and the request record.
// @kernel tcp_conn_request net/ipv4/tcp_input.c v6.18
//
// Left out: Fast Open, TCP_SAVE_SYN, security hooks, MD5 and AO.

import { formatAddr, formatEndpoint, isV4 } from '../addr.ts';
import { pathMtu } from '../inet/path-mtu.ts';
import { routeReply, way } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Listener, Sock } from '../sock.ts';
import {
  ABSENT,
  CWR,
  destinationOf,
  ECE,
  isV4Segment,
  type Segment,
  sourceOf,
  takeSegment,
} from '../wire/segment.ts';
import { acceptQueueFull, traceRefused } from './accept-queue.ts';
import { NS_PER_MS } from './clock.ts';
import { addressReply, ipSend, logLine, traceDrop } from './emit.ts';
import { arrivalOffset, arrivalSequence } from './isn.ts';
import type { Netns } from './netns.ts';
import { addRequest, giveRequest, RequestView, takeRequest } from './request-sock.ts';
import { cookieTimestamp, makeCookie } from './syn-cookies.ts';
import { advertisedMss, fillSynAck, sendSynAck } from './synack.ts';
import { armMini } from './timers.ts';
import { MAX_WSCALE, MSS_DEFAULT, selectInitialWindow, TIMESTAMP_BYTES } from './window.ts';

/** Low two bits of TOS. */
const ECN_BITS = 3;

const view = new RequestView();

/** True when no more half-open connections fit, by the rule of this kernel. @kernel inet_csk_reqsk_queue_is_full include/net/inet_connection_sock.h v6.18 */
function requestQueueFull(net: Netns, queue: Listener): boolean {
  const rule = net.profile.behaviour.requestQueueFull;
  if (rule === 'table') return queue.qlen >> queue.maxQlenLog !== 0;
  return rule === 'at-backlog' ? queue.qlen >= queue.backlog : queue.qlen > queue.backlog;
}

function dropped(
  net: Netns,
  listener: Sock,
  seg: Segment,
  reason: 'request-queue-full' | 'accept-queue-full' | 'unproven-peer' | 'no-route',
): void {
  listener.drops++;
  if (net.profile.behaviour.countsSynDrops) count(net.mib, MIB.TcpExtListenDrops);
  traceDrop(net, reason, seg);
}

/**
 * The request queue is full: cookie or drop, and the log line, once a listener. 2.6.32 writes it for cookies only (its
 * limit of one line a minute for the whole host is left out). @kernel tcp_syn_flood_action net/ipv4/tcp_input.c v6.18
 */
function floodAction(net: Netns, listener: Sock, seg: Segment): boolean {
  const mode = net.sysctl['net.ipv4.tcp_syncookies'];
  if (net.profile.behaviour.countsSynDrops) {
    count(net.mib, mode !== 0 ? MIB.TcpExtTCPReqQFullDoCookies : MIB.TcpExtTCPReqQFullDrop);
  }
  const queue = listener.listener!;
  const silent = mode === 2 || (mode === 0 && net.profile.behaviour.floodLog === 'lower-case');
  if (!queue.synfloodWarned && !silent) {
    queue.synfloodWarned = true;
    logLine(net, floodText(net, seg, mode !== 0));
  }
  return mode !== 0;
}

function floodText(net: Netns, seg: Segment, cookies: boolean): string {
  const action = cookies ? 'Sending cookies.' : 'Dropping request.';
  const style = net.profile.behaviour.floodLog;
  if (style === 'address') {
    const at = isV4(destinationOf(seg))
      ? `${formatAddr(destinationOf(seg))}:${seg.dport}`
      : formatEndpoint(destinationOf(seg), seg.dport);
    return `TCP: request_sock_TCP${isV4(destinationOf(seg)) ? '' : 'v6'}: Possible SYN flooding on port ${at}. ${action}`;
  }
  if (style === 'port')
    return `TCP: request_sock_TCP: Possible SYN flooding on port ${seg.dport}. ${action}  Check SNMP counters.`;
  return `possible SYN flooding on port ${seg.dport}. ${action}`;
}

/** tcp_max_syn_backlog keeps a quarter for peers with a known RTT; read only when cookies are off. */
function refusesUnproven(net: Netns, queue: Listener, seg: Segment): boolean {
  if (net.sysctl['net.ipv4.tcp_syncookies'] !== 0) return false;
  const max = net.sysctl['net.ipv4.tcp_max_syn_backlog'];
  return max - queue.qlen < max >> 2 && !net.provenPeers.has(formatAddr(sourceOf(seg)));
}

/** What a SYN asks for, after our own switches. */
interface SynOptions {
  mss: number;
  sndWscale: number;
  wscaleOk: boolean;
  sackOk: boolean;
  tsOk: boolean;
  ecnOk: boolean;
}

const asked: SynOptions = { mss: 0, sndWscale: 0, wscaleOk: false, sackOk: false, tsOk: false, ecnOk: false };

/** @kernel tcp_parse_options, tcp_openreq_init net/ipv4/tcp_input.c v6.18 */
function readOptions(net: Netns, listener: Sock, seg: Segment, cookie: boolean): SynOptions {
  const user = listener.options.userMss;
  const offered = seg.mss === ABSENT || seg.mss === 0 ? MSS_DEFAULT : seg.mss;
  asked.mss = seg.mss !== ABSENT && user !== 0 && user < offered ? user : offered;
  asked.tsOk = seg.hasTimestamp && net.sysctl['net.ipv4.tcp_timestamps'] !== 0;
  const all = !cookie || asked.tsOk;
  asked.wscaleOk = all && seg.wscale !== ABSENT && net.sysctl['net.ipv4.tcp_window_scaling'] !== 0;
  asked.sndWscale = asked.wscaleOk ? Math.min(seg.wscale, MAX_WSCALE) : 0;
  asked.sackOk = all && seg.sackPermitted && net.sysctl['net.ipv4.tcp_sack'] !== 0;
  const wantsEcn = (seg.flags & (ECE | CWR)) === (ECE | CWR) && (seg.tos & ECN_BITS) === 0;
  asked.ecnOk = wantsEcn && net.sysctl['net.ipv4.tcp_ecn'] !== 0;
  return asked;
}

/** TOS of a SYN-ACK: the listener's, or that of the SYN without its ECN bits (tcp_reflect_tos). */
const replyTos = (net: Netns, listener: Sock, seg: Segment): number =>
  net.sysctl['net.ipv4.tcp_reflect_tos'] !== 0
    ? (seg.tos & ~ECN_BITS) | (listener.options.tos & ECN_BITS)
    : listener.options.tos;

/**
 * Handles a SYN at a listener. `timeWaitIsn` is the sequence number that a TIME-WAIT socket gave for its successor
 * (steps 2 and 6 are then left out), else null.
 */
export function connectionRequest(
  net: Netns,
  listener: Sock,
  seg: Segment,
  timeWaitIsn: number | null,
): void {
  const queue = listener.listener!;
  let cookie = false;
  if (timeWaitIsn === null && (net.sysctl['net.ipv4.tcp_syncookies'] === 2 || requestQueueFull(net, queue))) {
    cookie = floodAction(net, listener, seg);
    if (!cookie) return dropped(net, listener, seg, 'request-queue-full');
  }
  if (acceptQueueFull(queue) && (!net.profile.behaviour.synDropNeedsYoung || queue.young > 1)) {
    if (net.profile.behaviour.countsSynDrops) count(net.mib, MIB.TcpExtListenOverflows);
    traceRefused(net, listener, seg);
    return dropped(net, listener, seg, 'accept-queue-full');
  }
  if (routeReply(net.interfaces, net.routes, seg) !== null) {
    count(net.mib, MIB.IpOutNoRoutes);
    return dropped(net, listener, seg, 'no-route');
  }
  if (!cookie && timeWaitIsn === null && refusesUnproven(net, queue, seg)) {
    return dropped(net, listener, seg, 'unproven-peer');
  }
  const options = readOptions(net, listener, seg, cookie);
  const mtu = pathMtu(net, sourceOf(seg), way.mtu);
  if (cookie) answerWithCookie(net, listener, seg, options, mtu);
  else openRequest(net, listener, seg, options, mtu, timeWaitIsn);
}

function openRequest(
  net: Netns,
  listener: Sock,
  seg: Segment,
  options: SynOptions,
  mtu: number,
  timeWaitIsn: number | null,
): void {
  const handle = takeRequest(net, seg);
  view.at(net, handle);
  view.listener = listener.id;
  view.irs = seg.seq;
  view.iss = timeWaitIsn ?? arrivalSequence(net, seg);
  view.mss = options.mss;
  view.sndWscale = options.sndWscale;
  view.wscaleOk = options.wscaleOk;
  view.sackOk = options.sackOk;
  view.tsOk = options.tsOk;
  view.ecnOk = options.ecnOk;
  view.tsRecent = options.tsOk ? seg.tsVal : 0;
  const offer = selectInitialWindow(
    net,
    listener,
    segmentRoom(listener, mtu, isV4Segment(seg), options.tsOk),
    options.wscaleOk,
  );
  view.rcvWnd = offer.window;
  view.rcvWscale = offer.wscale;
  if (!addRequest(net, listener, handle)) return giveRequest(net, handle);
  armMini(net, handle, net.profile.behaviour.timeoutInitMs * NS_PER_MS);
  sendSynAck(net, listener, view, replyTos(net, listener, seg));
}

/** Payload of a full segment to us, which the window is rounded to. @kernel tcp_openreq_init_rwin net/ipv4/tcp_minisocks.c v6.18 */
const segmentRoom = (listener: Sock, mtu: number, v4: boolean, tsOk: boolean): number =>
  advertisedMss(listener, mtu, v4) - (tsOk ? TIMESTAMP_BYTES : 0);

function answerWithCookie(net: Netns, listener: Sock, seg: Segment, options: SynOptions, mtu: number): void {
  const v4 = isV4Segment(seg);
  const cookie = makeCookie(net, seg, options.mss);
  const offer = selectInitialWindow(
    net,
    listener,
    segmentRoom(listener, mtu, v4, options.tsOk),
    options.wscaleOk,
  );
  const reply = addressReply(takeSegment(), seg);
  const ecnOk = options.ecnOk && options.tsOk;
  const stamp = cookieTimestamp(net, options.sackOk, ecnOk, options.wscaleOk ? options.sndWscale : null);
  reply.ttl = listener.options.ttl || net.sysctl['net.ipv4.ip_default_ttl'];
  reply.tos = replyTos(net, listener, seg);
  fillSynAck(reply, {
    isn: cookie.isn,
    ack: (seg.seq + 1) | 0,
    window: offer.window,
    mss: advertisedMss(listener, mtu, v4),
    wscale: options.wscaleOk ? offer.wscale : ABSENT,
    sackOk: options.sackOk,
    tsVal: options.tsOk ? (stamp + arrivalOffset(net, seg)) | 0 : null,
    tsEcr: options.tsOk ? seg.tsVal : 0,
    ecnOk,
  });
  listener.listener!.lastCookieAt = net.now;
  count(net.mib, MIB.TcpOutSegs);
  count(net.mib, MIB.TcpExtSyncookiesSent);
  ipSend(net, reply, way.local, false);
}
