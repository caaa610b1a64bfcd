// The RAW harness over the real kernel: a namespace of its own, sockets made in it, and the peer on its TUN device. The
// kernel handles a segment before the write to the device returns, so replies are there at once.

import { promises } from 'node:fs';
import {
  type Addr,
  type AddressFamily,
  COUNTER_NAMES,
  decodePacket,
  type Errno,
  encodePacket,
  formatEndpoint,
  type Packet,
  parseAddr,
  type ShutdownHow,
  type SockOptionName,
  type SockOptionValue,
  type SysctlName,
  type Sysctls,
} from '@halfopen/engine';
import { loadLibc } from '../libc.ts';
import { type Calls, loadCalls } from '../target/calls.ts';
import { monotonicNs, sleepUntil, timespec } from '../target/clock.ts';
import { FdTable } from '../target/fd-table.ts';
import { readSysctl } from '../target/namespace.ts';
import type { Counters } from '../target/proc-counters.ts';
import { ALL_STATES, type DiagSocket } from '../target/sock-diag.ts';
import { AF_INET, AF_INET6, endpointOf, intBytes, SOCKADDR_MAX, sockaddr } from '../target/socket-address.ts';
import { OPTION_LAYOUTS } from '../target/socket-options.ts';
import { readErrorQueue } from './error-queue.ts';
import { corrupt, Frame, isCorrupt, peerAddress, prefixOf, SERVER } from './frame.ts';
import { POLL_ALL, pollText } from './poll-text.ts';
import { asUser, withoutFiles } from './privilege.ts';
import { RawNamespace } from './raw-namespace.ts';
import {
  type IcmpProbe,
  LISTEN_PORT,
  type RawTarget,
  type RouteType,
  type Sent,
  type SocketRow,
} from './raw-target.ts';

// include/linux/net.h, socket.h v6.18
const SOCK_STREAM_NONBLOCK = 1 | 0o4000 | 0o2000000;
const SOCK_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SOCK_CLOEXEC = 0o2000000;
const F_GETFL = 3;
const O_NONBLOCK = 0o4000;
const MSG_NOSIGNAL = 0x4000;
const SHUTDOWN: { readonly [H in ShutdownHow]: number } = { SHUT_RD: 0, SHUT_WR: 1, SHUT_RDWR: 2 };
/** A structure that says AF_UNSPEC. */
const NOWHERE = new Uint8Array(16);
/** Longest read. */
const RECV_MAX = 1 << 20;

const ENGINE_HAS: ReadonlySet<string> = new Set(COUNTER_NAMES);
const compared = (name: string): boolean => name.startsWith('Tcp') || ENGINE_HAS.has(name);

/** Portion after the last colon of `address:port`. */
const portOf = (end: string): number => Number(end.slice(end.lastIndexOf(':') + 1));

function addressOf(host: string): Addr {
  const address = parseAddr(host);
  if (address === null) throw new Error(`not an address: ${host}`);
  return address;
}

/** The address structure for a host, of its own family; 192.0.2.1 when none is given. */
const sockAddr = (port: number, host?: string): Uint8Array =>
  host?.includes(':')
    ? sockaddr('AF_INET6', addressOf(host), port)
    : sockaddr('AF_INET', host === undefined ? SERVER : addressOf(host), port);

export class LinuxTarget implements RawTarget {
  readonly name = 'linux';
  private readonly calls: Calls;
  private readonly place: RawNamespace;
  private readonly table = new FdTable();
  private round = -1;
  private frame = new Frame(peerAddress(0));
  private zeroNs = 0;
  private sent: Sent[] = [];
  private last: Counters = new Map();
  private readonly buffer = new Uint8Array(RECV_MAX);
  private ended = false;
  private uid = 0;
  private full = false;

  constructor(calls: Calls, place: RawNamespace) {
    this.calls = calls;
    this.place = place;
    this.fresh();
  }

  now(): number {
    return monotonicNs() - this.zeroNs;
  }

  /** CLOCK_MONOTONIC at the last `fresh()`, ns. */
  get zero(): number {
    return this.zeroNs;
  }

  fresh(): void {
    this.clean();
    this.place.restoreSysctls();
    this.place.restoreWays();
    this.uid = 0;
    this.full = false;
    this.round++;
    this.frame = new Frame(peerAddress(this.round));
    this.sent = [];
    this.last = this.place.counters.read();
    this.zeroNs = monotonicNs();
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.clean();
    this.place.close();
  }

  /** Leftovers first, so that a close has nothing to say to anybody. */
  private clean(): void {
    for (const { local, peer } of this.rows((row) => row.state !== 'LISTEN'))
      this.place.destroy.one(local, peer);
    for (const fd of this.table.used()) this.close(fd);
    for (const { local, peer } of this.rows((row) => row.state !== 'LISTEN'))
      this.place.destroy.one(local, peer);
    this.place.tun.drain(() => {});
  }

