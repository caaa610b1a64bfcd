// What a live run tells while it goes on: plain JSON records, one a happening, in order. `--json` prints them as they
// are. They come from the engine's trace, with segments turned into text.

import {
  destinationOf,
  type Endpoints,
  formatAddr,
  formatEndpoint,
  formatSegment,
  type Segment,
  SYN,
  sourceOf,
  type TraceEvent,
} from '@halfopen/engine';
import type { ConnectOutcome } from './live-programs.ts';
import type { HttpAnswer } from './programs/http.ts';
import type { TunAddress } from './subnet.ts';

interface Base {
  /** ns since the start of the run. */
  readonly atNs: number;
}

interface Ends {
  readonly local: string;
  readonly remote: string;
}

/** Counters that moved, by nstat name. */
export interface Counters {
  readonly [name: string]: number;
}

export type LiveEvent =
  | (Base & {
      readonly event: 'started';
      readonly device: string;
      readonly mtu: number;
      readonly kernel: string;
      readonly seed: number;
      /** `engine` is ours; `host` is the kernel's side of the device, by which this host is reached from the engine. */
      readonly addresses: readonly {
        readonly engine: string;
        readonly host: string;
        readonly prefix: number;
      }[];
    })
  | (Base & {
      readonly event: 'listening';
      readonly program: string;
      readonly port: number;
      readonly backlog: number;
    })
  | (Base &
      Ends & {
        readonly event: 'segment';
        readonly direction: 'in' | 'out';
        /** packetdrill notation; sequence numbers count from the connection's first ones where those were seen. */
        readonly text: string;
        readonly length: number;
        readonly retransmission: boolean;
      })
  | (Base &
      Ends & { readonly event: 'state'; readonly from: string; readonly to: string; readonly on: string })
  | (Base &
      Ends & {
        readonly event: 'request';
        readonly action: 'added' | 'removed' | 'retransmit';
        readonly why: string;
        readonly requestQueue: number;
        readonly young: number;
      })
  | (Base &
      Ends & {
        readonly event: 'accept-queue';
        readonly action: 'added' | 'taken' | 'refused' | 'flushed';
        readonly acceptQueue: number;
        readonly backlog: number;
      })
  | (Base &
      Ends & {
        readonly event: 'drop';
        /** `wire`: a fault rule; `kernel`: the engine; `decode`: bytes that are no packet the engine takes. */
        readonly by: 'wire' | 'kernel' | 'decode';
        readonly reason: string;
        readonly text: string;
        readonly counters: Counters;
      })
  | (Base & Ends & { readonly event: 'timer'; readonly timer: string })
  | (Base & Ends & { readonly event: 'port'; readonly port: number })
  | (Base & { readonly event: 'log'; readonly text: string })
  | (Base & { readonly event: 'http'; readonly remote: string } & HttpAnswer)
  | (Base & { readonly event: 'result' } & ConnectOutcome)
  | (Base & {
      readonly event: 'ended';
      readonly packetsIn: number;
      readonly packetsOut: number;
      /** Packets that the host's kernel would not take, by errno. */
      readonly writeErrors: Counters;
      readonly counters: Counters;
    });

export const addressRow = ({ engine, host, prefix }: TunAddress) => ({
  engine: formatAddr(engine),
  host: formatAddr(host),
  prefix,
});

/** Connections whose first sequence numbers are remembered. */
const BASES_MAX = 4096;

/** Writes segments with sequence numbers relative to their connection, as far as its SYNs were seen. */
export class SegmentText {
  private readonly bases = new Map<string, number>();

  format(segment: Segment): string {
    const from = formatEndpoint(sourceOf(segment), segment.sport);
    const to = formatEndpoint(destinationOf(segment), segment.dport);
    if ((segment.flags & SYN) !== 0) this.remember(`${from} ${to}`, segment.seq);
    const seqBase = this.bases.get(`${from} ${to}`) ?? 0;
    return formatSegment(segment, { seqBase, ackBase: this.bases.get(`${to} ${from}`) ?? 0 });
  }

  private remember(key: string, seq: number): void {
    this.bases.delete(key);
    this.bases.set(key, seq);
    if (this.bases.size > BASES_MAX) this.bases.delete(this.bases.keys().next().value as string);
  }
}

export function endsOf(segment: Segment, direction: 'in' | 'out'): Endpoints {
  const source = formatEndpoint(sourceOf(segment), segment.sport);
  const destination = formatEndpoint(destinationOf(segment), segment.dport);
  return direction === 'in' ? { local: destination, remote: source } : { local: source, remote: destination };
}

/** A trace event of the engine as a live event. `moved`: counters that moved meanwhile. */
export function fromTrace(trace: TraceEvent, texts: SegmentText, moved: Counters): LiveEvent {
  const atNs = trace.at;
  switch (trace.type) {
    case 'segment-in':
    case 'segment-out': {
      const direction = trace.type === 'segment-in' ? 'in' : 'out';
      const retransmission = trace.type === 'segment-out' && trace.retransmission;
      const { segment } = trace;
      const length = segment.payload.length;
      return {
        atNs,
        event: 'segment',
        direction,
        ...endsOf(segment, direction),
        text: texts.format(segment),
        length,
        retransmission,
      };
    }
    case 'state':
      return { atNs, event: 'state', ...trace.ends, from: trace.from, to: trace.to, on: trace.on };
    case 'drop': {
      const { reason, segment } = trace;
      return {
        atNs,
        event: 'drop',
        by: 'kernel',
        reason,
        ...endsOf(segment, 'in'),
        text: texts.format(segment),
        counters: moved,
      };
    }
    case 'request': {
      const { action, why, qlen, young } = trace;
      return { atNs, event: 'request', action, why, ...trace.ends, requestQueue: qlen, young };
    }
    case 'accept-queue': {
      const { action, length, backlog } = trace;
      return { atNs, event: 'accept-queue', action, ...trace.ends, acceptQueue: length, backlog };
    }
    case 'timer':
      return { atNs, event: 'timer', timer: trace.timer, ...trace.ends };
    case 'port':
      return { atNs, event: 'port', ...trace.ends, port: trace.port };
    case 'log':
      return { atNs, event: 'log', text: trace.text };
  }
}
