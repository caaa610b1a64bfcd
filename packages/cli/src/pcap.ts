// The packets of a run as a pcapng file: one interface for each host, on which it sees what it sends and what reaches
// it, like tcpdump on every machine at once. A packet that came to nothing carries a comment saying why, in English and
// with the numbers: captures are read by other people and other tools.

import { destinationOf, encodePacket, formatEndpoint } from '@halfopen/engine';
import { type CapturedPacket, type RunResult, type World, writePcapng } from '@halfopen/simnet';
import { lengthAt, listenerOf } from './render/ladder/queues.ts';

export interface Capture {
  readonly bytes: Uint8Array;
  readonly packets: number;
}

/** `5 > backlog 4`, for a packet that met a full accept queue. */
function fullness({ packet, host, atNs }: CapturedPacket, result: RunResult): string {
  if (packet.kind !== 'tcp') return '';
  const listener = listenerOf(result, host, formatEndpoint(destinationOf(packet), packet.dport));
  if (listener === undefined) return '';
  return ` (${lengthAt(listener.acceptQueue, atNs)} > backlog ${listener.backlog})`;
}

function commentOf(captured: CapturedPacket, result: RunResult): string | null {
  const { comment, host } = captured;
  if (comment === null) return null;
  const [, fate, why] = /^(dropped|lost): (.*)$/s.exec(comment) ?? [];
  if (fate === 'lost') return `lost on link: ${why}`;
  if (fate !== 'dropped') return comment;
  return `dropped by ${host}: ${why}${why === 'accept queue full' ? fullness(captured, result) : ''}`;
}

export function captureBytes(world: World, result: RunResult): Capture {
  const captured: readonly CapturedPacket[] = world.capture;
  const hosts = [...new Set(captured.map((c) => c.host))];
  const packets = captured.map((c) => {
    const comment = commentOf(c, result);
    const packet = { interface: hosts.indexOf(c.host), timeNs: c.atNs, bytes: encodePacket(c.packet) };
    return comment === null ? packet : { ...packet, comment };
  });
  const interfaces = hosts.map((name) => ({ name }));
  return { bytes: writePcapng({ interfaces, packets }), packets: packets.length };
}
