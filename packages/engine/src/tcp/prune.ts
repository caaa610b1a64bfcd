// A full receive buffer: the queues are copied into fewer, fuller buffers, then early data is thrown away, before a
// segment is refused. Left out: memory pressure of the whole host.

import { count, MIB } from '../mib.ts';
import { after, before, seqMax } from '../seq.ts';
import type { ReceiveBuffer, Sock } from '../sock.ts';
import type { Netns } from './netns.ts';
import { chargeReceive, SKB_BYTES, skbHead, unchargeReceive } from './receive-memory.ts';
import { windowFromSpace } from './window.ts';

/** Most that one copy takes: what a page holds beside its skb_shared_info. @kernel SKB_MAX_ORDER include/linux/skbuff.h v6.18 */
const COPY_MAX = 3776;

/** @kernel tcp_can_ingest net/ipv4/tcp_input.c v6.18 */
const fits = (sk: Sock): boolean => sk.path.receiveMemory <= sk.options.rcvBuf;

/** @kernel tcp_clamp_window net/ipv4/tcp_input.c v6.18 */
function clampWindow(net: Netns, sk: Sock): void {
  const most = net.sysctl['net.ipv4.tcp_rmem'][2];
  sk.quickAcks = 0;
  if (sk.options.rcvBuf < most && !sk.options.rcvBufLocked) {
    sk.options.rcvBuf = Math.min(sk.path.receiveMemory, most);
  }
  if (sk.path.receiveMemory > sk.options.rcvBuf) sk.rcvSsthresh = Math.min(sk.windowClamp, 2 * sk.advmss);
}

/** A buffer is gone, since others hold what it held. @kernel tcp_collapse_one net/ipv4/tcp_input.c v6.18 */
function release(net: Netns, sk: Sock, buf: ReceiveBuffer): void {
  unchargeReceive(sk, buf.size);
  count(net.mib, MIB.TcpExtTCPRcvCollapsed);
}

/** An empty copy for `bytes` from `seq` on, charged as if it were full. */
function newCopy(sk: Sock, seq: number, bytes: number, push: boolean): ReceiveBuffer {
  const head = skbHead(bytes);
  const size = head.bytes + SKB_BYTES;
  chargeReceive(sk, size);
  return { seq, endSeq: seq, data: new Uint8Array(bytes), fin: false, push, size, room: head.room };
}

/** Takes over what `from` has at the end of the copy, as far as `length` bytes have room; how many that were. */
function fill(copy: ReceiveBuffer, from: ReceiveBuffer, length: number): number {
  const at = (copy.endSeq - from.seq) | 0;
  const taken = Math.min(length, (from.endSeq - copy.endSeq) | 0);
  if (taken <= 0) return 0;
  copy.data.set(from.data.subarray(at, at + taken), (copy.endSeq - copy.seq) | 0);
  copy.endSeq = (copy.endSeq + taken) | 0;
  copy.room -= taken;
  return taken;
}

