// A half-open connection: 14 words of a slab (20 for IPv6), no object. RequestView names the words; it is a cursor that
// is pointed at one record at a time, so that a flood of SYNs allocates nothing.
// @kernel tcp_request_sock include/linux/tcp.h v6.18
//
// Left out: saved SYN, IP options, Fast Open. One word serves two facts that are never needed together: the time the
// SYN-ACK was sent (for the RTT sample, only if it was sent once) and the TSval of the last SYN-ACK (only if sent again).

import { type Addr, formatEndpoint } from '../addr.ts';
import { handleOf, kindOf, REQUEST4, REQUEST6, slotOf } from '../handle.ts';
import { insertHandle, removeHandle } from '../inet/established.ts';
import {
  MINI_LOCAL,
  MINI_REMOTE,
  MINI6_WORDS,
  MiniView,
  miniLocal,
  miniLocalPort,
  miniRemote,
  miniRemotePort,
  setMiniTuple,
  setMiniTuple4,
} from '../mini.ts';
import { type Slab, slabGet, slabGive, slabTake } from '../slab.ts';
import type { Sock } from '../sock.ts';
import { wheelDeadline } from '../timer-wheel.ts';
import type { Endpoints } from '../trace/event.ts';
import {
  destinationOf,
  isV4Segment,
  type Segment,
  setDestination,
  setSource,
  sourceOf,
} from '../wire/segment.ts';
import { trace } from './emit.ts';
import type { Netns } from './netns.ts';
import { cancelMini } from './timers.ts';

const IRS = 6;
const ISS = 7;
const TS_RECENT = 8;
const FLAGS = 9;
const MSS_WINDOW = 10;
const LISTENER = 11;
const TSVAL_FIRST = 12;
const SENT = 13;
export const REQUEST_STRIDE = 14;
export const REQUEST6_STRIDE = REQUEST_STRIDE + MINI6_WORDS;

// Layout of the FLAGS word: shift and width.
const NUM_TIMEOUT = [0, 7] as const;
const NUM_RETRANS = [7, 8] as const;
const SND_WSCALE = [15, 4] as const;
const RCV_WSCALE = [19, 4] as const;
const WSCALE_OK = 1 << 23;
const SACK_OK = 1 << 24;
const TS_OK = 1 << 25;
const ECN_OK = 1 << 26;
const ACKED = 1 << 27;

export class RequestView extends MiniView {
  private bits(field: readonly [number, number]): number {
    return (this.get(FLAGS) >>> field[0]) & ((1 << field[1]) - 1);
  }

  private setBits(field: readonly [number, number], value: number): void {
    const mask = (1 << field[1]) - 1;
    this.set(FLAGS, (this.get(FLAGS) & ~(mask << field[0])) | (Math.min(value, mask) << field[0]));
  }

  private flag(bit: number): boolean {
    return (this.get(FLAGS) & bit) !== 0;
  }

  private setFlag(bit: number, on: boolean): void {
    this.set(FLAGS, on ? this.get(FLAGS) | bit : this.get(FLAGS) & ~bit);
  }

