// A full record cut down to what a run that keeps a summary has, for runs on the real kernel, which write everything down.

import type { ConnectRecord, RunResult } from './result.ts';
import { FIRST, FOLLOWED, SLOWEST, SUMMARY_ROWS } from './summary.ts';

const outcomeOf = (c: ConnectRecord): string => c.errno ?? 'ok';

/** The first of each outcome, and the slowest of the others. */
function sampled(connects: readonly ConnectRecord[]): ConnectRecord[] {
  const seen = new Map<string, number>();
  const first = connects.filter((c) => {
    const n = seen.get(outcomeOf(c)) ?? 0;
    seen.set(outcomeOf(c), n + 1);
    return n < FIRST;
  });
  const others = connects.filter((c) => !first.includes(c)).sort((a, b) => b.latencyNs - a.latencyNs);
  return [...first, ...others.slice(0, SLOWEST)];
}

function byProcess(connects: readonly ConnectRecord[]): ConnectRecord[][] {
  const groups = new Map<string, ConnectRecord[]>();
  for (const connect of connects) {
    const key = `${connect.host} ${connect.process}`;
    groups.set(key, [...(groups.get(key) ?? []), connect]);
  }
  return [...groups.values()];
}

function rows<T extends { readonly state: string }>(sockets: readonly T[]): T[] {
  const seen = new Map<string, number>();
  return sockets.filter(({ state }) => {
    const n = (seen.get(state) ?? 0) + 1;
    seen.set(state, n);
    return n <= SUMMARY_ROWS;
  });
}

export function summarised(result: RunResult): RunResult {
  const groups = byProcess(result.connects);
  const followed = new Set(
    groups.flatMap((group) =>
      group
        .filter((c) => c.local !== '')
        .slice(0, FOLLOWED)
        .flatMap((c) => [`${c.local} ${c.remote}`, `${c.remote} ${c.local}`]),
    ),
  );
  return {
    ...result,
    connects: groups.flatMap(sampled).sort((a, b) => a.startNs - b.startNs),
    segments: result.segments
      .filter((s) => followed.has(`${s.source} ${s.destination}`))
      .map((s, id) => ({ ...s, id })),
    events: result.events.filter((e) => e.type === 'log'),
    hosts: Object.fromEntries(
      Object.entries(result.hosts).map(([name, host]) => [name, { ...host, sockets: rows(host.sockets) }]),
    ),
  };
}
