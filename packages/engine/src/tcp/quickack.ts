// The TCP_QUICKACK option.

import type { Sock } from '../sock.ts';
import { enterPingpong } from './delayed-ack.ts';
import type { Netns } from './netns.ts';
import { acknowledgeRead } from './receive.ts';

/**
 * 0 enters ping-pong mode. Anything else leaves it, and sends an ACK that waits, unless data lies unread; even values
 * enter it again then. @kernel __tcp_sock_set_quickack net/ipv4/tcp.c v6.18
 */
export function setQuickAck(net: Netns, sk: Sock, value: number): void {
  if (value === 0) return enterPingpong(net, sk);
  sk.pingpong = 0;
  const open = sk.state === 'ESTAB' || sk.state === 'CLOSE-WAIT';
  if (!open || !sk.ackScheduled) return;
  sk.ackPushed = Math.max(sk.ackPushed, 1);
  acknowledgeRead(net, sk, 1);
  if ((value & 1) === 0) enterPingpong(net, sk);
}
