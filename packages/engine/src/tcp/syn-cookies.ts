// SYN cookies: the server's initial sequence number carries the MSS and a minute, the low bits of its TSval carry the
// other options; a right third ACK brings both back and no request record is needed.
// @kernel net/ipv4/syncookies.c v6.18
//
// Left out: BPF cookies, IP options. Log lines are written where cookies are decided (connection-request.ts).

import { siphash, siphash4 } from '../siphash.ts';
import type { Sock } from '../sock.ts';
import { isV4Segment, type Segment } from '../wire/segment.ts';
import { NS_PER_MS, NS_PER_S, timestampMs } from './clock.ts';
import type { Netns } from './netns.ts';

/** Low 24 bits of a cookie hold hash and MSS index; the rest holds the minute. */
const COOKIE_BITS = 24;
const COOKIE_MASK = (1 << COOKIE_BITS) - 1;
/** A clock period, s. @kernel tcp_cookie_time include/net/tcp.h v6.18 */
const PERIOD_NS = 60 * NS_PER_S;

// Low bits of a cookie SYN-ACK's TSval. @kernel cookie_init_timestamp net/ipv4/syncookies.c v6.18
const TS_BITS = 6;
const TS_MASK = (1 << TS_BITS) - 1;
const TS_WSCALE = 0xf;
const TS_SACK = 1 << 4;
const TS_ECN = 1 << 5;

const scratch = new Int32Array(10);

/** Hash of the segment's 4-tuple (peer first) and a count. */
function cookieHash(key: Int32Array, seg: Segment, count: number): number {
  const ports = (seg.sport << 16) | seg.dport;
  if (isV4Segment(seg)) return siphash4(key, seg.s3, seg.d3, ports, count);
  scratch.set([seg.s0, seg.s1, seg.s2, seg.s3, seg.d0, seg.d1, seg.d2, seg.d3, ports, count]);
  return siphash(key, scratch, 10);
}

const cookieCount = (net: Netns): number => Math.floor((net.bootedAt + net.now) / PERIOD_NS);

const mssTable = (net: Netns, seg: Segment): readonly number[] =>
  isV4Segment(seg) ? net.profile.behaviour.cookieMss4 : net.profile.behaviour.cookieMss6;

/** Index of the largest table MSS that is not above `mss` (0 when all are). */
function mssIndex(table: readonly number[], mss: number): number {
  let i = table.length - 1;
  while (i > 0 && mss < (table[i] as number)) i--;
  return i;
}

/** A cookie for a SYN: the ISN, and the MSS it stands for. @kernel cookie_v4_init_sequence net/ipv4/syncookies.c v6.18 */
export function makeCookie(net: Netns, seg: Segment, mss: number): { isn: number; mss: number } {
  const table = mssTable(net, seg);
  const index = mssIndex(table, mss);
  const count = cookieCount(net);
  const low = (cookieHash(net.secrets.cookie1, seg, count) + index) & COOKIE_MASK;
  const isn = (cookieHash(net.secrets.cookie0, seg, 0) + seg.seq + (count << COOKIE_BITS) + low) | 0;
  return { isn, mss: table[index] as number };
}

/** MSS behind the cookie that an ACK returns, or 0 when it is none of ours or too old. @kernel __cookie_v4_check net/ipv4/syncookies.c v6.18 */
export function checkCookie(net: Netns, seg: Segment): number {
  const cookie = (seg.ack - 1 - cookieHash(net.secrets.cookie0, seg, 0) - (seg.seq - 1)) | 0;
  const count = cookieCount(net);
  const age = (count - (cookie >>> COOKIE_BITS)) & 0xff;
  if (age >= net.profile.behaviour.cookiePeriods) return 0;
  const index = (cookie - cookieHash(net.secrets.cookie1, seg, count - age)) & COOKIE_MASK;
  return mssTable(net, seg)[index] ?? 0;
}

/** TSval (before the offset) of a cookie SYN-ACK: not after now, low bits carry the options. */
export function cookieTimestamp(net: Netns, sackOk: boolean, ecnOk: boolean, wscale: number | null): number {
  const options = (wscale === null ? TS_WSCALE : wscale) | (sackOk ? TS_SACK : 0) | (ecnOk ? TS_ECN : 0);
  const now = timestampMs(net);
  const stamped = (now & ~TS_MASK) | options;
  return ((stamped - now) | 0) > 0 ? (stamped - (1 << TS_BITS)) | 0 : stamped;
}

export interface CookieOptions {
  readonly tsOk: boolean;
  readonly ecnOk: boolean;
  readonly sackOk: boolean;
  readonly wscaleOk: boolean;
  readonly sndWscale: number;
}

/** Options that an ACK's TSecr (offset taken off) brings back, or null when they are switched off by now. @kernel cookie_timestamp_decode, cookie_ecn_ok net/ipv4/syncookies.c v6.18 */
export function cookieOptions(net: Netns, seg: Segment, tsOffset: number): CookieOptions | null {
  const tsOn = net.sysctl['net.ipv4.tcp_timestamps'] !== 0;
  const none = { tsOk: false, ecnOk: false, sackOk: false, wscaleOk: false, sndWscale: 0 };
  if (!seg.hasTimestamp || !tsOn) return none;
  const bits = (seg.tsEcr === 0 ? 0 : seg.tsEcr - tsOffset) & TS_MASK;
  const sackOk = (bits & TS_SACK) !== 0;
  if (sackOk && net.sysctl['net.ipv4.tcp_sack'] === 0) return null;
  const ecnOk = (bits & TS_ECN) !== 0 && net.sysctl['net.ipv4.tcp_ecn'] !== 0;
  const wscale = bits & TS_WSCALE;
  if (wscale === TS_WSCALE) return { ...none, tsOk: true, ecnOk, sackOk };
  if (net.sysctl['net.ipv4.tcp_window_scaling'] === 0) return null;
  return { tsOk: true, ecnOk, sackOk, wscaleOk: true, sndWscale: wscale };
}

/** True when this listener sent a cookie lately; otherwise no ACK is looked at. @kernel tcp_synq_no_recent_overflow include/net/tcp.h v6.18 */
export function sentCookieLately(net: Netns, listener: Sock): boolean {
  const at = listener.listener!.lastCookieAt;
  return at >= 0 && net.now - at <= net.profile.behaviour.cookieRecentMs * NS_PER_MS;
}
