// The beginning and the end of a full socket.
// @kernel sk_alloc, tcp_init_sock, tcp_done, inet_csk_destroy_sock net v6.18

import { ANY4, ANY6 } from '../addr.ts';
import { newDataPath } from '../data-path.ts';
import { bindRelease } from '../inet/bind-table.ts';
import { removeHandle, sockHandle } from '../inet/established.ts';
import { InvariantError } from '../invariant.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { NS_PER_MS } from './clock.ts';
import { WAKE_STATE, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { stopAllTimers } from './timers.ts';

/** @kernel TCP_INFINITE_SSTHRESH include/net/tcp.h v6.18 */
export const SSTHRESH_INFINITE = 0x7fffffff;

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
    rtoMaxMs: 0,
    deferThirdAck: false,
    uid,
  };
}

const names = (): Pick<
  Sock,
  | 'state'
  | 'socketState'
  | 'orphan'
  | 'parent'
  | 'refs'
  | 'lport'
  | 'rport'
  | 'addrLocked'
  | 'portLocked'
  | 'bound'
  | 'hashed'
> => ({
  state: 'UNCONN',
  socketState: 'UNCONNECTED',
  orphan: false,
  parent: 0,
  refs: 0,
  lport: 0,
  rport: 0,
  addrLocked: false,
  portLocked: false,
  bound: false,
  hashed: false,
});

const sequences = () => ({
  iss: 0,
  irs: 0,
  sndUna: 0,
  sndNxt: 0,
  writeSeq: 0,
  pushedSeq: 0,
  sndWnd: 0,
  sndWl1: 0,
  maxWindow: 0,
  sndSml: 0,
  rcvNxt: 0,
  rcvWup: 0,
  rcvWnd: 0,
  copiedSeq: 0,
  rcvSsthresh: 0,
  windowClamp: 0,
  sndWscale: 0,
  rcvWscale: 0,
  wscaleOk: false,
  sackOk: false,
  tsOk: false,
  ecnOk: false,
  tsRecent: 0,
  tsRecentStampMs: -1,
  tsOffset: 0,
});

const sending = (net: Netns) => ({
  pmtu: 0,
  mss: 536,
  advmss: 536,
  mssClamp: 536,
  rcvMss: 536,
  sendQueue: [],
  retransmitQueue: [],
  queuedBytes: 0,
  packetsOut: 0,
  sackedOut: 0,
  lostOut: 0,
  retransOut: 0,
  caState: 'Open' as const,
  cwnd: net.profile.behaviour.initialCwnd,
  ssthresh: SSTHRESH_INFINITE,
  cwndCnt: 0,
  highSeq: 0,
  undoMarker: 0,
  undoRetrans: -1,
  priorCwnd: 0,
  dupAcks: 0,
  reordering: net.sysctl['net.ipv4.tcp_reordering'],
  srttUs: 0,
  mdevUs: net.profile.behaviour.timeoutInitMs * 1000,
  mdevMaxUs: 0,
  rttvarUs: 0,
  rttSeq: 0,
  rttMinUs: 0,
  rto: net.profile.behaviour.timeoutInitMs * NS_PER_MS,
  backoff: 0,
  retransmits: 0,
  totalRetrans: 0,
  retransStamp: 0,
  tlpHighSeq: 0,
  tlpRetrans: false,
  synRetransmits: 0,
  handshakeFirstTsVal: null,
  lastDataSentAt: 0,
  lastAckReceivedAt: 0,
});

const receiving = () => ({
  receiveQueue: [],
  outOfOrder: [],
  receiveQueued: 0,
  outOfOrderBytes: 0,
  dsackStart: 0,
  dsackEnd: 0,
  dsackPending: false,
  sackRecent: [],
  lastDataReceivedAt: 0,
  ackScheduled: false,
  ackNow: false,
  ackPushed: 0,
  quickAcks: 0,
  pingpong: 0,
  ato: 0,
  lastOowAckAt: -1,
  retransmitTimer: 0,
  retransmitKind: 'none' as const,
  delackTimer: 0,
  keepaliveTimer: 0,
  keepaliveProbes: 0,
  probesOut: 0,
  probesSince: 0,
  urgentSeq: 0,
  urgentByte: -1,
});

/** A fresh socket in UNCONN, entered in `net.socks`. */
export function newSock(net: Netns, family: 4 | 6, uid: number): Sock {
  const any = family === 4 ? ANY4 : ANY6;
  const sk: Sock = {
    id: net.nextSock++,
    family,
    ...names(),
    local: any,
    remote: any,
    portProbes: null,
    error: null,
    softError: null,
    rcvShutdown: false,
    sndShutdown: false,
    done: false,
    drops: 0,
    options: defaultOptions(net, uid),
    listener: null,
    ...sequences(),
    ...sending(net),
    ...receiving(),
    path: newDataPath(),
  };
  net.socks.set(sk.id, sk);
  return sk;
}

/** Takes the socket out of the established table. @kernel inet_unhash net/ipv4/inet_hashtables.c v6.18 */
export function unhash(net: Netns, sk: Sock): void {
  if (!sk.hashed) return;
  removeHandle(net, sockHandle(sk));
  sk.hashed = false;
}

/**
 * The connection is over: `sk.state` is UNCONN already. Leaves the tables, stops timers, and either wakes whoever holds
 * the socket or, when nobody does, ends it. @kernel tcp_done net/ipv4/tcp.c v6.18
 */
export function tcpDone(net: Netns, sk: Sock): void {
  if (sk.state !== 'UNCONN') throw new InvariantError(`socket ${sk.id} is done in ${sk.state}`);
  unhash(net, sk);
  if (!sk.portLocked) bindRelease(net.binds, sk);
  stopAllTimers(net, sk);
  sk.retransmitKind = 'none';
  sk.rcvShutdown = true;
  sk.sndShutdown = true;
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
