// TIME-WAIT (and FIN-WAIT-2 of an orphan) as a slab record of 14 words, 20 for IPv6.
// @kernel inet_timewait_sock, tcp_time_wait, tcp_timewait_state_process net/ipv4/tcp_minisocks.c v6.18
//
// Left out: MD5 and AO keys.

import { type Addr, formatEndpoint, isV4 } from '../addr.ts';
import { handleOf, kindOf, slotOf, TIMEWAIT4, TIMEWAIT6 } from '../handle.ts';
import { bindReleaseTimeWait, bindTransferToTimeWait } from '../inet/bind-table.ts';
import { noteTimeWaitChange, removeHandle, replaceHandle, sockHandle } from '../inet/established.ts';
import { count, MIB } from '../mib.ts';
import {
  MINI6_WORDS,
  MiniView,
  miniLocal,
  miniLocalPort,
  miniRemote,
  miniRemotePort,
  setMiniTuple,
} from '../mini.ts';
import { after, before } from '../seq.ts';
import { type Slab, slabGive, slabTake } from '../slab.ts';
import type { Sock } from '../sock.ts';
import { wheelDeadline } from '../timer-wheel.ts';
import { ACK, FIN, RST, type Segment, SYN, segmentLength } from '../wire/segment.ts';
import { inWindow } from './check-request.ts';
import { NS_PER_MS, NS_PER_S, nowMs, timestampMs } from './clock.ts';
import { trace, traceDrop } from './emit.ts';
import type { Netns } from './netns.ts';
import { miniRateLimited } from './rate-limit.ts';
import { tableHandles } from './request-sock.ts';
import { sendAckReply } from './reset.ts';
import { tcpDone } from './sock-life.ts';
import { setState } from './states.ts';
import { armMini, cancelMini, jiffiesLate, leftOf } from './timers.ts';

const RCV_NXT = 6;
const SND_NXT = 7;
const TS_RECENT = 8;
/** When TSval was last taken over, ms; 0 = no timestamps on this connection. */
const TS_STAMP = 9;
const FLAGS = 10;
const RCV_WND = 11;
const TS_OFFSET = 12;
/** Jiffies by which the wheel lets the timer fire later than was asked. */
const LATE = 13;
export const TIMEWAIT_STRIDE = 14;
export const TIMEWAIT6_STRIDE = TIMEWAIT_STRIDE + MINI6_WORDS;

const FIN_WAIT_2 = 1;
const TS_OK = 2;
const RCV_WSCALE_SHIFT = 4;

/** @kernel TCP_TIMEWAIT_LEN include/net/tcp.h v6.18 */
export const TIMEWAIT_LEN_NS = 60 * NS_PER_S;
/** Shorter lives are counted as TWKilled. @kernel __inet_twsk_schedule net/ipv4/inet_timewait_sock.c v6.18 */
const KILLED_NS = 4 * NS_PER_S;
/** Added to snd_nxt for the successor's ISN. @kernel tcp_timewait_state_process net/ipv4/tcp_minisocks.c v6.18 */
const SUCCESSOR_GAP = 65535 + 2;

class TimeWaitView extends MiniView {
  get rcvNxt(): number {
    return this.get(RCV_NXT);
  }
  set rcvNxt(v: number) {
    this.set(RCV_NXT, v);
  }
  get sndNxt(): number {
    return this.get(SND_NXT);
  }
  set sndNxt(v: number) {
    this.set(SND_NXT, v);
  }
  get tsRecent(): number {
    return this.get(TS_RECENT);
  }
  set tsRecent(v: number) {
    this.set(TS_RECENT, v);
  }
  /** ms of CLOCK_MONOTONIC modulo 2^32. */
  get tsStamp(): number {
    return this.get(TS_STAMP);
  }
  set tsStamp(v: number) {
    this.set(TS_STAMP, v);
  }
  /** Window to offer, bytes. */
  get rcvWnd(): number {
    return this.get(RCV_WND);
  }
  set rcvWnd(v: number) {
    this.set(RCV_WND, v);
  }
  get tsOffset(): number {
    return this.get(TS_OFFSET);
  }
  set tsOffset(v: number) {
    this.set(TS_OFFSET, v);
  }
  get late(): number {
    return this.get(LATE);
  }
  set late(v: number) {
    this.set(LATE, v);
  }
  get tsOk(): boolean {
    return (this.get(FLAGS) & TS_OK) !== 0;
  }
  get rcvWscale(): number {
    return this.get(FLAGS) >>> RCV_WSCALE_SHIFT;
  }
  get finWait2(): boolean {
    return (this.get(FLAGS) & FIN_WAIT_2) !== 0;
  }
  set finWait2(on: boolean) {
    this.set(FLAGS, on ? this.get(FLAGS) | FIN_WAIT_2 : this.get(FLAGS) & ~FIN_WAIT_2);
  }
  setFlags(tsOk: boolean, finWait2: boolean, rcvWscale: number): void {
    this.set(FLAGS, (tsOk ? TS_OK : 0) | (finWait2 ? FIN_WAIT_2 : 0) | (rcvWscale << RCV_WSCALE_SHIFT));
  }
}

