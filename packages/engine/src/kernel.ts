// One network namespace of one Linux host. Does no I/O and asks for no time or randomness of its own: system calls,
// packets and time come in as arguments, packets, wake-ups and trace events are drained by the owner, and
// `nextTimerAt()` says when it next needs to be called. System calls never block: where Linux would put the caller to
// sleep they return EAGAIN or EINPROGRESS, and `simnet` decides who sleeps.

import type { Result } from './errno.ts';
import { fail } from './errno.ts';
import { reservedPorts } from './inet/port-range.ts';
import { InvariantError } from './invariant.ts';
import { type CounterName, count, MIB, readMib } from './mib.ts';
import type { PortCounts } from './sock.ts';
import { type Accepted, accept } from './socket/accept.ts';
import { bind } from './socket/bind.ts';
import { close } from './socket/close.ts';
import { connect } from './socket/connect.ts';
import {
  createTask,
  dropFile,
  endTask,
  holdFile,
  installFd,
  openFile,
  reserveFd,
  taskOf,
} from './socket/fd-table.ts';
import { getpeername, getsockname } from './socket/getname.ts';
import { listen } from './socket/listen.ts';
import { poll, sockMask } from './socket/poll.ts';
import { inputQueued, recv } from './socket/recv.ts';
import { recvError } from './socket/recv-error.ts';
import { send } from './socket/send.ts';
import { shutdown } from './socket/shutdown.ts';
import { listSockets, type SocketInfo } from './socket/sock-diag.ts';
import { socket } from './socket/socket.ts';
import { getsockopt, type SockOptionName, type SockOptionValue, setsockopt } from './socket/sockopt.ts';
import type {
  AddressFamily,
  ErrorMessage,
  RecvFlags,
  SendFlags,
  ShutdownHow,
  SockAddr,
  TaskOptions,
} from './socket/types.ts';
import type { SysctlName, Sysctls, SysctlValue } from './sysctl.ts';
import { writeSysctl } from './sysctl.ts';
import { dispatchTimer } from './tcp/dispatch-timer.ts';
import { receiveIcmp } from './tcp/icmp-error.ts';
import type { Netns } from './tcp/netns.ts';
import { type NetnsOptions, newNetns } from './tcp/new-netns.ts';
import { receiveSegment } from './tcp/receive-segment.ts';
import { wheelNext, wheelPop } from './timer-wheel.ts';
import type { LogLine, TraceEvent } from './trace/event.ts';
import { copyValue, freezeValue, type KernelSnapshot, thawValue } from './trace/snapshot.ts';
import type { Packet } from './wire/packet.ts';

/** What a kernel is made of. */
export type KernelOptions = NetnsOptions;

/** Times are ns since the namespace was made; 2^53 ns is 104 days. */
const TIME_MAX = Number.MAX_SAFE_INTEGER;

/** Bound on packets that one entry into the kernel may loop back to itself; a loop beyond it is a bug of ours. */
const LOOPBACK_MAX = 1_000_000;

export class Kernel {
  readonly net: Netns;

  private constructor(net: Netns) {
    this.net = net;
  }

  static create(options: KernelOptions): Kernel {
    return new Kernel(newNetns(options));
  }

  /** A kernel equal to the one the snapshot was taken of. */
  static restore(snapshot: KernelSnapshot): Kernel {
    return new Kernel(thawValue(snapshot.state) as Netns);
  }

  /** A copy of everything the kernel knows, as plain JSON data. */
  snapshot(): KernelSnapshot {
    return { format: 'halfopen-kernel-1', state: freezeValue(this.net) };
  }

  /** An independent equal kernel, made faster than by snapshot and restore. */
  fork(): Kernel {
    return new Kernel(copyValue(this.net));
  }

  /** Virtual time, ns. */
  get now(): number {
    return this.net.now;
  }

  /** ns at which `advanceTo()` is next needed; Infinity when no timer is armed. May be early, never late. */
  nextTimerAt(): number {
    const us = wheelNext(this.net.wheel);
    return us === Number.POSITIVE_INFINITY ? us : Math.max(us * 1000, this.net.now);
  }

  /** Lets time pass: fires every timer due by `ns`, each at its own time. Throws when time would run backwards. */
  advanceTo(ns: number): void {
    const net = this.net;
    if (!(ns >= net.now) || ns > TIME_MAX) throw new InvariantError(`time ${ns} after ${net.now}`);
    const us = Math.floor(ns / 1000);
    for (;;) {
      const handle = wheelPop(net.wheel, net.slabs, us);
      if (handle === 0) break;
      net.now = Math.max(net.now, net.wheel.base * 1000);
      dispatchTimer(net, handle);
      this.settle();
    }
    net.now = ns;
  }

