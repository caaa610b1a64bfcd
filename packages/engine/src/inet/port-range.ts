// Which ports the kernel may choose by itself: net.ipv4.ip_local_port_range, narrowed by a socket's IP_LOCAL_PORT_RANGE,
// less net.ipv4.ip_local_reserved_ports.

import { parsePortList } from '../port-list.ts';
import type { SockOptions } from '../sock.ts';
import type { Sysctls } from '../sysctl.ts';

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

/** Sorted pairs of first and last port that the kernel does not choose. */
export const reservedPorts = (values: Sysctls): number[] =>
  parsePortList(values['net.ipv4.ip_local_reserved_ports']) ?? [];
