// Gives a device an address, brings it up and sets its MTU and queue length: three rtnetlink requests, no `ip` program.
// Message layouts: include/uapi/linux/netlink.h, rtnetlink.h, if_addr.h, if_link.h v6.18, in host byte order.

import { endianness } from 'node:os';
import { type Addr, isV4 } from '@halfopen/engine';
import { errnoName, HostError, type Libc } from './libc.ts';

const LE = endianness() === 'LE';

const AF_UNSPEC = 0;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;

const NLMSG_ERROR = 2;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const RTM_NEWLINK = 16;
const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;

const IFLA_MTU = 4;
const IFLA_TXQLEN = 13;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_METRICS = 8;
const RTAX_MTU = 2;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;
const NLM_F_REPLACE = 0x100;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFF_UP = 1;
/** No duplicate address detection: nobody else is on the link, and it would delay the first use by a second. */
const IFA_F_NODAD = 2;

const HEADER = 16;

/** One request under construction: header, fixed part, attributes. */
class Message {
  private readonly bytes = new Uint8Array(256);
  private readonly view = new DataView(this.bytes.buffer);
  private length = HEADER;

  constructor(type: number, flags: number, sequence: number) {
    this.view.setUint16(4, type, LE);
    this.view.setUint16(6, NLM_F_REQUEST | NLM_F_ACK | flags, LE);
    this.view.setUint32(8, sequence, LE);
  }

  u8(value: number): this {
    this.bytes[this.length++] = value;
    return this;
  }

  u16(value: number): this {
    this.view.setUint16(this.length, value, LE);
    this.length += 2;
    return this;
  }

  u32(value: number): this {
    this.view.setUint32(this.length, value, LE);
    this.length += 4;
    return this;
  }

  attribute(type: number, payload: Uint8Array): this {
    this.u16(4 + payload.length).u16(type);
    this.bytes.set(payload, this.length);
    this.length += (payload.length + 3) & ~3;
    return this;
  }

  /** What follows the header: for attributes inside an attribute. */
  body(): Uint8Array {
    return this.bytes.slice(HEADER, this.length);
  }

  finish(): Uint8Array {
    this.view.setUint32(0, this.length, LE);
    return this.bytes.subarray(0, this.length);
  }
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, LE);
  return bytes;
}

/** Network byte order: 4 bytes for IPv4, 16 for IPv6. */
function addressBytes(a: Addr): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  [a.w0, a.w1, a.w2, a.w3].forEach((w, i) => {
    view.setInt32(i * 4, w);
  });
  return isV4(a) ? bytes.slice(12) : bytes;
}

/** RTM_NEWADDR. @kernel inet_rtm_newaddr net/ipv4/devinet.c v6.18 */
export function newAddress(index: number, a: Addr, prefix: number, sequence: number): Uint8Array {
  const bytes = addressBytes(a);
  return new Message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sequence)
    .u8(isV4(a) ? AF_INET : AF_INET6)
    .u8(prefix)
    .u8(IFA_F_NODAD)
    .u8(0)
    .u32(index)
    .attribute(IFA_LOCAL, bytes)
    .attribute(IFA_ADDRESS, bytes)
    .finish();
}

/** Numbers of route types. @kernel RTN_UNICAST include/uapi/linux/rtnetlink.h v6.18 */
const ROUTE_TYPES = { unicast: RTN_UNICAST, blackhole: 6, unreachable: 7, prohibit: 8, throw: 9 } as const;

