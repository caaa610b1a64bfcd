// A random server: settings that matter to it, then segments and calls that mostly make sense, so that
// connections come to life, and sometimes do not, so that the checks in their way are met.

import type { Sysctls } from '@halfopen/engine';
import { CallingPeer } from './calling-peer.ts';
import type { Case, CaseOption, CaseSettings, Step } from './case.ts';
import type { Choose } from './choose.ts';
import type { Peer } from './peer.ts';

/** Steps of a case, and peer ports that take part. */
const STEPS_MAX = 24;
const PORTS_MAX = 4;
const LISTENER = 3;
/** Descriptors that calls are made on: the listener, accepted ones, one that is never open. */
const FD_MAX = 7;
/** Share of cases in which real time passes, and the waits: delayed ACK 40 ms, RTO 200 ms, rate limits 500 ms, SYN-ACK 1 s. */
const WAITING = 0.06;
const WAITS = [
  [4, 60],
  [3, 270],
  [2, 560],
  [1, 1150],
] as const;

type Name =
  | 'net.core.somaxconn'
  | 'net.ipv4.tcp_syncookies'
  | 'net.ipv4.tcp_abort_on_overflow'
  | 'net.ipv4.tcp_max_syn_backlog'
  | 'net.ipv4.tcp_synack_retries'
  | 'net.ipv4.tcp_timestamps'
  | 'net.ipv4.tcp_sack'
  | 'net.ipv4.tcp_window_scaling'
  | 'net.ipv4.tcp_rfc1337'
  | 'net.ipv4.tcp_ecn'
  | 'net.ipv4.tcp_max_tw_buckets';

/** Chance that a case sets it, and the values. */
const SYSCTLS: readonly (readonly [Name, number, readonly number[]])[] = [
  ['net.core.somaxconn', 0.15, [0, 1, 2, 3]],
  ['net.ipv4.tcp_syncookies', 0.6, [0, 0, 1, 2]],
  ['net.ipv4.tcp_abort_on_overflow', 0.4, [0, 1]],
  ['net.ipv4.tcp_max_syn_backlog', 0.3, [0, 1, 2, 4, 8, 128]],
  ['net.ipv4.tcp_synack_retries', 0.2, [0, 1, 2, 5]],
  ['net.ipv4.tcp_timestamps', 0.25, [0, 1, 2]],
  ['net.ipv4.tcp_sack', 0.2, [0, 1]],
  ['net.ipv4.tcp_window_scaling', 0.2, [0, 1]],
  ['net.ipv4.tcp_rfc1337', 0.1, [0, 1]],
  ['net.ipv4.tcp_ecn', 0.1, [0, 1, 2]],
  ['net.ipv4.tcp_max_tw_buckets', 0.05, [0, 1]],
];

function settings(choose: Choose): CaseSettings {
  const sysctls: Partial<Sysctls> = {};
  for (const [name, chance, values] of SYSCTLS) if (choose.chance(chance)) sysctls[name] = choose.one(values);
  const options: Partial<Record<CaseOption, number>> = {};
  if (choose.chance(0.15)) options.TCP_DEFER_ACCEPT = choose.one([1, 3, 10]);
  if (choose.chance(0.05)) options.TCP_SYNCNT = choose.one([1, 2]);
  if (choose.chance(0.05)) options.TCP_MAXSEG = choose.one([536, 1200]);
  if (choose.chance(0.05)) options.SO_RCVBUF = choose.one([2304, 8192, 65536, 500_000]);
  if (choose.chance(0.1)) options.TCP_NODELAY = 1;
  return { backlog: choose.between(0, 4), sysctls, options };
}

function anyFd(choose: Choose): number {
  return choose.weighted([
    [1, LISTENER],
    [16, LISTENER + 1],
    [5, LISTENER + 2],
    [1, choose.between(LISTENER, FD_MAX)],
  ]);
}

function calls(choose: Choose): readonly (readonly [number, () => Step])[] {
  const fd = (): number => anyFd(choose);
  return [
    [10, () => ({ do: 'accept', fd: LISTENER })],
    [5, () => ({ do: 'send', fd: fd(), length: choose.one([1, 5, 100, 1000, 1460, 3000]) })],
    [6, () => ({ do: 'recv', fd: fd(), length: choose.one([1, 5, 100, 10000]) })],
    [5, () => ({ do: 'close', fd: fd() })],
    [2, () => ({ do: 'shutdown', fd: fd(), how: choose.one(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR']) })],
    [1, () => ({ do: 'listen', fd: LISTENER, backlog: choose.between(0, 4) })],
    [2, () => ({ do: 'poll', fd: fd() })],
    [1, () => ({ do: 'getpeername', fd: fd() })],
    [1, () => ({ do: 'error', fd: fd() })],
    [1, () => ({ do: 'linger', fd: fd() })],
    [0.5, () => ({ do: 'defer-accept', fd: LISTENER, seconds: choose.one([0, 1, 5]) })],
    [0.5, () => ({ do: 'sysctl', name: 'net.ipv4.tcp_syncookies', value: choose.between(0, 2) })],
    [0.5, () => ({ do: 'sysctl', name: 'net.ipv4.tcp_abort_on_overflow', value: choose.between(0, 1) })],
  ];
}

/** Who is behind which descriptor, as far as a generator can tell: connections are accepted in the order of opening. */
class Accepted {
  private readonly peers: readonly Peer[];
  private readonly behind: Peer[] = [];

  constructor(peers: readonly Peer[]) {
    this.peers = peers;
  }

  note(made: Step): void {
    if (made.do === 'accept') {
      const next = this.peers.find((peer) => peer.isOpen && !this.behind.includes(peer));
      if (next !== undefined) this.behind.push(next);
    } else if (made.do === 'send') {
      this.behind[made.fd - LISTENER - 1]?.mayHaveGot(made.length);
    } else if (made.do === 'close' || (made.do === 'shutdown' && made.how !== 'SHUT_RD')) {
      this.behind[made.fd - LISTENER - 1]?.mayBeClosing();
    }
  }
}

function step(choose: Choose, peers: readonly Peer[], accepted: Accepted, mayWait: boolean): Step {
  if (mayWait && choose.chance(0.12)) return { do: 'wait', ms: choose.weighted(WAITS) };
  if (choose.chance(0.65)) return choose.one(peers).step();
  const made = choose.weighted(calls(choose))();
  accepted.note(made);
  return made;
}

/** A server and up to four callers. */
export function serverCase(choose: Choose): Case {
  const ports = choose.between(1, PORTS_MAX);
  const peers = Array.from({ length: ports }, (_, i) => new CallingPeer(choose, i + 1));
  const mayWait = choose.chance(WAITING);
  const count = choose.between(4, STEPS_MAX);
  const accepted = new Accepted(peers);
  const steps = Array.from({ length: count }, () => step(choose, peers, accepted, mayWait));
  return { settings: settings(choose), steps };
}
