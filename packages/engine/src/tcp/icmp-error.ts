// ICMP errors that quote a segment of ours. Fatal while connecting, a hint afterwards, the end of a half-open request
// for some codes. @kernel tcp_v4_err net/ipv4/tcp_ipv4.c, tcp_v6_err net/ipv6/tcp_ipv6.c v6.18
//
// Left out: redirects.

import { isV4 } from '../addr.ts';
import type { Errno } from '../errno.ts';
import { kindOf, REQUEST4, REQUEST6, SOCK, slotOf } from '../handle.ts';
import { findTuple } from '../inet/established.ts';
import { isPathLocked, learnPathMtu, pathMtu } from '../inet/path-mtu.ts';
import { count, MIB } from '../mib.ts';
import { between } from '../seq.ts';
import type { Sock } from '../sock.ts';
import type { IcmpMessage, QuotedSegment } from '../wire/packet.ts';
import { finishWithError } from './close.ts';
import { WAKE_ERROR, wake } from './emit.ts';
import type { Netns } from './netns.ts';
import { chargeReceive, icmpTruesize } from './receive-memory.ts';
import { RequestView, removeRequest } from './request-sock.ts';
import { simpleRetransmit } from './resend.ts';
import { revertBackoff } from './retransmit.ts';
import { syncMss } from './window.ts';

// ICMP types, RFC 792; ICMPv6 types, RFC 4443.
const DEST_UNREACH = 3;
const TIME_EXCEEDED = 11;
const PARAM_PROBLEM = 12;
const V6_DEST_UNREACH = 1;
const V6_TOO_BIG = 2;
const V6_TIME_EXCEEDED = 3;
const V6_PARAM_PROBLEM = 4;
const FRAG_NEEDED = 4;

/** errno by code of destination unreachable. @kernel icmp_err_convert net/ipv4/icmp.c v6.18 */
const UNREACH: readonly Errno[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EOPNOTSUPP',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENONET',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
];
/** @kernel tab_unreach net/ipv6/icmp.c v6.18 */
const UNREACH6: readonly Errno[] = [
  'ENETUNREACH',
  'EACCES',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'ECONNREFUSED',
  'EACCES',
  'EACCES',
];

type Meaning =
  | { readonly kind: 'error'; readonly errno: Errno }
  | { readonly kind: 'mtu'; readonly mtu: number }
  | null;

function meaningV4(message: IcmpMessage): Meaning {
  const { type, code } = message;
  if (type === TIME_EXCEEDED) return { kind: 'error', errno: 'EHOSTUNREACH' };
  if (type === PARAM_PROBLEM) return { kind: 'error', errno: 'EPROTO' };
  if (type !== DEST_UNREACH) return null;
  if (code === FRAG_NEEDED) return { kind: 'mtu', mtu: message.info & 0xffff };
  return { kind: 'error', errno: UNREACH[code]! };
}

function meaningV6(message: IcmpMessage): Meaning {
  const { type, code } = message;
  if (type === V6_TOO_BIG) return { kind: 'mtu', mtu: message.info };
  if (type === V6_TIME_EXCEEDED) return { kind: 'error', errno: 'EHOSTUNREACH' };
  if (type === V6_PARAM_PROBLEM) return { kind: 'error', errno: 'EPROTO' };
  if (type !== V6_DEST_UNREACH || code >= UNREACH6.length) return null;
  return { kind: 'error', errno: UNREACH6[code]! };
}

function countArrival(net: Netns, message: IcmpMessage): void {
  if (!isV4(message.destination)) return;
  count(net.mib, MIB.IcmpInMsgs);
  if (message.type === DEST_UNREACH) count(net.mib, MIB.IcmpInDestUnreachs);
  else if (message.type === TIME_EXCEEDED) count(net.mib, MIB.IcmpInTimeExcds);
  else if (message.type === PARAM_PROBLEM) count(net.mib, MIB.IcmpInParmProbs);
}

/** Errors that no protocol hears of: unknown codes, time exceeded in reassembly. @kernel icmp_unreach net/ipv4/icmp.c v6.18 */
const staysInIcmp = ({ type, code, destination }: IcmpMessage): boolean =>
  isV4(destination) &&
  ((type === DEST_UNREACH && code >= UNREACH.length) || (type === TIME_EXCEEDED && code !== 0));

