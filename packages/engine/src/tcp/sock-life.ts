// The beginning and the end of a full socket.
// @kernel sk_alloc, tcp_init_sock, tcp_done, inet_csk_destroy_sock net v6.18

import { ANY4, ANY6 } from '../addr.ts';
import { newDataPath } from '../data-path.ts';
import { bindRelease } from '../inet/bind-table.ts';
import { removeHandle, sockHandle } from '../inet/established.ts';
import { InvariantError } from '../invariant.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { BLANK_SOCK } from './blank-sock.ts';
import { NS_PER_MS } from './clock.ts';
import { WAKE_STATE, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { jiffiesUp } from './rtt.ts';
import { stopAllTimers } from './timers.ts';

function defaultOptions(net: Netns, uid: number): SockOptions {
  return {
    reuseAddr: false,
    reusePort: false,
    v6Only: net.sysctl['net.ipv6.bindv6only'] !== 0,
    keepAlive: false,
    linger: -1,
    oobInline: false,
    rcvBuf: net.sysctl['net.ipv4.tcp_rmem'][1],
    sndBuf: net.sysctl['net.ipv4.tcp_wmem'][1],
    rcvBufLocked: false,
    sndBufLocked: false,
    rcvLowat: 1,
    rcvTimeo: 0,
    sndTimeo: 0,
    tos: 0,
    ttl: 0,
    freebind: false,
    transparent: false,
    bindAddressNoPort: false,
    portRangeLow: 0,
    portRangeHigh: 0,
    recvErr: false,
    noDelay: false,
    cork: false,
    keepIdle: 0,
    keepIntvl: 0,
    keepCnt: 0,
    synCnt: 0,
    linger2: 0,
    windowClamp: 0,
    userMss: 0,
    userTimeout: 0,
    rtoMaxMs: net.sysctl['net.ipv4.tcp_rto_max_ms'],
    rtoMinUs: jiffiesUp(net, net.sysctl['net.ipv4.tcp_rto_min_us'] * 1000) / 1000,
    uid,
  };
}

/** Enters a fresh socket in `net.socks`. */
function enterSock(net: Netns, family: 4 | 6, options: SockOptions): Sock {
  const any = family === 4 ? ANY4 : ANY6;
  const { behaviour } = net.profile;
  const sk: Sock = {
    ...BLANK_SOCK,
    id: net.nextSock++,
    family,
    local: any,
    remote: any,
    options,
    sendQueue: [],
    retransmitQueue: [],
    cwnd: behaviour.initialCwnd,
    reordering: net.sysctl['net.ipv4.tcp_reordering'],
    mdevUs: behaviour.timeoutInitMs * 1000,
    rto: behaviour.timeoutInitMs * NS_PER_MS,
    errorQueue: [],
    receiveQueue: [],
    outOfOrder: [],
    sackRecent: [],
    path: newDataPath(),
  };
  net.socks.set(sk.id, sk);
  return sk;
}

/** A fresh socket in UNCONN, entered in `net.socks`. */
export const newSock = (net: Netns, family: 4 | 6, uid: number): Sock =>
  enterSock(net, family, defaultOptions(net, uid));

/** A fresh socket with a listener's options, for its child. Everything the sheets list as inherited lives in them. @kernel inet_csk_clone_lock net/ipv4/inet_connection_sock.c v6.18 */
export function newChildSock(net: Netns, listener: Sock): Sock {
  const child = enterSock(net, listener.family, { ...listener.options });
  child.addrLocked = listener.addrLocked;
  // A shutdown() of a closed socket, which listens later, holds for its children.
  child.rcvShutdown = listener.rcvShutdown;
  child.sndShutdown = listener.sndShutdown;
  return child;
}

/** Takes the socket out of the established table. @kernel inet_unhash net/ipv4/inet_hashtables.c v6.18 */
export function unhash(net: Netns, sk: Sock): void {
  if (!sk.hashed) return;
  removeHandle(net, sockHandle(sk));
  sk.hashed = false;
}

/** The connection is over: `sk.state` is UNCONN already. Leaves the tables and stops the timers. @kernel tcp_set_state net/ipv4/tcp.c v6.18 */
export function leaveTables(net: Netns, sk: Sock): void {
  if (sk.state !== 'UNCONN') throw new InvariantError(`socket ${sk.id} is done in ${sk.state}`);
  unhash(net, sk);
  if (!sk.portLocked) bindRelease(net.binds, sk);
  stopAllTimers(net, sk);
  sk.retransmitKind = 'none';
  sk.rcvShutdown = true;
  sk.sndShutdown = true;
}

/**
 * Ends a connection whose state is UNCONN already, and either wakes whoever holds the socket or, when nobody does, ends
 * that too. @kernel tcp_done net/ipv4/tcp.c v6.18
 */
export function tcpDone(net: Netns, sk: Sock): void {
  leaveTables(net, sk);
  if (sk.orphan) destroySock(net, sk);
  else wake(net, sk, WAKE_STATE);
}

/** Frees a socket that nobody holds. @kernel inet_csk_destroy_sock net/ipv4/inet_connection_sock.c v6.18 */
export function destroySock(net: Netns, sk: Sock): void {
  if (!net.socks.has(sk.id)) return;
  unhash(net, sk);
  bindRelease(net.binds, sk);
  stopAllTimers(net, sk);
  if (sk.orphan) net.orphans--;
  net.socks.delete(sk.id);
}
