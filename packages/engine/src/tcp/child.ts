// The full socket that a third ACK makes of a request or of a SYN cookie.
// @kernel tcp_v4_syn_recv_sock, tcp_create_openreq_child net/ipv4 v6.18

import { type Addr, isV4 } from '../addr.ts';
import { bindInheritPort } from '../inet/bind-table.ts';
import { insertHandle, sockHandle } from '../inet/established.ts';
import { pathMtu } from '../inet/path-mtu.ts';
import { routeReply, way } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import { destinationOf, type Segment, sourceOf } from '../wire/segment.ts';
import { nowMs, timestampMs } from './clock.ts';
import { arrivalOffset } from './isn.ts';
import type { Netns } from './netns.ts';
import {
  type RequestView,
  removeRequest,
  requestLocal,
  requestLocalPort,
  requestRemote,
  requestRemotePort,
} from './request-sock.ts';
import { initRto, rttSample } from './rtt.ts';
import { newChildSock } from './sock-life.ts';
import { setState } from './states.ts';
import { advertisedMss } from './synack.ts';
import { childClamp, initRcvMss, selectInitialWindow, syncMss, TIMESTAMP_BYTES } from './window.ts';

/** Largest window field. @kernel U16_MAX in tcp_select_initial_window net/ipv4/tcp_output.c v6.18 */
export const WINDOW_MAX = 0xffff;

/** What a child begins with, whether from a request record or from a cookie. */
export interface ChildSeed {
  readonly local: Addr;
  readonly lport: number;
  readonly remote: Addr;
  readonly rport: number;
  readonly irs: number;
  readonly iss: number;
  readonly mss: number;
  readonly rcvWnd: number;
  readonly windowClamp: number;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly wscaleOk: boolean;
  readonly sackOk: boolean;
  readonly tsOk: boolean;
  readonly ecnOk: boolean;
  readonly tsRecent: number;
  /** SYN-ACKs sent again, and when the only one left (ns, negative = unknown: no RTT sample from it). */
  readonly retransmits: number;
  readonly sentAt: number;
  /** TSval of the first SYN-ACK, to tell a spurious retransmission; null without timestamps. */
  readonly firstTsVal: number | null;
}

/** Child of a request, which leaves the table. The caller has checked the accept queue. */
export function childOfRequest(net: Netns, listener: Sock, view: RequestView, seg: Segment): Sock {
  const handle = view.handle;
  const seed: ChildSeed = {
    local: requestLocal(net, handle),
    lport: requestLocalPort(net, handle),
    remote: requestRemote(net, handle),
    rport: requestRemotePort(net, handle),
    irs: view.irs,
    iss: view.iss,
    mss: view.mss,
    rcvWnd: view.rcvWnd,
    windowClamp: childClamp(listener, view.wscaleOk ? view.rcvWscale : 0),
    sndWscale: view.sndWscale,
    rcvWscale: view.rcvWscale,
    wscaleOk: view.wscaleOk,
    sackOk: view.sackOk,
    tsOk: view.tsOk,
    ecnOk: view.ecnOk,
    tsRecent: view.tsRecent,
    retransmits: view.numRetrans,
    sentAt: view.numRetrans === 0 ? sentAtOf(net, view) : -1,
    firstTsVal: view.tsOk ? view.tsvalFirst : null,
  };
  removeRequest(net, view, 'completed');
  return createChild(net, listener, seed, seg);
}

/** The full time of a us counter that wrapped. */
function sentAtOf(net: Netns, view: RequestView): number {
  const age = (Math.floor(net.now / 1000) - (view.sentUs >>> 0)) >>> 0;
  return net.now - age * 1000;
}

