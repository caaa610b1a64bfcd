// The ways out of the engine: trace events, wake-ups of sleepers, packets. All three are queues that the owner drains.

import { formatEndpoint } from '../addr.ts';
import { OK, type Result } from '../errno.ts';
import { routeSegment, way } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import type { DropReason, Endpoints, TraceEvent } from '../trace/event.ts';
import type { IcmpMessage } from '../wire/packet.ts';
import { cloneSegment, isV4Segment, releaseSegment, type Segment } from '../wire/segment.ts';
import type { Netns } from './netns.ts';

/** Bound of the trace between two drains; an owner that never drains loses the newest events, not memory. */
const TRACE_MAX = 1_000_000;

export function trace(net: Netns, event: TraceEvent): void {
  if (net.trace !== null && net.trace.length < TRACE_MAX) net.trace.push(event);
}

/** Bound of the log between two looks; later lines are lost, as in a kernel whose buffer nobody reads. */
const LOG_MAX = 1000;

/** A line of the kernel log, which is kept whether tracing is on or not. @kernel vprintk_emit kernel/printk/printk.c v6.18 simplified */
export function logLine(net: Netns, text: string): void {
  if (net.log.length < LOG_MAX) net.log.push({ atNs: net.now, text });
  trace(net, { type: 'log', at: net.now, text });
}

export const endsOf = (sk: Sock): Endpoints => ({
  local: formatEndpoint(sk.local, sk.lport),
  remote: formatEndpoint(sk.remote, sk.rport),
});

/** Notes that a segment came to nothing, and why. Counters are the caller's business. */
export function traceDrop(net: Netns, reason: DropReason, segment: Segment): void {
  if (net.trace !== null) trace(net, { type: 'drop', at: net.now, reason, segment: cloneSegment(segment) });
}

// Poll bits, include/uapi/asm-generic/poll.h v6.18.
export const POLLIN = 0x001;
export const POLLPRI = 0x002;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLRDNORM = 0x040;
export const POLLRDBAND = 0x080;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLRDHUP = 0x2000;

/** sk_data_ready. */
export const WAKE_READ = POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND;
/** sk_write_space. */
export const WAKE_WRITE = POLLOUT | POLLWRNORM | POLLWRBAND;
/** sk_error_report. */
export const WAKE_ERROR = POLLERR;
/** sk_state_change: has no key, so it wakes every sleeper whatever it waits for. */
export const WAKE_STATE = -1;

/**
 * Wakes whoever sleeps on a socket.
 * @kernel sock_def_readable, sock_def_wakeup, sock_def_error_report net/core/sock.c v6.18, sk_stream_write_space net/core/stream.c
 */
export function wake(net: Netns, sk: Sock, mask: number): void {
  net.wakes.push(sk.id, mask);
}

/**
 * Sends a segment that has addresses, ports and contents: routes it to the owner or back to ourselves. TcpOutSegs is
 * the caller's business, since Linux does not count retransmissions there. EHOSTUNREACH or ENETUNREACH without a route.
 * @kernel ip_queue_xmit net/ipv4/ip_output.c v6.18
 */
export function ipOutput(net: Netns, segment: Segment, retransmission = false): Result<0> {
  const refusal = routeSegment(net.interfaces, net.routes, segment);
  if (refusal !== null) {
    count(net.mib, MIB.IpOutNoRoutes);
    releaseSegment(segment);
    return refusal;
  }
  ipSend(net, segment, way.local, retransmission);
  return OK;
}

/** Sends a segment whose way the caller has looked up. @kernel ip_local_out net/ipv4/ip_output.c v6.18 */
export function ipSend(net: Netns, segment: Segment, local: boolean, retransmission: boolean): void {
  if (net.trace !== null) {
    trace(net, { type: 'segment-out', at: net.now, segment: cloneSegment(segment), retransmission });
  }
  (local ? net.loopback : net.out).push(segment);
}

/** Hands an ICMP message to the owner. */
export function icmpOutput(net: Netns, message: IcmpMessage): void {
  net.out.push(message);
}

/** A blank reply to `segment`: addresses and ports swapped, no flags. @kernel tcp_v4_send_reset net/ipv4/tcp_ipv4.c v6.18 */
export function addressReply(reply: Segment, segment: Segment): Segment {
  reply.s0 = segment.d0;
  reply.s1 = segment.d1;
  reply.s2 = segment.d2;
  reply.s3 = segment.d3;
  reply.d0 = segment.s0;
  reply.d1 = segment.s1;
  reply.d2 = segment.s2;
  reply.d3 = segment.s3;
  reply.sport = segment.dport;
  reply.dport = segment.sport;
  reply.dontFragment = isV4Segment(segment);
  return reply;
}
