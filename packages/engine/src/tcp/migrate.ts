// tcp_migrate_req: half-open requests and queued connections of a closed SO_REUSEPORT listener go to another member of
// its group. Requests move when something happens to them: their timer, or the segment that completes them.
// @kernel reuseport_migrate_sock net/core/sock_reuseport.c v6.18. Left out: programs that choose the member (BPF).

import { tupleHash } from '../inet/established.ts';
import { closedGroupOf, pickFromGroup } from '../inet/listen-table.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from './netns.ts';
import {
  type RequestView,
  requestLocal,
  requestLocalPort,
  requestRemote,
  requestRemotePort,
} from './request-sock.ts';

function memberFor(net: Netns, listener: number, hash: number): Sock | null {
  if (net.sysctl['net.ipv4.tcp_migrate_req'] === 0) return null;
  const group = closedGroupOf(net.listeners, listener);
  return group === 0 ? null : (net.socks.get(pickFromGroup(net.listeners, group, hash)) ?? null);
}

/** Who takes a connection out of a closed listener's queue, or null. */
export function heirOfChild(net: Netns, listener: Sock, child: Sock): Sock | null {
  const hash = tupleHash(net.established, child.local, child.lport, child.remote, child.rport);
  return memberFor(net, listener.id, hash);
}

/** Who takes a request whose listener is closed, or null. */
export function heirOfRequest(net: Netns, view: RequestView): Sock | null {
  const { handle } = view;
  const local = requestLocal(net, handle);
  const remote = requestRemote(net, handle);
  const ports = [requestLocalPort(net, handle), requestRemotePort(net, handle)] as const;
  return memberFor(net, view.listener, tupleHash(net.established, local, ports[0], remote, ports[1]));
}

/** The request is its heir's from here on. @kernel inet_reqsk_clone net/ipv4/inet_connection_sock.c v6.18 */
export function adoptRequest(view: RequestView, heir: Sock): void {
  const queue = heir.listener!;
  view.listener = heir.id;
  queue.qlen++;
  if (view.numTimeout === 0) queue.young++;
}

export const countMigrated = (net: Netns): void => count(net.mib, MIB.TcpExtTCPMigrateReqSuccess);
