// The shapes that system calls take and give.

import type { Addr } from '../addr.ts';
import type { Errno } from '../errno.ts';

export type AddressFamily = 'AF_INET' | 'AF_INET6';

/** struct sockaddr_in / sockaddr_in6. An AF_INET address is v4-mapped inside. */
export interface SockAddr {
  readonly family: AddressFamily;
  readonly address: Addr;
  /** 0..65535 */
  readonly port: number;
}

export type ShutdownHow = 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR';

export interface SendFlags {
  /** MSG_MORE: hold a partial segment back. */
  readonly more?: boolean;
}

export interface RecvFlags {
  /** MSG_PEEK */
  readonly peek?: boolean;
  /** MSG_TRUNC: discard instead of copying; the result has the right length and zero bytes. */
  readonly trunc?: boolean;
}

/** What recvmsg(MSG_ERRQUEUE) tells: struct sock_extended_err of origin ICMP, and whom the quoted segment was for. */
export interface ErrorMessage {
  readonly errno: Errno;
  readonly type: number;
  readonly code: number;
  /** The second word of the ICMP header, as far as it is an MTU or a pointer. */
  readonly info: number;
  /** Who sent the ICMP message (SO_EE_OFFENDER). */
  readonly offender: Addr;
  readonly destination: SockAddr;
}

export interface TaskOptions {
  /** RLIMIT_NOFILE, default 1024. */
  readonly nofile?: number;
  /** Default 0 (root). */
  readonly uid?: number;
  /** CAP_NET_BIND_SERVICE; default: uid is 0. */
  readonly mayBindLow?: boolean;
}
