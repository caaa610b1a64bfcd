// TCP states of full sockets and the one function that changes them. The table says what may happen; the functions
// that call setState() say why. The diagram in the docs and the coverage test read the same table.

import { InvariantError } from '../invariant.ts';
import { count, MIB } from '../mib.ts';
import type { Sock, TcpState } from '../sock.ts';
import { endsOf, trace } from './emit.ts';
import type { Netns } from './netns.ts';

export interface Transition {
  readonly from: TcpState;
  /** What happened: a call, a segment or a timer. */
  readonly on: string;
  readonly to: TcpState;
  /** RFC 9293 section 3.10 clause or kernel symbol. */
  readonly cite: string;
}

const t = (from: TcpState, on: string, to: TcpState, cite: string): Transition => ({ from, on, to, cite });

export const TRANSITIONS: readonly Transition[] = [
  t('UNCONN', 'listen', 'LISTEN', 'inet_csk_listen_start'),
  t('UNCONN', 'connect', 'SYN-SENT', 'tcp_v4_connect'),
  t('UNCONN', 'child', 'SYN-RECV', 'inet_csk_clone_lock'),
  t('LISTEN', 'close', 'UNCONN', 'tcp_set_state'),
  t('SYN-SENT', 'syn-ack', 'ESTAB', 'tcp_rcv_synsent_state_process'),
  t('SYN-SENT', 'syn', 'SYN-RECV', 'tcp_rcv_synsent_state_process'),
  t('SYN-SENT', 'reset', 'UNCONN', 'tcp_reset'),
  t('SYN-SENT', 'icmp', 'UNCONN', 'tcp_v4_err'),
  t('SYN-SENT', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('SYN-SENT', 'close', 'UNCONN', 'tcp_disconnect'),
  t('SYN-RECV', 'ack', 'ESTAB', 'tcp_rcv_state_process'),
  t('SYN-RECV', 'shutdown', 'FIN-WAIT-1', 'tcp_close_state'),
  t('SYN-RECV', 'reset', 'UNCONN', 'tcp_reset'),
  t('SYN-RECV', 'icmp', 'UNCONN', 'tcp_v4_err'),
  t('SYN-RECV', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('SYN-RECV', 'close', 'UNCONN', 'tcp_disconnect'),
  t('ESTAB', 'shutdown', 'FIN-WAIT-1', 'tcp_close_state'),
  t('ESTAB', 'fin', 'CLOSE-WAIT', 'tcp_fin'),
  t('ESTAB', 'reset', 'UNCONN', 'tcp_reset'),
  t('ESTAB', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('ESTAB', 'close', 'UNCONN', '__tcp_close'),
  t('FIN-WAIT-1', 'ack of fin', 'FIN-WAIT-2', 'tcp_rcv_state_process'),
  t('FIN-WAIT-1', 'fin', 'CLOSING', 'tcp_fin'),
  t('FIN-WAIT-1', 'reset', 'UNCONN', 'tcp_reset'),
  t('FIN-WAIT-1', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('FIN-WAIT-1', 'close', 'UNCONN', 'tcp_disconnect'),
  t('FIN-WAIT-2', 'time-wait', 'UNCONN', 'tcp_time_wait'),
  t('FIN-WAIT-2', 'reset', 'UNCONN', 'tcp_reset'),
  t('FIN-WAIT-2', 'timeout', 'UNCONN', 'tcp_keepalive_timer'),
  t('FIN-WAIT-2', 'close', 'UNCONN', 'tcp_disconnect'),
  t('CLOSING', 'time-wait', 'UNCONN', 'tcp_time_wait'),
  t('CLOSING', 'reset', 'UNCONN', 'tcp_reset'),
  t('CLOSING', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('CLOSING', 'close', 'UNCONN', 'tcp_disconnect'),
  t('CLOSE-WAIT', 'shutdown', 'LAST-ACK', 'tcp_close_state'),
  t('CLOSE-WAIT', 'reset', 'UNCONN', 'tcp_reset'),
  t('CLOSE-WAIT', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('CLOSE-WAIT', 'close', 'UNCONN', '__tcp_close'),
  t('LAST-ACK', 'ack of fin', 'UNCONN', 'tcp_rcv_state_process'),
  t('LAST-ACK', 'reset', 'UNCONN', 'tcp_reset'),
  t('LAST-ACK', 'timeout', 'UNCONN', 'tcp_write_err'),
  t('LAST-ACK', 'close', 'UNCONN', 'tcp_disconnect'),
];

/** The table as `from`, `on` -> `to`, which is what every change of state asks. */
const legal = new Map<TcpState, Map<string, TcpState>>();
for (const { from, on, to } of TRANSITIONS) {
  const row = legal.get(from) ?? new Map<string, TcpState>();
  legal.set(from, row.set(on, to));
}

const estab = (state: TcpState): boolean => state === 'ESTAB' || state === 'CLOSE-WAIT';

/**
 * Moves a socket to another state; the only writer of `sk.state`. Keeps TcpCurrEstab. TcpEstabResets is counted by
 * the callers that Linux counts it for. Throws InvariantError for a move that the table lacks.
 * @kernel tcp_set_state net/ipv4/tcp.c v6.18
 */
export function setState(net: Netns, sk: Sock, to: TcpState, on: string): void {
  const from = sk.state;
  if (legal.get(from)?.get(on) !== to)
    throw new InvariantError(`socket ${sk.id}: no ${from} -> ${to} on '${on}'`);
  if (to === 'ESTAB') count(net.mib, MIB.TcpCurrEstab, 1);
  else if (estab(from) && !estab(to)) count(net.mib, MIB.TcpCurrEstab, -1);
  sk.state = to;
  if (net.trace !== null)
    trace(net, { type: 'state', at: net.now, sock: sk.id, ends: endsOf(sk), from, to, on });
}
