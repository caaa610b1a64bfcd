// For tests: the sheets' RAW harness. One kernel with a listener on 192.0.2.1:80; the peer 192.0.2.2 is played by
// segments written as text. Numbers: the peer's sequence numbers are absolute (it begins at 1000), our own are relative
// to our ISN of that peer port, so `. 1001:1001(0) ack 1` is a right third ACK.

import { LOOPBACK4, parseAddr } from '../src/addr.ts';
import type { KernelOptions } from '../src/kernel.ts';
import { Kernel } from '../src/kernel.ts';
import { linux } from '../src/profile.ts';
import type { SockOptionName, SockOptionValue } from '../src/socket/sockopt.ts';
import type { Sysctls } from '../src/sysctl.ts';
import { formatSegment, parseSegment } from '../src/wire/notation.ts';
import type { Packet } from '../src/wire/packet.ts';
import { type Segment, SYN, setDestination, setSource } from '../src/wire/segment.ts';
import { must } from './host.ts';

export const SERVER = parseAddr('192.0.2.1') ?? LOOPBACK4;
export const PEER = parseAddr('192.0.2.2') ?? LOOPBACK4;

export interface RawOptions {
  readonly backlog?: number;
  readonly sysctls?: Partial<Sysctls>;
  readonly kernel?: string;
  readonly seed?: number;
  readonly trace?: boolean;
}

export class Raw {
  kernel: Kernel;
  readonly task: number;
  readonly listener: number;
  /** Our ISN by peer port. */
  readonly iss = new Map<number, number>();
  private last = new Map<string, number>();

  constructor(options: RawOptions = {}) {
    const settings: KernelOptions = {
      profile: linux(options.kernel ?? '6.18')!,
      seed: options.seed ?? 1,
      interfaces: [{ name: 'tun0', mtu: 1500, up: true, addrs: [{ addr: SERVER, prefixLen: 16 }] }],
      ...(options.sysctls === undefined ? {} : { sysctls: options.sysctls }),
      trace: options.trace ?? false,
    };
    this.kernel = Kernel.create(settings);
    this.task = this.kernel.createTask();
    this.listener = must(this.kernel.socket(this.task, 'AF_INET', 'SOCK_STREAM', true));
    must(this.kernel.bind(this.task, this.listener, { family: 'AF_INET', address: SERVER, port: 80 }));
    must(this.kernel.listen(this.task, this.listener, options.backlog ?? 16));
  }

  set<N extends SockOptionName>(name: N, value: SockOptionValue<N>): this {
    must(this.kernel.setsockopt(this.task, this.listener, name, value));
    return this;
  }

  /** The segment as bytes on the wire would say it. */
  segment(port: number, text: string, to = 80): Segment {
    const parsed = parseSegment(text, { ackBase: this.iss.get(port) ?? 0 });
    if (!parsed.ok) throw new Error(parsed.message);
    setSource(parsed.segment, PEER);
    setDestination(parsed.segment, SERVER);
    parsed.segment.sport = port;
    parsed.segment.dport = to;
    return parsed.segment;
  }

  /** Delivers a segment and gives the replies as text, numbers as in the head of this file. */
  send(port: number, text: string, to = 80): string[] {
    this.kernel.deliver(this.segment(port, text, to));
    return this.output().map(([, line]) => line);
  }

  private format(packet: Packet): string {
    if (packet.kind !== 'tcp') return `icmp ${packet.type}/${packet.code}`;
    if ((packet.flags & SYN) !== 0) this.iss.set(packet.dport, packet.seq);
    const base = this.iss.get(packet.dport);
    return formatSegment(packet, base === undefined ? {} : { seqBase: base });
  }

  /** What was sent since the last look: time in s and text. */
  output(): [number, string, number][] {
    return this.kernel
      .takeOutput()
      .map((packet) => [
        this.kernel.now / 1e9,
        this.format(packet),
        packet.kind === 'tcp' ? packet.dport : 0,
      ]);
  }

  /** A bare SYN with an MSS of 1460 from a peer port (`Sk` of the sheets), or with all options (`Sk+`). */
  syn(port: number, all = false): string[] {
    return this.send(
      port,
      all
        ? 'S 1000:1000(0) win 65535 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>'
        : 'S 1000:1000(0) win 65535 <mss 1460>',
    );
  }

  /** A right third ACK (`Ak`). */
  ack(port: number): string[] {
    return this.send(port, '. 1001:1001(0) ack 1 win 65535');
  }

  /** A right third ACK with five bytes (`Dk`). */
  data(port: number): string[] {
    return this.send(port, 'P. 1001:1006(5) ack 1 win 65535');
  }

  connect(port: number): void {
    this.syn(port);
    this.ack(port);
  }

  accept(): number | string {
    const got = this.kernel.accept(this.task, this.listener, true);
    return got.ok ? got.value.fd : got.errno;
  }

  /** Runs to a time in s; what was sent on the way. */
  until(seconds: number): [number, string, number][] {
    const sent: [number, string, number][] = [];
    while (this.kernel.nextTimerAt() <= seconds * 1e9) {
      this.kernel.advanceTo(this.kernel.nextTimerAt());
      sent.push(...this.output());
    }
    this.kernel.advanceTo(seconds * 1e9);
    return sent;
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

  /** States of all sockets but the listener, sorted. */
  states(): string[] {
    return this.kernel
      .sockets()
      .filter((row) => row.state !== 'LISTEN')
      .map((row) => row.state)
      .sort();
  }

  count(state: string): number {
    return this.states().filter((s) => s === state).length;
  }

  /** `Recv-Q,Send-Q` of the LISTEN row. */
  queue(): string {
    const row = this.kernel.sockets().find((r) => r.state === 'LISTEN');
    return row === undefined ? 'none' : `${row.recvQ},${row.sendQ}`;
  }
}
