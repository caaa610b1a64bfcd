// The RAW harness over the engine, in virtual time. Packets go through their bytes both ways, as on a wire.

import {
  type Addr,
  type AddressFamily,
  DECODE_COUNTERS,
  decodePacket,
  type Errno,
  encodePacket,
  formatEndpoint,
  isV4,
  Kernel,
  linux,
  type Packet,
  type Profile,
  parseAddr,
  type Result,
  type ShutdownHow,
  type SockAddr,
  type SockOptionName,
  type SockOptionValue,
  type SysctlName,
  type Sysctls,
} from '@halfopen/engine';
import { corrupt, Frame, isCorrupt, PREFIX, peerAddress, prefixOf, SERVER } from './frame.ts';
import { errorText, pollText, selectText } from './poll-text.ts';
import {
  type IcmpProbe,
  LISTEN_PORT,
  type RawTarget,
  type RouteType,
  type Sent,
  type SocketRow,
} from './raw-target.ts';

export interface EngineTargetOptions {
  /** Profile name, default 6.18. */
  readonly kernel?: string;
  /** Jiffies a second for Linux's timer rounding; default 0, nominal times. */
  readonly hz?: Profile['hz'];
  readonly seed?: number;
  /** Settings that hold from the start, after each `fresh()`. */
  readonly sysctls?: Partial<Sysctls>;
}

const errno = <T>(result: Result<T>): T | Errno => (result.ok ? result.value : result.errno);

/** The address structure for a host, of its own family; 192.0.2.1 when none is given. Throws when it is no address. */
function sockAddr(port: number, host?: string): SockAddr {
  const address = host === undefined ? SERVER : parseAddr(host);
  if (address === null) throw new Error(`not an address: ${host}`);
  return { family: isV4(address) && !host?.includes(':') ? 'AF_INET' : 'AF_INET6', address, port };
}

/** As many descriptors as there are standard streams. */
const NO_FILES = 3;
const NOFILE = 1024;

/** Portion after the last colon of `address:port`. */
const portOf = (end: string): number => Number(end.slice(end.lastIndexOf(':') + 1));

export class EngineTarget implements RawTarget {
  readonly name = 'engine';
  private readonly options: EngineTargetOptions;
  private readonly profile: Profile;
  private round = -1;
  private kernel!: Kernel;
  private task = 0;
  private frame!: Frame;
  private sent: Sent[] = [];
  private last = new Map<string, number>();

  /** Throws when there is no profile of that name. */
  constructor(options: EngineTargetOptions = {}) {
    const profile = linux(options.kernel ?? '6.18', options.hz ?? 0);
    if (profile === null) throw new Error(`no kernel profile ${options.kernel}`);
    this.options = options;
    this.profile = profile;
    this.fresh();
  }

  now(): number {
    return this.kernel.now;
  }

  fresh(): void {
    this.freshAt(null);
  }

  /** A fresh kernel whose CLOCK_MONOTONIC is `monotonicNs` now, which also says how Linux's timer wheel lies; null: any. */
  freshAt(monotonicNs: number | null): void {
    this.round++;
    this.kernel = Kernel.create({
      profile: this.profile,
      seed: (this.options.seed ?? 1) + this.round,
      interfaces: [{ name: 'tun0', mtu: 1500, up: true, addrs: [{ addr: SERVER, prefixLen: PREFIX }] }],
      ...(this.options.sysctls === undefined ? {} : { sysctls: this.options.sysctls }),
      ...(monotonicNs === null ? {} : { bootedAt: monotonicNs }),
    });
    this.task = this.kernel.createTask();
    this.frame = new Frame(peerAddress(this.round));
    this.sent = [];
    this.last = new Map();
  }

  end(): void {}

  sysctl<N extends SysctlName>(name: N, value: Sysctls[N]): 0 | string {
    return errno(this.kernel.setSysctl(name, value));
  }

  readSysctl(name: SysctlName): string {
    const value = this.kernel.sysctl(name);
    return typeof value === 'object' ? value.join(' ') : String(value);
  }

  as(uid: number): void {
    this.kernel.seteuid(this.task, uid);
  }

  filesFull(on: boolean): void {
    this.kernel.setNofile(this.task, on ? NO_FILES : NOFILE);
  }

  socket(family: AddressFamily = 'AF_INET'): number {
    return this.must(this.kernel.socket(this.task, family, 'SOCK_STREAM', true));
  }

  bind(fd: number, port: number, host?: string): 0 | Errno {
    return errno(this.kernel.bind(this.task, fd, sockAddr(port, host)));
  }

  listen(fd: number, backlog: number): 0 | Errno {
    return errno(this.kernel.listen(this.task, fd, backlog));
  }

  listener(backlog: number, port = LISTEN_PORT): number {
    const fd = this.socket();
    this.must(this.kernel.bind(this.task, fd, { family: 'AF_INET', address: SERVER, port }));
    this.must(this.kernel.listen(this.task, fd, backlog));
    return fd;
  }

  setsockopt<N extends SockOptionName>(fd: number, name: N, value: SockOptionValue<N>): 0 | Errno {
    return errno(this.kernel.setsockopt(this.task, fd, name, value));
  }

  getsockopt<N extends SockOptionName>(fd: number, name: N): SockOptionValue<N> | Errno {
    return errno(this.kernel.getsockopt(this.task, fd, name));
  }

  accept(fd: number, nonblock = true): number | Errno {
    const got = this.kernel.accept(this.task, fd, nonblock);
    return got.ok ? got.value.fd : got.errno;
  }

