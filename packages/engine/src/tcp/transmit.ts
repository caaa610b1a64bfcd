// One segment on its way out of a full socket: options, window, flags, counters, ACK bookkeeping.
// Left out: pacing, urgent data, header cloning; of ECN, the answers to CE and ECE (marks are sent).
// One skb of Linux may leave as several segments; here every SendBuffer is one segment (records.ts).

import { isV4 } from '../addr.ts';
import type { Result } from '../errno.ts';
import { isPathLocked } from '../inet/path-mtu.ts';
import { count, MIB } from '../mib.ts';
import type { SendBuffer, Sock } from '../sock.ts';
import {
  ABSENT,
  ACK,
  FIN,
  NO_DATA,
  PSH,
  type Segment,
  SYN,
  setDestination,
  setSource,
  takeSegment,
} from '../wire/segment.ts';
import { timestampMs } from './clock.ts';
import { ipOutput } from './emit.ts';
import type { Netns } from './netns.ts';
import { mssForMtu } from './synack.ts';
import { stopTimer } from './timers.ts';
import { acceptableSeq, sackBlocksToSend, selectWindow } from './window.ts';

/** TCP_ATO_MIN, ns. @kernel TCP_ATO_MIN include/net/tcp.h v6.18 */
export const ATO_MIN_NS = 40e6;

/** Flag above the TCP bits: the buffer begins an skb of Linux, which has its own overhead; see records.ts. */
export const RECORD_START = 0x100;
const TCP_FLAGS = 0xff;
const PINGPONG_MAX = 255;
/** ECN-capable transport: new data only, RFC 3168 section 6.1.5. @kernel tcp_ecn_send net/ipv4/tcp_output.c v6.18 */
const ECT_0 = 0x02;

/** A range of sequence space ready to be queued; SYN and FIN take one number each. */
export function newSendBuffer(seq: number, flags: number, data: Uint8Array = NO_DATA): SendBuffer {
  const extra = ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
  return {
    seq,
    endSeq: (seq + data.length + extra) | 0,
    flags,
    data,
    sacked: false,
    lost: false,
    retransmitted: false,
    everRetransmitted: false,
    sentAt: 0,
    entry: 0,
    delivered: 0,
    watched: false,
  };
}

/** Segments sent and not known to have left the network. @kernel tcp_packets_in_flight include/net/tcp.h v6.18 */
export const packetsInFlight = (sk: Sock): number =>
  sk.packetsOut - (sk.sackedOut + sk.lostOut) + sk.retransOut;

/** In ping-pong mode ACKs wait for data of ours. @kernel inet_csk_in_pingpong_mode include/net/inet_connection_sock.h v6.18 */
export const inPingpong = (net: Netns, sk: Sock): boolean =>
  sk.pingpong >= net.sysctl['net.ipv4.tcp_pingpong_thresh'];

/** @kernel inet_csk_clear_xmit_timer(ICSK_TIME_DACK) include/net/inet_connection_sock.h v6.18 */
function clearAck(net: Netns, sk: Sock): void {
  sk.ackScheduled = false;
  sk.ackNow = false;
  sk.ackNoMemory = false;
  sk.ackPushed = 0;
  stopTimer(net, sk, 'delack');
}

/** @kernel tcp_event_ack_sent, tcp_dec_quickack_mode net/ipv4/tcp_output.c v6.18 */
function ackSent(net: Netns, sk: Sock): void {
  if (sk.quickAcks > 0 && sk.ackScheduled) {
    sk.quickAcks--;
    if (sk.quickAcks === 0) sk.ato = ATO_MIN_NS;
  }
  clearAck(net, sk);
}

/** @kernel tcp_event_data_sent net/ipv4/tcp_output.c v6.18 */
function dataSent(net: Netns, sk: Sock): void {
  sk.lastDataSentAt = net.now;
  if (net.now - sk.lastDataReceivedAt < sk.ato && sk.pingpong < PINGPONG_MAX) sk.pingpong++;
}

/** What we announce, less when the path has proved narrower. @kernel tcp_advertise_mss net/ipv4/tcp_output.c v6.18 */
function announcedMss(sk: Sock): number {
  sk.advmss = Math.min(sk.advmss, mssForMtu(sk.pmtu, isV4(sk.remote)));
  return sk.advmss;
}

function synOptions(net: Netns, sk: Sock, seg: Segment): void {
  seg.mss = announcedMss(sk);
  seg.sackPermitted = net.sysctl['net.ipv4.tcp_sack'] !== 0;
  seg.wscale = net.sysctl['net.ipv4.tcp_window_scaling'] !== 0 ? sk.rcvWscale : ABSENT;
  if (net.sysctl['net.ipv4.tcp_timestamps'] !== 0) stamp(net, sk, seg);
  seg.window = Math.min(sk.rcvWnd, 65535);
}

