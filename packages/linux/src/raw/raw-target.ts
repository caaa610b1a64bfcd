// The sheets' RAW harness as one interface with two implementations, so that one test body runs on the engine and on the
// real kernel: a host 192.0.2.1/16 with sockets of its own, and a peer that is played by segments written as text.
//
// Numbers in text: the peer's sequence numbers are absolute (it begins at 1000), ours are relative to our ISN towards
// that peer port, and our timestamps are relative too: the TSval of our first SYN or SYN-ACK reads 1000. So
// `. 1001:1001(0) ack 1 win 65535 <nop,nop,TS val 101 ecr 1000>` is a right third ACK; `ecr 0` stays a plain 0.
// Behind a segment stands what is unusual in its IP header: `[ttl 63]`, `[tos 0x10]`, `[no DF]`. Behind one from the peer
// may stand `[tos 0x10, from 203.0.113.9, to 192.0.255.255, bad checksum]`, each part at will.
//
// Every method is synchronous: on the real kernel the thread is in another network namespace while a socket is made, and
// must not give way to other work there. Only making a target is asynchronous.

import type {
  AddressFamily,
  Errno,
  ShutdownHow,
  SockOptionName,
  SockOptionValue,
  SysctlName,
  Sysctls,
} from '@halfopen/engine';

/** Where listeners listen unless told otherwise. */
export const LISTEN_PORT = 80;

/** A packet that the host under test sent. */
export interface Sent {
  /** ns since `fresh()`. On the real kernel: when it was read, at most a few ms after it was sent. */
  readonly atNs: number;
  /** The peer's port, 0 for ICMP. */
  readonly port: number;
  readonly text: string;
  /** Identification of the IP header; 0 for what is not TCP. */
  readonly ipId: number;
}

/** An ICMP error from the peer's address about a segment that we sent. */
export interface IcmpProbe {
  readonly type: number;
  readonly code: number;
  /** Sequence number of the quoted segment relative to our ISN; default 0, our SYN or SYN-ACK. */
  readonly seq?: number;
  /** Next-hop MTU of 3/4. */
  readonly mtu?: number;
  /** Who sends it, when it is not the peer. */
  readonly from?: string;
}

/** `unicast` is through tun0; the others carry nothing. */
export type RouteType = 'unicast' | 'unreachable' | 'prohibit' | 'blackhole' | 'throw';

/** How one socket is shown: `1 ESTAB 0 5` is peer port, state, Recv-Q and Send-Q in bytes. */
export type SocketRow = string;

export interface RawTarget {
  readonly name: 'engine' | 'linux';
  /** ns since `fresh()`. */
  now(): number;

  /** Forgets everything: sockets, leftovers of connections, sysctls set before, counters; another peer address. */
  fresh(): void;
  /** Ends the target. Nothing of it is left on the machine. Safe to call twice. */
  end(): void;

  /** `sysctl -w`. 0, or why it was refused. */
  sysctl<N extends SysctlName>(name: N, value: Sysctls[N]): 0 | string;

  /** What the file of a sysctl says, its numbers apart by one space. */
  readSysctl(name: SysctlName): string;

  /** seteuid(2): whose sockets are made from here on, and who binds. 0 is root, also after `fresh()`. */
  as(uid: number): void;
  /** Whether RLIMIT_NOFILE is reached, so that accept() finds no free descriptor. Off after `fresh()`. */
  filesFull(on: boolean): void;

