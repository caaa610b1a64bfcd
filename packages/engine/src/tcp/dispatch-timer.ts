// A timer popped from the wheel: whose is it?

import { kindOf, TIMER, TIMEWAIT4, TIMEWAIT6 } from '../handle.ts';
import type { Netns } from './netns.ts';
import { requestTimerFired } from './request-timer.ts';
import { sockTimerFired } from './socket-timers.ts';
import { timeWaitExpired } from './time-wait.ts';
import { timerFired } from './timers.ts';

export function dispatchTimer(net: Netns, handle: number): void {
  const kind = kindOf(handle);
  if (kind === TIMER) {
    const fired = timerFired(net, handle);
    const sk = fired === null ? undefined : net.socks.get(fired.sock);
    if (fired !== null && sk !== undefined) sockTimerFired(net, sk, fired.name);
  } else if (kind === TIMEWAIT4 || kind === TIMEWAIT6) {
    timeWaitExpired(net, handle);
  } else {
    requestTimerFired(net, handle);
  }
}