  get irs(): number {
    return this.get(IRS);
  }
  set irs(v: number) {
    this.set(IRS, v);
  }
  get iss(): number {
    return this.get(ISS);
  }
  set iss(v: number) {
    this.set(ISS, v);
  }
  get tsRecent(): number {
    return this.get(TS_RECENT);
  }
  set tsRecent(v: number) {
    this.set(TS_RECENT, v);
  }
  /** Timer expirations; the next timeout is T << numTimeout. */
  get numTimeout(): number {
    return this.bits(NUM_TIMEOUT);
  }
  set numTimeout(v: number) {
    this.setBits(NUM_TIMEOUT, v);
  }
  /** SYN-ACKs sent again. */
  get numRetrans(): number {
    return this.bits(NUM_RETRANS);
  }
  set numRetrans(v: number) {
    this.setBits(NUM_RETRANS, v);
  }
  get sndWscale(): number {
    return this.bits(SND_WSCALE);
  }
  set sndWscale(v: number) {
    this.setBits(SND_WSCALE, v);
  }
  get rcvWscale(): number {
    return this.bits(RCV_WSCALE);
  }
  set rcvWscale(v: number) {
    this.setBits(RCV_WSCALE, v);
  }
  get wscaleOk(): boolean {
    return this.flag(WSCALE_OK);
  }
  set wscaleOk(v: boolean) {
    this.setFlag(WSCALE_OK, v);
  }
  get sackOk(): boolean {
    return this.flag(SACK_OK);
  }
  set sackOk(v: boolean) {
    this.setFlag(SACK_OK, v);
  }
  get tsOk(): boolean {
    return this.flag(TS_OK);
  }
  set tsOk(v: boolean) {
    this.setFlag(TS_OK, v);
  }
  get ecnOk(): boolean {
    return this.flag(ECN_OK);
  }
  set ecnOk(v: boolean) {
    this.setFlag(ECN_OK, v);
  }
  /** The third ACK came and was not acted on (defer accept, or a full accept queue). */
  get acked(): boolean {
    return this.flag(ACKED);
  }
  set acked(v: boolean) {
    this.setFlag(ACKED, v);
  }
  /** MSS that the peer announced, bytes. */
  get mss(): number {
    return this.get(MSS_WINDOW) >>> 16;
  }
  set mss(v: number) {
    this.set(MSS_WINDOW, (v << 16) | (this.get(MSS_WINDOW) & 0xffff));
  }
  /** Window of our SYN-ACK, bytes, at most 65535. */
  get rcvWnd(): number {
    return this.get(MSS_WINDOW) & 0xffff;
  }
  set rcvWnd(v: number) {
    this.set(MSS_WINDOW, (this.get(MSS_WINDOW) & ~0xffff) | Math.min(v, 0xffff));
  }
  /** Socket id of the listener. */
  get listener(): number {
    return this.get(LISTENER);
  }
  set listener(v: number) {
    this.set(LISTENER, v);
  }
  get tsvalFirst(): number {
    return this.get(TSVAL_FIRST);
  }
  set tsvalFirst(v: number) {
    this.set(TSVAL_FIRST, v);
  }
  /** us modulo 2^32 of the only SYN-ACK; meaningless once numRetrans > 0. */
  get sentUs(): number {
    return this.get(SENT);
  }
  set sentUs(v: number) {
    this.set(SENT, v);
  }
  /** TSval of the last SYN-ACK. */
  get tsvalLast(): number {
    return this.numRetrans === 0 ? this.tsvalFirst : this.get(SENT);
  }
  set tsvalLast(v: number) {
    this.set(SENT, v);
  }
}

const slabOf = (net: Netns, handle: number): Slab => net.slabs[kindOf(handle)]!;
const wide = (handle: number): boolean => kindOf(handle) === REQUEST6;

export const requestLocal = (net: Netns, handle: number): Addr =>
  miniLocal(slabOf(net, handle), handle, wide(handle));
export const requestRemote = (net: Netns, handle: number): Addr =>
  miniRemote(slabOf(net, handle), handle, wide(handle));
export const requestLocalPort = (net: Netns, handle: number): number =>
  miniLocalPort(slabOf(net, handle), slotOf(handle));
export const requestRemotePort = (net: Netns, handle: number): number =>
  miniRemotePort(slabOf(net, handle), slotOf(handle));

export const requestEnds = (net: Netns, handle: number): Endpoints => ({
  local: formatEndpoint(requestLocal(net, handle), requestLocalPort(net, handle)),
  remote: formatEndpoint(requestRemote(net, handle), requestRemotePort(net, handle)),
});

/** Takes a record for the tuple of a SYN; the caller fills it. @kernel inet_reqsk_alloc net/ipv4/tcp_input.c v6.18 */
export function takeRequest(net: Netns, syn: Segment): number {
  const kind = isV4Segment(syn) ? REQUEST4 : REQUEST6;
  const slab = net.slabs[kind]!;
  const slot = slabTake(slab);
  if (kind === REQUEST4) setMiniTuple4(slab, slot, syn.d3, syn.dport, syn.s3, syn.sport);
  else setMiniTuple(slab, slot, true, destinationOf(syn), syn.dport, sourceOf(syn), syn.sport);
  return handleOf(kind, slot);
}

