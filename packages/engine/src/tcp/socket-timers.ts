// A full socket's timer fired: which of the three?

import type { Sock } from '../sock.ts';
import { delackTimerFired } from './delayed-ack.ts';
import { endsOf, trace } from './emit.ts';
import { keepaliveTimerFired } from './keepalive.ts';
import type { Netns } from './netns.ts';
import { retransmitTimerFired } from './retransmit.ts';
import type { TimerName } from './timers.ts';

/** Runs the handler of a socket's timer. */
export function sockTimerFired(net: Netns, sk: Sock, name: TimerName): void {
  if (net.trace !== null) {
    const timer = name === 'retransmit' ? sk.retransmitKind : name;
    trace(net, { type: 'timer', at: net.now, timer, sock: sk.id, ends: endsOf(sk) });
  }
  if (name === 'retransmit') retransmitTimerFired(net, sk);
  else if (name === 'delack') delackTimerFired(net, sk);
  else keepaliveTimerFired(net, sk);
}
