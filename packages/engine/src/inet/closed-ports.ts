// The ports that connect() passes over whatever their connections: those in net.ipv4.ip_local_reserved_ports, and those
// for which somebody used bind(). Bits over all ports, made at the first long search and kept in step by bind-table.ts.

import { clearPorts, newPortSet, type PortSet, putPort } from './port-set.ts';

export interface ClosedPorts {
  readonly bound: PortSet;
  readonly reserved: PortSet;
  /** The list that `reserved` was made of. */
  reservedList: number[];
}

export const newClosedPorts = (): ClosedPorts => ({
  bound: newPortSet(),
  reserved: newPortSet(),
  reservedList: [],
});

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

/** Follows a change of the sysctl; `list` holds pairs of first and last port. */
export function followReserved(closed: ClosedPorts, list: readonly number[]): void {
  if (sameList(closed.reservedList, list)) return;
  clearPorts(closed.reserved);
  for (let i = 0; i < list.length; i += 2)
    for (let port = list[i]!; port <= list[i + 1]!; port++) putPort(closed.reserved, port, true);
  closed.reservedList = [...list];
}