/** RTM_NEWROUTE or RTM_DELROUTE of a route of some type, on link at the device when it is unicast. @kernel inet_rtm_newroute net/ipv4/fib_frontend.c v6.18 */
export function typedRoute(
  add: boolean,
  type: keyof typeof ROUTE_TYPES,
  index: number,
  dst: Addr,
  prefix: number,
  sequence: number,
): Uint8Array {
  const unicast = type === 'unicast';
  const message = new Message(add ? RTM_NEWROUTE : RTM_DELROUTE, add ? NLM_F_CREATE : 0, sequence)
    .u8(isV4(dst) ? AF_INET : AF_INET6)
    .u8(prefix)
    .u16(0)
    .u8(RT_TABLE_MAIN)
    .u8(RTPROT_BOOT)
    .u8(unicast ? RT_SCOPE_LINK : 0)
    .u8(ROUTE_TYPES[type])
    .u32(0)
    .attribute(RTA_DST, addressBytes(dst));
  if (unicast) message.attribute(RTA_OIF, word(index));
  return message.finish();
}

/** RTM_NEWROUTE: `dst`/`prefix` is on link at the device. An `mtu` of 0 leaves it to the device. @kernel inet_rtm_newroute net/ipv4/fib_frontend.c v6.18 */
export function newRoute(
  index: number,
  dst: Addr,
  prefix: number,
  mtu: number,
  sequence: number,
): Uint8Array {
  const message = new Message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sequence)
    .u8(isV4(dst) ? AF_INET : AF_INET6)
    .u8(prefix)
    .u16(0)
    .u8(RT_TABLE_MAIN)
    .u8(RTPROT_BOOT)
    .u8(RT_SCOPE_LINK)
    .u8(RTN_UNICAST)
    .u32(0)
    .attribute(RTA_DST, addressBytes(dst))
    .attribute(RTA_OIF, word(index));
  if (mtu > 0) message.attribute(RTA_METRICS, new Message(0, 0, 0).attribute(RTAX_MTU, word(mtu)).body());
  return message.finish();
}

/** RTM_NEWLINK for a device that exists: up, with this MTU (bytes) and queue length (packets). */
export function setLinkUp(index: number, mtu: number, queueLength: number, sequence: number): Uint8Array {
  return new Message(RTM_NEWLINK, 0, sequence)
    .u8(AF_UNSPEC)
    .u8(0)
    .u16(0)
    .u32(index)
    .u32(IFF_UP)
    .u32(IFF_UP)
    .attribute(IFLA_MTU, word(mtu))
    .attribute(IFLA_TXQLEN, word(queueLength))
    .finish();
}

/** RTM_NEWLINK for a device that exists: only up or down. */
export function setLink(index: number, up: boolean, sequence: number): Uint8Array {
  return new Message(RTM_NEWLINK, 0, sequence)
    .u8(AF_UNSPEC)
    .u8(0)
    .u16(0)
    .u32(index)
    .u32(up ? IFF_UP : 0)
    .u32(IFF_UP)
    .finish();
}

/** The errno number of an answer: 0 for success, null when it is no answer to a request. */
export function answerErrno(bytes: Uint8Array): number | null {
  if (bytes.length < HEADER + 4) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getUint16(4, LE) === NLMSG_ERROR ? -view.getInt32(HEADER, LE) : null;
}

/** One rtnetlink socket, for as long as `use` runs. The answer to a request is there when send() returns. */
export function withRtnetlink(
  libc: Libc,
  use: (request: (what: string, message: Uint8Array) => void) => void,
): void {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw new HostError('system-call', `socket(AF_NETLINK): ${libc.errno()}`);
  const answer = new Uint8Array(4096);
  try {
    use((what, message) => {
      if (libc.send(fd, message, message.length, 0) < 0)
        throw new HostError('system-call', `${what}: send: ${libc.errno()}`);
      const length = libc.recv(fd, answer, answer.length, 0);
      if (length < 0) throw new HostError('system-call', `${what}: recv: ${libc.errno()}`);
      const errno = answerErrno(answer.subarray(0, length));
      if (errno !== 0) throw refused(what, errno === null ? 'unexpected answer' : errnoName(errno));
    });
  } finally {
    libc.close(fd);
  }
}

const refused = (what: string, errno: string): HostError =>
  errno === 'EPERM'
    ? new HostError('no-permission', `${what}: EPERM: CAP_NET_ADMIN is missing in this network namespace`)
    : new HostError('system-call', `${what}: ${errno}`);
