// Header prediction: whether the next segment may take the short way. It does not change what is sent, but it decides
// which counters move (TCPHPHits, TCPHPAcks, TCPPureAcks). @kernel tcp_fast_path_on include/net/tcp.h v6.18

import type { Sock } from '../sock.ts';
import { ACK, PSH, type Segment } from '../wire/segment.ts';

/** Turns prediction on if nothing speaks against it; never off. @kernel tcp_fast_path_check include/net/tcp.h v6.18 */
export function fastPathCheck(sk: Sock): void {
  if (sk.outOfOrder.length > 0 || sk.rcvWnd === 0 || sk.path.receiveMemory >= sk.options.rcvBuf) return;
  sk.path.predict = true;
}

/** The segment is exactly what was expected: ACK, same window, usual options, next in order. */
export function predicted(sk: Sock, seg: Segment): boolean {
  return (
    sk.path.predict &&
    (seg.flags & ~PSH) === ACK &&
    seg.window === Math.floor(sk.sndWnd / 2 ** sk.sndWscale) &&
    seg.seq === sk.rcvNxt &&
    ((seg.ack - sk.sndNxt) | 0) <= 0 &&
    seg.sack === null &&
    seg.rawOptions === null &&
    seg.hasTimestamp === sk.tsOk &&
    (!sk.tsOk || ((seg.tsVal - sk.tsRecent) | 0) >= 0)
  );
}
