// Building and sending the SYN-ACK of a request: the first time, from the request's timer, and for a duplicate SYN.
// @kernel tcp_make_synack net/ipv4/tcp_output.c v6.18

import { OK, type Result } from '../errno.ts';
import { pathMtu } from '../inet/path-mtu.ts';
import { routeSegment, way } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import {
  ACK,
  destinationOf,
  ECE,
  isV4Segment,
  releaseSegment,
  type Segment,
  SYN,
  takeSegment,
} from '../wire/segment.ts';
import { nowUs32, timestampMs } from './clock.ts';
import { ipSend } from './emit.ts';
import { departureOffset } from './isn.ts';
import type { Netns } from './netns.ts';
import { addressToPeer, type RequestView, traceRequest } from './request-sock.ts';

/** IPv4 and IPv6 header with a bare TCP header, bytes. */
const HEADERS4 = 40;
const HEADERS6 = 60;

/** Largest payload of a packet without options. @kernel ipv4_default_advmss net/ipv4/route.c v6.18 */
export const mssForMtu = (mtu: number, v4: boolean): number => mtu - (v4 ? HEADERS4 : HEADERS6);

/** MSS a host announces on a path: MTU less headers, lowered by TCP_MAXSEG. @kernel tcp_mss_clamp include/net/tcp.h v6.18 */
export function advertisedMss(sk: Sock, mtu: number, v4: boolean): number {
  const mss = mssForMtu(mtu, v4);
  return sk.options.userMss !== 0 && sk.options.userMss < mss ? sk.options.userMss : mss;
}

/** What of a SYN-ACK is not in the request record (a cookie has no record). */
export interface SynAck {
  readonly isn: number;
  readonly ack: number;
  readonly window: number;
  readonly mss: number;
  readonly wscale: number;
  readonly sackOk: boolean;
  readonly tsVal: number | null;
  readonly tsEcr: number;
  readonly ecnOk: boolean;
}

/** Fills a SYN-ACK's TCP part; addresses and ports are the caller's. */
export function fillSynAck(seg: Segment, what: SynAck): Segment {
  seg.seq = what.isn;
  seg.ack = what.ack;
  seg.flags = SYN | ACK | (what.ecnOk ? ECE : 0);
  seg.window = Math.min(what.window, 65535);
  seg.mss = what.mss;
  seg.wscale = what.wscale;
  seg.sackPermitted = what.sackOk;
  if (what.tsVal !== null) {
    seg.hasTimestamp = true;
    seg.tsVal = what.tsVal;
    seg.tsEcr = what.tsEcr;
  }
  return seg;
}

/**
 * Sends the first SYN-ACK of a request and counts TcpOutSegs. The caller has just looked up the way back of the SYN;
 * `tos` is the TOS to send with. @kernel tcp_v4_send_synack net/ipv4/tcp_ipv4.c v6.18
 */
export function sendSynAck(net: Netns, listener: Sock, view: RequestView, tos: number): void {
  const seg = takeSegment();
  addressToPeer(net, view.handle, seg);
  fillFromRequest(net, listener, view, tos, seg);
  if (view.tsOk) view.tsvalFirst = seg.tsVal;
  view.sentUs = nowUs32(net);
  ipSend(net, seg, way.local, false);
}

/** Everything but addresses and ports. @kernel tcp_make_synack net/ipv4/tcp_output.c v6.18 */
function fillFromRequest(net: Netns, listener: Sock, view: RequestView, tos: number, seg: Segment): void {
  seg.tos = tos;
  seg.ttl = listener.options.ttl || net.sysctl['net.ipv4.ip_default_ttl'];
  seg.seq = view.iss;
  seg.ack = (view.irs + 1) | 0;
  seg.flags = SYN | ACK | (view.ecnOk ? ECE : 0);
  seg.window = Math.min(view.rcvWnd, 65535);
  seg.mss = advertisedMss(listener, pathMtu(net, destinationOf(seg), way.mtu), isV4Segment(seg));
  if (view.wscaleOk) seg.wscale = view.rcvWscale;
  seg.sackPermitted = view.sackOk;
  if (view.tsOk) {
    seg.hasTimestamp = true;
    seg.tsVal = (timestampMs(net) + departureOffset(net, seg)) | 0;
    seg.tsEcr = view.tsRecent;
  }
  count(net.mib, MIB.TcpOutSegs);
}

/**
 * Sends a request's SYN-ACK again and counts it. Fails (ENETUNREACH …) when there is no way back to the peer.
 * @kernel inet_rtx_syn_ack, tcp_rtx_synack net/ipv4 v6.18
 */
export function resendSynAck(net: Netns, listener: Sock, view: RequestView, why: string): Result<0> {
  const seg = takeSegment();
  addressToPeer(net, view.handle, seg);
  const refusal = routeSegment(net.interfaces, net.routes, seg);
  if (refusal !== null) {
    count(net.mib, MIB.IpOutNoRoutes);
    releaseSegment(seg);
    return refusal;
  }
  fillFromRequest(net, listener, view, listener.options.tos, seg);
  ipSend(net, seg, way.local, true);
  view.numRetrans = view.numRetrans + 1;
  if (view.tsOk) view.tsvalLast = seg.tsVal;
  const counters = net.profile.behaviour.synAckRetransCounters;
  if (counters !== 'none') count(net.mib, MIB.TcpRetransSegs);
  if (counters === 'segs-and-syn') count(net.mib, MIB.TcpExtTCPSynRetrans);
  traceRequest(net, listener, view.handle, 'retransmit', why);
  return OK;
}
