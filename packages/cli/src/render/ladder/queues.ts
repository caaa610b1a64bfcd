// How full a listener's two queues were at a moment, as bars for the margin of the ladder.

import type { ListenerRecord, RunResult } from '@halfopen/simnet';
import { padEnd } from '../text.ts';

type Series = readonly (readonly [number, number])[];

/** Length at a time; changes at that very time count. */
export function lengthAt(series: Series, atNs: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((series[middle] as readonly [number, number])[0] <= atNs) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : (series[low - 1] as readonly [number, number])[1];
}

const CELLS = 4;

/**
 * `[##..] 1/1`: length and backlog as `ss` prints them in Recv-Q and Send-Q. The bar is full at backlog+1, because
 * Linux turns away only when the length exceeds the backlog (@kernel sk_acceptq_is_full include/net/sock.h v6.18).
 */
export function bar(length: number, backlog: number): string {
  const full = length > backlog;
  const share = Math.min(1, length / (backlog + 1));
  const filled =
    length === 0 ? 0 : full ? CELLS : Math.max(1, Math.min(CELLS - 1, Math.round(share * CELLS)));
  return `[${'#'.repeat(filled)}${'.'.repeat(CELLS - filled)}]${full ? '!' : ' '}${length}/${backlog}`;
}

export const BAR_COLUMNS = 15;

/** The listener that a connection arrived at: its own address, or the wildcard's. */
export function listenerOf(result: RunResult, host: string, address: string): ListenerRecord | undefined {
  const port = address.slice(address.lastIndexOf(':') + 1);
  const listeners = result.hosts[host]?.listeners ?? [];
  return (
    listeners.find((l) => l.local === address) ??
    listeners.find((l) => l.local.slice(l.local.lastIndexOf(':') + 1) === port)
  );
}

/** Both bars at a time: accept queue, then half-open requests. */
export function bars(listener: ListenerRecord, atNs: number): string {
  const accept = bar(lengthAt(listener.acceptQueue, atNs), listener.backlog);
  const request = bar(lengthAt(listener.requestQueue, atNs), listener.backlog);
  return `${padEnd(accept, BAR_COLUMNS)}${request}`.trimEnd();
}