/** Addresses a blank segment to the peer of a request. */
export function addressToPeer(net: Netns, handle: number, seg: Segment): void {
  const slab = slabOf(net, handle);
  const slot = slotOf(handle);
  seg.sport = miniLocalPort(slab, slot);
  seg.dport = miniRemotePort(slab, slot);
  if (wide(handle)) {
    setSource(seg, miniLocal(slab, handle, true));
    setDestination(seg, miniRemote(slab, handle, true));
    return;
  }
  seg.s3 = slabGet(slab, slot, MINI_LOCAL);
  seg.d3 = slabGet(slab, slot, MINI_REMOTE);
}

/** Gives a record back that is in no table. */
export function giveRequest(net: Netns, handle: number): void {
  net.miniOowAck.delete(handle);
  slabGive(slabOf(net, handle), slotOf(handle));
}

/** Puts a filled request into the table and counts it. False when an equal 4-tuple is there already. @kernel inet_csk_reqsk_queue_hash_add net/ipv4/inet_connection_sock.c v6.18 */
export function addRequest(net: Netns, listener: Sock, handle: number): boolean {
  if (!insertHandle(net, handle)) return false;
  const queue = listener.listener!;
  queue.qlen++;
  queue.young++;
  traceRequest(net, listener, handle, 'added', 'SYN');
  return true;
}

/** Takes a request out of table, wheel and counts, and frees it. @kernel inet_csk_reqsk_queue_drop net/ipv4/inet_connection_sock.c v6.18 */
export function removeRequest(net: Netns, view: RequestView, why: string): void {
  const handle = view.handle;
  cancelMini(net, handle);
  removeHandle(net, handle);
  const listener = net.socks.get(view.listener);
  const queue = listener?.listener;
  if (listener !== undefined && queue !== null && queue !== undefined) {
    queue.qlen--;
    if (view.numTimeout === 0) queue.young--;
    traceRequest(net, listener, handle, 'removed', why);
  }
  giveRequest(net, handle);
}

export function traceRequest(
  net: Netns,
  listener: Sock,
  handle: number,
  action: 'added' | 'removed' | 'retransmit',
  why: string,
): void {
  if (net.trace === null) return;
  const queue = listener.listener!;
  const ends = requestEnds(net, handle);
  trace(net, {
    type: 'request',
    at: net.now,
    action,
    why,
    listener: listener.id,
    ends,
    qlen: queue.qlen,
    young: queue.young,
  });
}

/** A half-open connection as `ss` lists it. */
export interface RequestInfo {
  readonly local: Addr;
  readonly lport: number;
  readonly remote: Addr;
  readonly rport: number;
  /** ns */
  readonly timeoutAtNs: number;
  readonly retransmits: number;
  readonly listener: number;
}

function requestInfo(net: Netns, handle: number): RequestInfo {
  const view = new RequestView().at(net, handle);
  return {
    local: requestLocal(net, handle),
    lport: requestLocalPort(net, handle),
    remote: requestRemote(net, handle),
    rport: requestRemotePort(net, handle),
    timeoutAtNs: wheelDeadline(net.wheel, net.slabs, handle) * 1000,
    retransmits: view.numRetrans,
    listener: view.listener,
  };
}

/** Every half-open connection, in table order of slots (IPv4 first). */
export function listRequests(net: Netns): RequestInfo[] {
  return tableHandles(net, [REQUEST4, REQUEST6]).map((handle) => requestInfo(net, handle));
}

/** Handles of the given kinds that stand in the lookup table, by kind and slot. */
export function tableHandles(net: Netns, kinds: readonly number[]): number[] {
  const found: number[] = [];
  for (const handle of net.established.index) {
    if (handle !== 0 && kinds.includes(kindOf(handle))) found.push(handle);
  }
  return found.sort((a, b) => a - b);
}
