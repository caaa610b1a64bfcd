// A random client: settings that matter to it, sockets that bind and connect, calls in any order, and peers that answer,
// mostly well.

import type { Sysctls } from '@halfopen/engine';
import { AnsweringPeer } from './answering-peer.ts';
import type { Case, ClientOption, NumberSysctl, Step } from './case.ts';
import type { Choose } from './choose.ts';

/** Steps of a case, sockets open at a time, peer ports that take part. */
const STEPS_MAX = 24;
const SOCKETS_MAX = 4;
const PORTS_MAX = 2;
const FIRST_FD = 3;
/** Share of cases in which real time passes, and the waits: delayed ACK 40 ms, RTO 200 ms, rate limits 500 ms, SYN 1 s. */
const WAITING = 0.07;
const WAITS = [
  [4, 60],
  [3, 270],
  [2, 560],
  [2, 1150],
] as const;

/** Chance that a case sets it, and the values. */
const SYSCTLS: readonly (readonly [NumberSysctl, number, readonly number[]])[] = [
  ['net.ipv4.tcp_syn_retries', 0.2, [1, 2, 6]],
  ['net.ipv4.tcp_syn_linear_timeouts', 0.2, [0, 1, 4]],
  ['net.ipv4.tcp_timestamps', 0.3, [0, 1, 2]],
  ['net.ipv4.tcp_sack', 0.2, [0, 1]],
  ['net.ipv4.tcp_window_scaling', 0.2, [0, 1]],
  ['net.ipv4.tcp_ecn', 0.2, [0, 1, 2]],
  ['net.ipv4.tcp_tw_reuse', 0.2, [0, 1, 2]],
  ['net.ipv4.tcp_rfc1337', 0.1, [0, 1]],
  ['net.ipv4.tcp_retries2', 0.1, [1, 3]],
  ['net.ipv4.tcp_orphan_retries', 0.1, [1, 2]],
  ['net.ipv4.tcp_fin_timeout', 0.1, [1, 60]],
  ['net.ipv4.tcp_early_retrans', 0.1, [0, 3]],
  ['net.ipv4.tcp_recovery', 0.1, [0, 1]],
  ['net.ipv4.tcp_keepalive_time', 0.1, [1]],
  ['net.ipv4.tcp_pingpong_thresh', 0.1, [1, 3]],
  ['net.ipv4.tcp_slow_start_after_idle', 0.05, [0]],
  ['net.ipv4.tcp_max_tw_buckets', 0.05, [0, 1]],
];
/** Ranges of local ports. One port is always the same; of two, all are looked at. */
const RANGES: readonly [number, number][] = [
  [40_000, 40_000],
  [40_000, 40_000],
  [40_000, 40_001],
];

/** Weight, name and values of options; values out of range are refused alike. */
const OPTIONS: readonly (readonly [number, ClientOption, readonly number[]])[] = [
  [2, 'TCP_SYNCNT', [0, 1, 2, 127, 128]],
  [2, 'TCP_USER_TIMEOUT', [-1, 0, 100, 700]],
  [2, 'TCP_NODELAY', [0, 1]],
  [2, 'TCP_CORK', [0, 1]],
  [4, 'TCP_QUICKACK', [0, 0, 1, 2]],
  [3, 'TCP_DEFER_ACCEPT', [0, 1, 3]],
  [2, 'TCP_MAXSEG', [0, 87, 88, 536, 1200, 9000]],
  [1, 'TCP_WINDOW_CLAMP', [0, 1, 3000, 60_000]],
  [1, 'TCP_KEEPIDLE', [0, 1, 2]],
  [1, 'TCP_KEEPINTVL', [1, 32_768]],
  [1, 'TCP_KEEPCNT', [1, 128]],
  [1, 'TCP_LINGER2', [-1, 0, 1, 200]],
  [1, 'TCP_RTO_MAX_MS', [999, 1000, 120_000]],
  [2, 'SO_KEEPALIVE', [0, 1]],
  [2, 'SO_REUSEADDR', [0, 1]],
  [0.5, 'SO_REUSEPORT', [0, 1]],
  [2, 'SO_RCVBUF', [0, 2304, 8192, 65_536, 500_000]],
  [2, 'SO_SNDBUF', [0, 4608, 20_000, 100_000]],
  [1, 'SO_RCVLOWAT', [0, 1, 6, 200]],
  [0.5, 'SO_SNDTIMEO', [0, 1e9]],
  [2, 'IP_BIND_ADDRESS_NO_PORT', [0, 1]],
  [1, 'IP_LOCAL_PORT_RANGE', [0, 40_000 + 40_000 * 65_536, 10 + 5 * 65_536]],
  [2, 'IP_RECVERR', [0, 1]],
  [0.5, 'IP_TOS', [0x10, 0x13]],
  [0.5, 'IP_TTL', [0, 7, -1]],
];
const READABLE: readonly ClientOption[] = OPTIONS.map(([, name]) => name);

