// What a workload counts. Plain data, of bounded size however many requests there are.

import { addTo, type Histogram, newHistogram } from '../histogram.ts';

/** One interval of the series. */
export interface Interval {
  started: number;
  completed: number;
  failed: number;
  latencySum: number;
  latencyMax: number;
}

export interface Ledger {
  started: number;
  completed: number;
  /** Connections that were established. */
  connected: number;
  /** By errno; `EOF`: the peer closed before the answer was complete. */
  readonly failed: Map<string, number>;
  /** connect() that succeeded, ns. */
  readonly connect: Histogram;
  /** Requests that were answered, ns. */
  readonly request: Histogram;
  readonly series: Interval[];
}

export const newLedger = (): Ledger => ({
  started: 0,
  completed: 0,
  connected: 0,
  failed: new Map(),
  connect: newHistogram(),
  request: newHistogram(),
  series: [],
});

function intervalAt({ series }: Ledger, nowNs: number, widthNs: number): Interval {
  const index = Math.floor(nowNs / widthNs);
  while (series.length <= index)
    series.push({ started: 0, completed: 0, failed: 0, latencySum: 0, latencyMax: 0 });
  return series[index] as Interval;
}

export function noteStarted(ledger: Ledger, nowNs: number, widthNs: number): void {
  ledger.started++;
  intervalAt(ledger, nowNs, widthNs).started++;
}

export function noteCompleted(ledger: Ledger, nowNs: number, widthNs: number, latencyNs: number): void {
  ledger.completed++;
  addTo(ledger.request, latencyNs);
  const interval = intervalAt(ledger, nowNs, widthNs);
  interval.completed++;
  interval.latencySum += latencyNs;
  interval.latencyMax = Math.max(interval.latencyMax, latencyNs);
}

export function noteFailed(ledger: Ledger, nowNs: number, widthNs: number, errno: string): void {
  ledger.failed.set(errno, (ledger.failed.get(errno) ?? 0) + 1);
  intervalAt(ledger, nowNs, widthNs).failed++;
}

export function noteConnected(ledger: Ledger, latencyNs: number): void {
  ledger.connected++;
  addTo(ledger.connect, latencyNs);
}
