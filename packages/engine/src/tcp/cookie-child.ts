// An ACK at a listener that may return a SYN cookie: checks it and makes the connection of it.
// @kernel cookie_v4_check, tcp_get_cookie_sock net/ipv4/syncookies.c v6.18

import { routeLookup } from '../inet/route.ts';
import { count, MIB } from '../mib.ts';
import type { Sock } from '../sock.ts';
import { ACK, RST, type Segment } from '../wire/segment.ts';
import { acceptQueueAdd, acceptQueueFull, traceRefused } from './accept-queue.ts';
import { createChild, tupleOf } from './child.ts';
import { traceDrop } from './emit.ts';
import { arrivalOffset } from './isn.ts';
import type { Netns } from './netns.ts';
import { checkCookie, cookieOptions, sentCookieLately } from './syn-cookies.ts';
import { selectInitialWindow } from './window.ts';

/** The child, or why there is none: `not-a-cookie` is answered with RST, `dropped` is not answered. */
export function cookieChild(net: Netns, listener: Sock, seg: Segment): Sock | 'not-a-cookie' | 'dropped' {
  if (net.sysctl['net.ipv4.tcp_syncookies'] === 0 || (seg.flags & ACK) === 0 || (seg.flags & RST) !== 0)
    return 'not-a-cookie';
  if (!sentCookieLately(net, listener)) return 'not-a-cookie';
  const mss = checkCookie(net, seg);
  if (mss === 0) {
    count(net.mib, MIB.TcpExtSyncookiesFailed);
    return 'not-a-cookie';
  }
  count(net.mib, MIB.TcpExtSyncookiesRecv);
  const tuple = tupleOf(seg);
  const options = cookieOptions(net, seg, arrivalOffset(net, seg));
  if (options === null) return 'not-a-cookie';
  const route = routeLookup(net.interfaces, net.routes, tuple.remote, tuple.local);
  if (!route.ok || acceptQueueFull(listener.listener!)) return overflow(net, listener, seg, route.ok);
  // The SYN's window was a multiple of what our segments carry; this one goes by the MSS that the cookie kept.
  const offer = selectInitialWindow(net, listener, mss, options.wscaleOk);
  const child = createChild(
    net,
    listener,
    {
      ...tuple,
      ...options,
      irs: (seg.seq - 1) | 0,
      iss: (seg.ack - 1) | 0,
      mss,
      rcvWnd: offer.window,
      windowClamp: offer.clamp,
      rcvWscale: offer.wscale,
      tsRecent: options.tsOk ? seg.tsVal : 0,
      retransmits: 0,
      sentAt: -1,
      firstTsVal: null,
    },
    seg,
  );
  // Without an echo Linux does not look the offset up, and the child's clock goes on without it.
  if (seg.tsEcr === 0) child.tsOffset = 0;
  acceptQueueAdd(net, listener, child);
  return child;
}

function overflow(net: Netns, listener: Sock, seg: Segment, hadRoute: boolean): 'dropped' {
  listener.drops++;
  if (hadRoute) {
    count(net.mib, MIB.TcpExtListenOverflows);
    traceRefused(net, listener, seg);
  }
  count(net.mib, MIB.TcpExtListenDrops);
  traceDrop(net, hadRoute ? 'accept-queue-full' : 'no-route', seg);
  return 'dropped';
}