  private rows(keep: (row: DiagSocket) => boolean): DiagSocket[] {
    // Bound sockets that neither listen nor connect are not shown by ss either.
    return this.place.diag.dump(ALL_STATES).filter((row) => row.state !== 'UNCONN' && keep(row));
  }

  sysctl<N extends SysctlName>(name: N, value: Sysctls[N]): 0 | string {
    return this.place.setSysctl(name, value) ?? 0;
  }

  readSysctl(name: SysctlName): string {
    const text = this.place.inside(() => readSysctl(name));
    if (text === null) throw new Error(`this kernel has no ${name}`);
    return text.replaceAll('\t', ' ');
  }

  as(uid: number): void {
    this.uid = uid;
  }

  filesFull(on: boolean): void {
    this.full = on;
  }

  socket(family: AddressFamily = 'AF_INET'): number {
    const domain = family === 'AF_INET' ? AF_INET : AF_INET6;
    const make = (): number => this.calls.socket(domain, SOCK_STREAM_NONBLOCK, 0);
    const real = this.place.inside(() => asUser(this.calls, this.uid, make));
    if (real < 0) throw new Error(`socket: ${this.calls.errno()}`);
    return this.table.add(real);
  }

  bind(fd: number, port: number, host?: string): 0 | Errno {
    const address = sockAddr(port, host);
    const real = this.table.real(fd);
    return asUser(this.calls, this.uid, () => this.zeroOr(this.calls.bind(real, address, address.length)));
  }

  listen(fd: number, backlog: number): 0 | Errno {
    return this.zeroOr(this.calls.listen(this.table.real(fd), backlog));
  }

  listener(backlog: number, port = LISTEN_PORT): number {
    const fd = this.socket();
    for (const result of [this.bind(fd, port), this.listen(fd, backlog)])
      if (result !== 0) throw new Error(`unexpected ${result}`);
    return fd;
  }

  setsockopt<N extends SockOptionName>(fd: number, name: N, value: SockOptionValue<N>): 0 | Errno {
    const { level, number, encode } = OPTION_LAYOUTS[name];
    const bytes = encode(value);
    return this.zeroOr(this.calls.setsockopt(this.table.real(fd), level, number, bytes, bytes.length));
  }

  getsockopt<N extends SockOptionName>(fd: number, name: N): SockOptionValue<N> | Errno {
    const { level, number, size, decode } = OPTION_LAYOUTS[name];
    const bytes = new Uint8Array(size);
    const result = this.calls.getsockopt(this.table.real(fd), level, number, bytes, intBytes(size));
    return result < 0 ? this.errno() : (decode(bytes) as SockOptionValue<N>);
  }

  accept(fd: number, nonblock = true): number | Errno {
    const address = new Uint8Array(SOCKADDR_MAX);
    const length = intBytes(SOCKADDR_MAX);
    const flags = nonblock ? SOCK_NONBLOCK_CLOEXEC : SOCK_CLOEXEC;
    const call = (): number | Errno => {
      const real = this.calls.accept4(this.table.real(fd), address, length, flags);
      return real < 0 ? this.errno() : this.table.add(real);
    };
    return this.full ? withoutFiles(this.calls, call) : call();
  }

  connect(fd: number, port: number, host?: string): 0 | Errno {
    const address =
      host === undefined ? sockaddr('AF_INET', peerAddress(this.round), port) : sockAddr(port, host);
    return this.zeroOr(this.calls.connect(this.table.real(fd), address, address.length));
  }

  disconnect(fd: number): 0 | Errno {
    return this.zeroOr(this.calls.connect(this.table.real(fd), NOWHERE, NOWHERE.length));
  }

  send(fd: number, length: number): number | Errno {
    const n = this.calls.send(this.table.real(fd), new Uint8Array(length), length, MSG_NOSIGNAL);
    return n < 0 ? this.errno() : n;
  }

  recv(fd: number, length: number): number | Errno {
    const n = this.calls.recv(this.table.real(fd), this.buffer, Math.min(length, RECV_MAX), 0);
    return n < 0 ? this.errno() : n;
  }

  recvError(fd: number): string {
    return readErrorQueue(this.calls, this.table.real(fd));
  }

  shutdown(fd: number, how: ShutdownHow): 0 | Errno {
    return this.zeroOr(this.calls.shutdown(this.table.real(fd), SHUTDOWN[how]));
  }

  close(fd: number): 0 | Errno {
    const real = this.table.real(fd);
    this.table.remove(fd);
    return this.zeroOr(this.calls.close(real));
  }

  getpeername(fd: number): number | Errno {
    const address = new Uint8Array(SOCKADDR_MAX);
    const result = this.calls.getpeername(this.table.real(fd), address, intBytes(SOCKADDR_MAX));
    return result < 0 ? this.errno() : endpointOf(address).port;
  }