/** Where else to connect to: ourselves, where nobody listens, and places that cannot be reached. */
const ELSEWHERE = [
  '127.0.0.1',
  '192.0.2.1',
  '0.0.0.0',
  '198.51.100.1',
  '224.0.0.1',
  '192.0.255.255',
] as const;
const BIND_HOSTS = ['192.0.2.1', '192.0.2.1', '192.0.2.1', '0.0.0.0', '127.0.0.1', '203.0.113.1'] as const;

function sysctls(choose: Choose): Partial<Sysctls> {
  const made: Partial<Sysctls> = {};
  for (const [name, chance, values] of SYSCTLS) if (choose.chance(chance)) made[name] = choose.one(values);
  if (choose.chance(0.3)) made['net.ipv4.ip_local_port_range'] = choose.one(RANGES);
  return made;
}

/** Descriptors that are open, and who is at the other end, as far as a generator can tell. */
class Sockets {
  private readonly choose: Choose;
  private readonly peers: readonly AnsweringPeer[];
  private readonly open = new Map<number, AnsweringPeer | null>();

  constructor(choose: Choose, peers: readonly AnsweringPeer[]) {
    this.choose = choose;
    this.peers = peers;
  }

  get count(): number {
    return this.open.size;
  }

  /** Mostly one that is open, sometimes the lowest that is not. */
  any(): number {
    const { choose } = this;
    const used = [...this.open.keys()];
    return used.length === 0 || choose.chance(0.02) ? this.free() : choose.one(used);
  }

  private free(): number {
    let fd = FIRST_FD;
    while (this.open.has(fd)) fd++;
    return fd;
  }

  /** One that nothing was asked of yet, else any. */
  unused(): number {
    const fresh = [...this.open].filter(([, peer]) => peer === null).map(([fd]) => fd);
    return fresh.length === 0 || this.choose.chance(0.3) ? this.any() : this.choose.one(fresh);
  }

  note(step: Step): void {
    if (step.do === 'socket') this.open.set(this.free(), null);
    if (step.do === 'connect' && step.host === undefined) this.connects(step.fd, step.port);
    if (step.do === 'disconnect' && this.open.has(step.fd)) this.open.set(step.fd, null);
    const peer = 'fd' in step ? this.open.get(step.fd) : undefined;
    if (step.do === 'close') this.open.delete(step.fd);
    if (step.do === 'send') peer?.mayHaveGot(step.length);
    if (step.do === 'close' || (step.do === 'shutdown' && step.how !== 'SHUT_RD')) peer?.mayBeClosing();
  }

  private connects(fd: number, port: number): void {
    const before = this.open.get(fd);
    if (before === undefined) return;
    if (before !== null && !before.isOver && this.choose.chance(0.8)) return;
    const peer = this.peers[port - 1] as AnsweringPeer;
    this.open.set(fd, peer);
    peer.called();
  }
}