/** A part of a queue without holes: buffers `from` to before `to`, sequence numbers `start` to before `end`. */
interface Range {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** Worth to begin a copy with: it takes more memory than its share of a window, or begins before what is wanted. */
const bloated = (sk: Sock, buf: ReceiveBuffer, start: number): boolean =>
  !buf.fin && (windowFromSpace(sk, buf.size) > buf.data.length || before(buf.seq, start));

/**
 * Copies a range from the first buffer on for which it is worth it. Returns by how many buffers the queue is shorter.
 * @kernel tcp_collapse net/ipv4/tcp_input.c v6.18
 */
function collapse(net: Netns, sk: Sock, queue: ReceiveBuffer[], range: Range): number {
  let { from, to, start } = range;
  for (; ; from++) {
    while (from < to && !after(queue[from]!.endSeq, start)) {
      release(net, sk, queue[from]!);
      queue.splice(from, 1);
      to--;
    }
    if (from >= to) return range.to - to;
    const buf = queue[from]!;
    if (bloated(sk, buf, start)) break;
    const next = from + 1 < to ? queue[from + 1] : undefined;
    if (next !== undefined && buf.endSeq !== next.seq) break;
    start = buf.endSeq;
  }
  if (queue[from]!.fin) return range.to - to;
  const copies = copyOf(net, sk, queue, { from, to, start, end: range.end });
  queue.splice(from, copies.used, ...copies.made);
  return range.to - to + copies.used - copies.made.length;
}

function copyOf(
  net: Netns,
  sk: Sock,
  queue: ReceiveBuffer[],
  { from, to, start, end }: Range,
): { readonly made: ReceiveBuffer[]; readonly used: number } {
  const made: ReceiveBuffer[] = [];
  let at = from;
  for (let next = start; before(next, end); ) {
    let left = Math.min(COPY_MAX, (end - next) | 0);
    const copy = newCopy(sk, next, left, queue[at]!.push);
    made.push(copy);
    while (left > 0) {
      const buf = queue[at]!;
      left -= fill(copy, buf, left);
      next = copy.endSeq;
      if (before(next, buf.endSeq)) continue;
      release(net, sk, buf);
      at++;
      if (at >= to || queue[at]!.fin) {
        // It may have been given more room than it found data for.
        copy.data = copy.data.slice(0, (next - copy.seq) | 0);
        return { made, used: at - from };
      }
    }
  }
  return { made, used: at - from };
}

/**
 * Copies each part of the early data that has no hole in it, but no lone small buffers.
 * @kernel tcp_collapse_ofo_queue net/ipv4/tcp_input.c v6.18
 */
function collapseOutOfOrder(net: Netns, sk: Sock): void {
  const queue = sk.outOfOrder;
  let tiny = 0;
  for (let from = 0; from < queue.length; ) {
    const head = queue[from]!;
    let { seq: start, endSeq: end, size } = head;
    let to = from + 1;
    for (; to < queue.length; to++) {
      const buf = queue[to]!;
      if (after(buf.seq, end) || before(buf.endSeq, start)) break;
      size += buf.size;
      if (before(buf.seq, start)) start = buf.seq;
      end = seqMax(end, buf.endSeq);
    }
    if (size !== head.size || ((end - start) | 0) >= COPY_MAX) {
      to -= collapse(net, sk, queue, { from, to, start, end });
    } else {
      tiny += size;
      if (tiny > sk.options.rcvBuf >> 3) return;
    }
    from = to;
  }
}

/**
 * Throws early data away, the last first, an eighth of the buffer at a time, until a segment at `seq` has room. Not if
 * the segment would itself be the last. @kernel tcp_prune_ofo_queue net/ipv4/tcp_input.c v6.18
 */
function pruneOutOfOrder(net: Netns, sk: Sock, seq: number): void {
  const queue = sk.outOfOrder;
  let goal = sk.options.rcvBuf >> 3;
  let pruned = false;
  for (let last = queue.at(-1); last !== undefined && !after(seq, last.seq); last = queue.at(-1)) {
    pruned = true;
    queue.pop();
    unchargeReceive(sk, last.size);
    goal -= last.size;
    if (queue.length > 0 && goal > 0) continue;
    if (fits(sk)) break;
    goal = sk.options.rcvBuf >> 3;
  }
  if (!pruned) return;
  count(net.mib, MIB.TcpExtOfoPruned);
  // The peer may think of it what it likes: it has to send all of that again.
  sk.sackRecent.length = 0;
  sk.dsackPending = false;
}

/**
 * Room for one more segment, at `seq`? Nothing is tried when nothing is held.
 * @kernel tcp_try_rmem_schedule, tcp_prune_queue net/ipv4/tcp_input.c v6.18
 */
export function receiveRoom(net: Netns, sk: Sock, seq: number): boolean {
  if (fits(sk)) return true;
  if (sk.path.receiveMemory === 0) return false;
  count(net.mib, MIB.TcpExtPruneCalled);
  clampWindow(net, sk);
  if (fits(sk)) return true;
  collapseOutOfOrder(net, sk);
  const received = sk.receiveQueue;
  if (received.length > 0) {
    collapse(net, sk, received, { from: 0, to: received.length, start: sk.copiedSeq, end: sk.rcvNxt });
  }
  if (fits(sk)) return true;
  pruneOutOfOrder(net, sk, seq);
  if (fits(sk)) return true;
  count(net.mib, MIB.TcpExtRcvPruned);
  sk.path.predict = false;
  return false;
}
