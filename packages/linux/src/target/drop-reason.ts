// Why the receiving kernel dropped a packet, as far as the counters that moved while it was processed tell. What moves
// no counter of its own (a segment to a closed port, a duplicate) counts as delivered.

/** Counters of drops, the most telling first, and the words that the engine uses for the same drop. */
const REASONS: readonly (readonly [counter: string, why: string])[] = [
  ['TcpInCsumErrors', 'bad checksum'],
  ['TcpExtListenOverflows', 'accept queue full'],
  ['TcpExtTCPReqQFullDrop', 'request queue full'],
  ['TcpExtListenDrops', 'unproven peer'],
  ['TcpExtTSEcrRejected', 'tsecr'],
  ['TcpExtPAWSEstab', 'paws'],
  ['TcpExtPAWSTimewait', 'paws'],
  ['TcpExtPAWSActive', 'paws'],
  ['TcpExtBeyondWindow', 'out of window'],
  ['TcpExtTCPACKSkippedSynRecv', 'rate limited'],
  ['TcpExtTCPDeferAcceptDrop', 'defer accept'],
  ['TcpExtSyncookiesFailed', 'bad ack'],
  ['TcpExtTCPRcvQDrop', 'receive queue full'],
  ['TcpExtTCPZeroWindowDrop', 'receive queue full'],
];

/** The reason, or null when no drop was counted. */
export const whyDropped = (moved: { readonly [name: string]: number }): string | null =>
  REASONS.find(([counter]) => (moved[counter] ?? 0) > 0)?.[1] ?? null;
