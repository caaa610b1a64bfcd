// Initial sequence numbers and timestamp offsets: keyed hashes of the 4-tuple plus a clock, so that they differ for
// every connection yet need no memory. Independent of what the peer sent.

import { type Addr, isV4 } from '../addr.ts';
import { siphash, siphash2, siphash3 } from '../siphash.ts';
import type { Netns } from './netns.ts';

const scratch = new Int32Array(9);

/** Keyed hash of addresses and ports: three words for IPv4, nine for IPv6. */
export function hashTuple(key: Int32Array, local: Addr, lport: number, remote: Addr, rport: number): number {
  const ports = (lport << 16) | rport;
  if (isV4(local)) return siphash3(key, local.w3, remote.w3, ports);
  fillAddresses(local, remote);
  scratch[8] = ports;
  return siphash(key, scratch, 9);
}

function fillAddresses(local: Addr, remote: Addr): void {
  scratch[0] = local.w0;
  scratch[1] = local.w1;
  scratch[2] = local.w2;
  scratch[3] = local.w3;
  scratch[4] = remote.w0;
  scratch[5] = remote.w1;
  scratch[6] = remote.w2;
  scratch[7] = remote.w3;
}

/** Initial sequence number: hash of the 4-tuple plus the wall clock in units of 64 ns. @kernel secure_tcp_seq net/core/secure_seq.c v6.18 */
export function initialSequence(net: Netns, local: Addr, lport: number, remote: Addr, rport: number): number {
  const clock = Math.floor((net.wallAt + net.now) / 64) | 0;
  return (hashTuple(net.secrets.isn, local, lport, remote, rport) + clock) | 0;
}

/**
 * What is added to the ms clock in TSval: constant for a 4-tuple (tcp_timestamps=1), zero for 2 and on old kernels.
 * @kernel secure_tcp_ts_off net/core/secure_seq.c v6.18
 */
export function timestampOffset(net: Netns, local: Addr, lport: number, remote: Addr, rport: number): number {
  const mode = net.profile.behaviour.timestampOffset;
  if (mode === 'none' || net.sysctl['net.ipv4.tcp_timestamps'] !== 1) return 0;
  if (mode === 'tuple') return hashTuple(net.secrets.timestamp, local, lport, remote, rport);
  if (isV4(local)) return siphash2(net.secrets.timestamp, local.w3, remote.w3);
  fillAddresses(local, remote);
  return siphash(net.secrets.timestamp, scratch, 8);
}
