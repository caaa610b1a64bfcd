// struct sockaddr_in and sockaddr_in6 as bytes. Source: include/uapi/linux/in.h, in6.h v6.18.

import { endianness } from 'node:os';
import { type Addr, type AddressFamily, addr, formatAddr, isV4, V4_MAPPED_W2 } from '@halfopen/engine';
import type { Endpoint } from '@halfopen/simnet';

const LE = endianness() === 'LE';

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Room for any address. */
export const SOCKADDR_MAX = 28;

/**
 * The address structure for a socket of `family`. An IPv6 address stays one for an AF_INET socket, as a program that
 * passes the wrong structure would do (EAFNOSUPPORT).
 */
export function sockaddr(family: AddressFamily, address: Addr, port: number): Uint8Array {
  const v4 = family === 'AF_INET' && isV4(address);
  const bytes = new Uint8Array(v4 ? 16 : SOCKADDR_MAX);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, v4 ? AF_INET : AF_INET6, LE);
  view.setUint16(2, port);
  if (v4) {
    view.setInt32(4, address.w3);
    return bytes;
  }
  for (const [i, word] of [address.w0, address.w1, address.w2, address.w3].entries())
    view.setInt32(8 + 4 * i, word);
  return bytes;
}

/** What accept(), getsockname() and getpeername() give. A v4-mapped address is shown as the IPv4 address inside. */
export function endpointOf(bytes: Uint8Array): Endpoint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const port = view.getUint16(2);
  if (view.getUint16(0, LE) === AF_INET)
    return { host: formatAddr(addr(0, 0, V4_MAPPED_W2, view.getInt32(4))), port };
  const word = (i: number): number => view.getInt32(8 + 4 * i);
  return { host: formatAddr(addr(word(0), word(1), word(2), word(3))), port };
}

/** An int in host order. */
export function intBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value | 0, LE);
  return bytes;
}

export const intOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(0, LE);
