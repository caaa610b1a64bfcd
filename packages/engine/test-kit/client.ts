// For tests: one kernel at 192.0.2.1 and a connection to 192.0.2.2:80, the peer played by segments written as text.
// Numbers are relative on both sides: our ISN counts as 0, and the peer writes its own as 0, so a good SYN-ACK is
// `S. 0:0(0) ack 1`. Segments that we send are shown the same way.

import type { Errno } from '../src/errno.ts';
import { Kernel, type KernelOptions } from '../src/kernel.ts';
import { linux } from '../src/profile.ts';
import type { SockOptionName, SockOptionValue } from '../src/socket/sockopt.ts';
import type { Sysctls } from '../src/sysctl.ts';
import { formatSegment, parseSegment } from '../src/wire/notation.ts';
import { NO_DATA, type Segment, SYN, setDestination, setSource } from '../src/wire/segment.ts';
import { bytes, errnoOf, must, text } from './host.ts';
import { PEER, SERVER } from './raw.ts';

const CLIENT_PORT = 40000;

/** What the peer offers in its SYN-ACK. Without timestamps the numbers of a test stay readable. */
export const PLAIN = 'S. 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>';

export class Client {
  kernel: Kernel;
  readonly task: number;
  readonly fd: number;
  private iss = 0;
  private last = new Map<string, number>();
  /** TSval of the last segment we sent. */
  tsVal = 0;

  constructor(sysctls: Partial<Sysctls> = {}, hz: 0 | 250 | 1000 = 0, options: Partial<KernelOptions> = {}) {
    this.kernel = Kernel.create({
      profile: linux('6.18', hz)!,
      seed: 1,
      interfaces: [{ name: 'tun0', mtu: 1500, up: true, addrs: [{ addr: SERVER, prefixLen: 16 }] }],
      sysctls: { 'net.ipv4.tcp_timestamps': 0, ...sysctls },
      ...options,
    });
    this.task = this.kernel.createTask();
    this.fd = must(this.kernel.socket(this.task, 'AF_INET', 'SOCK_STREAM', true));
  }

  set<N extends SockOptionName>(name: N, value: SockOptionValue<N>): this {
    must(this.kernel.setsockopt(this.task, this.fd, name, value));
    return this;
  }

  /** bind() to a fixed port and connect(). */
  connect(): string[] {
    must(this.kernel.bind(this.task, this.fd, { family: 'AF_INET', address: SERVER, port: CLIENT_PORT }));
    this.kernel.connect(this.task, this.fd, { family: 'AF_INET', address: PEER, port: 80 });
    return this.lines();
  }

  /** connect() once more. */
  again(): string[] {
    this.kernel.connect(this.task, this.fd, { family: 'AF_INET', address: PEER, port: 80 });
    return this.lines();
  }

  /** Connects and is answered after `rtt` seconds. */
  establish(rtt = 0.001, synAck = PLAIN): this {
    this.connect();
    this.until(this.now + rtt);
    this.peer(synAck);
    this.moved();
    return this;
  }

  /** Our ISN as it was on the wire. */
  get isn(): number {
    return this.iss;
  }

  get now(): number {
    return this.kernel.now / 1e9;
  }

  segment(line: string): Segment {
    const parsed = parseSegment(line, { ackBase: this.iss });
    if (!parsed.ok) throw new Error(parsed.message);
    setSource(parsed.segment, PEER);
    setDestination(parsed.segment, SERVER);
    parsed.segment.sport = 80;
    parsed.segment.dport = CLIENT_PORT;
    return parsed.segment;
  }

  /** Delivers a segment of the peer; what we sent in answer. */
  peer(line: string): string[] {
    this.kernel.deliver(this.segment(line));
    return this.lines();
  }

  /** An ICMP error about a segment of ours, `seq` relative to our ISN. */
  icmp(type: number, code: number, seq: number, info = 0): void {
    const quoted = {
      source: SERVER,
      destination: PEER,
      sport: CLIENT_PORT,
      dport: 80,
      seq: (this.iss + seq) | 0,
    };
    const message = { kind: 'icmp' as const, source: PEER, destination: SERVER, ttl: 64, type, code, info };
    this.kernel.deliver({ ...message, quoted, body: NO_DATA });
  }

  lines(): string[] {
    return this.timed().map(([, line]) => line);
  }

  private timed(): [number, string][] {
    return this.kernel.takeOutput().map((packet) => {
      if (packet.kind !== 'tcp') return [this.now, 'icmp'];
      if ((packet.flags & SYN) !== 0) this.iss = packet.seq;
      this.tsVal = packet.tsVal;
      return [this.now, formatSegment(packet, { seqBase: this.iss })];
    });
  }

  /** Runs to a time (s); what was sent on the way, with its time. */
  until(seconds: number): [number, string][] {
    const sent: [number, string][] = [];
    while (this.kernel.nextTimerAt() <= seconds * 1e9) {
      this.kernel.advanceTo(this.kernel.nextTimerAt());
      sent.push(...this.timed());
    }
    this.kernel.advanceTo(Math.max(Math.round(seconds * 1e9), this.kernel.now));
    return sent;
  }

  /** Only the times of what is sent until `seconds`, relative to `from`, in ms. */
  times(seconds: number, from = 0): number[] {
    return this.until(seconds).map(([at]) => Math.round((at - from) * 1000));
  }

  send(data: string | number): number | Errno {
    const result = this.kernel.send(
      this.task,
      this.fd,
      typeof data === 'number' ? new Uint8Array(data) : bytes(data),
    );
    return result.ok ? result.value : result.errno;
  }

  recv(length = 65536): string {
    const result = this.kernel.recv(this.task, this.fd, length);
    return result.ok ? text(result.value) : `<${result.errno}>`;
  }

  shutdown(how: 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR' = 'SHUT_WR'): string[] {
    errnoOf(this.kernel.shutdown(this.task, this.fd, how));
    return this.lines();
  }

  close(): string[] {
    must(this.kernel.close(this.task, this.fd));
    return this.lines();
  }

  error(): Errno | null {
    return must(this.kernel.getsockopt(this.task, this.fd, 'SO_ERROR'));
  }

  /** State of the connection as `ss` shows it, or `gone`. */
  state(): string {
    return this.kernel.sockets().find((row) => row.state !== 'LISTEN')?.state ?? 'gone';
  }

  /** Counters that moved since the last look, TcpExt without its prefix, TcpInSegs left out. */
  moved(): { [name: string]: number } {
    const now = new Map<string, number>(this.kernel.counters());
    const out: { [name: string]: number } = {};
    for (const [name, value] of now) {
      const by = value - (this.last.get(name) ?? 0);
      if (by !== 0 && name !== 'TcpInSegs') out[name.replace('TcpExt', '')] = by;
    }
    for (const [name, value] of this.last) if (!now.has(name)) out[name.replace('TcpExt', '')] = -value;
    this.last = now;
    return out;
  }
}
