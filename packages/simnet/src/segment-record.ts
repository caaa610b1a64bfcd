// The record of one packet as it leaves: who, when, and what it says in tcpdump's and packetdrill's words.

import {
  destinationOf,
  formatAddr,
  formatEndpoint,
  formatFlags,
  formatSegment,
  type IcmpMessage,
  type Packet,
  sourceOf,
} from '@halfopen/engine';
import type { PacketEnds } from './packet-ends.ts';
import type { Draft } from './recorder.ts';
import type { SegmentRecord } from './result.ts';
import type { Relative } from './sequence-numbers.ts';

function icmpText(message: IcmpMessage): string {
  const { type, code, info, quoted } = message;
  const about =
    quoted === null
      ? ''
      : ` about ${formatEndpoint(quoted.source, quoted.sport)} > ${formatEndpoint(quoted.destination, quoted.dport)}`;
  return `icmp type ${type} code ${code}${info === 0 ? '' : ` info ${info}`}${about}`;
}

const NO_NUMBERS: Relative = { base: {}, seq: 0, ack: null, thirdAck: false };

/** A fresh record; its fate is `lost` until it arrives somewhere. */
export function newSegmentRecord(
  id: number,
  packet: Packet,
  ends: PacketEnds,
  relative: Relative | null,
  sentNs: number,
  origin: { readonly retransmission: boolean; readonly injected: boolean },
): Draft<SegmentRecord> {
  const tcp = packet.kind === 'tcp';
  const { base, seq, ack } = relative ?? NO_NUMBERS;
  return {
    id,
    from: ends.from,
    to: ends.to,
    sentNs,
    arrivedNs: null,
    source: tcp ? formatEndpoint(sourceOf(packet), packet.sport) : formatAddr(packet.source),
    destination: tcp ? formatEndpoint(destinationOf(packet), packet.dport) : formatAddr(packet.destination),
    flags: tcp ? formatFlags(packet.flags) : 'icmp',
    seq,
    ack,
    window: tcp ? packet.window : 0,
    length: tcp ? packet.payload.length : packet.body.length,
    text: tcp ? formatSegment(packet, base) : icmpText(packet),
    retransmission: origin.retransmission,
    fate: 'lost',
    injected: origin.injected,
    why: null,
    counters: {},
  };
}