/** Makes the child in SYN-RECV and enters it everywhere but the accept queue. Counts TcpPassiveOpens. */
export function createChild(net: Netns, listener: Sock, seed: ChildSeed, seg: Segment): Sock {
  const child = newChildSock(net, listener);
  child.local = seed.local;
  child.lport = seed.lport;
  child.remote = seed.remote;
  child.rport = seed.rport;
  setSequence(child, seed);
  setWindow(child, seed, seg);
  child.mssClamp = seed.mss;
  child.sackOk = seed.sackOk;
  child.ecnOk = seed.ecnOk;
  child.tsOk = seed.tsOk;
  if (seed.tsOk) {
    child.tsRecent = seed.tsRecent;
    child.tsRecentStampMs = nowMs(net);
    child.tsOffset = arrivalOffset(net, seg);
  }
  child.synRetransmits = seed.retransmits;
  child.totalRetrans = seed.retransmits;
  child.lastDataReceivedAt = net.now;
  if (seed.retransmits > 0) {
    child.undoMarker = seed.iss;
    child.handshakeFirstTsVal = seed.firstTsVal;
  }
  child.linkMtu = routeReply(net.interfaces, net.routes, seg) === null ? way.mtu : 1500;
  const mtu = pathMtu(net, child.remote, child.linkMtu);
  child.advmss = advertisedMss(listener, mtu, isV4(seed.local));
  if (seed.rcvWnd === WINDOW_MAX) takeWholeWindow(net, listener, child);
  initRto(net, child);
  syncMss(net, child, mtu);
  initRcvMss(child);
  sampleHandshake(net, child, seed, seg);
  setState(net, child, 'SYN-RECV', 'child');
  bindInheritPort(net.binds, listener, child);
  insertHandle(net, sockHandle(child));
  child.hashed = true;
  count(net.mib, MIB.TcpPassiveOpens);
  return child;
}

/** First RTT sample: from the only SYN-ACK, else from the echoed timestamp. @kernel tcp_synack_rtt_meas net/ipv4/tcp_input.c v6.18 */
function sampleHandshake(net: Netns, child: Sock, seed: ChildSeed, seg: Segment): void {
  if (seed.sentAt >= 0) {
    rttSample(net, child, Math.max(1, Math.floor((net.now - seed.sentAt) / 1000)));
    return;
  }
  if (!child.tsOk || seg.tsEcr === 0) return;
  const ms = (timestampMs(net) - ((seg.tsEcr - child.tsOffset) | 0)) | 0;
  if (ms >= 0) rttSample(net, child, Math.max(1, ms * 1000));
}

function setSequence(child: Sock, seed: ChildSeed): void {
  const next = (seed.iss + 1) | 0;
  child.iss = seed.iss;
  child.irs = seed.irs;
  child.sndUna = next;
  child.sndNxt = next;
  child.sndSml = next;
  child.writeSeq = next;
  child.pushedSeq = next;
  child.highSeq = next;
  child.rcvNxt = (seed.irs + 1) | 0;
  child.rcvWup = child.rcvNxt;
  child.copiedSeq = child.rcvNxt;
  child.sndWl1 = seed.irs;
}

function setWindow(child: Sock, seed: ChildSeed, seg: Segment): void {
  child.wscaleOk = seed.wscaleOk;
  child.sndWscale = seed.wscaleOk ? seed.sndWscale : 0;
  child.rcvWscale = seed.wscaleOk ? seed.rcvWscale : 0;
  child.rcvWnd = seed.rcvWnd;
  child.rcvSsthresh = seed.rcvWnd;
  child.windowClamp = seed.windowClamp;
  child.sndWnd = seg.window << child.sndWscale;
  child.maxWindow = child.sndWnd;
}

/** A request keeps what its SYN-ACK said, 16 bits; the child's first window may be larger. */
function takeWholeWindow(net: Netns, listener: Sock, child: Sock): void {
  const room = child.advmss - (child.tsOk ? TIMESTAMP_BYTES : 0);
  child.rcvWnd = selectInitialWindow(net, listener, room, child.wscaleOk).window;
  child.rcvSsthresh = child.rcvWnd;
}

/** The 4-tuple of a segment as a child would name it. */
export const tupleOf = (seg: Segment): { local: Addr; lport: number; remote: Addr; rport: number } => ({
  local: destinationOf(seg),
  lport: seg.dport,
  remote: sourceOf(seg),
  rport: seg.sport,
});
