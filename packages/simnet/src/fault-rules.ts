// Fault rules: which packets a rule means, and which rule decides about a packet. A rule counts the packets that it
// means, and acts on those that its `which` names.

import { ACK, FIN, type Packet, type RandomState, RST, randomUnit, SYN } from '@halfopen/engine';
import type { PacketEnds } from './packet-ends.ts';
import type { FaultMatch, FaultSpec, FaultWhich } from './scenario.ts';

/** How many packets each rule has met, in the order of the rules. */
export type FaultCounts = number[];

export const newFaultCounts = (faults: readonly FaultSpec[]): FaultCounts => faults.map(() => 0);

/** A packet as the rules see it. */
export interface FaultSubject extends PacketEnds {
  readonly packet: Packet;
  /** It is the ACK (without data) that completes a handshake. */
  readonly thirdAck: boolean;
}

function matches(match: FaultMatch, { packet, thirdAck }: FaultSubject): boolean {
  if (match === 'any') return true;
  if (packet.kind === 'icmp') return match === 'icmp';
  const { flags, payload } = packet;
  switch (match) {
    case 'syn':
      return (flags & (SYN | ACK)) === SYN;
    case 'syn-ack':
      return (flags & (SYN | ACK)) === (SYN | ACK);
    case 'ack':
      return (flags & (SYN | ACK | RST | FIN)) === ACK && payload.length === 0;
    case 'third-ack':
      return thirdAck;
    case 'data':
      return payload.length > 0;
    case 'fin':
      return (flags & FIN) !== 0;
    case 'rst':
      return (flags & RST) !== 0;
    case 'icmp':
      return false;
  }
}

const isEnd = (name: string | null, host: string, address: string): boolean =>
  name === null || name === host || name === address;

function rightWay(fault: FaultSpec, s: FaultSubject): boolean {
  if (isEnd(fault.from, s.from, s.source) && isEnd(fault.to, s.to, s.destination)) return true;
  return fault.bothWays && isEnd(fault.from, s.to, s.destination) && isEnd(fault.to, s.from, s.source);
}

function rightPorts(fault: FaultSpec, packet: Packet): boolean {
  if (fault.sourcePort === null && fault.destinationPort === null) return true;
  if (packet.kind !== 'tcp') return false;
  if (fault.sourcePort !== null && fault.sourcePort !== packet.sport) return false;
  return fault.destinationPort === null || fault.destinationPort === packet.dport;
}

/** Whether the rule means the packet `number` (from 1) of those that match. */
function chosen(which: FaultWhich, number: number): boolean {
  switch (which.kind) {
    case 'all':
      return true;
    case 'nth':
      return which.numbers.includes(number);
    case 'first':
      return number <= which.count;
    case 'every':
      return number % which.step === 0;
  }
}

/** The first rule that decides about the packet sent at `nowNs`, or null. Counts as it goes. */
export function decide(
  faults: readonly FaultSpec[],
  counts: FaultCounts,
  random: RandomState,
  nowNs: number,
  subject: FaultSubject,
): FaultSpec | null {
  for (let i = 0; i < faults.length; i++) {
    const fault = faults[i] as FaultSpec;
    if (nowNs < fault.during.fromNs || nowNs >= fault.during.untilNs) continue;
    if (!matches(fault.match, subject) || !rightWay(fault, subject) || !rightPorts(fault, subject.packet))
      continue;
    counts[i] = (counts[i] as number) + 1;
    if (!chosen(fault.which, counts[i] as number)) continue;
    if (fault.probability < 1 && randomUnit(random) >= fault.probability) continue;
    return fault;
  }
  return null;
}
