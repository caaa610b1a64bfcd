// Sockets in the columns and words of `ss -tano` (iproute2 misc/ss.c). One thing is written differently: ss prints a
// timer of 1.02 s as `1.020ms`, we print `1.02sec`.

import type { HostResult, SocketRow } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { ssTimer } from './duration.ts';
import { table } from './table.ts';

/** Rows of one state that are listed before the rest is only counted. */
const SAME_STATE_MAX = 4;

const HEADS = [
  { head: 'State' },
  { head: 'Recv-Q', align: 'right' },
  { head: 'Send-Q', align: 'right' },
  { head: 'Local' },
  { head: 'Peer' },
  { head: 'Timer' },
] as const;

function cells(row: SocketRow): string[] {
  const { timer } = row;
  const shown = timer === null ? '' : `(${timer.kind},${ssTimer(timer.leftNs)},${timer.retransmits})`;
  return [row.state, String(row.recvQ), String(row.sendQ), row.local, row.peer, shown];
}

/** Rows to list, and how many more there are in each state. */
function shorten(
  rows: readonly SocketRow[],
  full: boolean,
): { kept: SocketRow[]; more: Map<string, number> } {
  const seen = new Map<string, number>();
  const more = new Map<string, number>();
  const kept = rows.filter((row) => {
    const n = (seen.get(row.state) ?? 0) + 1;
    seen.set(row.state, n);
    if (full || n <= SAME_STATE_MAX) return true;
    more.set(row.state, (more.get(row.state) ?? 0) + 1);
    return false;
  });
  return { kept, more };
}

export function socketLines(host: HostResult, full: boolean, columns: number, m: Messages): string[] {
  if (host.sockets.length === 0) return [m.report.noSockets];
  const { kept, more } = shorten(host.sockets, full);
  const rest = [...more].map(([state, n]) => m.report.moreRows(n, state));
  return [...table(HEADS, kept.map(cells), columns), ...rest];
}