  /** A non-blocking TCP socket. The numbers begin at 3, lowest free first, on both targets. Throws when it fails. */
  socket(family?: AddressFamily): number;
  /** To 192.0.2.1 unless a host is given; the address structure is of the host's family. */
  bind(fd: number, port: number, host?: string): 0 | Errno;
  listen(fd: number, backlog: number): 0 | Errno;
  /** socket, bind and listen at once. Throws when one fails. */
  listener(backlog: number, port?: number): number;
  setsockopt<N extends SockOptionName>(fd: number, name: N, value: SockOptionValue<N>): 0 | Errno;
  getsockopt<N extends SockOptionName>(fd: number, name: N): SockOptionValue<N> | Errno;
  /** The descriptor, non-blocking as well unless accept4() is not asked for that. */
  accept(fd: number, nonblock?: boolean): number | Errno;
  /** To a port of the peer, or of a host that is given. */
  connect(fd: number, port: number, host?: string): 0 | Errno;
  /** connect() to AF_UNSPEC. */
  disconnect(fd: number): 0 | Errno;
  /** Sends that many bytes: how many were taken. */
  send(fd: number, length: number): number | Errno;
  /** How many bytes came, 0 at end of file. */
  recv(fd: number, length: number): number | Errno;
  /** recvmsg() with MSG_ERRQUEUE: `ECONNREFUSED icmp 3/3 info 0 to 9`, the port that the quoted segment was for. */
  recvError(fd: number): string;
  shutdown(fd: number, how: ShutdownHow): 0 | Errno;
  close(fd: number): 0 | Errno;
  /** The peer's port. */
  getpeername(fd: number): number | Errno;
  /** `192.0.2.1:80`, `[::]:80`. */
  getsockname(fd: number): string | Errno;
  /** Whether O_NONBLOCK is set. */
  nonblocking(fd: number): boolean;
  /** Poll bits as text, `IN,OUT,WRNORM`, `-` for none; `NVAL` for what is not open. */
  poll(fd: number): string;
  /** What select() finds ready: `r`, `w`, `x` in this order, `-` for nothing. */
  select(fd: number): string;

  /** `ip route add TYPE 198.51.100.0/24 dev tun0`; gone after `fresh()`. */
  route(type: RouteType, prefix: string): void;
  /** `ip link set tun0 up` or `down`; up after `fresh()`. */
  link(up: boolean): void;

  /** A segment from the peer's port to ours, and the text of what was sent since the last look. Throws on bad text. */
  segment(port: number, text: string, to?: number): string[];
  /** The same for an ICMP error. */
  icmp(port: number, probe: IcmpProbe, to?: number): string[];
  /** What was sent since the last look, by whatever caused it. */
  output(): Sent[];
  /** Lets time pass: virtual on the engine, real on Linux. */
  wait(ms: number): void;

  /** Port from which our last SYN or SYN-ACK to a peer port came; undefined before the first. */
  localPort(port: number): number | undefined;
  /** Our last ISN towards a peer port as it was on the wire; undefined before our first SYN or SYN-ACK. */
  isn(port: number): number | undefined;
  /** Likewise the TSval of that segment. */
  firstTsval(port: number): number | undefined;

  /** Tcp* and TcpExt* counters that moved since the last look, TcpExt without its prefix; also Ip and Icmp ones of the engine. */
  moved(): { [counter: string]: number };
  /** Everything but listeners, sorted. */
  sockets(): SocketRow[];
  /** `Recv-Q,Send-Q` of the LISTEN row of a port, `none` without one. */
  queue(port?: number): string;
  /** Drops of that listener, `d<N>` of `ss -m`; -1 without one. */
  drops(port?: number): number;
}

/** States of all sockets but the listeners, sorted. */
export const states = (target: RawTarget): string[] =>
  target
    .sockets()
    .map((row) => row.split(' ')[1] as string)
    .sort();

/** A bare SYN with an MSS of 1460 (`Sk` of the sheets), or with all options (`Sk+`). */
export const syn = (target: RawTarget, port: number, all = false): string[] =>
  target.segment(
    port,
    all
      ? 'S 1000:1000(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>'
      : 'S 1000:1000(0) win 65535 <mss 1460>',
  );

/** A right third ACK without options (`Ak`). */
export const ack = (target: RawTarget, port: number): string[] =>
  target.segment(port, '. 1001:1001(0) ack 1 win 65535');

/** A right third ACK with five bytes (`Dk`). */
export const data = (target: RawTarget, port: number): string[] =>
  target.segment(port, 'P. 1001:1006(5) ack 1 win 65535');
