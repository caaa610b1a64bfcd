// What the engine tells about its own doings, when tracing is on: plain records in the order of their happening.
// The owner drains them (`kernel.takeTrace()`); nothing in the engine ever reads one.

import type { CounterName } from '../mib.ts';
import type { PortCounts, TcpState } from '../sock.ts';
import type { Segment } from '../wire/segment.ts';

/** Why a segment came to nothing. Named after the kernel's skb drop reasons where Linux has one. */
export type DropReason =
  | 'accept-queue-full'
  | 'request-queue-full'
  | 'unproven-peer'
  | 'bad-checksum'
  | 'malformed'
  | 'not-for-us'
  | 'no-route'
  | 'multicast'
  | 'syn-fin'
  | 'no-flags'
  | 'rst-to-listener'
  | 'rst-to-closed-port'
  | 'out-of-window'
  | 'paws'
  | 'tsecr'
  | 'defer-accept'
  | 'bad-ack'
  | 'no-ack'
  | 'rate-limited'
  | 'old-duplicate'
  | 'unexpected-in-syn-sent'
  | 'time-wait'
  | 'receive-queue-full'
  | 'socket-closed';

export interface Endpoints {
  /** `address:port` as `ss` prints it. */
  readonly local: string;
  readonly remote: string;
}

/** A line of the kernel log. */
export interface LogLine {
  readonly atNs: number;
  readonly text: string;
}

export type TraceEvent =
  | { readonly type: 'segment-in'; readonly at: number; readonly segment: Segment }
  | {
      readonly type: 'segment-out';
      readonly at: number;
      readonly segment: Segment;
      readonly retransmission: boolean;
    }
  | {
      readonly type: 'state';
      readonly at: number;
      readonly sock: number;
      readonly ends: Endpoints;
      readonly from: TcpState;
      readonly to: TcpState;
      readonly on: string;
    }
  | { readonly type: 'drop'; readonly at: number; readonly reason: DropReason; readonly segment: Segment }
  | {
      readonly type: 'request';
      readonly at: number;
      readonly action: 'added' | 'removed' | 'retransmit';
      readonly why: string;
      readonly listener: number;
      readonly ends: Endpoints;
      /** Half-open connections of the listener after this, and those whose timer never fired. */
      readonly qlen: number;
      readonly young: number;
    }
  | {
      readonly type: 'accept-queue';
      readonly at: number;
      readonly action: 'added' | 'taken' | 'refused' | 'flushed';
      readonly listener: number;
      readonly ends: Endpoints;
      /** Completed connections waiting after this, and the backlog; the queue holds backlog + 1. */
      readonly length: number;
      readonly backlog: number;
    }
  | {
      readonly type: 'timer';
      readonly at: number;
      readonly timer: string;
      readonly sock: number;
      readonly ends: Endpoints;
    }
  | {
      readonly type: 'port';
      readonly at: number;
      readonly sock: number;
      readonly ends: Endpoints;
      /** The local port that connect() chose, 0 when there was none. */
      readonly port: number;
      readonly probes: PortCounts;
    }
  | { readonly type: 'log'; readonly at: number; readonly text: string };

/** A counter that moved, as the owner finds it by comparing two readings. */
export interface CounterMove {
  readonly name: CounterName;
  readonly by: number;
}
