// RST and ACK made without a full socket: for a closed port, a listener, a request, TIME-WAIT.
// @kernel tcp_v4_send_reset, tcp_v4_send_ack net/ipv4/tcp_ipv4.c v6.18

import { count, MIB } from '../mib.ts';
import { ACK, FIN, RST, type Segment, segmentLength, takeSegment } from '../wire/segment.ts';
import { addressReply, ipOutput } from './emit.ts';
import type { Netns } from './netns.ts';

/** TOS of a reply without socket: that of the segment without its ECN bits. */
const TOS_WITHOUT_ECN = 0xfc;

/**
 * Answers a segment with RST: with seq = its ACK number if it had one, else with seq 0 and an ACK of all that it
 * occupied. Never answers a RST. Counts TcpOutRsts and TcpOutSegs.
 */
export function sendResetReply(net: Netns, seg: Segment): void {
  if ((seg.flags & RST) !== 0) return;
  const reply = addressReply(takeSegment(), seg);
  reply.ttl = net.sysctl['net.ipv4.ip_default_ttl'];
  reply.tos = seg.tos & TOS_WITHOUT_ECN;
  reply.flags = RST;
  if ((seg.flags & ACK) !== 0) {
    reply.seq = seg.ack;
  } else {
    reply.flags |= ACK;
    reply.ack = (seg.seq + segmentLength(seg)) | 0;
  }
  count(net.mib, MIB.TcpOutSegs);
  count(net.mib, MIB.TcpOutRsts);
  ipOutput(net, reply);
}

/** Fields of an ACK that no full socket sends. */
export interface BareAck {
  readonly seq: number;
  readonly ack: number;
  /** As sent, scaled already. */
  readonly window: number;
  /** TSval, or null without timestamps. */
  readonly tsVal: number | null;
  readonly tsEcr: number;
}

/** Answers a segment with an ACK for a request or a TIME-WAIT socket. Counts TcpOutSegs. */
export function sendAckReply(net: Netns, seg: Segment, what: BareAck): void {
  const reply = addressReply(takeSegment(), seg);
  reply.ttl = net.sysctl['net.ipv4.ip_default_ttl'];
  reply.tos = seg.tos & TOS_WITHOUT_ECN;
  reply.flags = ACK;
  reply.seq = what.seq;
  reply.ack = what.ack;
  reply.window = what.window & 0xffff;
  if (what.tsVal !== null) {
    reply.hasTimestamp = true;
    reply.tsVal = what.tsVal;
    reply.tsEcr = what.tsEcr;
  }
  count(net.mib, MIB.TcpOutSegs);
  ipOutput(net, reply);
}

/** Flags that decide what a segment is; FIN does not count. */
export const FLAG_MASK = ACK | RST | 0x02;
export const isFin = (seg: Segment): boolean => (seg.flags & FIN) !== 0;
