// The options of level IPPROTO_TCP. @kernel do_tcp_setsockopt, do_tcp_getsockopt net/ipv4/tcp.c v6.18

import { fail, OK, ok } from '../errno.ts';
import type { Sock } from '../sock.ts';
import { NS_PER_S } from '../tcp/clock.ts';
import { resetKeepaliveTimer } from '../tcp/keepalive.ts';
import type { Netns } from '../tcp/netns.ts';
import { pushPending } from '../tcp/output.ts';
import { setQuickAck } from '../tcp/quickack.ts';
import { secondsOf, timeoutsFor } from './defer-accept.ts';
import { listenerOf } from './listening.ts';
import { flag, type OptionRule, ranged, readOnly, roundUpMs, toInt } from './option-rule.ts';
import { tcpInfo } from './tcp-info.ts';

/** Source: MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT, MAX_TCP_SYNCNT, include/net/tcp.h v6.18. */
const KEEP_SECONDS_MAX = 32767;
const COUNT_MAX = 127;
/** Source: TCP_MIN_MSS, MAX_TCP_WINDOW, include/net/tcp.h v6.18. */
const MSS_MIN = 88;
const MSS_MAX = 32767;
/** Source: TCP_FIN_TIMEOUT_MAX, include/net/tcp.h v6.18, s. */
const LINGER2_MAX = 120;
/** Least window clamp: half of SOCK_MIN_RCVBUF, include/net/sock.h v6.18. */
const CLAMP_MIN = 1152;
/** Source: TCP_RTO_MAX_SEC, do_tcp_setsockopt v6.18, ms. */
const RTO_MAX_MS_MIN = 1000;
const RTO_MAX_MS_MAX = 120000;
const INT_MAX = 2147483647;

const established = (sk: Sock): boolean => sk.state !== 'UNCONN' && sk.state !== 'LISTEN';

/** Switching it on sends what waits; it outranks TCP_CORK. @kernel __tcp_sock_set_nodelay net/ipv4/tcp.c v6.18 */
const noDelay: OptionRule<number> = {
  get: flag('noDelay').get,
  set: ({ net, sk }, value) => {
    sk.options.noDelay = toInt(value) !== 0;
    if (sk.options.noDelay) pushPending(net, sk, true);
    return OK;
  },
};

/** Switching it off sends what waits. @kernel __tcp_sock_set_cork net/ipv4/tcp.c v6.18 */
const cork: OptionRule<number> = {
  get: flag('cork').get,
  set: ({ net, sk }, value) => {
    sk.options.cork = toInt(value) !== 0;
    if (!sk.options.cork) pushPending(net, sk);
    return OK;
  },
};

/** What the user asked for counts until there is a connection; then its own MSS shows. 0 takes the wish back. */
const maxSeg: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.userMss !== 0 && !established(sk) ? sk.options.userMss : sk.mss),
  set: ({ sk }, value) => {
    const int = toInt(value);
    if (int !== 0 && (int < MSS_MIN || int > MSS_MAX)) return fail('EINVAL');
    sk.options.userMss = int;
    return OK;
  },
};

/** A running keepalive timer counts the idle time so far. @kernel tcp_sock_set_keepidle_locked net/ipv4/tcp.c v6.18 */
function restartKeepalive(net: Netns, sk: Sock): void {
  if (!sk.options.keepAlive || !established(sk)) return;
  const idle = net.now - Math.max(sk.lastAckReceivedAt, sk.lastDataReceivedAt);
  resetKeepaliveTimer(net, sk, Math.max(sk.options.keepIdle * NS_PER_S - idle, 0));
}

const keepIdleRange = ranged(
  'keepIdle',
  1,
  KEEP_SECONDS_MAX,
  (net) => net.sysctl['net.ipv4.tcp_keepalive_time'],
);

