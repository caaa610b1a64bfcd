// Ends connections, requests and TIME-WAIT records of a namespace at once, as `ss -K` does (CONFIG_INET_DIAG_DESTROY).
// Layouts: include/uapi/linux/inet_diag.h, sock_diag.h v6.18, in host byte order.

import { endianness } from 'node:os';
import { type Addr, parseAddr } from '@halfopen/engine';
import { HostError } from '../libc.ts';
import type { Calls } from '../target/calls.ts';
import { AF_INET, AF_INET6 } from '../target/socket-address.ts';

const LE = endianness() === 'LE';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const SOCK_DESTROY = 21;
const NLM_F_REQUEST_ACK = 5;
const IPPROTO_TCP = 6;
const ENOENT = 2;

/** Header, inet_diag_req_v2 up to the socket id, socket id. */
const LENGTH = 16 + 8 + 48;
/** Where the error code stands in an acknowledgement. */
const ERROR_AT = 16;

/** An end as ss prints it; IPv6 in brackets. */
function parseEnd(end: string): { address: Addr; port: number } {
  const colon = end.lastIndexOf(':');
  const address = parseAddr(end.slice(0, colon).replace(/^\[(.*)\]$/, '$1'));
  if (address === null) throw new Error(`not an address: ${end}`);
  return { address, port: Number(end.slice(colon + 1)) };
}

function putAddress(view: DataView, at: number, address: Addr, v6: boolean): void {
  const words = v6 ? [address.w0, address.w1, address.w2, address.w3] : [address.w3];
  words.forEach((word, i) => {
    view.setInt32(at + 4 * i, word);
  });
}

/** The request for one connection, ends written as ss does. */
function destroyRequest(local: string, peer: string): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, LENGTH, LE);
  view.setUint16(4, SOCK_DESTROY, LE);
  view.setUint16(6, NLM_F_REQUEST_ACK, LE);
  const v6 = local.startsWith('[');
  bytes[16] = v6 ? AF_INET6 : AF_INET;
  bytes[17] = IPPROTO_TCP;
  view.setUint32(20, 0xffffffff, LE);
  const [from, to] = [parseEnd(local), parseEnd(peer)];
  view.setUint16(24, from.port);
  view.setUint16(26, to.port);
  putAddress(view, 28, from.address, v6);
  putAddress(view, 44, to.address, v6);
  // INET_DIAG_NOCOOKIE, twice.
  view.setInt32(64, -1, LE);
  view.setInt32(68, -1, LE);
  return bytes;
}

export class SockDestroy {
  private readonly calls: Calls;
  private readonly fd: number;
  private readonly answer = new Uint8Array(4096);

  /** For the namespace in which the calling thread is. Throws HostError `system-call`. */
  constructor(calls: Calls) {
    this.calls = calls;
    this.fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (this.fd < 0) throw new HostError('system-call', `socket(NETLINK_SOCK_DIAG): ${calls.errno()}`);
  }

  /** Nothing happens when the connection has gone meanwhile. Throws HostError `system-call`. */
  one(local: string, peer: string): void {
    const request = destroyRequest(local, peer);
    if (this.calls.send(this.fd, request, request.length, 0) < 0) throw this.failed('send');
    if (this.calls.recv(this.fd, this.answer, this.answer.length, 0) < 0) throw this.failed('recv');
    const error = -new DataView(this.answer.buffer).getInt32(ERROR_AT, LE);
    if (error !== 0 && error !== ENOENT)
      throw new HostError('system-call', `SOCK_DESTROY ${local} ${peer}: errno ${error}`);
  }

  close(): void {
    this.calls.close(this.fd);
  }

  private failed(call: string): HostError {
    return new HostError('system-call', `SOCK_DESTROY: ${call}: ${this.calls.errno()}`);
  }
}