  getsockname(fd: number): string | Errno {
    const address = new Uint8Array(SOCKADDR_MAX);
    const result = this.calls.getsockname(this.table.real(fd), address, intBytes(SOCKADDR_MAX));
    if (result < 0) return this.errno();
    const { host, port } = endpointOf(address);
    return formatEndpoint(addressOf(host), port);
  }

  nonblocking(fd: number): boolean {
    return (this.calls.fcntl(this.table.real(fd), F_GETFL, 0) & O_NONBLOCK) !== 0;
  }

  poll(fd: number): string {
    const real = this.table.real(fd);
    if (real < 0) return 'NVAL';
    const request = new Uint8Array(8);
    const view = new DataView(request.buffer);
    view.setInt32(0, real, true);
    view.setInt16(4, POLL_ALL, true);
    this.calls.ppoll(request, 1, timespec(0), null);
    return pollText(view.getUint16(6, true));
  }

  select(fd: number): string {
    const real = this.table.real(fd);
    const sets = ['r', 'w', 'x'].map(() => {
      const set = new Uint8Array((Math.floor(real / 64) + 1) * 8);
      set[real >> 3] = 1 << (real & 7);
      return set;
    }) as [Uint8Array, Uint8Array, Uint8Array];
    if (this.calls.select(real + 1, ...sets, new Uint8Array(16)) < 0) return this.errno();
    return ['r', 'w', 'x'].filter((_, i) => (sets[i]?.[real >> 3] ?? 0) !== 0).join('') || '-';
  }

  route(type: RouteType, prefix: string): void {
    const { prefix: dst, length } = prefixOf(prefix);
    this.place.route(type, dst, length);
  }

  link(up: boolean): void {
    this.place.link(up);
  }

  segment(port: number, text: string, to = LISTEN_PORT): string[] {
    return this.inject(this.frame.segment(port, text, to), isCorrupt(text));
  }

  icmp(port: number, probe: IcmpProbe, to = LISTEN_PORT): string[] {
    return this.inject(this.frame.icmp(port, probe, to));
  }

  private inject(packet: Packet, spoilt = false): string[] {
    const bytes = spoilt ? corrupt(encodePacket(packet)) : encodePacket(packet);
    if (!this.place.tun.write(bytes, bytes.length))
      throw new Error(`the device refused a packet of ${bytes.length} bytes`);
    return this.output().map(({ text }) => text);
  }

  output(): Sent[] {
    const atNs = this.now();
    this.place.tun.drain((bytes, length) => {
      const got = decodePacket(bytes, 0, length);
      if (got.ok) this.sent.push({ atNs, ...this.frame.format(got.packet) });
      else this.sent.push({ atNs, port: 0, text: `undecoded: ${got.reason}`, ipId: 0 });
    });
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  wait(ms: number): void {
    sleepUntil(this.calls, monotonicNs() + ms * 1e6);
  }

  localPort(port: number): number | undefined {
    return this.frame.localPort(port);
  }

  isn(port: number): number | undefined {
    return this.frame.isn(port);
  }

  firstTsval(port: number): number | undefined {
    return this.frame.firstTsval(port);
  }

  moved(): { [counter: string]: number } {
    const now = this.place.counters.read();
    const out: { [counter: string]: number } = {};
    for (const [name, value] of now) {
      const by = value - (this.last.get(name) ?? 0);
      if (by !== 0 && compared(name)) out[name.replace('TcpExt', '')] = by;
    }
    this.last = now;
    return out;
  }

  sockets(): SocketRow[] {
    return this.rows((row) => row.state !== 'LISTEN')
      .map(({ peer, state, recvQ, sendQ }) => `${portOf(peer)} ${state} ${recvQ} ${sendQ}`)
      .sort();
  }

  queue(port = LISTEN_PORT): string {
    const [row] = this.rows((r) => r.state === 'LISTEN' && r.localPort === port);
    return row === undefined ? 'none' : `${row.recvQ},${row.sendQ}`;
  }

  drops(port = LISTEN_PORT): number {
    const [row] = this.rows((r) => r.state === 'LISTEN' && r.localPort === port);
    return row === undefined ? -1 : row.drops;
  }

  private errno(): Errno {
    return this.calls.errno() as Errno;
  }

  private zeroOr(result: number): 0 | Errno {
    return result < 0 ? this.errno() : 0;
  }
}

/** Makes the namespace and its device. Throws HostError, and leaves nothing behind. */
export async function openLinuxTarget(): Promise<LinuxTarget> {
  const libc = await loadLibc();
  // Threads of libuv's pool keep the namespace of whoever starts the pool, so it is started here.
  await promises.stat('/');
  const calls = loadCalls();
  return new LinuxTarget(calls, new RawNamespace(libc, calls));
}