const keepIdle: OptionRule<number> = {
  get: keepIdleRange.get,
  set: (context, value) => {
    const result = keepIdleRange.set(context, value);
    if (result.ok) restartKeepalive(context.net, context.sk);
    return result;
  },
};

/** Seconds; negative: no FIN-WAIT-2 at all, 0: tcp_fin_timeout, too much: 120. */
const linger2: OptionRule<number> = {
  get: ({ net, sk }) => ok(sk.options.linger2 || net.sysctl['net.ipv4.tcp_fin_timeout']),
  set: ({ sk }, value) => {
    sk.options.linger2 = Math.max(Math.min(toInt(value), LINGER2_MAX), -1);
    return OK;
  },
};

const deferAccept: OptionRule<number> = {
  get: ({ sk }) => ok(secondsOf(sk.listener?.deferAccept ?? 0)),
  set: ({ sk }, value) => {
    listenerOf(sk).deferAccept = timeoutsFor(toInt(value));
    return OK;
  },
};

/** 0 is taken on a closed socket only. @kernel tcp_set_window_clamp net/ipv4/tcp.c v6.18 simplified */
const windowClamp: OptionRule<number> = {
  get: ({ sk }) => ok(sk.windowClamp),
  set: ({ sk }, value) => {
    const int = toInt(value);
    if (int === 0 && sk.state !== 'UNCONN') return fail('EINVAL');
    const clamp = int === 0 ? 0 : Math.max(int, CLAMP_MIN);
    const old = sk.windowClamp;
    sk.options.windowClamp = clamp;
    sk.windowClamp = clamp;
    if (clamp === 0 || clamp === old) return OK;
    if (clamp < old) sk.rcvSsthresh = Math.min(sk.rcvSsthresh, clamp);
    else sk.rcvSsthresh = Math.max(sk.rcvSsthresh, Math.min(sk.rcvWnd, clamp));
    return OK;
  },
};

/** Not kept for ever: the kernel enters and leaves ping-pong mode by itself. @kernel __tcp_sock_set_quickack net/ipv4/tcp.c v6.18 */
const quickAck: OptionRule<number> = {
  get: ({ net, sk }) => ok(sk.pingpong >= net.sysctl['net.ipv4.tcp_pingpong_thresh'] ? 0 : 1),
  set: ({ net, sk }, value) => {
    setQuickAck(net, sk, toInt(value));
    return OK;
  },
};

const rtoMax: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.rtoMaxMs),
  set: ({ net, sk }, value) => {
    const int = toInt(value);
    if (int < RTO_MAX_MS_MIN || int > RTO_MAX_MS_MAX) return fail('EINVAL');
    sk.options.rtoMaxMs = roundUpMs(net, int);
    return OK;
  },
};

/** Level IPPROTO_TCP. */
export const TCP_OPTIONS = {
  TCP_NODELAY: noDelay,
  TCP_CORK: cork,
  TCP_MAXSEG: maxSeg,
  TCP_KEEPIDLE: keepIdle,
  TCP_KEEPINTVL: ranged(
    'keepIntvl',
    1,
    KEEP_SECONDS_MAX,
    (net) => net.sysctl['net.ipv4.tcp_keepalive_intvl'],
  ),
  TCP_KEEPCNT: ranged('keepCnt', 1, COUNT_MAX, (net) => net.sysctl['net.ipv4.tcp_keepalive_probes']),
  TCP_SYNCNT: ranged('synCnt', 1, COUNT_MAX, (net) => net.sysctl['net.ipv4.tcp_syn_retries']),
  TCP_LINGER2: linger2,
  TCP_DEFER_ACCEPT: deferAccept,
  TCP_WINDOW_CLAMP: windowClamp,
  TCP_QUICKACK: quickAck,
  TCP_USER_TIMEOUT: ranged('userTimeout', 0, INT_MAX),
  TCP_RTO_MAX_MS: rtoMax,
  TCP_INFO: readOnly(({ net, sk }) => tcpInfo(net, sk)),
} as const;
