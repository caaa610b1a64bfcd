// What a packet costs on its way in and out, without the other end of a connection: a TUN device whose far side is this
// file. A write to the device runs the kernel's receive path before it returns.

import {
  decodePacket,
  encodePacket,
  parseSegment,
  type Segment,
  setDestination,
  setSource,
} from '@halfopen/engine';
import { HostError, type Libc } from '../libc.ts';
import { sockaddr } from '../target/socket-address.ts';
import { openTunWith, type Tun } from '../tun.ts';
import { must, SOCK_STREAM_NONBLOCK } from './loopback.ts';
import { less, type Stopwatch, type Timing, timingOf } from './timing.ts';

export interface PacketCosts {
  /** connect() whose SYN leaves through a device. */
  readonly connect: Timing;
  /** send() of a small message that leaves through a device, and of one that MSG_MORE holds back. */
  readonly send: Timing;
  readonly sendHeld: Timing;
  /** A pure ACK from the device to an established socket. */
  readonly ack: Timing;
}

// include/uapi/linux/in.h, tcp.h v6.18
const AF_INET = 2;
const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const MSG_MORE = 0x8000;
const ON = new Uint8Array([1, 0, 0, 0]);
const [OWN, PEER] = [must('192.0.2.1'), must('192.0.2.2')];
const PORT = 80;
const MTU = 1500;
/** Messages that the first window lets out without an ACK. */
const BATCH = 8;
const ROUNDS = 60;
const CONNECTS = 100;
const CONNECT_ROUNDS = 9;
const MESSAGE = 64;
/** Not version 4 or 6: the device refuses it before anything is done. @kernel tun_get_user drivers/net/tun.c v6.18 */
const REFUSED = new Uint8Array(40 + MESSAGE);

/** The far end of one connection over the device. */
class Peer {
  private readonly tun: Tun;
  readonly fd: number;
  private readonly port: number;
  private ack: number;

  constructor(watch: Stopwatch, tun: Tun, target: Uint8Array) {
    const { calls } = watch;
    this.tun = tun;
    this.fd = calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0);
    // Each small message shall be a packet at once.
    calls.setsockopt(this.fd, IPPROTO_TCP, TCP_NODELAY, ON, ON.length);
    calls.connect(this.fd, target, target.length);
    const syn = this.last();
    if (syn === null) throw new HostError('system-call', 'the SYN did not reach the device');
    this.port = syn.sport;
    this.ack = (syn.seq + 1) >>> 0;
    this.put(`S. 1000:1000(0) ack ${this.ack} win 65535 <mss 1460>`);
    this.last();
  }

  /** The last segment that came out of the device since the last look. */
  last(): Segment | null {
    let last: Segment | null = null;
    this.tun.drain((bytes, length) => {
      const got = decodePacket(bytes, 0, length);
      if (got.ok && got.packet.kind === 'tcp') last = got.packet;
    });
    return last;
  }

  /** Acknowledges what was sent. */
  catchUp(): void {
    const last = this.last();
    if (last !== null) this.ack = (last.seq + last.payload.length) >>> 0;
    this.put(`. 1001:1001(0) ack ${this.ack} win 65535`);
    this.last();
  }

  pureAck(): Uint8Array {
    return this.encode(`. 1001:1001(0) ack ${this.ack} win 65535`);
  }

  private encode(text: string): Uint8Array {
    const parsed = parseSegment(text);
    if (!parsed.ok) throw new Error(`no segment: ${text}`);
    const { segment } = parsed;
    setSource(segment, PEER);
    setDestination(segment, OWN);
    segment.sport = PORT;
    segment.dport = this.port;
    return encodePacket(segment);
  }

  private put(text: string): void {
    const bytes = this.encode(text);
    this.tun.write(bytes, bytes.length);
  }
}

/** Several rounds of one batch each. */
const rounds = (work: () => number): Timing => timingOf(Array.from({ length: ROUNDS }, work));

function connects(watch: Stopwatch, tun: Tun, target: Uint8Array): Timing {
  const { calls } = watch;
  const round = (): number => {
    const fds = Array.from({ length: CONNECTS }, () => calls.socket(AF_INET, SOCK_STREAM_NONBLOCK, 0));
    const ns = watch.once(CONNECTS, (i) => calls.connect(fds[i] as number, target, target.length));
    for (const fd of fds) calls.close(fd);
    tun.drain(() => {});
    return ns;
  };
  return timingOf(Array.from({ length: CONNECT_ROUNDS }, round));
}

function packets(watch: Stopwatch, tun: Tun, peer: Peer): Omit<PacketCosts, 'connect'> {
  const { calls } = watch;
  const buffer = new Uint8Array(MESSAGE);
  const write = (bytes: Uint8Array): boolean => tun.write(bytes, bytes.length);
  const all = (list: readonly Uint8Array[]): number =>
    watch.once(list.length, (i) => write(list[i] as Uint8Array), 0);
  const refused = rounds(() => watch.once(BATCH, () => write(REFUSED), 0));
  const sends = (flags: number): Timing =>
    rounds(() => {
      const ns = watch.once(BATCH, () => calls.send(peer.fd, buffer, MESSAGE, flags));
      // Setting TCP_NODELAY again lets go what is held back.
      calls.setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, ON, ON.length);
      peer.catchUp();
      return ns;
    });
  const [send, sendHeld] = [sends(0), sends(MSG_MORE)];
  const ack = rounds(() => all(Array.from({ length: BATCH }, () => peer.pureAck())));
  return { send, sendHeld, ack: less(ack, refused) };
}

/** In the namespace of the calling thread. The device is gone at the end. */
export function measurePackets(watch: Stopwatch, libc: Libc): PacketCosts {
  const tun = openTunWith(libc, {
    name: 'tun0',
    addresses: [{ host: OWN, engine: PEER, prefix: 24 }],
    mtu: MTU,
  });
  const target = sockaddr('AF_INET', PEER, PORT);
  try {
    const connect = connects(watch, tun, target);
    const peer = new Peer(watch, tun, target);
    const costs = packets(watch, tun, peer);
    watch.calls.close(peer.fd);
    return { connect, ...costs };
  } finally {
    tun.close();
  }
}
