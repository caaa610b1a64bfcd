// Writes down what a kernel told about one entry into it: the fate of the segment that arrived, state changes, queue
// lengths, timers, log lines.

import type { DropReason, Segment, TraceEvent } from '@halfopen/engine';
import type { Host } from './host.ts';
import { type Cause, capturePacket, type Loopback } from './kernel-entry.ts';
import { connectGivenUp, connectSettled, listenerDraft, seriesPoint } from './recorder.ts';
import type { World } from './world.ts';

type Moved = { readonly [name: string]: number };

const inWords = (reason: DropReason): string => reason.replaceAll('-', ' ');

const sameHeader = (a: Segment, b: Segment): boolean =>
  a.seq === b.seq && a.flags === b.flags && a.sport === b.sport && a.dport === b.dport;

/** The first drop that is about this segment, in words; null when it was not dropped. */
function dropReason(traced: readonly TraceEvent[], segment: Segment): string | null {
  for (const event of traced) {
    if (event.type === 'drop' && sameHeader(event.segment, segment)) return inWords(event.reason);
  }
  return null;
}

function noteArrival(
  world: World,
  host: Host,
  cause: Cause & { kind: 'arrival' },
  traced: readonly TraceEvent[],
  moved: Moved,
): void {
  const { packet, record, corrupt } = cause;
  // Of a segment that changed a state (the SYN-ACK of a simultaneous open), only text that came before was dropped.
  const acted = traced.some((event) => event.type === 'state');
  const segmentDrop = packet.kind === 'tcp' && !acted ? dropReason(traced, packet) : null;
  const why = corrupt ? 'bad checksum' : segmentDrop;
  const captured = capturePacket(world, host.spec.name, 'in', packet);
  const kept = world.state.capture[captured];
  if (kept !== undefined && why !== null) kept.comment = `dropped: ${why}`;
  const written = world.state.recorder.segments[record];
  // A copy of a packet that has arrived already does not change what became of the first.
  if (written === undefined || written.arrivedNs !== null) return;
  written.arrivedNs = world.now;
  written.fate = why === null ? 'delivered' : 'dropped';
  written.why = why;
  written.counters = moved;
}

/** Marks those of the segments that the host sent to itself which it then dropped. */
function noteLoopback(world: World, traced: readonly TraceEvent[], loopback: readonly Loopback[]): void {
  for (const { record, segment } of loopback) {
    const why = dropReason(traced, segment);
    const written = world.state.recorder.segments[record];
    if (written === undefined || why === null) continue;
    written.fate = 'dropped';
    written.why = why;
  }
}

function noteQueue(world: World, host: Host, event: TraceEvent & { type: 'accept-queue' | 'request' }): void {
  const { recorder } = world.state;
  const { name } = host.spec;
  const listener = listenerDraft(recorder, name, event.listener);
  const accepting = event.type === 'accept-queue';
  const length = accepting ? event.length : event.qlen;
  seriesPoint(accepting ? listener.acceptQueue : listener.requestQueue, world.now, length);
  recorder.events.push({
    type: 'queue',
    atNs: world.now,
    host: name,
    listener: listener.local,
    queue: accepting ? 'accept' : 'request',
    action: accepting ? event.action : `${event.action}: ${event.why}`,
    remote: event.ends.remote,
    length,
    max: accepting ? event.backlog + 1 : requestMax(host, listener.backlog, event.listener),
  });
}

/** Half-open requests that the listener holds. @kernel inet_csk_reqsk_queue_is_full include/net/inet_connection_sock.h v6.18 */
function requestMax(host: Host, backlog: number, sock: number): number {
  const rule = host.kernel.net.profile.behaviour.requestQueueFull;
  if (rule === 'above-backlog') return backlog + 1;
  if (rule === 'at-backlog') return backlog;
  return 1 << (host.kernel.net.socks.get(sock)?.listener?.maxQlenLog ?? 0);
}

function noteState(world: World, host: Host, event: TraceEvent & { type: 'state' }): void {
  const { recorder } = world.state;
  const { name } = host.spec;
  const { ends, from, to, on } = event;
  recorder.events.push({
    type: 'state',
    atNs: world.now,
    host: name,
    local: ends.local,
    remote: ends.remote,
    from,
    to,
    on,
  });
  if (from !== 'SYN-SENT' && from !== 'SYN-RECV') return;
  if (to === 'ESTAB') connectSettled(recorder, name, event.sock, world.now, null);
  if (to !== 'UNCONN') return;
  const sk = host.kernel.net.socks.get(event.sock);
  if (sk?.error != null) connectSettled(recorder, name, event.sock, world.now, sk.error);
  else connectGivenUp(recorder, name, event.sock, world.now, sk === undefined || sk.orphan);
}

function noteEvent(world: World, host: Host, event: TraceEvent, moved: Moved): boolean {
  const { recorder } = world.state;
  const { name } = host.spec;
  switch (event.type) {
    case 'state':
      noteState(world, host, event);
      return false;
    case 'accept-queue':
    case 'request':
      noteQueue(world, host, event);
      return false;
    case 'timer':
      recorder.events.push({
        type: 'timer',
        atNs: world.now,
        host: name,
        timer: event.timer,
        ...event.ends,
        counters: moved,
      });
      return true;
    case 'log':
      // A run that keeps a summary takes the log as such (summary.ts).
      if (world.records) recorder.kernelLog.push({ host: name, atNs: world.now, text: event.text });
      return false;
    default:
      return false;
  }
}

/** Notes the trace of one entry. The first timer that fired gets all counters that moved. */
export function noteTrace(
  world: World,
  host: Host,
  cause: Cause,
  traced: readonly TraceEvent[],
  moved: Moved,
  loopback: readonly Loopback[],
): void {
  if (cause.kind === 'arrival') noteArrival(world, host, cause, traced, moved);
  noteLoopback(world, traced, loopback);
  let left: Moved = cause.kind === 'timer' ? moved : {};
  for (const event of traced) if (noteEvent(world, host, event, left)) left = {};
  for (const listener of world.state.recorder.listeners) {
    if (listener.host !== host.spec.name) continue;
    const sock = host.kernel.net.socks.get(listener.sock);
    if (sock?.listener == null) continue;
    listener.drops = sock.drops;
    listener.backlog = sock.listener.backlog;
  }
}
