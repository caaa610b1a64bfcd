// The full socket as a plain record: what Linux keeps in socket + sock + inet_sock + inet_connection_sock + tcp_sock.
// Half-open and TIME-WAIT connections are not here: they are slab records (tcp/request-sock.ts, tcp/time-wait-sock.ts).
// Every field is data (numbers, strings, arrays, records), so a socket survives a snapshot. Links to other sockets and
// to timers are ids.

import type { Addr } from './addr.ts';
import type { DataPath } from './data-path.ts';
import type { Errno } from './errno.ts';

/** TCP states as `ss` prints them; UNCONN is the kernel's TCP_CLOSE. */
export type TcpState =
  | 'UNCONN'
  | 'LISTEN'
  | 'SYN-SENT'
  | 'SYN-RECV'
  | 'ESTAB'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT';

/** State of the socket layer, kept apart from the TCP state. @kernel socket_state include/uapi/linux/net.h v6.18 */
type SocketState = 'UNCONNECTED' | 'CONNECTING' | 'CONNECTED' | 'DISCONNECTING';

/** A range of sequence space that was written or sent: data, SYN or FIN. @kernel tcp_skb_cb include/net/tcp.h v6.18 */
export interface SendBuffer {
  seq: number;
  /** seq + data + SYN + FIN. */
  endSeq: number;
  /** SYN, FIN, PSH bits (wire/segment.ts); above them, tcp/transmit.ts keeps RECORD_START. */
  flags: number;
  data: Uint8Array;
  /** Selectively acknowledged. */
  sacked: boolean;
  /** Counted in lostOut. */
  lost: boolean;
  /** Sent again since it was last marked lost; counted in retransOut. */
  retransmitted: boolean;
  everRetransmitted: boolean;
  /** Time of the last transmission, ns; 0 while never sent. */
  sentAt: number;
  /** `entry` of the data path then: which of two transmissions at one instant came first. */
  entry: number;
  /** `delivered` of the data path at that time, segments. */
  delivered: number;
  /** RACK may find it lost: from each transmission until it does, or until it is selectively acknowledged. */
  watched: boolean;
}

/** Bytes received and not yet read, or out of order. */
export interface ReceiveBuffer {
  seq: number;
  endSeq: number;
  data: Uint8Array;
  fin: boolean;
  push: boolean;
  /** Memory charged for it, and what its allocation has left for data to come, bytes. */
  size: number;
  room: number;
}

/** An ICMP error in the error queue. @kernel sock_exterr_skb include/linux/errqueue.h v6.18 */
interface QueuedError {
  readonly errno: Errno;
  readonly type: number;
  readonly code: number;
  /** MTU or pointer of the message. */
  readonly info: number;
  /** Who sent the message. */
  readonly offender: Addr;
  /** Whom the quoted segment was for. */
  readonly remote: Addr;
  readonly port: number;
  /** Memory charged for it, bytes. */
  readonly size: number;
}

/** What only a listener has. @kernel request_sock_queue include/net/request_sock.h v6.18 */
export interface Listener {
  /** min(backlog, somaxconn) as stored by the last listen(). */
  backlog: number;
  /** Sockets completed and not yet accepted, oldest first, from `head` on. */
  queue: number[];
  head: number;
  /** Half-open requests, and those whose SYN-ACK timer never fired. */
  qlen: number;
  young: number;
  /** log2 of the request table (kernels to 4.3), fixed at the first listen(). */
  maxQlenLog: number;
  /** TCP_DEFER_ACCEPT as a number of SYN-ACK timeouts. */
  deferAccept: number;
  synfloodWarned: boolean;
  /** Time of the last cookie sent, ns, or -1. */
  lastCookieAt: number;
  /** TCP_FASTOPEN queue length. */
  fastOpenMax: number;
}

/** Options that setsockopt() writes and that a child inherits. Units as in the socket API. */
export interface SockOptions {
  reuseAddr: boolean;
  reusePort: boolean;
  v6Only: boolean;
  keepAlive: boolean;
  /** Seconds, or -1 when off. */
  linger: number;
  oobInline: boolean;
  /** sk_rcvbuf and sk_sndbuf, bytes (twice what SO_RCVBUF was given), and whether the user locked them. */
  rcvBuf: number;
  sndBuf: number;
  rcvBufLocked: boolean;
  sndBufLocked: boolean;
  rcvLowat: number;
  /** ns, 0 = wait for ever. */
  rcvTimeo: number;
  sndTimeo: number;
  tos: number;
  /** 0 = system default. */
  ttl: number;
  freebind: boolean;
  transparent: boolean;
  bindAddressNoPort: boolean;
  /** IP_LOCAL_PORT_RANGE ends, 0 = unset. */
  portRangeLow: number;
  portRangeHigh: number;
  recvErr: boolean;
  noDelay: boolean;
  cork: boolean;
  /** Seconds; 0 = sysctl. */
  keepIdle: number;
  keepIntvl: number;
  keepCnt: number;
  /** SYN retransmissions, 0 = sysctl. */
  synCnt: number;
  /** Seconds; 0 = tcp_fin_timeout, -1 = none. */
  linger2: number;
  windowClamp: number;
  /** TCP_MAXSEG given by the user, 0 = none. */
  userMss: number;
  /** ms, 0 = off. */
  userTimeout: number;
  /** icsk_rto_max, ms, and icsk_rto_min, us: what the sysctls said when the socket was made, or TCP_RTO_MAX_MS. */
  rtoMaxMs: number;
  rtoMinUs: number;
  /** Owner, for the uid rule of SO_REUSEPORT. */
  uid: number;
}

