// The sockets of a network namespace over netlink (sock_diag), as `ss -tano` shows them. The netlink socket keeps asking
// the namespace in which it was opened. Layouts: include/uapi/linux/inet_diag.h, sock_diag.h v6.18, in host byte order.

import { endianness } from 'node:os';
import { addr, formatAddr, isAny, isV4, V4_MAPPED_W2 } from '@halfopen/engine';
import { HostError } from '../libc.ts';
import type { Calls } from './calls.ts';
import { AF_INET, AF_INET6 } from './socket-address.ts';
import { TCP_STATES } from './socket-options.ts';

const LE = endianness() === 'LE';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DIAG_BY_FAMILY = 20;
const NLM_F_REQUEST = 1;
const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const IPPROTO_TCP = 6;
const INET_DIAG_SKMEMINFO = 7;
const INET_DIAG_SKV6ONLY = 11;
/** SK_MEMINFO_DROPS, include/uapi/linux/sock_diag.h. */
const DROPS = 8;

const HEADER = 16;
/** Header, inet_diag_req_v2 up to the socket id, socket id. */
const REQUEST = HEADER + 8 + 48;
/** sizeof(struct inet_diag_msg). */
const MESSAGE = 72;

const SYN_RECV = 1 << 3;
const LISTEN = 1 << 10;
const NEW_SYN_RECV = 1 << 12;
/** Listeners and half-open requests. */
export const QUEUE_STATES = SYN_RECV | LISTEN | NEW_SYN_RECV;
/** All that ss lists. */
export const ALL_STATES = 0xffff & ~(1 << 7);

const TIMERS = ['off', 'on', 'keepalive', 'timewait', 'persist'] as const;

/** One socket as the kernel reports it. */
export interface DiagSocket {
  readonly state: string;
  readonly local: string;
  readonly peer: string;
  readonly localPort: number;
  /** LISTEN: connections waiting, and the backlog. */
  readonly recvQ: number;
  readonly sendQ: number;
  readonly timer: { readonly kind: string; readonly leftNs: number; readonly retransmits: number } | null;
  readonly drops: number;
  readonly inode: number;
}

/** A dump request for one family and a set of states. */
export function diagRequest(family: number, states: number): Uint8Array {
  const bytes = new Uint8Array(REQUEST);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, REQUEST, LE);
  view.setUint16(4, SOCK_DIAG_BY_FAMILY, LE);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, LE);
  view.setUint32(8, 1, LE);
  bytes[16] = family;
  bytes[17] = IPPROTO_TCP;
  bytes[18] = 1 << (INET_DIAG_SKMEMINFO - 1);
  view.setUint32(20, states, LE);
  return bytes;
}

interface Attributes {
  readonly drops: number;
  readonly v6Only: boolean;
}

function attributesOf(view: DataView, from: number, end: number): Attributes {
  let drops = 0;
  let v6Only = false;
  for (let at = from; at + 4 <= end; ) {
    const length = view.getUint16(at, LE);
    const type = view.getUint16(at + 2, LE);
    if (length < 4) break;
    if (type === INET_DIAG_SKMEMINFO && length >= 4 + 4 * (DROPS + 1))
      drops = view.getUint32(at + 4 + 4 * DROPS, LE);
    if (type === INET_DIAG_SKV6ONLY) v6Only = view.getUint8(at + 4) !== 0;
    at += (length + 3) & ~3;
  }
  return { drops, v6Only };
}

/** An end as ss prints it. */
function endText(view: DataView, family: number, addressAt: number, port: number, v6Only: boolean): string {
  const shown = port === 0 ? '*' : `${port}`;
  const word = (i: number): number => view.getInt32(addressAt + 4 * i);
  if (family === AF_INET) return `${formatAddr(addr(0, 0, V4_MAPPED_W2, word(0)))}:${shown}`;
  const a = addr(word(0), word(1), word(2), word(3));
  if (isV4(a)) return `[::ffff:${formatAddr(a)}]:${shown}`;
  return isAny(a) && !v6Only ? `*:${shown}` : `[${formatAddr(a)}]:${shown}`;
}

function socketOf(view: DataView, at: number, end: number): DiagSocket {
  const family = view.getUint8(at);
  const [sport, dport] = [view.getUint16(at + 4), view.getUint16(at + 6)];
  const { drops, v6Only } = attributesOf(view, at + MESSAGE, end);
  const timer = view.getUint8(at + 2);
  return {
    state: TCP_STATES[view.getUint8(at + 1)] ?? 'UNCONN',
    local: endText(view, family, at + 8, sport, v6Only),
    peer: endText(view, family, at + 24, dport, v6Only),
    localPort: sport,
    recvQ: view.getUint32(at + 56, LE),
    sendQ: view.getUint32(at + 60, LE),
    timer:
      timer === 0
        ? null
        : {
            kind: TIMERS[timer] ?? 'on',
            leftNs: view.getUint32(at + 52, LE) * 1e6,
            retransmits: view.getUint8(at + 3),
          },
    drops,
    inode: view.getUint32(at + 68, LE),
  };
}

/** Reads one datagram of an answer; `done` when the dump is over. Throws HostError when the kernel refused it. */
export function parseDiag(bytes: Uint8Array, into: DiagSocket[]): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, LE);
    const type = view.getUint16(at + 4, LE);
    if (type === NLMSG_DONE) return true;
    if (type === NLMSG_ERROR)
      throw new HostError('system-call', `sock_diag: errno ${-view.getInt32(at + HEADER, LE)}`);
    if (length < HEADER) break;
    if (length >= HEADER + MESSAGE) into.push(socketOf(view, at + HEADER, at + length));
    at += (length + 3) & ~3;
  }
  return false;
}

/** Room for one datagram: the kernel sends up to 32 kB. */
const DATAGRAM = 65536;

export class SockDiag {
  private readonly calls: Calls;
  private readonly fd: number;
  private readonly buffer = new Uint8Array(DATAGRAM);

  /** Asks the namespace in which the calling thread is. Throws HostError `system-call`. */
  constructor(calls: Calls) {
    this.calls = calls;
    this.fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (this.fd < 0) throw new HostError('system-call', `socket(NETLINK_SOCK_DIAG): ${calls.errno()}`);
  }

  /** Sockets in these states, IPv4 before IPv6. */
  dump(states: number): DiagSocket[] {
    const out: DiagSocket[] = [];
    for (const family of [AF_INET, AF_INET6]) {
      const request = diagRequest(family, states);
      if (this.calls.send(this.fd, request, request.length, 0) < 0) throw this.failed('send');
      for (let done = false; !done; ) {
        const n = this.calls.recv(this.fd, this.buffer, DATAGRAM, 0);
        if (n < 0) throw this.failed('recv');
        done = parseDiag(this.buffer.subarray(0, n), out);
      }
    }
    return out;
  }

  close(): void {
    this.calls.close(this.fd);
  }

  private failed(call: string): HostError {
    return new HostError('system-call', `sock_diag: ${call}: ${this.calls.errno()}`);
  }
}
