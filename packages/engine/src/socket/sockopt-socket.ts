// The options of level SOL_SOCKET. Times are ns. @kernel sk_setsockopt, sk_getsockopt net/core/sock.c v6.18

import { type Errno, OK, ok } from '../errno.ts';
import type { Sock } from '../sock.ts';
import { POLLIN, POLLRDNORM, WAKE_READ, WAKE_WRITE, wake } from '../tcp/emit.ts';
import { setKeepalive } from '../tcp/keepalive.ts';
import type { Netns } from '../tcp/netns.ts';
import { writable } from '../tcp/output.ts';
import { flag, type OptionContext, type OptionRule, readOnly, roundUpToJiffy, toInt } from './option-rule.ts';
import { takeSockError } from './pending-error.ts';
import { sockMask } from './poll.ts';

/** struct linger. */
export interface Linger {
  readonly on: boolean;
  /** Read as unsigned, so a negative number is a very long time. */
  readonly seconds: number;
}

const INT_MAX = 2147483647;
/** SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF on x86-64: one and two TCP_SKB_MIN_TRUESIZE. Source: include/net/sock.h v6.18. */
const RCVBUF_MIN = 2304;
const SNDBUF_MIN = 4608;
/** Window share of the receive buffer while nothing was received, in 1/256. Source: TCP_DEFAULT_SCALING_RATIO, include/net/tcp.h v6.18. */
const SCALE = 256;
/** AF_INET, AF_INET6, SOCK_STREAM, IPPROTO_TCP. Source: include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h v6.18. */
const DOMAIN = { 4: 2, 6: 10 } as const;
const SOCK_STREAM = 1;
const IPPROTO_TCP = 6;

/** Twice the value, since the buffer also holds bookkeeping; the cap is taken unsigned, so a negative value means the cap. */
const bufferSize = (value: number, cap: number, min: number): number =>
  Math.max(Math.min(toInt(value) >>> 0, cap, INT_MAX >> 1) * 2, min);

/** Tells a sender that waits for space, when a larger buffer now has some. @kernel sk_stream_write_space net/core/stream.c v6.18 */
function announceSpace(net: Netns, sk: Sock): void {
  if (!sk.path.noSpace || !writable(sk)) return;
  sk.path.noSpace = false;
  wake(net, sk, WAKE_WRITE);
}

/** A low-water mark that was reached by lowering it wakes the reader; one that the buffer cannot hold makes it grow. */
function setLowat({ net, sk }: OptionContext, value: number): void {
  const options = sk.options;
  const cap = (options.rcvBufLocked ? options.rcvBuf : net.sysctl['net.ipv4.tcp_rmem'][2]) >> 1;
  const bytes = toInt(value) < 0 ? INT_MAX : toInt(value);
  options.rcvLowat = Math.min(bytes, cap) || 1;
  if (sk.state !== 'LISTEN' && (sockMask(net, sk) & (POLLIN | POLLRDNORM)) !== 0) wake(net, sk, WAKE_READ);
  if (options.rcvBufLocked) return;
  const space = Math.floor((options.rcvLowat * SCALE) / sk.path.scalingRatio);
  if (space <= options.rcvBuf) return;
  options.rcvBuf = space;
  if (sk.windowClamp !== 0 && sk.windowClamp < options.rcvLowat) sk.windowClamp = options.rcvLowat;
}

const timeout = (key: 'rcvTimeo' | 'sndTimeo'): OptionRule<number> => ({
  get: ({ sk }) => ok(sk.options[key]),
  set: ({ net, sk }, ns) => {
    sk.options[key] = roundUpToJiffy(net, Math.max(ns, 0));
    return OK;
  },
});

const keepAlive: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.keepAlive ? 1 : 0),
  set: ({ net, sk }, value) => {
    setKeepalive(net, sk, toInt(value) !== 0);
    sk.options.keepAlive = toInt(value) !== 0;
    return OK;
  },
};

const linger: OptionRule<Linger> = {
  get: ({ sk }) => ok({ on: sk.options.linger >= 0, seconds: Math.max(sk.options.linger, 0) }),
  set: ({ sk }, value) => {
    sk.options.linger = value.on ? toInt(value.seconds) >>> 0 : -1;
    return OK;
  },
};

const receiveBuffer: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.rcvBuf),
  set: ({ net, sk }, value) => {
    sk.options.rcvBuf = bufferSize(value, net.sysctl['net.core.rmem_max'], RCVBUF_MIN);
    sk.options.rcvBufLocked = true;
    return OK;
  },
};

const sendBuffer: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.sndBuf),
  set: ({ net, sk }, value) => {
    sk.options.sndBuf = bufferSize(value, net.sysctl['net.core.wmem_max'], SNDBUF_MIN);
    sk.options.sndBufLocked = true;
    announceSpace(net, sk);
    return OK;
  },
};

const lowat: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.rcvLowat),
  set: (context, value) => {
    setLowat(context, value);
    return OK;
  },
};

/** Level SOL_SOCKET. */
export const SOCKET_OPTIONS = {
  SO_REUSEADDR: flag('reuseAddr'),
  SO_REUSEPORT: flag('reusePort'),
  /** The pending error, consumed by reading; null when none. */
  SO_ERROR: readOnly<Errno | null>(({ sk }) => takeSockError(sk)),
  SO_KEEPALIVE: keepAlive,
  SO_OOBINLINE: flag('oobInline'),
  SO_LINGER: linger,
  SO_RCVBUF: receiveBuffer,
  SO_SNDBUF: sendBuffer,
  SO_RCVLOWAT: lowat,
  /** ns; 0 waits for ever. */
  SO_RCVTIMEO: timeout('rcvTimeo'),
  SO_SNDTIMEO: timeout('sndTimeo'),
  SO_ACCEPTCONN: readOnly(({ sk }) => (sk.state === 'LISTEN' ? 1 : 0)),
  SO_TYPE: readOnly(() => SOCK_STREAM),
  SO_DOMAIN: readOnly(({ sk }): number => DOMAIN[sk.family]),
  SO_PROTOCOL: readOnly(() => IPPROTO_TCP),
} as const;