const view = new TimeWaitView();
const slabOf = (net: Netns, handle: number): Slab => net.slabs[kindOf(handle)]!;
const wide = (handle: number): boolean => kindOf(handle) === TIMEWAIT6;

/** What a segment for a TIME-WAIT socket is to lead to. */
export type TimeWaitVerdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'reset' }
  /** A SYN that a listener may take over, with the successor's ISN; without a listener it is acknowledged. */
  | { readonly kind: 'syn'; readonly isn: number };

const DONE: TimeWaitVerdict = Object.freeze({ kind: 'done' });
const RESET: TimeWaitVerdict = Object.freeze({ kind: 'reset' });

/**
 * The full socket becomes a TIME-WAIT record (or none, when tcp_max_tw_buckets are in use) and ends.
 * `timeoutNs` is the life of a FIN-WAIT-2 record; TIME-WAIT is always 60 s.
 * @kernel tcp_time_wait net/ipv4/tcp_minisocks.c v6.18
 */
export function enterTimeWait(
  net: Netns,
  sk: Sock,
  substate: 'TIME-WAIT' | 'FIN-WAIT-2',
  timeoutNs: number,
): void {
  if (net.timeWaits >= net.sysctl['net.ipv4.tcp_max_tw_buckets'])
    count(net.mib, MIB.TcpExtTCPTimeWaitOverflow);
  else makeRecord(net, sk, substate, timeoutNs);
  setState(net, sk, 'UNCONN', 'time-wait');
  tcpDone(net, sk);
}

function makeRecord(net: Netns, sk: Sock, substate: 'TIME-WAIT' | 'FIN-WAIT-2', timeoutNs: number): void {
  const kind = isV4(sk.local) ? TIMEWAIT4 : TIMEWAIT6;
  const slot = slabTake(net.slabs[kind]!);
  const handle = handleOf(kind, slot);
  setMiniTuple(net.slabs[kind]!, slot, kind === TIMEWAIT6, sk.local, sk.lport, sk.remote, sk.rport);
  view.at(net, handle);
  view.rcvNxt = sk.rcvNxt;
  view.sndNxt = sk.sndNxt;
  view.rcvWnd = sk.rcvWnd;
  view.tsRecent = sk.tsRecent;
  view.tsStamp = sk.tsOk ? nowMs(net) | 0 : 0;
  view.tsOffset = sk.tsOffset;
  view.setFlags(sk.tsOk, substate === 'FIN-WAIT-2', sk.rcvWscale);
  if (sk.hashed) replaceHandle(net, sockHandle(sk), handle);
  sk.hashed = false;
  if (sk.bound) {
    bindTransferToTimeWait(net.binds, sk, handle);
    sk.bound = false;
  }
  const life = substate === 'TIME-WAIT' ? TIMEWAIT_LEN_NS : Math.max(timeoutNs, sk.rto * 3.5);
  startTimer(net, handle, life);
  net.timeWaits++;
  count(net.mib, life <= KILLED_NS ? MIB.TcpExtTWKilled : MIB.TcpExtTW);
}

/** Arms the timer of the record at which the view stands. @kernel __inet_twsk_schedule net/ipv4/inet_timewait_sock.c v6.18 */
function startTimer(net: Netns, handle: number, lifeNs: number): void {
  view.late = jiffiesLate(net, lifeNs, armMini(net, handle, lifeNs));
}

/** Ends a record: table, port, timer. @kernel inet_twsk_kill net/ipv4/inet_timewait_sock.c v6.18 */
export function killTimeWait(net: Netns, handle: number): void {
  cancelMini(net, handle);
  removeHandle(net, handle);
  forgetTimeWait(net, handle);
}

function forgetTimeWait(net: Netns, handle: number): void {
  const slab = slabOf(net, handle);
  bindReleaseTimeWait(
    net.binds,
    handle,
    miniLocal(slab, handle, wide(handle)),
    miniLocalPort(slab, slotOf(handle)),
  );
  net.miniOowAck.delete(handle);
  slabGive(slab, slotOf(handle));
  net.timeWaits--;
}

