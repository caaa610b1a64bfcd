// Round-trip estimator and retransmission timeout: the fixed-point arithmetic of RFC 6298 as Linux does it (gain 1/8,
// deviation gain 1/4, but 1/32 when the round trip falls by more than the deviation; the variance falls once a round).
// Jiffies exist only with a profile's `hz`; without it times are exact.

import { after } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { NS_PER_S, timestampMs } from './clock.ts';
import type { Netns } from './netns.ts';

const NS_PER_US = 1000;
/** TCP_TIMEOUT_FALLBACK, include/net/tcp.h v6.18 (RFC 6298 rule 5.7). */
const TIMEOUT_FALLBACK_NS = 3 * NS_PER_S;

/** How long a jiffy is, ns; 0 without jiffies. */
export const jiffyNs = (net: Netns): number => (net.profile.hz === 0 ? 0 : NS_PER_S / net.profile.hz);

/** A delay (ns) as whole jiffies, rounded up. @kernel usecs_to_jiffies kernel/time/time.c v6.18 */
export function jiffiesUp(net: Netns, ns: number): number {
  if (net.profile.hz === 0) return Math.round(ns);
  const jiffy = jiffyNs(net);
  return Math.ceil(ns / jiffy) * jiffy;
}

/** TCP_TIMEOUT_MIN: two jiffies, or 2 ms without jiffies, ns. @kernel TCP_TIMEOUT_MIN include/net/tcp.h v6.18 */
export const timeoutMin = (net: Netns): number =>
  net.profile.hz === 0 ? 2e6 : (2 * NS_PER_S) / net.profile.hz;

/** Cap of the timeout, ns: TCP_RTO_MAX_MS, or the sysctl when the socket was made. @kernel tcp_rto_max include/net/tcp.h v6.18 */
export const rtoMax = (sk: Sock): number => sk.options.rtoMaxMs * 1e6;

/** Floor of the variance part, us. @kernel tcp_rto_min_us include/net/tcp.h v6.18 */
export const rtoMinUs = (sk: Sock): number => sk.options.rtoMinUs;

/** First timeout of a connection, ns. @kernel tcp_timeout_init include/net/tcp.h v6.18 */
export const timeoutInit = (net: Netns, sk: Sock): number =>
  Math.min(net.profile.behaviour.timeoutInitMs * 1e6, rtoMax(sk));

/** Forgets all measurements and sets the first timeout. @kernel tcp_connect_init net/ipv4/tcp_output.c v6.18 */
export function initRto(net: Netns, sk: Sock): void {
  sk.srttUs = 0;
  sk.mdevUs = timeoutInit(net, sk) / NS_PER_US;
  sk.mdevMaxUs = 0;
  sk.rttvarUs = 0;
  sk.rttMinUs = 0;
  sk.rto = timeoutInit(net, sk);
  sk.backoff = 0;
}

/** RTO 3 s when the handshake gave no sample. @kernel tcp_init_metrics net/ipv4/tcp_metrics.c v6.18 simplified: no peer metrics */
export function fallbackRto(sk: Sock): void {
  if (sk.srttUs !== 0) return;
  sk.rttvarUs = TIMEOUT_FALLBACK_NS / NS_PER_US;
  sk.mdevUs = sk.rttvarUs;
  sk.mdevMaxUs = sk.rttvarUs;
  sk.rto = Math.min(TIMEOUT_FALLBACK_NS, rtoMax(sk));
}

function nextDeviation(sk: Sock, srtt8: number, sampleUs: number): void {
  let m = sampleUs - (srtt8 >> 3);
  sk.srttUs = Math.max(1, srtt8 + m) / 8;
  if (m < 0) {
    m = -m - (sk.mdevUs >> 2);
    if (m > 0) m >>= 3;
  } else {
    m -= sk.mdevUs >> 2;
  }
  sk.mdevUs += m;
}

/** Feeds one sample (us) to the estimator. @kernel tcp_rtt_estimator net/ipv4/tcp_input.c v6.18 */
function estimateRtt(sk: Sock, sampleUs: number): void {
  const srtt8 = sk.srttUs * 8;
  if (srtt8 === 0) {
    sk.srttUs = Math.max(1, sampleUs * 8) / 8;
    sk.mdevUs = sampleUs * 2;
    sk.rttvarUs = Math.max(sk.mdevUs, rtoMinUs(sk));
    sk.mdevMaxUs = sk.rttvarUs;
    sk.rttSeq = sk.sndNxt;
    return;
  }
  nextDeviation(sk, srtt8, sampleUs);
  if (sk.mdevUs > sk.mdevMaxUs) {
    sk.mdevMaxUs = sk.mdevUs;
    if (sk.mdevMaxUs > sk.rttvarUs) sk.rttvarUs = sk.mdevMaxUs;
  }
  if (after(sk.sndUna, sk.rttSeq)) {
    if (sk.mdevMaxUs < sk.rttvarUs) sk.rttvarUs -= (sk.rttvarUs - sk.mdevMaxUs) >> 2;
    sk.rttSeq = sk.sndNxt;
    sk.mdevMaxUs = rtoMinUs(sk);
  }
}

/** Derives the timeout from the estimate. @kernel tcp_set_rto net/ipv4/tcp_input.c v6.18 */
export function setRto(net: Netns, sk: Sock): void {
  const us = Math.floor(sk.srttUs) + sk.rttvarUs;
  sk.rto = Math.min(jiffiesUp(net, us * NS_PER_US), rtoMax(sk));
}

/** What stands for a round trip of 0, us: a jiffy. */
const jiffyUs = (net: Netns): number => (net.profile.hz === 0 ? 1000 : 1e6 / net.profile.hz);

/** Keeps the least round trip of tcp_min_rtt_wlen. @kernel tcp_update_rtt_min net/ipv4/tcp_input.c v6.18 simplified: one bucket */
function updateRttMin(net: Netns, sk: Sock, us: number, maybeDelayed: boolean): void {
  const expired = net.now - sk.path.rttMinAt > net.sysctl['net.ipv4.tcp_min_rtt_wlen'] * NS_PER_S;
  if (sk.rttMinUs !== 0 && maybeDelayed && us > sk.rttMinUs) return;
  if (sk.rttMinUs !== 0 && !expired && us > sk.rttMinUs) return;
  sk.rttMinUs = us > 0 ? us : jiffyUs(net);
  sk.path.rttMinAt = net.now;
}

/** Round trip told by the echoed timestamp, us (at least 1 ms), or -1. @kernel tcp_rtt_tsopt_us net/ipv4/tcp_input.c v6.18 */
export function timestampRttUs(net: Netns, sk: Sock, tsEcr: number): number {
  const delta = (timestampMs(net) + sk.tsOffset - tsEcr) | 0;
  if (delta < 0 || delta >= 2147483) return -1;
  return Math.max(delta, 1) * 1000;
}

/**
 * One round-trip sample in us: takes it, sets the timeout, ends backoff. A negative sample is ignored; then false.
 * `latestUs` feeds the least round trip (the segment acknowledged last), -1 for the sample itself.
 * @kernel tcp_ack_update_rtt net/ipv4/tcp_input.c v6.18
 */
export function rttSample(
  net: Netns,
  sk: Sock,
  sampleUs: number,
  latestUs = -1,
  maybeDelayed = false,
): boolean {
  if (sampleUs < 0) return false;
  updateRttMin(net, sk, latestUs >= 0 ? latestUs : sampleUs, maybeDelayed);
  estimateRtt(sk, sampleUs);
  setRto(net, sk);
  sk.backoff = 0;
  return true;
}
