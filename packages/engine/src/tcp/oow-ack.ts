// ACKs to segments that make no sense: limited in rate, so that two confused peers do not answer each other for ever.

import { count, MIB } from '../mib.ts';
import { randomBelow } from '../random.ts';
import { before } from '../seq.ts';
import type { Sock } from '../sock.ts';
import { type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { NS_PER_S } from './clock.ts';
import { enterQuickAck } from './delayed-ack.ts';
import type { Netns } from './netns.ts';
import { setDsack } from './out-of-order.ts';
import { sendAck } from './transmit.ts';

const INT_MAX = 2147483647;
const NS_PER_MS = 1e6;

/** True when such an ACK went out within tcp_invalid_ratelimit; counts `counter` then. @kernel __tcp_oow_rate_limited net/ipv4/tcp_input.c v6.18 */
function limited(net: Netns, sk: Sock, counter: number): boolean {
  const limit = net.sysctl['net.ipv4.tcp_invalid_ratelimit'] * NS_PER_MS;
  if (sk.lastOowAckAt > 0 && net.now - sk.lastOowAckAt < limit) {
    count(net.mib, counter);
    return true;
  }
  sk.lastOowAckAt = Math.max(net.now, 1);
  return false;
}

/** Data without SYN is not part of an ACK loop and never limited. @kernel tcp_oow_rate_limited net/ipv4/tcp_input.c v6.18 */
export function oowLimited(net: Netns, sk: Sock, seg: Segment, counter: number): boolean {
  if (segmentLength(seg) > 0 && (seg.flags & SYN) === 0) return false;
  return limited(net, sk, counter);
}

/** The limit of the whole namespace, per second. */
function challengeBudget(net: Netns): boolean {
  const limit = net.sysctl['net.ipv4.tcp_challenge_ack_limit'];
  if (limit === INT_MAX) return true;
  const second = Math.floor(net.now / NS_PER_S);
  if (second !== net.challengeSecond) {
    net.challengeSecond = second;
    net.challengeCount = limit === 0 ? 0 : ((limit + 1) >> 1) + randomBelow(net.random, limit);
  }
  if (net.challengeCount <= 0) return false;
  net.challengeCount--;
  return true;
}

/** Challenge ACK of RFC 5961. @kernel tcp_send_challenge_ack net/ipv4/tcp_input.c v6.18 */
export function sendChallengeAck(net: Netns, sk: Sock): void {
  if (limited(net, sk, MIB.TcpExtTCPACKSkippedChallenge)) return;
  if (!challengeBudget(net)) return;
  count(net.mib, MIB.TcpExtTCPChallengeACK);
  sendAck(net, sk);
}

/** Answers a segment outside the window, old data with D-SACK. @kernel tcp_send_dupack net/ipv4/tcp_input.c v6.18 */
export function sendDuplicateAck(net: Netns, sk: Sock, seg: Segment): void {
  const end = (seg.seq + segmentLength(seg)) | 0;
  if (end !== seg.seq && before(seg.seq, sk.rcvNxt)) {
    count(net.mib, MIB.TcpExtDelayedACKLost);
    enterQuickAck(net, sk);
    if (sk.sackOk) setDsack(net, sk, seg.seq, before(sk.rcvNxt, end) ? sk.rcvNxt : end);
  }
  sendAck(net, sk);
}