function connect(choose: Choose, sockets: Sockets): Step {
  const fd = choose.chance(0.7) ? sockets.unused() : sockets.any();
  if (choose.chance(0.06)) return { do: 'connect', fd, port: 7, host: choose.one(ELSEWHERE) };
  return { do: 'connect', fd, port: choose.chance(0.75) ? 1 : choose.between(1, PORTS_MAX) };
}

function bind(choose: Choose, sockets: Sockets): Step {
  const host = choose.one(BIND_HOSTS);
  return { do: 'bind', fd: sockets.unused(), port: choose.one([0, 0, 2000, 2000, 2001, 40_000]), host };
}

function option(choose: Choose, sockets: Sockets): Step {
  const [, name, values] = choose.weighted(OPTIONS.map((row) => [row[0], row] as const));
  return { do: 'option', fd: sockets.any(), name, value: choose.one(values) };
}

function setting(choose: Choose): Step {
  const [name, , values] = choose.one(SYSCTLS);
  return { do: 'sysctl', name, value: choose.one(values) };
}

function call(choose: Choose, sockets: Sockets): Step {
  const fd = (): number => sockets.any();
  const list: readonly (readonly [number, () => Step])[] = [
    [sockets.count < SOCKETS_MAX ? 2.5 : 0, () => ({ do: 'socket' })],
    [1.5, () => bind(choose, sockets)],
    [6, () => connect(choose, sockets)],
    [1.5, () => ({ do: 'disconnect', fd: fd() })],
    [5, () => ({ do: 'send', fd: fd(), length: choose.one([1, 5, 100, 1000, 1460, 3000]) })],
    [5, () => ({ do: 'recv', fd: fd(), length: choose.one([1, 5, 100, 10000]) })],
    [3.5, () => ({ do: 'close', fd: fd() })],
    [3, () => ({ do: 'shutdown', fd: fd(), how: choose.one(['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR']) })],
    [0.5, () => ({ do: 'listen', fd: fd(), backlog: 1 })],
    [0.3, () => ({ do: 'accept', fd: fd() })],
    [1, () => ({ do: 'getpeername', fd: fd() })],
    [2, () => ({ do: 'getsockname', fd: fd() })],
    [2.5, () => ({ do: 'error', fd: fd() })],
    [1, () => ({ do: 'linger', fd: fd() })],
    [5, () => option(choose, sockets)],
    [2, () => ({ do: 'read-option', fd: fd(), name: choose.one(READABLE) })],
    [0.7, () => setting(choose)],
  ];
  return choose.weighted(list)();
}

/** How most clients begin: a socket, perhaps options and a local address, a connection. */
function* beginning(choose: Choose, sockets: Sockets): Generator<Step> {
  yield { do: 'socket' };
  while (choose.chance(0.35)) yield option(choose, sockets);
  if (choose.chance(0.3)) yield bind(choose, sockets);
  if (choose.chance(0.95)) yield connect(choose, sockets);
}

function step(choose: Choose, sockets: Sockets, peers: readonly AnsweringPeer[], mayWait: boolean): Step {
  if (mayWait && choose.chance(0.15)) return { do: 'wait', ms: choose.weighted(WAITS) };
  const called = peers.filter((peer) => peer.wasCalled);
  if (choose.chance(0.6))
    return choose.one(called.length === 0 || choose.chance(0.03) ? peers : called).step();
  return call(choose, sockets);
}

/** A client and two ports of a peer. */
export function clientCase(choose: Choose): Case {
  const peers = Array.from({ length: PORTS_MAX }, (_, i) => new AnsweringPeer(choose, i + 1));
  const sockets = new Sockets(choose, peers);
  const mayWait = choose.chance(WAITING);
  const count = choose.between(4, STEPS_MAX);
  const begin = beginning(choose, sockets);
  const steps: Step[] = [];
  while (steps.length < count) {
    const first = begin.next();
    const made = first.done === true ? step(choose, sockets, peers, mayWait) : first.value;
    sockets.note(made);
    steps.push(made);
  }
  return { settings: { sysctls: sysctls(choose), options: {} }, steps };
}