function stamp(net: Netns, sk: Sock, seg: Segment): void {
  seg.hasTimestamp = true;
  seg.tsVal = (timestampMs(net) + sk.tsOffset) | 0;
  seg.tsEcr = sk.tsRecent;
}

/** Timestamps and SACK blocks, the D-SACK first. @kernel tcp_established_options net/ipv4/tcp_output.c v6.18 */
function establishedOptions(net: Netns, sk: Sock, seg: Segment): void {
  if (sk.tsOk) stamp(net, sk, seg);
  const blocks = sackBlocksToSend(sk);
  if (blocks > 0) {
    const edges = sk.dsackPending ? [sk.dsackStart, sk.dsackEnd] : [];
    for (let i = 0; edges.length < blocks * 2; i++) edges.push(sk.sackRecent[i]!);
    seg.sack = edges;
    sk.dsackPending = false;
  }
}

/**
 * Builds and sends one segment of the socket. `counted` puts it into TcpOutSegs, which Linux does for new sequence
 * space and for segments without any. @kernel __tcp_transmit_skb net/ipv4/tcp_output.c v6.18
 */
function sendSegment(
  net: Netns,
  sk: Sock,
  seq: number,
  flags: number,
  data: Uint8Array,
  retransmission: boolean,
  counted: boolean,
): Result<0> {
  const seg = takeSegment();
  setSource(seg, sk.local);
  setDestination(seg, sk.remote);
  seg.sport = sk.lport;
  seg.dport = sk.rport;
  seg.seq = seq;
  seg.flags = flags & TCP_FLAGS;
  seg.payload = data;
  seg.ttl = sk.options.ttl > 0 ? sk.options.ttl : net.sysctl['net.ipv4.ip_default_ttl'];
  seg.tos = sk.options.tos | (sk.ecnOk && data.length > 0 && !retransmission ? ECT_0 : 0);
  seg.ipId = sk.path.ipId;
  sk.path.ipId = (sk.path.ipId + 1) & 0xffff;
  if ((flags & ACK) !== 0) seg.ack = sk.rcvNxt;
  if ((flags & SYN) !== 0) synOptions(net, sk, seg);
  else {
    establishedOptions(net, sk, seg);
    seg.window = selectWindow(net, sk);
  }
  if ((flags & ACK) !== 0) ackSent(net, sk);
  if (data.length > 0) dataSent(net, sk);
  if (counted) count(net.mib, MIB.TcpOutSegs);
  // Only here: replies without a full socket always carry DF. @kernel ip_dont_fragment include/net/ip.h, tcp_sk_init
  if (net.pathMtus.size > 0 && isPathLocked(net, sk.remote)) seg.dontFragment = false;
  return ipOutput(net, seg, retransmission);
}

/**
 * Sends a queued buffer and stamps it. `push` sets PSH on the wire only, as Linux does on the last segment of a packet
 * that the device cuts up. A retransmission is not in TcpOutSegs, nor is the SYN-ACK of a simultaneous
 * open, which repeats the sequence number of the SYN. @kernel tcp_transmit_skb net/ipv4/tcp_output.c v6.18
 */
export function transmitBuffer(
  net: Netns,
  sk: Sock,
  buf: SendBuffer,
  retransmission: boolean,
  push = false,
): Result<0> {
  buf.sentAt = net.now;
  buf.entry = sk.path.entry;
  buf.delivered = sk.path.delivered;
  buf.watched = true;
  const synAck = (buf.flags & (SYN | ACK)) === (SYN | ACK);
  const flags = ((buf.flags & SYN) !== 0 ? buf.flags : buf.flags | ACK) | (push ? PSH : 0);
  return sendSegment(net, sk, buf.seq, flags, buf.data, retransmission, !retransmission && !synAck);
}

/** Sends a segment without data, SYN or FIN (ACK, RST, window probe). */
export function sendBare(net: Netns, sk: Sock, seq: number, flags: number): Result<0> {
  return sendSegment(net, sk, seq, flags, NO_DATA, false, true);
}

/** Sends an ACK at once. @kernel tcp_send_ack net/ipv4/tcp_output.c v6.18 */
export function sendAck(net: Netns, sk: Sock): void {
  if (sk.state === 'UNCONN') return;
  sendBare(net, sk, acceptableSeq(sk), ACK);
}
