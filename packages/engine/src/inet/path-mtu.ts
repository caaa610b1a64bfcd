// Path MTUs that ICMP told us, by destination: what Linux keeps as exceptions of a route, for all sockets alike.
// Left out: tcp_mtu_probing, exceptions by redirect.

import type { Addr } from '../addr.ts';
import { isV4 } from '../addr.ts';

export interface PathMtu {
  readonly mtu: number;
  /** The path is narrower than we believe, so packets may be fragmented on it: sent without DF. */
  readonly locked: boolean;
  /** ns */
  readonly expiresAt: number;
}

/** What this module needs of a namespace. */
export interface PathMtuTable {
  readonly now: number;
  /** By destination. */
  readonly pathMtus: Map<string, PathMtu>;
}

/** Least path MTU that is believed. @kernel ip_rt_min_pmtu net/ipv4/route.c, IPV6_MIN_MTU include/uapi/linux/in6.h v6.18 */
const MIN_PMTU = 552;
const MIN_PMTU6 = 1280;
/** Life of an exception, ns. @kernel ip_rt_mtu_expires net/ipv4/route.c v6.18 */
const LIFE_NS = 600e9;

const keyOf = ({ w0, w1, w2, w3 }: Addr): string => `${w0},${w1},${w2},${w3}`;

function find(t: PathMtuTable, destination: Addr): PathMtu | null {
  if (t.pathMtus.size === 0) return null;
  const key = keyOf(destination);
  const found = t.pathMtus.get(key);
  if (found === undefined) return null;
  if (found.expiresAt > t.now) return found;
  t.pathMtus.delete(key);
  return null;
}

/** MTU of the path to a destination whose device or route has an MTU of `link`. @kernel ipv4_mtu net/ipv4/route.c v6.18 */
export const pathMtu = (t: PathMtuTable, destination: Addr, link: number): number =>
  Math.min(find(t, destination)?.mtu ?? link, link);

/** @kernel ip_mtu_locked include/net/ip.h v6.18 */
export const isPathLocked = (t: PathMtuTable, destination: Addr): boolean =>
  find(t, destination)?.locked ?? false;

/** Believes an ICMP error that names an MTU. @kernel __ip_rt_update_pmtu net/ipv4/route.c v6.18 */
export function learnPathMtu(t: PathMtuTable, destination: Addr, link: number, named: number): void {
  const old = pathMtu(t, destination, link);
  if (isPathLocked(t, destination) || old < named) return;
  const v4 = isV4(destination);
  const least = Math.min(old, v4 ? MIN_PMTU : MIN_PMTU6);
  const locked = v4 && named < MIN_PMTU;
  const mtu = Math.max(named, least);
  t.pathMtus.set(keyOf(destination), { mtu, locked, expiresAt: t.now + LIFE_NS });
}
