// What connect() met on its search for a local port, where that was more than one look.

import type { ConnectRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { wrap } from './text.ts';

/** Searches that are listed; those that looked at most. */
const LISTED_MAX = 3;

/** `14,116`. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** Ports that were looked at; 0 without a search, and where the kernel does not tell. */
const looksOf = ({ probes }: ConnectRecord): number =>
  probes === null ? 0 : Object.values(probes).reduce((sum, n) => sum + n, 0);

const found = ({ probes }: ConnectRecord): boolean => probes !== null && probes.free + probes.shared > 0;

/** The first port was not the one, or there was none at all. */
const isLong = (connect: ConnectRecord): boolean =>
  looksOf(connect) > 1 || (looksOf(connect) === 1 && !found(connect));

/** `port 40123 (looked at 14,116: 14,115 in use)`; null when the first look found it. */
export function searchText(connect: ConnectRecord, { search }: Messages): string | null {
  const { probes } = connect;
  if (probes === null || !isLong(connect)) return null;
  const parts = (['established', 'timeWait', 'bound', 'reserved', 'shared'] as const).flatMap((what) =>
    probes[what] > 0 ? [search[what](grouped(probes[what]))] : [],
  );
  const port = found(connect) ? connect.local.slice(connect.local.lastIndexOf(':') + 1) : null;
  return search.looked(port, grouped(looksOf(connect)), parts.join(search.between));
}

/** How many searches were long, and the longest of them under the numbers that expectations give them. */
export function searchLines(result: RunResult, columns: number, m: Messages): string[] {
  const long = result.connects.map((connect, i) => ({ connect, id: i + 1 })).filter((c) => isLong(c.connect));
  if (long.length === 0) return [];
  const most = [...long].sort((a, b) => looksOf(b.connect) - looksOf(a.connect)).slice(0, LISTED_MAX);
  const listed = most.sort((a, b) => a.id - b.id);
  return [
    m.search.count(long.length, result.connects.length),
    ...listed.map(({ connect, id }) => `connect() ${id}: ${searchText(connect, m) ?? ''}`),
    ...(long.length > listed.length ? [m.search.others(long.length - listed.length)] : []),
  ].flatMap((line, i) => wrap(line, columns, i === 0 ? '' : '  '));
}