/** The record's life is over. */
export function timeWaitExpired(net: Netns, handle: number): void {
  if (net.trace !== null) {
    const info = timeWaitInfo(net, handle);
    const ends = {
      local: formatEndpoint(info.local, info.lport),
      remote: formatEndpoint(info.remote, info.rport),
    };
    trace(net, { type: 'timer', at: net.now, timer: 'TIME-WAIT', sock: 0, ends });
  }
  killTimeWait(net, handle);
}

/** Sends the record's ACK: last acknowledgement, current window. @kernel tcp_v4_timewait_ack net/ipv4/tcp_ipv4.c v6.18 */
export function timeWaitAck(net: Netns, handle: number, seg: Segment): void {
  view.at(net, handle);
  sendAckReply(net, seg, {
    seq: view.sndNxt,
    ack: view.rcvNxt,
    window: view.rcvWnd >> view.rcvWscale,
    tsVal: view.tsOk ? (timestampMs(net) + view.tsOffset) | 0 : null,
    tsEcr: view.tsRecent,
  });
}

function limitedAck(net: Netns, handle: number, seg: Segment, counter: number): TimeWaitVerdict {
  if (!miniRateLimited(net, handle, seg, counter)) timeWaitAck(net, handle, seg);
  else traceDrop(net, 'rate-limited', seg);
  return DONE;
}

/** FIN-WAIT-2 without a socket: the peer may still close, nothing else. */
function inFinWait2(net: Netns, handle: number, seg: Segment, paws: boolean): TimeWaitVerdict {
  const end = (seg.seq + segmentLength(seg)) | 0;
  if (paws || !inWindow(seg.seq, end, view.rcvNxt, (view.rcvNxt + view.rcvWnd) | 0)) {
    return limitedAck(net, handle, seg, MIB.TcpExtTCPACKSkippedFinWait2);
  }
  if ((seg.flags & RST) !== 0) {
    killTimeWait(net, handle);
    return DONE;
  }
  if ((seg.flags & SYN) !== 0 && !before(seg.seq, view.rcvNxt)) return RESET;
  if ((seg.flags & ACK) === 0 || !after(end, view.rcvNxt) || end === seg.seq) {
    traceDrop(net, 'old-duplicate', seg);
    return DONE;
  }
  if ((seg.flags & FIN) === 0 || end !== ((view.rcvNxt + 1) | 0)) return RESET;
  view.finWait2 = false;
  view.rcvNxt = end;
  takeTimestamp(net, handle, seg);
  startTimer(net, handle, TIMEWAIT_LEN_NS);
  timeWaitAck(net, handle, seg);
  return DONE;
}

function takeTimestamp(net: Netns, handle: number, seg: Segment): void {
  if (seg.hasTimestamp) {
    view.tsRecent = seg.tsVal;
    view.tsStamp = nowMs(net) | 0;
  }
  noteTimeWaitChange(net, handle);
}

/** In order and empty, or a RST: nothing to say. */
function inOrder(net: Netns, handle: number, seg: Segment): TimeWaitVerdict {
  if ((seg.flags & RST) !== 0) {
    if (net.sysctl['net.ipv4.tcp_rfc1337'] === 0) {
      killTimeWait(net, handle);
      return DONE;
    }
  } else {
    startTimer(net, handle, TIMEWAIT_LEN_NS);
  }
  takeTimestamp(net, handle, seg);
  traceDrop(net, 'time-wait', seg);
  return DONE;
}

/** ISN of the connection that takes a TIME-WAIT record's place. */
function successorIsn(sndNxt: number): number {
  const isn = (sndNxt + SUCCESSOR_GAP) | 0;
  return isn === 0 ? 1 : isn;
}