/** Ports that connect() looked at, by what it found there. */
export interface PortCounts {
  readonly free: number;
  readonly shared: number;
  readonly established: number;
  readonly timeWait: number;
  readonly bound: number;
  readonly reserved: number;
}

export interface Sock {
  readonly id: number;
  readonly family: 4 | 6;
  /** File references (fds and queued children hold none but their own). */
  refs: number;
  state: TcpState;
  socketState: SocketState;
  /** No user holds it any more: it closes by itself. */
  orphan: boolean;
  /** Listener whose accept queue this child waits in, else 0. */
  parent: number;

  // Name. An unbound port is 0.
  local: Addr;
  lport: number;
  remote: Addr;
  rport: number;
  /** bind() fixed the address / the port, so a disconnect keeps it. */
  addrLocked: boolean;
  portLocked: boolean;
  /** In the bind table under `lport`. */
  bound: boolean;
  /** In the established table. */
  hashed: boolean;

  /** What connect() met when it last looked for a local port; null when the port was bound, and before the first. */
  portProbes: PortCounts | null;
  /** sk_err and sk_err_soft. */
  error: Errno | null;
  /** ICMP errors that wait for recvmsg(MSG_ERRQUEUE), oldest first. They outlive the attempt. */
  errorQueue: QueuedError[];
  softError: Errno | null;
  /** RCV_SHUTDOWN and SEND_SHUTDOWN. */
  rcvShutdown: boolean;
  sndShutdown: boolean;
  done: boolean;
  drops: number;
  options: SockOptions;
  listener: Listener | null;

  // Sequence variables, RFC 9293 section 3.3.1; int32.
  iss: number;
  irs: number;
  sndUna: number;
  sndNxt: number;
  /** End of what the user wrote. */
  writeSeq: number;
  /** Right edge of data made available for first transmission on a PSH. */
  pushedSeq: number;
  sndWnd: number;
  sndWl1: number;
  maxWindow: number;
  /** First byte of the last zero or small segment sent (Minshall's variant of Nagle). */
  sndSml: number;
  rcvNxt: number;
  rcvWup: number;
  rcvWnd: number;
  copiedSeq: number;
  rcvSsthresh: number;
  windowClamp: number;
  sndWscale: number;
  rcvWscale: number;
  wscaleOk: boolean;
  sackOk: boolean;
  tsOk: boolean;
  ecnOk: boolean;
  /** Last TSval of the peer, and when it came (ms; -1 = never). */
  tsRecent: number;
  tsRecentStampMs: number;
  tsOffset: number;

  // Sizes, bytes.
  pmtu: number;
  /** MTU of the device or route, which the path's may be below. */
  linkMtu: number;
  mss: number;
  advmss: number;
  /** MSS that the peer announced. */
  mssClamp: number;
  /** Estimate of the peer's segment size. */
  rcvMss: number;

  // Retransmission and congestion control; see tcp/retransmit.ts, tcp/ack.ts.
  sendQueue: SendBuffer[];
  retransmitQueue: SendBuffer[];
  /** Bytes queued in both. */
  queuedBytes: number;
  packetsOut: number;
  sackedOut: number;
  lostOut: number;
  retransOut: number;
  caState: 'Open' | 'Disorder' | 'Recovery' | 'Loss';
  cwnd: number;
  ssthresh: number;
  cwndCnt: number;
  highSeq: number;
  undoMarker: number;
  undoRetrans: number;
  priorCwnd: number;
  dupAcks: number;
  reordering: number;
  /** us; srtt is 0 until the first sample. mdev, mdevMax and rttvar hold four times the deviation, as in Linux. */
  srttUs: number;
  mdevUs: number;
  mdevMaxUs: number;
  rttvarUs: number;
  rttSeq: number;
  rttMinUs: number;
  /** ns. */
  rto: number;
  backoff: number;
  retransmits: number;
  totalRetrans: number;
  /** Time of the first retransmission of the oldest unacknowledged data, ns, 0 = none. */
  retransStamp: number;
  tlpHighSeq: number;
  tlpRetrans: boolean;
  synRetransmits: number;
  /** TSval of our first SYN or SYN-ACK, when it was sent again: an answer that echoes it shows the resend was needless. */
  handshakeFirstTsVal: number | null;
  lastDataSentAt: number;
  lastAckReceivedAt: number;

  // Receiving.
  receiveQueue: ReceiveBuffer[];
  outOfOrder: ReceiveBuffer[];
  /** Bytes ready to read. */
  receiveQueued: number;
  dsackStart: number;
  dsackEnd: number;
  dsackPending: boolean;
  /** Left and right edge in turn of the out-of-order blocks to report, most recent first; at most four blocks. */
  sackRecent: number[];
  lastDataReceivedAt: number;

  // Delayed ACK. @kernel inet_connection_sock.icsk_ack include/net/inet_connection_sock.h v6.18
  ackScheduled: boolean;
  ackNow: boolean;
  /** The segment to be acknowledged found no room. @kernel ICSK_ACK_NOMEM include/net/inet_connection_sock.h v6.18 */
  ackNoMemory: boolean;
  ackPushed: number;
  quickAcks: number;
  pingpong: number;
  /** ns. */
  ato: number;
  lastOowAckAt: number;

  // Timers: handle in the timer slab (0 = never armed), and what the retransmission timer is pending for.
  retransmitTimer: number;
  retransmitKind: 'none' | 'retransmit' | 'probe' | 'loss-probe' | 'reorder';
  delackTimer: number;
  keepaliveTimer: number;
  keepaliveProbes: number;
  probesOut: number;
  /** ns, 0 = none. */
  probesSince: number;
  urgentSeq: number;
  urgentByte: number;

  /** Fields that only the data path reads. */
  path: DataPath;
}