  /** A packet arrives from a link. */
  deliver(packet: Packet): void {
    this.input(packet);
    this.settle();
  }

  private input(packet: Packet): void {
    if (packet.kind === 'tcp') receiveSegment(this.net, packet);
    else receiveIcmp(this.net, packet);
  }

  /** A packet arrives whose TCP checksum is wrong: counted, never looked at. @kernel tcp_v4_rcv net/ipv4/tcp_ipv4.c v6.18 */
  deliverBadChecksum(): void {
    count(this.net.mib, MIB.TcpInSegs);
    count(this.net.mib, MIB.TcpInErrs);
    count(this.net.mib, MIB.TcpInCsumErrors);
  }

  /** Processes what we sent to ourselves, in order, as softirq does before a system call returns. */
  private settle(): void {
    const net = this.net;
    for (let n = 0; net.loopback.length > 0; n++) {
      if (n > LOOPBACK_MAX) throw new InvariantError('loopback packets without end');
      this.input(net.loopback.shift() as Packet);
    }
  }

  private after<T>(result: T): T {
    this.settle();
    return result;
  }

  // ------------------------------------------------------------------------------------------------ out

  /** Packets to other hosts since the last call, in order. The caller owns them. */
  takeOutput(): Packet[] {
    const out = this.net.out;
    if (out.length > 0) this.net.out = [];
    return out;
  }

  /** Wake-ups since the last call: socket id and poll mask in turn (mask -1: a state change, wakes everybody). */
  takeWakes(): number[] {
    const wakes = this.net.wakes;
    if (wakes.length > 0) this.net.wakes = [];
    return wakes;
  }

  /** Trace events since the last call; empty unless tracing is on. */
  takeTrace(): TraceEvent[] {
    const events = this.net.trace;
    if (events === null || events.length === 0) return [];
    this.net.trace = [];
    return events;
  }

  /** Turns tracing on or off from here on; what was traced and not taken is lost with it. */
  setTracing(on: boolean): void {
    this.net.trace = on ? (this.net.trace ?? []) : null;
  }

  /** Lines of the kernel log since the last call, whether tracing is on or not. */
  takeLog(): LogLine[] {
    const { log } = this.net;
    if (log.length > 0) this.net.log = [];
    return log;
  }

  /** Counters that are not zero, by nstat name. */
  counters(): Map<CounterName, number> {
    return readMib(this.net.mib);
  }

  counter(name: CounterName): number {
    return this.net.mib[MIB[name]] as number;
  }

  /** What `ss -tan` lists: listeners, half-open requests, connections, TIME-WAIT. */
  sockets(): SocketInfo[] {
    return listSockets(this.net);
  }

  sysctl<N extends SysctlName>(name: N): Sysctls[N] {
    return this.net.sysctl[name];
  }

  /** `sysctl -w name=value`; EINVAL outside its range, ENOENT when the profile's kernel has no such file. */
  setSysctl(name: SysctlName, value: SysctlValue): Result<0> {
    if (this.net.profile.lacks.sysctls.includes(name)) return fail('ENOENT');
    const written = writeSysctl(this.net.sysctl, name, value);
    this.net.reservedPorts = reservedPorts(this.net.sysctl);
    return written;
  }

  // ------------------------------------------------------------------------------------------------ processes

  /** A new process: an empty file table whose first socket will be fd 3. */
  createTask(options: TaskOptions = {}): number {
    return createTask(this.net, options);
  }

  /** The process ends: all its sockets are closed. */
  endTask(task: number): void {
    endTask(this.net, task);
    this.settle();
  }

  /** seteuid(2) of a process that is root otherwise: whose sockets it makes from here on, and whether it may bind low ports. */
  seteuid(task: number, uid: number): void {
    const owner = taskOf(this.net, task);
    owner.uid = uid;
    owner.mayBindLow = uid === 0;
  }

  /** setrlimit(RLIMIT_NOFILE). */
  setNofile(task: number, nofile: number): void {
    taskOf(this.net, task).nofile = nofile;
  }

  /**
   * A descriptor for a file that the owner of the kernel keeps: the calls of sockets refuse it with ENOTSOCK, and
   * socketId() gives `number`, which is negative. EMFILE.
   */
  openForeign(task: number, number: number): Result<number> {
    const owner = taskOf(this.net, task);
    const fd = reserveFd(owner);
    if (fd.ok) installFd(this.net, owner, fd.value, number, false);
    return fd;
  }

  /** Keeps the file of a descriptor open for a call that sleeps, until dropFile(); gives a number that stands for it. */
  holdFile(task: number, fd: number): Result<number> {
    return holdFile(this.net, taskOf(this.net, task), fd);
  }

