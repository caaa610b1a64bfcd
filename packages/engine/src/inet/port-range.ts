// Which ports the kernel may choose by itself: net.ipv4.ip_local_port_range, narrowed by a socket's IP_LOCAL_PORT_RANGE,
// less net.ipv4.ip_local_reserved_ports.

import type { SockOptions } from '../sock.ts';

export interface PortRange {
  readonly low: number;
  /** Last port, included. */
  readonly high: number;
  /** The socket has set IP_LOCAL_PORT_RANGE, even when it has no effect. */
  readonly own: boolean;
}

/**
 * Each end of the socket's range counts only when it lies inside the system's; a range wholly outside changes nothing.
 * @kernel inet_sk_get_local_port_range net/ipv4/inet_connection_sock.c v6.18
 */
export function localPortRange(
  system: readonly [number, number],
  options: Pick<SockOptions, 'portRangeLow' | 'portRangeHigh'>,
): PortRange {
  let [low, high] = system;
  const own = options.portRangeLow !== 0 || options.portRangeHigh !== 0;
  if (options.portRangeLow >= low && options.portRangeLow <= high) low = options.portRangeLow;
  if (options.portRangeHigh >= low && options.portRangeHigh <= high) high = options.portRangeHigh;
  return { low, high, own };
}

/** True when `port` lies in one of the sorted pairs of first and last port. @kernel inet_is_local_reserved_port */
export function isReservedPort(reserved: readonly number[], port: number): boolean {
  for (let i = 0; i < reserved.length && reserved[i]! <= port; i += 2)
    if (port <= reserved[i + 1]!) return true;
  return false;
}

function parsePiece(piece: string): [number, number] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first > last || last > 65535 ? null : [first, last];
}

/**
 * Reads a list such as `1000-1010,8080` into sorted, merged pairs; null when it is malformed. An empty text is an empty
 * list. @kernel proc_do_large_bitmap kernel/sysctl.c v6.18
 */
export function parseReservedPorts(text: string): number[] | null {
  const pairs: [number, number][] = [];
  for (const piece of text.trim().split(',')) {
    if (piece === '') continue;
    const pair = parsePiece(piece);
    if (pair === null) return null;
    pairs.push(pair);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [first, last] of pairs) {
    const end = out.length - 1;
    if (end > 0 && first <= out[end]! + 1) out[end] = Math.max(out[end]!, last);
    else out.push(first, last);
  }
  return out;
}

/** The list as the sysctl shows it. */
export function formatReservedPorts(reserved: readonly number[]): string {
  const pieces: string[] = [];
  for (let i = 0; i < reserved.length; i += 2) {
    const first = reserved[i]!;
    const last = reserved[i + 1]!;
    pieces.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return pieces.join(',');
}
