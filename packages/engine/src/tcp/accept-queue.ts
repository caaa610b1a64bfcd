// The accept queue: completed connections in the order of their completion, at most backlog + 1 of them. Only this
// module changes its length. @kernel request_sock_queue, sk_ack_backlog include/net v6.18

import { formatEndpoint } from '../addr.ts';
import { count, MIB } from '../mib.ts';
import type { Listener, Sock } from '../sock.ts';
import { destinationOf, type Segment, sourceOf } from '../wire/segment.ts';
import { endsOf, trace } from './emit.ts';
import { countMigrated, heirOfChild } from './migrate.ts';
import type { Netns } from './netns.ts';
import { sendActiveReset } from './output.ts';
import { destroySock, tcpDone } from './sock-life.ts';
import { setState } from './states.ts';

/** Taken entries at the front of the array are cut off when there are this many. */
const COMPACT_AT = 1024;

export const acceptQueueLength = (sk: Sock): number => {
  const queue = sk.listener;
  return queue === null ? 0 : queue.queue.length - queue.head;
};

/** Full means more than backlog waiting, so backlog + 1 fit. @kernel sk_acceptq_is_full include/net/sock.h v6.18 */
export const acceptQueueFull = (queue: Listener): boolean => queue.queue.length - queue.head > queue.backlog;

/** Appends a completed child. The caller wakes the listener's readers. @kernel inet_csk_reqsk_queue_add net/ipv4/inet_connection_sock.c v6.18 */
export function acceptQueueAdd(net: Netns, listener: Sock, child: Sock): void {
  listener.listener!.queue.push(child.id);
  child.parent = listener.id;
  traceQueue(net, listener, child, 'added');
}

/** Takes the oldest child, or null. @kernel reqsk_queue_remove include/net/request_sock.h v6.18 */
export function acceptQueueTake(net: Netns, listener: Sock): Sock | null {
  const queue = listener.listener!;
  const id = queue.queue[queue.head];
  if (id === undefined) return null;
  queue.head++;
  if (queue.head === queue.queue.length) {
    queue.queue.length = 0;
    queue.head = 0;
  } else if (queue.head >= COMPACT_AT && queue.head * 2 > queue.queue.length) {
    queue.queue.splice(0, queue.head);
    queue.head = 0;
  }
  const child = net.socks.get(id)!;
  child.parent = 0;
  traceQueue(net, listener, child, 'taken');
  return child;
}

/** Empties the queue and gives what was in it, oldest first. */
function acceptQueueFlush(net: Netns, listener: Sock): Sock[] {
  const queue = listener.listener!;
  const children = queue.queue.slice(queue.head).map((id) => net.socks.get(id)!);
  queue.queue.length = 0;
  queue.head = 0;
  for (const child of children) {
    child.parent = 0;
    traceQueue(net, listener, child, 'flushed');
  }
  return children;
}

function traceQueue(net: Netns, listener: Sock, child: Sock, action: 'added' | 'taken' | 'flushed'): void {
  if (net.trace === null) return;
  const queue = listener.listener!;
  const length = queue.queue.length - queue.head;
  trace(net, {
    type: 'accept-queue',
    at: net.now,
    action,
    listener: listener.id,
    ends: endsOf(child),
    length,
    backlog: queue.backlog,
  });
}

/**
 * The listener closes: every queued child is reset, oldest first, or goes to another listener (tcp_migrate_req). Half-open
 * requests stay in the table until their timer or a segment finds that their listener is gone. @kernel inet_csk_listen_stop net/ipv4/inet_connection_sock.c v6.18
 */
export function listenStop(net: Netns, listener: Sock): void {
  for (const child of acceptQueueFlush(net, listener)) {
    const heir = heirOfChild(net, listener, child);
    if (heir === null) abortChild(net, child);
    else {
      acceptQueueAdd(net, heir, child);
      countMigrated(net);
    }
  }
}

/** @kernel inet_child_forget, tcp_disconnect net/ipv4 v6.18 */
function abortChild(net: Netns, child: Sock): void {
  child.orphan = true;
  net.orphans++;
  if (child.state === 'UNCONN') return destroySock(net, child);
  count(net.mib, MIB.TcpEstabResets);
  sendActiveReset(net, child);
  setState(net, child, 'UNCONN', 'close');
  tcpDone(net, child);
}

/** Notes that a segment found the queue full. */
export function traceRefused(net: Netns, listener: Sock, seg: Segment): void {
  if (net.trace === null) return;
  const queue = listener.listener!;
  const ends = {
    local: formatEndpoint(destinationOf(seg), seg.dport),
    remote: formatEndpoint(sourceOf(seg), seg.sport),
  };
  const length = queue.queue.length - queue.head;
  trace(net, {
    type: 'accept-queue',
    at: net.now,
    action: 'refused',
    listener: listener.id,
    ends,
    length,
    backlog: queue.backlog,
  });
}
