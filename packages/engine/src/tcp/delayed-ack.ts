// When to acknowledge: at once (quick ACKs, two full segments, a gap filled), or later with data or by timer.
// Left out: compression of SACKs, so each out-of-order segment is acknowledged at once; the quickack route attribute.

import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import type { Netns } from './netns.ts';
import { jiffiesUp, jiffyNs, rtoMinUs } from './rtt.ts';
import { armTimer, jiffiesDown, jiffyBegan, timerExpires, timerPending } from './timers.ts';
import { ATO_MIN_NS, inPingpong, sendAck } from './transmit.ts';
import { wantedWindow } from './window.ts';

/** TCP_MAX_QUICKACKS. */
const QUICK_ACKS_MAX = 16;
/** TCP_DELACK_MIN and TCP_DELACK_MAX, ns. */
const DELACK_MIN_NS = 40e6;
const DELACK_MAX_NS = 200e6;
/** Cap of the delay when no round trip is known: HZ / 2. */
const ATO_CAP_NS = 500e6;

/** @kernel tcp_incr_quickack net/ipv4/tcp_input.c v6.18 */
export function addQuickAcks(sk: Sock): void {
  const wanted = Math.min(Math.floor(sk.rcvWnd / (2 * sk.rcvMss)) || 2, QUICK_ACKS_MAX);
  if (wanted > sk.quickAcks) sk.quickAcks = wanted;
}

/** Acknowledge the next segments at once. @kernel tcp_enter_quickack_mode net/ipv4/tcp_input.c v6.18 */
export function enterQuickAck(_net: Netns, sk: Sock): void {
  addQuickAcks(sk);
  sk.pingpong = 0;
  sk.ato = ATO_MIN_NS;
}

/** @kernel inet_csk_enter_pingpong_mode include/net/inet_connection_sock.h v6.18 */
export function enterPingpong(net: Netns, sk: Sock): void {
  sk.pingpong = net.sysctl['net.ipv4.tcp_pingpong_thresh'];
}

/** Arms the delayed ACK for a fixed time (ns) from now. */
function armDelack(net: Netns, sk: Sock, ns: number): void {
  sk.ackScheduled = true;
  armTimer(net, sk, 'delack', ns);
}

/** Longest delay: a jiffy less than the least RTO of the peer may be. @kernel tcp_delack_max net/ipv4/tcp_output.c v6.18 */
function delackMax(net: Netns, sk: Sock): number {
  const jiffy = jiffyNs(net);
  return Math.min(DELACK_MAX_NS, Math.max(rtoMinUs(sk) * 1000, 2 * jiffy) - jiffy);
}

function ackTimeout(net: Netns, sk: Sock): number {
  let ato = sk.ato;
  if (ato > DELACK_MIN_NS) {
    let most = inPingpong(net, sk) || sk.ackPushed > 0 ? DELACK_MAX_NS : ATO_CAP_NS;
    if (sk.srttUs > 0)
      most = Math.min(most, Math.max(jiffiesUp(net, Math.floor(sk.srttUs) * 1000), DELACK_MIN_NS));
    ato = Math.min(ato, most);
  }
  return Math.min(ato, delackMax(net, sk));
}

/**
 * Puts the ACK off. Linux compares whole jiffies, so an ACK that was due in the jiffy that still runs goes now.
 * @kernel tcp_send_delayed_ack net/ipv4/tcp_output.c v6.18
 */
function sendDelayedAck(net: Netns, sk: Sock): void {
  const ato = ackTimeout(net, sk);
  if (timerPending(sk, 'delack')) {
    const now = jiffyBegan(net);
    const due = timerExpires(net, sk, 'delack');
    if (due <= now + jiffiesDown(net, Math.floor(ato / 4))) return sendAck(net, sk);
    if (now + ato >= due) {
      sk.ackScheduled = true;
      return;
    }
  }
  armDelack(net, sk, ato);
}

/** Decides after a segment whether the ACK goes now. `mayBeHoles`: out-of-order data counts. @kernel __tcp_ack_snd_check net/ipv4/tcp_input.c v6.18 */
export function ackOrDelay(net: Netns, sk: Sock, mayBeHoles: boolean): void {
  const unacked = (sk.rcvNxt - sk.rcvWup) | 0;
  const fewUnread = ((sk.rcvNxt - sk.copiedSeq) | 0) < sk.options.rcvLowat;
  if (
    (unacked > sk.rcvMss && (fewUnread || wantedWindow(sk) >= sk.rcvWnd)) ||
    (sk.quickAcks > 0 && !inPingpong(net, sk)) ||
    sk.ackNow ||
    (mayBeHoles && sk.outOfOrder.length > 0)
  ) {
    sendAck(net, sk);
  } else {
    sendDelayedAck(net, sk);
  }
}

/** @kernel tcp_ack_snd_check net/ipv4/tcp_input.c v6.18 */
export function ackIfScheduled(net: Netns, sk: Sock): void {
  if (sk.ackScheduled) ackOrDelay(net, sk, true);
}

/** The delayed ACK timer fired. @kernel tcp_delack_timer_handler net/ipv4/tcp_timer.c v6.18 */
export function delackTimerFired(net: Netns, sk: Sock): void {
  if (sk.state === 'UNCONN' || sk.state === 'LISTEN' || !sk.ackScheduled) return;
  if (!inPingpong(net, sk)) {
    sk.ato = Math.min(sk.ato * 2, sk.rto);
  } else {
    sk.pingpong = 0;
    sk.ato = ATO_MIN_NS;
  }
  sendAck(net, sk);
  count(net.mib, MIB.TcpExtDelayedACKs);
}
