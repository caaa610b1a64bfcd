// TCP_INFO as a typed record.

import type { Sock, TcpState } from '../sock.ts';
import { acceptQueueLength } from '../tcp/accept-queue.ts';
import { NS_PER_MS } from '../tcp/clock.ts';
import type { Netns } from '../tcp/netns.ts';

/** The fields of struct tcp_info that the engine keeps, by kernel name without `tcpi_`, units added. */
export interface TcpInfo {
  readonly state: TcpState;
  readonly caState: Sock['caState'];
  readonly retransmits: number;
  readonly probes: number;
  readonly backoff: number;
  readonly timestamps: boolean;
  readonly sack: boolean;
  readonly windowScaling: boolean;
  readonly ecn: boolean;
  readonly sndWscale: number;
  readonly rcvWscale: number;
  readonly rtoUs: number;
  readonly atoUs: number;
  readonly sndMss: number;
  readonly rcvMss: number;
  /** Segments in flight; on a listener, connections waiting for accept(). */
  readonly unacked: number;
  /** Segments selectively acknowledged; on a listener, the backlog. */
  readonly sacked: number;
  readonly lost: number;
  readonly retrans: number;
  readonly totalRetrans: number;
  readonly lastDataSentMs: number;
  readonly lastDataRecvMs: number;
  readonly lastAckRecvMs: number;
  readonly pmtu: number;
  readonly rcvSsthresh: number;
  readonly rttUs: number;
  readonly rttvarUs: number;
  readonly minRttUs: number;
  readonly sndSsthresh: number;
  readonly sndCwnd: number;
  readonly advmss: number;
  readonly reordering: number;
  readonly delivered: number;
  readonly sndWnd: number;
  readonly rcvWnd: number;
  /** Bytes written and not yet sent. */
  readonly notsentBytes: number;
}

/** A listener fills in its state, its queue and what it starts children with; the rest is 0. */
const LISTEN_REST: Omit<TcpInfo, 'state' | 'unacked' | 'sacked' | 'sndCwnd' | 'reordering'> = {
  caState: 'Open',
  retransmits: 0,
  probes: 0,
  backoff: 0,
  timestamps: false,
  sack: false,
  windowScaling: false,
  ecn: false,
  sndWscale: 0,
  rcvWscale: 0,
  rtoUs: 0,
  atoUs: 0,
  sndMss: 0,
  rcvMss: 0,
  lost: 0,
  retrans: 0,
  totalRetrans: 0,
  lastDataSentMs: 0,
  lastDataRecvMs: 0,
  lastAckRecvMs: 0,
  pmtu: 0,
  rcvSsthresh: 0,
  rttUs: 0,
  rttvarUs: 0,
  minRttUs: 0,
  sndSsthresh: 0,
  advmss: 0,
  delivered: 0,
  sndWnd: 0,
  rcvWnd: 0,
  notsentBytes: 0,
};

const agoMs = (net: Netns, at: number): number => Math.floor((net.now - at) / NS_PER_MS);

/** @kernel tcp_get_info net/ipv4/tcp.c v6.18 simplified */
function listenerInfo(sk: Sock): TcpInfo {
  const unacked = acceptQueueLength(sk);
  const sacked = sk.listener?.backlog ?? 0;
  return { ...LISTEN_REST, state: sk.state, unacked, sacked, sndCwnd: sk.cwnd, reordering: sk.reordering };
}

/** What TCP_INFO reads. @kernel tcp_get_info net/ipv4/tcp.c v6.18 simplified */
export function tcpInfo(net: Netns, sk: Sock): TcpInfo {
  if (sk.state === 'LISTEN') return listenerInfo(sk);
  return {
    state: sk.state,
    caState: sk.caState,
    retransmits: sk.retransmits,
    probes: sk.probesOut,
    backoff: sk.backoff,
    timestamps: sk.tsOk,
    sack: sk.sackOk,
    windowScaling: sk.wscaleOk,
    ecn: sk.ecnOk,
    sndWscale: sk.sndWscale,
    rcvWscale: sk.rcvWscale,
    rtoUs: Math.floor(sk.rto / 1000),
    atoUs: Math.floor(sk.ato / 1000),
    sndMss: sk.mss,
    rcvMss: sk.rcvMss,
    unacked: sk.packetsOut,
    sacked: sk.sackedOut,
    lost: sk.lostOut,
    retrans: sk.retransOut,
    totalRetrans: sk.totalRetrans,
    lastDataSentMs: agoMs(net, sk.lastDataSentAt),
    lastDataRecvMs: agoMs(net, Math.max(sk.lastDataReceivedAt, 0)),
    lastAckRecvMs: agoMs(net, sk.lastAckReceivedAt),
    pmtu: sk.pmtu,
    rcvSsthresh: sk.rcvSsthresh,
    rttUs: Math.floor(sk.srttUs),
    // mdev is kept times four, as in Linux.
    rttvarUs: sk.mdevUs >> 2,
    minRttUs: sk.rttMinUs,
    sndSsthresh: sk.ssthresh,
    sndCwnd: sk.cwnd,
    advmss: sk.advmss,
    reordering: sk.reordering,
    delivered: sk.path.delivered,
    sndWnd: sk.sndWnd,
    rcvWnd: sk.rcvWnd,
    notsentBytes: Math.max((sk.writeSeq - sk.sndNxt) | 0, 0),
  };
}
