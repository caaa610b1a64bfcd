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

/** Rows to list. */
function shorten(rows: readonly SocketRow[], full: boolean): SocketRow[] {
  const seen = new Map<string, number>();
  return rows.filter((row) => {
    const n = (seen.get(row.state) ?? 0) + 1;
    seen.set(row.state, n);
    return full || n <= SAME_STATE_MAX;
  });
}

export function socketLines(host: HostResult, full: boolean, columns: number, m: Messages): string[] {
  if (host.sockets.length === 0) return [m.report.noSockets];
  const kept = shorten(host.sockets, full);
  const rest = Object.entries(host.socketStates).flatMap(([state, all]) => {
    const more = all - kept.filter((row) => row.state === state).length;
    return more > 0 ? [m.report.moreRows(more, state)] : [];
  });
  return [...table(HEADS, kept.map(cells), columns), ...rest];
}
