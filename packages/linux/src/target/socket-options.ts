// Socket options as bytes: level, number and layout of each name that the engine knows too.
// Left out: SO_RCVTIMEO beyond 2^31 s, TCP_INFO fields that the engine does not keep.
// Numbers: include/uapi/asm-generic/socket.h, include/uapi/linux/tcp.h, in.h, in6.h v6.18.

import { endianness } from 'node:os';
import type { SockOptionName } from '@halfopen/engine';
import { errnoName } from '../libc.ts';
import { intBytes, intOf } from './socket-address.ts';

const LE = endianness() === 'LE';

export interface OptionLayout {
  readonly level: number;
  readonly number: number;
  /** Bytes to offer to getsockopt(). */
  readonly size: number;
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

const SOL_SOCKET = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;

const int = (level: number, number: number): OptionLayout => ({
  level,
  number,
  size: 4,
  encode: (value) => intBytes(value as number),
  decode: intOf,
});

/** struct timeval; the value is ns. */
const time = (number: number): OptionLayout => ({
  level: SOL_SOCKET,
  number,
  size: 16,
  encode: (value) => {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    const us = Math.ceil(Math.max(value as number, 0) / 1000);
    view.setBigInt64(0, BigInt(Math.floor(us / 1e6)), LE);
    view.setBigInt64(8, BigInt(us % 1e6), LE);
    return bytes;
  },
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Number(view.getBigInt64(0, LE)) * 1e9 + Number(view.getBigInt64(8, LE)) * 1000;
  },
});

const linger: OptionLayout = {
  level: SOL_SOCKET,
  number: 13,
  size: 8,
  encode: (value) => {
    const { on, seconds } = value as { on: boolean; seconds: number };
    const bytes = new Uint8Array(8);
    bytes.set(intBytes(on ? 1 : 0));
    bytes.set(intBytes(seconds), 4);
    return bytes;
  },
  // The kernel keeps the seconds of a socket that does not linger; the engine shows 0.
  decode: (bytes) => ({ on: intOf(bytes) !== 0, seconds: intOf(bytes) !== 0 ? intOf(bytes.subarray(4)) : 0 }),
};

/** The pending error as a name; null when there is none. */
const error: OptionLayout = {
  ...int(SOL_SOCKET, 4),
  decode: (bytes) => (intOf(bytes) === 0 ? null : errnoName(intOf(bytes))),
};

/** What a caller may ask of struct tcp_info: fields at fixed places, u8 first, then u32 words from byte 8. */
const tcpInfo: OptionLayout = {
  level: IPPROTO_TCP,
  number: 11,
  size: 280,
  encode: () => new Uint8Array(0),
  decode: (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const word = (i: number): number => view.getUint32(8 + 4 * i, LE);
    return {
      state: TCP_STATES[bytes[0] as number] ?? 'UNCONN',
      caState: CA_STATES[bytes[1] as number] ?? 'Open',
      retransmits: bytes[2],
      probes: bytes[3],
      backoff: bytes[4],
      rtoUs: word(0),
      atoUs: word(1),
      sndMss: word(2),
      rcvMss: word(3),
      unacked: word(4),
      sacked: word(5),
      lost: word(6),
      retrans: word(7),
      pmtu: word(13),
      rcvSsthresh: word(14),
      rttUs: word(15),
      rttvarUs: word(16),
      sndSsthresh: word(17),
      sndCwnd: word(18),
      advmss: word(19),
      reordering: word(20),
      totalRetrans: word(23),
      notsentBytes: word(34),
      minRttUs: word(35),
      delivered: word(46),
      sndWnd: word(55),
      rcvWnd: word(56),
    };
  },
};

/** Source: tcp_ca_state include/uapi/linux/tcp.h v6.18. */
const CA_STATES: readonly string[] = ['Open', 'Disorder', 'CWR', 'Recovery', 'Loss'];

/** State names as `ss` prints them, by number. Source: include/net/tcp_states.h v6.18. */
export const TCP_STATES: readonly string[] = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
];

/** The layout of each option that the engine has. */
export const OPTION_LAYOUTS: { readonly [N in SockOptionName]: OptionLayout } = {
  SO_REUSEADDR: int(SOL_SOCKET, 2),
  SO_TYPE: int(SOL_SOCKET, 3),
  SO_ERROR: error,
  SO_SNDBUF: int(SOL_SOCKET, 7),
  SO_RCVBUF: int(SOL_SOCKET, 8),
  SO_KEEPALIVE: int(SOL_SOCKET, 9),
  SO_OOBINLINE: int(SOL_SOCKET, 10),
  SO_LINGER: linger,
  SO_REUSEPORT: int(SOL_SOCKET, 15),
  SO_RCVLOWAT: int(SOL_SOCKET, 18),
  SO_RCVTIMEO: time(20),
  SO_SNDTIMEO: time(21),
  SO_ACCEPTCONN: int(SOL_SOCKET, 30),
  SO_PROTOCOL: int(SOL_SOCKET, 38),
  SO_DOMAIN: int(SOL_SOCKET, 39),
  IP_TOS: int(IPPROTO_IP, 1),
  IP_TTL: int(IPPROTO_IP, 2),
  IP_RECVERR: int(IPPROTO_IP, 11),
  IP_FREEBIND: int(IPPROTO_IP, 15),
  IP_TRANSPARENT: int(IPPROTO_IP, 19),
  IP_BIND_ADDRESS_NO_PORT: int(IPPROTO_IP, 24),
  IP_LOCAL_PORT_RANGE: { ...int(IPPROTO_IP, 51), decode: (bytes) => intOf(bytes) >>> 0 },
  IPV6_V6ONLY: int(IPPROTO_IPV6, 26),
  TCP_NODELAY: int(IPPROTO_TCP, 1),
  TCP_MAXSEG: int(IPPROTO_TCP, 2),
  TCP_CORK: int(IPPROTO_TCP, 3),
  TCP_KEEPIDLE: int(IPPROTO_TCP, 4),
  TCP_KEEPINTVL: int(IPPROTO_TCP, 5),
  TCP_KEEPCNT: int(IPPROTO_TCP, 6),
  TCP_SYNCNT: int(IPPROTO_TCP, 7),
  TCP_LINGER2: int(IPPROTO_TCP, 8),
  TCP_DEFER_ACCEPT: int(IPPROTO_TCP, 9),
  TCP_WINDOW_CLAMP: int(IPPROTO_TCP, 10),
  TCP_INFO: tcpInfo,
  TCP_QUICKACK: int(IPPROTO_TCP, 12),
  TCP_USER_TIMEOUT: int(IPPROTO_TCP, 18),
  TCP_RTO_MAX_MS: int(IPPROTO_TCP, 44),
};