/** Runs a segment against a TIME-WAIT record. */
export function timeWaitSegment(net: Netns, handle: number, seg: Segment): TimeWaitVerdict {
  view.at(net, handle);
  const timed = seg.hasTimestamp && view.tsStamp !== 0;
  const paws =
    timed &&
    view.tsRecent !== 0 &&
    ((view.tsRecent - seg.tsVal) | 0) > 0 &&
    !((seg.flags & RST) !== 0 && recentlyStamped(net));
  if (view.finWait2) return inFinWait2(net, handle, seg, paws);
  const rst = (seg.flags & RST) !== 0;
  const ack = (seg.flags & ACK) !== 0;
  if (!paws && seg.seq === view.rcvNxt && (segmentLength(seg) === 0 || rst)) return inOrder(net, handle, seg);
  const newer = after(seg.seq, view.rcvNxt) || (timed && ((view.tsRecent - seg.tsVal) | 0) < 0);
  if ((seg.flags & SYN) !== 0 && !rst && !ack && !paws && newer) {
    return { kind: 'syn', isn: successorIsn(view.sndNxt) };
  }
  if (paws) {
    count(net.mib, net.profile.behaviour.countsPawsTimewait ? MIB.TcpExtPAWSTimewait : MIB.TcpExtPAWSEstab);
  }
  if (rst) {
    traceDrop(net, 'time-wait', seg);
    return DONE;
  }
  if (paws || ack) startTimer(net, handle, TIMEWAIT_LEN_NS);
  return limitedAck(net, handle, seg, MIB.TcpExtTCPACKSkippedTimeWait);
}

/** A RST with an old timestamp counts when the last one is 60 s old. @kernel tcp_paws_reject include/net/tcp.h v6.18 */
const recentlyStamped = (net: Netns): boolean => ((nowMs(net) - view.tsStamp) | 0) >= 60_000;

/** What connect() must know to reuse a record. @kernel tcp_twsk_unique net/ipv4/tcp_ipv4.c v6.18 */
export interface Recycled {
  readonly isn: number;
  readonly tsRecent: number;
  readonly tsStampMs: number;
}

/**
 * CLOCK_MONOTONIC, ms, from which connect() may take the record's 4-tuple as it is now; Infinity: never. `explicit`: the
 * caller bound the port itself.
 */
function recyclableAtMs(net: Netns, handle: number, explicit: boolean, loopback: boolean): number {
  view.at(net, handle);
  if (view.tsStamp === 0) return Number.POSITIVE_INFINITY;
  if (explicit) return 0;
  const mode = net.sysctl['net.ipv4.tcp_tw_reuse'];
  if (mode === 0 || (mode === 2 && !loopback) || view.finWait2) return Number.POSITIVE_INFINITY;
  const stampMs = nowMs(net) - ((nowMs(net) - view.tsStamp) | 0);
  if (net.profile.behaviour.reuseDelayInMs) return stampMs + net.sysctl['net.ipv4.tcp_tw_reuse_delay'] + 1;
  return (Math.floor(stampMs / 1000) + 1) * 1000;
}

/** True when connect() may take the record's 4-tuple. `explicit`: the caller bound the port itself. */
export const mayRecycle = (net: Netns, handle: number, explicit: boolean, loopback: boolean): boolean =>
  recyclableAtMs(net, handle, explicit, loopback) <= nowMs(net);

/** Uptime ns from which connect() may recycle the record for a port of its own choice; Infinity: not as it is. */
export const recyclableAtNs = (net: Netns, handle: number, loopback: boolean): number =>
  recyclableAtMs(net, handle, false, loopback) * NS_PER_MS;

/** Takes the record away for a new connection and gives what that begins with. Counts TWRecycled. */
export function recycle(net: Netns, handle: number): Recycled {
  view.at(net, handle);
  const given = { isn: successorIsn(view.sndNxt), tsRecent: view.tsRecent, tsStampMs: view.tsStamp };
  killTimeWait(net, handle);
  count(net.mib, MIB.TcpExtTWRecycled);
  return given;
}

/** A TIME-WAIT socket as `ss` lists it. */
export interface TimeWaitInfo {
  readonly state: 'TIME-WAIT' | 'FIN-WAIT-2';
  readonly local: Addr;
  readonly lport: number;
  readonly remote: Addr;
  readonly rport: number;
  /** ns until the time for which the timer asked. */
  readonly leftNs: number;
  readonly retransmits: number;
}

function timeWaitInfo(net: Netns, handle: number): TimeWaitInfo {
  const slab = slabOf(net, handle);
  return {
    state: view.at(net, handle).finWait2 ? 'FIN-WAIT-2' : 'TIME-WAIT',
    local: miniLocal(slab, handle, wide(handle)),
    lport: miniLocalPort(slab, slotOf(handle)),
    remote: miniRemote(slab, handle, wide(handle)),
    rport: miniRemotePort(slab, slotOf(handle)),
    leftNs: leftOf(net, wheelDeadline(net.wheel, net.slabs, handle) * 1000, view.late),
    retransmits: 0,
  };
}

/** Every TIME-WAIT record, in the order of slots (IPv4 first). */
export const listTimeWaits = (net: Netns): TimeWaitInfo[] =>
  tableHandles(net, [TIMEWAIT4, TIMEWAIT6]).map((handle) => timeWaitInfo(net, handle));
