// Entering and leaving the state LISTEN, apart from the system calls that ask for it.

import type { Result } from '../errno.ts';
import { OK } from '../errno.ts';
import { bindRelease } from '../inet/bind-table.ts';
import { getPort } from '../inet/get-port.ts';
import { groupOfListener, insertListener, keepClosed, removeListener } from '../inet/listen-table.ts';
import type { Listener, Sock } from '../sock.ts';
import { listenStop } from '../tcp/accept-queue.ts';
import { disconnect } from '../tcp/close.ts';
import type { Netns } from '../tcp/netns.ts';
import { destroySock } from '../tcp/sock-life.ts';
import { setState } from '../tcp/states.ts';

/** Least size of the request table of kernels to 4.3. Source: reqsk_queue_alloc net/core/request_sock.c v4.3. */
const REQUEST_TABLE_MIN = 8;

/**
 * What only a listener has, made on first use: TCP_DEFER_ACCEPT may come before listen(). It outlives a shutdown(), with
 * that option, the counts of half-open requests still around, and the flood warning already given; when it last sent a
 * cookie is forgotten then.
 * @kernel inet_connection_sock.icsk_accept_queue include/net/inet_connection_sock.h v6.18
 */
export function listenerOf(sk: Sock): Listener {
  sk.listener ??= {
    backlog: 0,
    queue: [],
    head: 0,
    qlen: 0,
    young: 0,
    maxQlenLog: 0,
    deferAccept: 0,
    synfloodWarned: false,
    lastCookieAt: -1,
    fastOpenMax: 0,
  };
  return sk.listener;
}

/** min((unsigned) backlog, somaxconn): a negative backlog means somaxconn, 0 stays 0. @kernel __sys_listen net/socket.c v6.18 */
export const cappedBacklog = (net: Netns, backlog: number): number =>
  Math.min((backlog | 0) >>> 0, net.sysctl['net.core.somaxconn']);

/** log2 of the request table of kernels to 4.3, whose size is the limit. @kernel reqsk_queue_alloc net/core/request_sock.c v4.3 */
export function requestTableLog(backlog: number, maxSynBacklog: number): number {
  const entries = Math.max(Math.min(backlog, maxSynBacklog), REQUEST_TABLE_MIN);
  return 32 - Math.clz32(entries);
}

/**
 * Moves a closed socket to LISTEN, with a port of the kernel's choice when it has none. EADDRINUSE when another listener
 * is in the way now; the socket is closed again then. @kernel inet_csk_listen_start net/ipv4/inet_connection_sock.c v6.18
 */
export function startListening(net: Netns, sk: Sock): Result<0> {
  const listener = listenerOf(sk);
  listener.queue = [];
  listener.head = 0;
  listener.maxQlenLog = requestTableLog(listener.backlog, net.sysctl['net.ipv4.tcp_max_syn_backlog']);
  setState(net, sk, 'LISTEN', 'listen');
  const port = getPort(net, sk, sk.bound ? sk.lport : 0);
  if (!port.ok) {
    setState(net, sk, 'UNCONN', 'close');
    return port;
  }
  insertListener(net.listeners, net.socks, sk);
  return OK;
}

/** Out of the tables; a port that bind() asked for by number stays the socket's. @kernel tcp_set_state net/ipv4/tcp.c v6.18 */
function leaveListen(net: Netns, sk: Sock): void {
  setState(net, sk, 'UNCONN', 'close');
  const group = groupOfListener(net.listeners, sk.id);
  removeListener(net.listeners, sk);
  if (group !== 0 && net.sysctl['net.ipv4.tcp_migrate_req'] !== 0) keepClosed(net.listeners, sk.id, group);
  if (!sk.portLocked) bindRelease(net.binds, sk);
  listenStop(net, sk);
}

/**
 * A listener becomes an unconnected socket again: queued connections are reset, requests forgotten.
 * @kernel tcp_disconnect net/ipv4/tcp.c v6.18
 */
export function stopListening(net: Netns, sk: Sock): void {
  leaveListen(net, sk);
  disconnect(net, sk);
  listenerOf(sk).lastCookieAt = -1;
  sk.socketState = 'UNCONNECTED';
}

/** The last descriptor of a listener is gone. @kernel __tcp_close net/ipv4/tcp.c v6.18 */
export function closeListener(net: Netns, sk: Sock): void {
  leaveListen(net, sk);
  destroySock(net, sk);
}