  dropFile(task: number, held: number): void {
    dropFile(this.net, taskOf(this.net, task), held);
    this.settle();
  }

  /** The poll(2) mask of a socket that is known by its id; null when no descriptor holds it. */
  pollSocket(id: number): number | null {
    const sk = this.net.socks.get(id);
    return sk === undefined || sk.refs === 0 ? null : sockMask(this.net, sk);
  }

  /** Number behind a descriptor: the id of its socket, for matching wake-ups, or that of openForeign(); EBADF. */
  socketId(task: number, fd: number): Result<number> {
    const file = openFile(taskOf(this.net, task), fd);
    return file === null ? fail('EBADF') : { ok: true, value: file.sock };
  }

  /**
   * What the last connect() on a descriptor met on its search for a local port; null when it made none: not begun, refused
   * before the search, or bound to a port.
   */
  portProbes(task: number, fd: number): PortCounts | null {
    const file = openFile(taskOf(this.net, task), fd);
    return file === null ? null : (this.net.socks.get(file.sock)?.portProbes ?? null);
  }

  /** O_NONBLOCK of a descriptor; EBADF. */
  nonblocking(task: number, fd: number): Result<boolean> {
    const file = openFile(taskOf(this.net, task), fd);
    return file === null ? fail('EBADF') : { ok: true, value: file.nonblock };
  }

  /** fcntl(F_SETFL): sets or clears O_NONBLOCK; EBADF. */
  setNonblocking(task: number, fd: number, on: boolean): Result<0> {
    const file = openFile(taskOf(this.net, task), fd);
    if (file === null) return fail('EBADF');
    file.nonblock = on;
    return { ok: true, value: 0 };
  }

  // ------------------------------------------------------------------------------------------------ system calls

  socket(
    task: number,
    family: AddressFamily,
    type: 'SOCK_STREAM' | 'SOCK_DGRAM' = 'SOCK_STREAM',
    nonblock = false,
  ): Result<number> {
    return socket(this.net, task, family, type, nonblock);
  }

  bind(task: number, fd: number, address: SockAddr): Result<0> {
    return bind(this.net, task, fd, address);
  }

  listen(task: number, fd: number, backlog: number): Result<0> {
    return listen(this.net, task, fd, backlog);
  }

  /** Never sleeps: EINPROGRESS while the handshake runs; the next call then tells how it ended. */
  connect(task: number, fd: number, address: SockAddr | { readonly family: 'AF_UNSPEC' }): Result<0> {
    return this.after(connect(this.net, task, fd, address, () => this.settle()));
  }

  /** Never sleeps: EAGAIN while the queue is empty. */
  accept(task: number, fd: number, nonblock = false): Result<Accepted> {
    return this.after(accept(this.net, task, fd, nonblock));
  }

  /** Never sleeps: takes what fits, EAGAIN when nothing does. */
  send(task: number, fd: number, data: Uint8Array, flags: SendFlags = {}): Result<number> {
    return this.after(send(this.net, task, fd, data, flags));
  }

  /** Never sleeps: EAGAIN while nothing is there; an empty array is end of file. */
  recv(task: number, fd: number, length: number, flags: RecvFlags = {}): Result<Uint8Array> {
    return this.after(recv(this.net, task, fd, length, flags));
  }

  /** ioctl(SIOCINQ): bytes that recv() would give now; EINVAL on a listener. */
  inputQueued(task: number, fd: number): Result<number> {
    return inputQueued(this.net, task, fd);
  }

  /** recvmsg(MSG_ERRQUEUE); EAGAIN when no error waits. */
  recvError(task: number, fd: number): Result<ErrorMessage> {
    return recvError(this.net, task, fd);
  }

  shutdown(task: number, fd: number, how: ShutdownHow): Result<0> {
    return this.after(shutdown(this.net, task, fd, how));
  }

  close(task: number, fd: number): Result<0> {
    return this.after(close(this.net, task, fd));
  }

  /** The poll(2) mask of one descriptor (all bits, not only those asked for); EBADF. */
  poll(task: number, fd: number): Result<number> {
    return poll(this.net, task, fd);
  }

  getsockname(task: number, fd: number): Result<SockAddr> {
    return getsockname(this.net, task, fd);
  }

  getpeername(task: number, fd: number): Result<SockAddr> {
    return getpeername(this.net, task, fd);
  }

  setsockopt<N extends SockOptionName>(
    task: number,
    fd: number,
    name: N,
    value: SockOptionValue<N>,
  ): Result<0> {
    return this.after(setsockopt(this.net, task, fd, name, value));
  }

  getsockopt<N extends SockOptionName>(task: number, fd: number, name: N): Result<SockOptionValue<N>> {
    return getsockopt(this.net, task, fd, name);
  }
}