  connect(fd: number, port: number, host?: string): 0 | Errno {
    const to: SockAddr =
      host === undefined ? { family: 'AF_INET', address: this.peer(), port } : sockAddr(port, host);
    return errno(this.kernel.connect(this.task, fd, to));
  }

  disconnect(fd: number): 0 | Errno {
    return errno(this.kernel.connect(this.task, fd, { family: 'AF_UNSPEC' }));
  }

  send(fd: number, length: number): number | Errno {
    return errno(this.kernel.send(this.task, fd, new Uint8Array(length)));
  }

  recv(fd: number, length: number): number | Errno {
    const got = this.kernel.recv(this.task, fd, length);
    return got.ok ? got.value.length : got.errno;
  }

  recvError(fd: number): string {
    const got = this.kernel.recvError(this.task, fd);
    if (!got.ok) return got.errno;
    const { errno: name, type, code, info, destination } = got.value;
    return errorText(name, type, code, info, destination.port);
  }

  shutdown(fd: number, how: ShutdownHow): 0 | Errno {
    return errno(this.kernel.shutdown(this.task, fd, how));
  }

  close(fd: number): 0 | Errno {
    return errno(this.kernel.close(this.task, fd));
  }

  getpeername(fd: number): number | Errno {
    const got = this.kernel.getpeername(this.task, fd);
    return got.ok ? got.value.port : got.errno;
  }

  getsockname(fd: number): string | Errno {
    const got = this.kernel.getsockname(this.task, fd);
    return got.ok ? formatEndpoint(got.value.address, got.value.port) : got.errno;
  }

  nonblocking(fd: number): boolean {
    return this.must(this.kernel.nonblocking(this.task, fd));
  }

  poll(fd: number): string {
    const got = this.kernel.poll(this.task, fd);
    return got.ok ? pollText(got.value) : 'NVAL';
  }

  select(fd: number): string {
    const got = this.kernel.poll(this.task, fd);
    return got.ok ? selectText(got.value) : got.errno;
  }

  route(type: RouteType, prefix: string): void {
    const { prefix: dst, length } = prefixOf(prefix);
    this.kernel.net.routes.push({ dst, prefixLen: length, dev: 'tun0', type });
  }

  link(up: boolean): void {
    for (const device of this.kernel.net.interfaces) if (device.name === 'tun0') device.up = up;
  }

  segment(port: number, text: string, to = LISTEN_PORT): string[] {
    return this.inject(this.frame.segment(port, text, to), isCorrupt(text));
  }

  icmp(port: number, probe: IcmpProbe, to = LISTEN_PORT): string[] {
    return this.inject(this.frame.icmp(port, probe, to));
  }

  output(): Sent[] {
    this.take();
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  wait(ms: number): void {
    this.follow(this.now() + ms * 1e6);
  }

  /** Lets the clock go on to `ns` since `fresh()`; a time that has passed changes nothing. */
  follow(ns: number): void {
    this.take();
    while (this.kernel.nextTimerAt() <= ns) {
      this.kernel.advanceTo(this.kernel.nextTimerAt());
      this.take();
    }
    if (ns > this.kernel.now) this.kernel.advanceTo(ns);
  }

  /** ns since `fresh()` at which the engine next does something by itself, Infinity for never. */
  nextTimer(): number {
    return this.kernel.nextTimerAt();
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
    const now = new Map<string, number>(this.kernel.counters());
    const out: { [counter: string]: number } = {};
    for (const name of new Set([...now.keys(), ...this.last.keys()])) {
      const by = (now.get(name) ?? 0) - (this.last.get(name) ?? 0);
      if (by !== 0) out[name.replace('TcpExt', '')] = by;
    }
    this.last = now;
    return out;
  }

  sockets(): SocketRow[] {
    return this.kernel
      .sockets()
      .filter(({ state }) => state !== 'LISTEN')
      .map(({ peer, state, recvQ, sendQ }) => `${portOf(peer)} ${state} ${recvQ} ${sendQ}`)
      .sort();
  }

  queue(port = LISTEN_PORT): string {
    const row = this.kernel.sockets().find((r) => r.state === 'LISTEN' && portOf(r.local) === port);
    return row === undefined ? 'none' : `${row.recvQ},${row.sendQ}`;
  }

  drops(port = LISTEN_PORT): number {
    const row = this.kernel.sockets().find((r) => r.state === 'LISTEN' && portOf(r.local) === port);
    return row?.id === undefined ? -1 : (this.kernel.net.socks.get(row.id)?.drops ?? -1);
  }

  private peer(): Addr {
    return peerAddress(this.round);
  }

  private must<T>(result: Result<T>): T {
    if (!result.ok) throw new Error(`unexpected ${result.errno}`);
    return result.value;
  }

  private inject(packet: Packet, spoilt = false): string[] {
    const bytes = encodePacket(packet);
    const got = decodePacket(spoilt ? corrupt(bytes) : bytes);
    if (got.ok) this.kernel.deliver(got.packet);
    else if (DECODE_COUNTERS[got.reason].length > 0) this.kernel.deliverBadChecksum();
    return this.output().map(({ text }) => text);
  }

  private take(): void {
    const atNs = this.now();
    for (const packet of this.kernel.takeOutput()) this.sent.push({ atNs, ...this.frame.format(packet) });
  }
}

/** The engine as a target. Throws when there is no profile of that name. */
export const engineTarget = (options: EngineTargetOptions = {}): EngineTarget => new EngineTarget(options);
