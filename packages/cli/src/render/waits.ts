// What somebody waited for: a request from its connect() to the last byte of the answer, or a bare connect().

import type { ConnectRecord, RequestRecord, RunResult } from '@halfopen/simnet';

export interface Wait {
  readonly kind: 'request' | 'connect';
  readonly id: number;
  readonly startNs: number;
  readonly latencyNs: number;
  readonly connectNs: number;
  readonly errno: string | null;
  /** When each SYN left, ns after the start. */
  readonly synsNs: readonly number[];
}

/** A wait from here on is called slow: a lost SYN costs at least the first retransmission time-out. */
export const SLOW_NS = 1_000_000_000;

export const isSlow = (wait: Wait): boolean => wait.errno !== null || wait.latencyNs >= SLOW_NS;

/** The request that a connect() was made for: the same process was in the middle of it. */
export function requestOf(
  connect: ConnectRecord,
  requests: readonly RequestRecord[],
): RequestRecord | undefined {
  return requests.find(
    (r) =>
      r.host === connect.host &&
      r.process === connect.process &&
      r.startNs <= connect.startNs &&
      connect.startNs <= r.startNs + r.latencyNs,
  );
}

const ofConnect = (c: ConnectRecord, id: number): Wait => ({
  kind: 'connect',
  id,
  startNs: c.startNs,
  latencyNs: c.latencyNs,
  connectNs: c.latencyNs,
  errno: c.errno,
  synsNs: c.synsNs,
});

/**
 * All requests, and the connect() calls behind which no request stands; in the order of their start, numbered as
 * `halfopen`'s expectations number requests (or connects, when there are no requests).
 */
export function waitsOf(result: RunResult): Wait[] {
  const byStart = [...result.requests].sort((a, b) => a.startNs - b.startNs);
  const connectOf = new Map<RequestRecord, ConnectRecord>();
  const bare: ConnectRecord[] = [];
  for (const connect of result.connects) {
    const request = requestOf(connect, byStart);
    if (request === undefined) bare.push(connect);
    else if (!connectOf.has(request)) connectOf.set(request, connect);
  }
  const requests = byStart.map((r, i): Wait => {
    const synsNs = connectOf.get(r)?.synsNs ?? [];
    const { startNs, latencyNs, connectNs, errno } = r;
    return { kind: 'request', id: i + 1, startNs, latencyNs, connectNs, errno, synsNs };
  });
  return [...requests, ...bare.map((c, i) => ofConnect(c, i + 1))];
}
