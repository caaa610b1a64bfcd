// How much a socket may still queue: bytes plus a fixed overhead for each send record, against the send buffer.
// Linux counts true sizes of skbs; records of our queue stand for them.

import type { SendBuffer, Sock } from '../sock.ts';
import { WAKE_WRITE, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { chargeMemory, unchargeMemory } from './socket-memory.ts';
import { packetsInFlight, RECORD_START } from './transmit.ts';
import { expandSndbuf } from './window.ts';

/** Head, skb_shared_info and sk_buff of an empty send skb on x86-64, bytes. @kernel tcp_stream_alloc_skb net/ipv4/tcp.c v6.18 */
const RECORD_OVERHEAD = 832;

/** sk_wmem_queued, bytes. */
const sendMemory = (sk: Sock): number => sk.queuedBytes + sk.path.recordsQueued * RECORD_OVERHEAD;

/** A new send record may be begun. @kernel sk_stream_memory_free include/net/sock.h v6.18 */
export const sendMemoryFree = (sk: Sock): boolean => sendMemory(sk) < sk.options.sndBuf;

/** poll() says writable. @kernel sk_stream_is_writeable include/net/sock.h v6.18 */
export const writable = (sk: Sock): boolean =>
  sk.options.sndBuf - sendMemory(sk) >= sendMemory(sk) >> 1 && sendMemoryFree(sk);

/** Bytes that a writer added, at the start of a record with its overhead. @kernel tcp_wmem_schedule net/ipv4/tcp.c v6.18 */
export function rememberBytes(sk: Sock, length: number, begins: boolean): void {
  sk.queuedBytes += length;
  if (begins) beginRecord(sk);
  chargeMemory(sk, length);
}

/** Another send record, a new one or what was cut off one. @kernel tcp_stream_alloc_skb net/ipv4/tcp.c v6.18 */
export function beginRecord(sk: Sock): void {
  sk.path.recordsUnsent++;
  chargeRecord(sk);
}

/** One skb more. */
export function chargeRecord(sk: Sock): void {
  sk.path.recordsQueued++;
  chargeMemory(sk, RECORD_OVERHEAD);
}

/** One skb less. */
export function unchargeRecord(sk: Sock): void {
  sk.path.recordsQueued--;
  unchargeMemory(sk, RECORD_OVERHEAD);
}

/** The SYN takes memory like a record, but does not wait. @kernel tcp_connect_queue_skb net/ipv4/tcp_output.c v6.18 */
export const rememberSyn = chargeRecord;

/** A record becomes part of the one before it: `first` is its first buffer. */
export function joinRecord(sk: Sock, first: SendBuffer): void {
  first.flags &= ~RECORD_START;
  sk.path.recordsUnsent--;
  unchargeRecord(sk);
}

/** Takes an acknowledged or dropped buffer out of the account. @kernel tcp_wmem_free_skb include/net/tcp.h v6.18 */
export function forgetBuffer(sk: Sock, buf: SendBuffer): void {
  sk.queuedBytes -= buf.data.length;
  const ends = (buf.flags & RECORD_START) !== 0;
  if (ends) sk.path.recordsQueued--;
  unchargeMemory(sk, buf.data.length + (ends ? RECORD_OVERHEAD : 0));
}

/** Bytes at the front of a buffer were acknowledged. @kernel tcp_trim_head net/ipv4/tcp_output.c v6.18 */
export function forgetBytes(sk: Sock, length: number): void {
  sk.queuedBytes -= length;
  unchargeMemory(sk, length);
}

/** Announces free space when a writer met a full buffer. @kernel tcp_check_space net/ipv4/tcp_input.c v6.18 */
export function checkSpace(net: Netns, sk: Sock): void {
  if (!sk.path.noSpace) return;
  if (!sk.options.sndBufLocked && packetsInFlight(sk) < sk.cwnd) {
    expandSndbuf(net, sk);
    sk.path.cwndStamp = net.now;
  }
  if (!writable(sk)) return;
  sk.path.noSpace = false;
  wake(net, sk, WAKE_WRITE);
}

/** Empties both queues. @kernel tcp_write_queue_purge net/ipv4/tcp.c v6.18 */
export function purgeSendQueues(sk: Sock): void {
  unchargeMemory(sk, sendMemory(sk));
  sk.sendQueue.length = 0;
  sk.retransmitQueue.length = 0;
  sk.queuedBytes = 0;
  sk.packetsOut = 0;
  sk.sackedOut = 0;
  sk.lostOut = 0;
  sk.retransOut = 0;
  sk.path.recordsQueued = 0;
  sk.path.recordsUnsent = 0;
  sk.path.goalLeft = 0;
  sk.backoff = 0;
}
