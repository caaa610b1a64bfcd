// Live events as lines of a log: time, who, what, and the queue beside it. One line an event; what says nothing new to a
// person has none.

import type { Counters, LiveEvent } from '@halfopen/linux';
import type { Messages } from '../messages/index.ts';
import { duration } from '../render/duration.ts';
import type { Paint } from '../render/paint.ts';
import { padEnd } from '../render/text.ts';
import type { LiveMessages } from './messages.ts';

/** `packets`: every segment; `connections`: what becomes of connections; `ends`: start and end only. */
export type Detail = 'packets' | 'connections' | 'ends';

export interface LineOptions {
  readonly m: Messages;
  readonly live: LiveMessages;
  readonly paint: Paint;
  readonly detail: Detail;
  /** Draw the handshake: the client's view. */
  readonly ladder: boolean;
}

type EventOf<K extends LiveEvent['event']> = Extract<LiveEvent, { readonly event: K }>;

const TIME = 12;
const WHO = 22;
/** As nstat prints them. */
const COUNTER_NAME = 32;

/** Time column and the peer, then what happened. */
const line = (atNs: number, who: string, what: string): string =>
  `${(atNs / 1e9).toFixed(6).padStart(TIME)}  ${padEnd(who, WHO)}  ${what}`.trimEnd();

const moved = (counters: Counters): string =>
  Object.entries(counters)
    .filter(([name]) => name !== 'TcpInSegs')
    .map(([name, by]) => ` ${name} +${by}`)
    .join('');

/** The lines of one event; none when it says nothing at this level of detail. */
export function eventLines(event: LiveEvent, options: LineOptions): string[] {
  switch (event.event) {
    case 'started':
      return startedLines(event, options);
    case 'listening':
      return [options.live.listening(event.program, event.port, event.backlog)];
    case 'result':
      return resultLines(event, options);
    case 'ended':
      return endedLines(event, options);
    default:
      return options.detail === 'ends' ? [] : happening(event, options);
  }
}

function startedLines(
  { device, kernel, seed, mtu, addresses }: EventOf<'started'>,
  { live, paint }: LineOptions,
): string[] {
  return [
    ...addresses.map(({ engine, host, prefix }) =>
      paint.strong(live.started(device, `${engine}/${prefix}`, host)),
    ),
    live.setup(kernel, seed, mtu),
  ];
}

type Happening = Exclude<LiveEvent, { readonly event: 'started' | 'listening' | 'result' | 'ended' }>;

function happening(event: Happening, options: LineOptions): string[] {
  const { live, paint, m } = options;
  switch (event.event) {
    case 'segment':
      return segmentLines(event, options);
    case 'drop': {
      const wire = event.by === 'wire';
      const why = wire ? live.lostByDropSyn : m.reason(event.reason);
      const text = `${wire ? live.lost : live.dropped} ${event.text}: ${why}${moved(event.counters)}`;
      return [paint.bad(line(event.atNs, event.remote, text))];
    }
    case 'request':
      return requestLines(event, options);
    case 'accept-queue':
      // A refused connection is told by the drop that follows.
      return event.action === 'refused' && options.detail !== 'packets'
        ? []
        : [line(event.atNs, event.remote, acceptQueueText(event, live))];
    case 'state':
      return stateLines(event, options);
    case 'timer':
      return options.detail === 'packets'
        ? [paint.warn(line(event.atNs, event.remote, live.timer(event.timer)))]
        : [];
    case 'http':
      return [
        line(event.atNs, event.remote, `${event.method} ${event.target} ${event.status} ${event.length}`),
      ];
    case 'log':
      return [paint.warn(line(event.atNs, '', event.text))];
    case 'port':
      return [];
  }
}

