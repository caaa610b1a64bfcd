// Everything one network namespace knows, as one tree of plain data. Functions take it as their first argument; a
// snapshot is a copy of this tree.

import type { BindTable } from '../inet/bind-table.ts';
import type { EphemeralPorts } from '../inet/ephemeral-ports.ts';
import type { Established } from '../inet/established.ts';
import type { ListenTable } from '../inet/listen-table.ts';
import type { PathMtu } from '../inet/path-mtu.ts';
import type { Interface, Route } from '../inet/route.ts';
import type { Mib } from '../mib.ts';
import type { Profile } from '../profile.ts';
import type { RandomState } from '../random.ts';
import type { Slab } from '../slab.ts';
import type { Sock } from '../sock.ts';
import type { Sysctls } from '../sysctl.ts';
import type { TimerWheel } from '../timer-wheel.ts';
import type { LogLine, TraceEvent } from '../trace/event.ts';
import type { Packet } from '../wire/packet.ts';

/** Secrets drawn from the seed at creation; pairs of int32 words. */
export interface Secrets {
  readonly isn: Int32Array;
  readonly timestamp: Int32Array;
  readonly cookie0: Int32Array;
  readonly cookie1: Int32Array;
  readonly ports: Int32Array;
}

/** The open files of one process. */
export interface Task {
  readonly id: number;
  /** By descriptor, null = free. Not a Map: one whose few keys come and go keeps every removed entry in their chains. */
  readonly files: (OpenFile | null)[];
  /** Files that a call under way keeps open, null = free: what descriptor -2, -3 … stands for. */
  readonly held: (OpenFile | null)[];
  /** RLIMIT_NOFILE. */
  nofile: number;
  uid: number;
  /** CAP_NET_BIND_SERVICE. */
  mayBindLow: boolean;
  /** Descriptors below this are taken by stdin, stdout, stderr. */
  readonly firstFd: number;
  /** No descriptor below this is free. */
  nextFd: number;
}

export interface OpenFile {
  /** Id of the socket, 0 for one that is not TCP's; negative: a file that the owner of the kernel keeps under this number. */
  sock: number;
  nonblock: boolean;
}

export interface Netns {
  profile: Profile;
  sysctl: Sysctls;
  /** net.ipv4.ip_local_reserved_ports as sorted pairs of first and last port. */
  reservedPorts: number[];
  mib: Mib;
  /** Virtual time, ns since the namespace was made. CLOCK_MONOTONIC of the host is `bootedAt` + now. */
  now: number;
  /** CLOCK_MONOTONIC at time 0, ns: offset of the timestamp clock and of the cookie minute. */
  bootedAt: number;
  /** Wall clock at time 0, ns modulo 2^53: the ISN clock. */
  wallAt: number;
  random: RandomState;
  secrets: Secrets;
  /** By kind of handle.ts; 0 and 1 are empty. */
  slabs: Slab[];
  wheel: TimerWheel;
  established: Established;
  binds: BindTable;
  listeners: ListenTable;
  ports: EphemeralPorts;
  socks: Map<number, Sock>;
  nextSock: number;
  tasks: Map<number, Task>;
  nextTask: number;
  interfaces: Interface[];
  routes: Route[];
  pathMtus: Map<string, PathMtu>;
  /** Peers with an RTT in tcp_metrics (address text), which the unproven-peer rule lets pass. */
  provenPeers: Set<string>;
  timeWaits: number;
  orphans: number;
  /** Rarely needed parts of mini sockets, by handle: time of the last limited ACK, ms. */
  miniOowAck: Map<number, number>;
  /** Challenge ACKs of the current second. */
  challengeSecond: number;
  challengeCount: number;
  /** Packets to other hosts, and packets to ourselves not yet processed. */
  out: Packet[];
  loopback: Packet[];
  /** Sockets to wake: id and poll mask in turn. */
  wakes: number[];
  trace: TraceEvent[] | null;
  /** Kernel log not yet taken. */
  log: LogLine[];
}
