// What `ss -tan` shows, as data: listeners in the order they were made, then half-open requests, connections, TIME-WAIT.
// Closed sockets are not listed, as in ss. Text and columns are the caller's.

import { type Addr, formatAddr, isAny, isV4 } from '../addr.ts';
import type { Sock, TcpState } from '../sock.ts';
import { acceptQueueLength } from '../tcp/accept-queue.ts';
import type { Netns } from '../tcp/netns.ts';
import { listRequests } from '../tcp/request-sock.ts';
import { listTimeWaits } from '../tcp/time-wait.ts';
import { timerLeft } from '../tcp/timers.ts';

interface SocketTimer {
  readonly kind: 'on' | 'keepalive' | 'timewait' | 'persist';
  /** ns until the time for which it asked; the wheel may let it fire later. Of a request: until it fires. */
  readonly leftNs: number;
  readonly retransmits: number;
}

export interface SocketInfo {
  readonly netid: 'tcp';
  readonly state: TcpState;
  /** LISTEN: connections waiting for accept(). Else bytes received and not read, an unread FIN counting one. */
  readonly recvQ: number;
  /** LISTEN: the backlog. Else bytes written and not acknowledged, SYN and FIN counting one. */
  readonly sendQ: number;
  /** `address:port` as ss prints it. */
  readonly local: string;
  readonly peer: string;
  readonly timer?: SocketTimer;
  /** Socket id; absent for requests and TIME-WAIT, which are no full sockets. */
  readonly id?: number;
}

/** One end as ss prints it: `*` is the wildcard of both families, an IPv6 socket shows IPv4 as `[::ffff:a.b.c.d]`. */
function endText(address: Addr, port: number, v6: boolean, v6Only: boolean): string {
  const shown = port === 0 ? '*' : `${port}`;
  if (!v6) return `${formatAddr(address)}:${shown}`;
  if (isV4(address)) return `[::ffff:${formatAddr(address)}]:${shown}`;
  return isAny(address) && !v6Only ? `*:${shown}` : `[${formatAddr(address)}]:${shown}`;
}

const ends = (v6: boolean, v6Only: boolean, local: Addr, lport: number, remote: Addr, rport: number) => ({
  local: endText(local, lport, v6, v6Only),
  peer: endText(remote, rport, v6, v6Only),
});

/** @kernel inet_sk_diag_fill net/ipv4/inet_diag.c v6.18 */
function sockTimer(net: Netns, sk: Sock): SocketTimer | null {
  if (sk.retransmitKind !== 'none' && sk.retransmitTimer !== 0) {
    const leftNs = timerLeft(net, sk, 'retransmit');
    if (sk.retransmitKind === 'probe') return { kind: 'persist', leftNs, retransmits: sk.probesOut };
    return { kind: 'on', leftNs, retransmits: sk.retransmits };
  }
  if (sk.keepaliveTimer === 0) return null;
  return { kind: 'keepalive', leftNs: timerLeft(net, sk, 'keepalive'), retransmits: sk.probesOut };
}

/** @kernel tcp_diag_get_info net/ipv4/tcp_diag.c v6.18 */
function queues(sk: Sock): { recvQ: number; sendQ: number } {
  if (sk.state === 'LISTEN') return { recvQ: acceptQueueLength(sk), sendQ: sk.listener?.backlog ?? 0 };
  return { recvQ: Math.max((sk.rcvNxt - sk.copiedSeq) | 0, 0), sendQ: (sk.writeSeq - sk.sndUna) >>> 0 };
}

function sockInfo(net: Netns, sk: Sock): SocketInfo {
  const timer = sockTimer(net, sk);
  return {
    netid: 'tcp',
    state: sk.state,
    ...queues(sk),
    ...ends(sk.family === 6, sk.options.v6Only, sk.local, sk.lport, sk.remote, sk.rport),
    ...(timer === null ? {} : { timer }),
    id: sk.id,
  };
}

function requestRows(net: Netns): SocketInfo[] {
  return listRequests(net).map((request) => ({
    netid: 'tcp',
    state: 'SYN-RECV',
    recvQ: 0,
    sendQ: 0,
    ...ends(
      net.socks.get(request.listener)?.family === 6,
      true,
      request.local,
      request.lport,
      request.remote,
      request.rport,
    ),
    timer: {
      kind: 'on',
      leftNs: Math.max(request.timeoutAtNs - net.now, 0),
      retransmits: request.retransmits,
    },
  }));
}

function timeWaitRows(net: Netns): SocketInfo[] {
  return listTimeWaits(net).map((tw) => ({
    netid: 'tcp',
    state: tw.state,
    recvQ: 0,
    sendQ: 0,
    // The record does not say whether an IPv6 socket made it, so a v4-mapped end shows as IPv4.
    ...ends(!isV4(tw.local), true, tw.local, tw.lport, tw.remote, tw.rport),
    timer: { kind: 'timewait', leftNs: tw.leftNs, retransmits: 0 },
  }));
}

/** Rows of `ss -tan`. @kernel tcp_diag_dump net/ipv4/tcp_diag.c v6.18 simplified (order) */
export function listSockets(net: Netns): SocketInfo[] {
  const open = [...net.socks.values()].filter((sk) => sk.state !== 'UNCONN');
  const listening = open.filter((sk) => sk.state === 'LISTEN');
  const others = open.filter((sk) => sk.state !== 'LISTEN');
  return [
    ...listening.map((sk) => sockInfo(net, sk)),
    ...requestRows(net),
    ...others.map((sk) => sockInfo(net, sk)),
    ...timeWaitRows(net),
  ];
}
