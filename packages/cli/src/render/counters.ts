// Counters that moved, as `nstat` prints them (name in 32 columns, then the value), with what the important ones mean.

import type { HostResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import type { Paint } from './paint.ts';
import { clip, padEnd } from './text.ts';

const NAME = 32;
const VALUE = 10;

/** Counters that mean that somebody had to wait or was turned away. */
const TROUBLE: ReadonlySet<string> = new Set([
  'TcpAttemptFails',
  'TcpRetransSegs',
  'TcpExtEmbryonicRsts',
  'TcpExtListenOverflows',
  'TcpExtListenDrops',
  'TcpExtTCPTimeouts',
  'TcpExtTCPSynRetrans',
  'TcpExtTCPAbortOnTimeout',
  'TcpExtTCPReqQFullDoCookies',
  'TcpExtTCPReqQFullDrop',
  'TcpExtSyncookiesFailed',
]);

export function counterLines(host: HostResult, columns: number, m: Messages, paint: Paint): string[] {
  return Object.entries(host.counters).map(([name, value]) => {
    const meaning = clip(m.counterMeaning(name), columns - NAME - VALUE);
    const left = `${padEnd(name, NAME)}${padEnd(String(value), VALUE)}`;
    const shown = `${TROUBLE.has(name) ? paint.warn(left) : left}${paint.dim(meaning)}`;
    return meaning === '' ? shown.trimEnd() : shown;
  });
}