/** A connection's way to its end; the handshake is told by its queues, or by the ladder. */
function stateLines(event: EventOf<'state'>, { ladder, paint }: LineOptions): string[] {
  const to = event.on === 'time-wait' ? 'TIME-WAIT' : event.to;
  const ofConnection = event.from !== 'LISTEN' && event.to !== 'LISTEN';
  if (!ofConnection || !(ladder || ['TIME-WAIT', 'UNCONN', 'CLOSE-WAIT'].includes(to))) return [];
  return [paint.dim(line(event.atNs, event.remote, `${event.from} -> ${to}`))];
}

/** The ladder shows what opens, closes or comes again; `--packets` shows all. */
function segmentLines(event: EventOf<'segment'>, { detail, ladder, live, paint }: LineOptions): string[] {
  const opensOrCloses = /^[^ ]*[SFR]/.test(event.text) || /^\. 1:1\(0\) ack 1 /.test(event.text);
  if (detail !== 'packets' && !event.retransmission && !(ladder && opensOrCloses)) return [];
  const text = `${event.direction === 'in' ? '<-' : '->'} ${event.text}`;
  const shown = line(event.atNs, event.remote, event.retransmission ? `${text}  ${live.resent}` : text);
  return [event.retransmission ? paint.warn(shown) : shown];
}

function requestLines(event: EventOf<'request'>, { live, paint, detail }: LineOptions): string[] {
  const queue = live.halfOpen(event.requestQueue);
  if (event.action === 'retransmit')
    return [paint.warn(line(event.atNs, event.remote, `${live.synAckAgain}  ${queue}`))];
  if (event.action === 'added') return [line(event.atNs, event.remote, `SYN-RECV  ${queue}`)];
  if (event.why === 'completed' && detail !== 'packets') return [];
  return [line(event.atNs, event.remote, `${live.requestGone(event.why)}  ${queue}`)];
}

function acceptQueueText(event: EventOf<'accept-queue'>, live: LiveMessages): string {
  const words = { added: 'ESTAB', taken: live.accepted, refused: live.queueRefused, flushed: live.flushed };
  return `${padEnd(words[event.action], 8)}  ${live.acceptQueue(event.acceptQueue, event.backlog)}`;
}

function resultLines(event: EventOf<'result'>, { live, paint }: LineOptions): string[] {
  const { result, status, bodyBytes, expectedBytes } = event;
  const lines: string[] = [];
  if (result.connectNs !== null) lines.push(live.connected(duration(result.connectNs)));
  if (result.sentBytes > 0) lines.push(live.sent(result.sentBytes));
  if (status !== null) lines.push(live.status(status));
  if (result.firstByteNs !== null) {
    lines.push(live.firstByte(duration(result.firstByteNs)));
    lines.push(live.received(bodyBytes, duration(result.totalNs), rateOf(bodyBytes, result.totalNs)));
  }
  if (result.failed !== null) {
    lines.push(paint.bad(live.failedCall(result.failed.call, result.failed.errno, duration(result.totalNs))));
  } else if (expectedBytes !== null && expectedBytes !== bodyBytes) {
    lines.push(paint.bad(live.incomplete(bodyBytes, expectedBytes)));
  } else if (!event.ok && status === null) {
    lines.push(paint.bad(live.notHttp));
  }
  return lines;
}

const rateOf = (bytes: number, ns: number): string =>
  `${((bytes * 8e3) / Math.max(ns, 1)).toFixed(1)} Mbit/s`;

function endedLines(event: EventOf<'ended'>, { live, m, paint }: LineOptions): string[] {
  const counters = Object.entries(event.counters).map(([name, value]) => {
    const meaning = m.counterMeaning(name);
    return `${padEnd(name, COUNTER_NAME)}${padEnd(String(value), 10)}${paint.dim(meaning)}`.trimEnd();
  });
  const refused = Object.entries(event.writeErrors).map(([errno, n]) => paint.bad(live.writeError(errno, n)));
  return [...counters, ...refused, live.ended(event.packetsIn, event.packetsOut)];
}