/** An ICMP message from a link. */
export function receiveIcmp(net: Netns, message: IcmpMessage): void {
  countArrival(net, message);
  const quoted = message.quoted;
  if (staysInIcmp(message)) return;
  const meaning = isV4(message.destination) ? meaningV4(message) : meaningV6(message);
  if (quoted === null) return;
  const handle = findTuple(net, quoted.source, quoted.sport, quoted.destination, quoted.dport);
  if (handle === 0) {
    if (isV4(message.destination)) count(net.mib, MIB.IcmpInErrors);
    return;
  }
  const kind = kindOf(handle);
  if (kind === REQUEST4 || kind === REQUEST6) toRequest(net, handle, message, quoted);
  else if (kind === SOCK) toSock(net, net.socks.get(slotOf(handle))!, message, meaning, quoted);
}

const view = new RequestView();

function killsRequest(net: Netns, message: IcmpMessage): boolean {
  const { type, code } = message;
  const v4 = isV4(message.destination);
  if (type === (v4 ? TIME_EXCEEDED : V6_TIME_EXCEEDED) || type === (v4 ? PARAM_PROBLEM : V6_PARAM_PROBLEM))
    return true;
  if (type !== (v4 ? DEST_UNREACH : V6_DEST_UNREACH)) return false;
  if (net.profile.behaviour.icmpRequestCodes === 'any') return !v4 || code !== FRAG_NEEDED;
  return code === 0 || code === (v4 ? 1 : 3);
}

/** @kernel tcp_req_err net/ipv4/tcp_ipv4.c v6.18 */
function toRequest(net: Netns, handle: number, message: IcmpMessage, quoted: QuotedSegment): void {
  view.at(net, handle);
  if (quoted.seq !== view.iss) return count(net.mib, MIB.TcpExtOutOfWindowIcmps);
  if (!killsRequest(net, message)) return;
  const listener = net.socks.get(view.listener);
  removeRequest(net, view, 'ICMP');
  if (listener !== undefined) listener.drops++;
  if (net.profile.behaviour.countsIcmpRequestDrop) count(net.mib, MIB.TcpExtListenDrops);
}

/** @kernel tcp_v4_err net/ipv4/tcp_ipv4.c, tcp_v6_err net/ipv6/tcp_ipv6.c v6.18 */
const saysNoRoute = ({ type, code, destination }: IcmpMessage): boolean =>
  isV4(destination)
    ? type === DEST_UNREACH && (code === 0 || code === 1)
    : type === V6_DEST_UNREACH && code === 0;

/**
 * Keeps the error for recvmsg(MSG_ERRQUEUE), if the receive buffer has room.
 * @kernel ip_icmp_error net/ipv4/ip_sockglue.c, ipv6_icmp_error net/ipv6/datagram.c, sock_queue_err_skb net/core/skbuff.c v6.18
 */
function queueError(
  net: Netns,
  sk: Sock,
  { type, code, info, source: offender, body }: IcmpMessage,
  { destination: remote, dport: port }: QuotedSegment,
  errno: Errno,
): void {
  if (!net.profile.behaviour.queuesIcmpErrors) return;
  const size = icmpTruesize(body.length);
  if (sk.path.receiveMemory + size >= sk.options.rcvBuf) return;
  chargeReceive(sk, size);
  sk.errorQueue.push({ errno, type, code, info, offender, remote, port, size });
  wake(net, sk, WAKE_ERROR);
}

/** The window is looked at first, so a redirect that means nothing to TCP is counted too when it quotes old data. */
function toSock(net: Netns, sk: Sock, message: IcmpMessage, meaning: Meaning, quoted: QuotedSegment): void {
  if (sk.state === 'UNCONN') return;
  if (!between(quoted.seq, sk.sndUna, sk.sndNxt)) return count(net.mib, MIB.TcpExtOutOfWindowIcmps);
  if (meaning === null) return;
  if (meaning.kind === 'mtu') return lowerMtu(net, sk, meaning.mtu);
  if (saysNoRoute(message)) revertBackoff(net, sk, quoted.seq);
  if (sk.state === 'SYN-SENT' || sk.state === 'SYN-RECV') {
    queueError(net, sk, message, quoted, meaning.errno);
    return finishWithError(net, sk, meaning.errno, 'icmp');
  }
  if (sk.options.recvErr) {
    sk.error = meaning.errno;
    wake(net, sk, WAKE_ERROR);
  } else {
    sk.softError = meaning.errno;
  }
}

/** What is in flight and too large now is sent again. @kernel tcp_v4_mtu_reduced net/ipv4/tcp_ipv4.c v6.18 */
function lowerMtu(net: Netns, sk: Sock, named: number): void {
  learnPathMtu(net, sk.remote, sk.linkMtu, named);
  const mtu = pathMtu(net, sk.remote, sk.linkMtu);
  if (named < mtu && !isPathLocked(net, sk.remote)) sk.softError = 'EMSGSIZE';
  if (sk.pmtu <= mtu) return;
  syncMss(net, sk, mtu);
  simpleRetransmit(net, sk);
}
