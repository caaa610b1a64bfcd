// What things cost in CPU time, as data. The numbers are those of one machine, quiet and warm: x86-64 under Linux 6.18
// in a virtual machine (client sheet 2.4 and 7.4). `halfopen calibrate` measures another. docs/cpu-model.md says how
// each was found, and what is left out: caches, contended locks, hard interrupts, bytes copied.

/** All in ns. */
export interface Costs {
  /** Into the kernel and back; each call below costs this and its own. */
  readonly syscall: number;
  readonly socket: number;
  readonly bind: number;
  readonly listen: number;
  /** Without the search for a port and without packets. */
  readonly connect: number;
  readonly accept: number;
  /** send() without its packets. */
  readonly send: number;
  /** recv(): looking at the queue. */
  readonly recv: number;
  /** recv(): taking out what is there. */
  readonly recvCopy: number;
  readonly shutdown: number;
  readonly close: number;
  readonly poll: number;
  /** poll(): each descriptor that is looked at. */
  readonly pollFd: number;
  readonly epollWait: number;
  /** epoll_wait(): each event that is reported. */
  readonly epollReady: number;
  readonly epollCtl: number;
  /** setsockopt(), getsockopt(). */
  readonly option: number;
  /** getsockname(), getpeername(), fcntl(). */
  readonly name: number;
  /** A packet down the stack to the device. */
  readonly packetOut: number;
  /** A packet up the stack to its socket, in softirq. */
  readonly packetIn: number;
  /** A timer of the kernel that fires. */
  readonly timer: number;
  /** Taking a sleeper off its wait queue and putting it on the run queue. */
  readonly wake: number;
  /** From one task to another. */
  readonly switch: number;
  /** What a task pays after a switch because another one has used the caches. */
  readonly cold: number;
  /** Until an idle CPU that another CPU has woken is at work; it idles meanwhile. */
  readonly idleWake: number;
  /** connect(): a port that was looked at, by what was found there. */
  readonly probeFree: number;
  readonly probeShared: number;
  readonly probeEstablished: number;
  readonly probeTimeWait: number;
  readonly probeBound: number;
  readonly probeReserved: number;
  /** The same where each look takes the locks (before 6.15). */
  readonly lockedProbeEstablished: number;
  readonly lockedProbeTimeWait: number;
  /** Time that a task may run while others wait, until the next tick. */
  readonly slice: number;
  /** From tick to tick. */
  readonly tick: number;
}

/** A set of costs and where it comes from. */
export interface CostProfile {
  readonly name: string;
  readonly costs: Costs;
}

export const DEFAULT_COSTS: Costs = {
  // client sheet 7.4: the cheapest call takes 0.19 us.
  syscall: 190,
  // client sheet 2.4: 3.5 to 4 us with the call itself.
  socket: 3410,
  // client sheet 2.4: bind(0) 5 us.
  bind: 4810,
  // client sheet 7.4, second table: 1.2 us.
  listen: 1010,
  // client sheet 2.4: a SYN out of a veth takes 6.9 us; without call and packet.
  connect: 5010,
  // client sheet 7.4, second table: 1.95 us.
  accept: 1760,
  // client sheet 7.4: send(64) over loopback 4.1 us, with call and packet out and in.
  send: 910,
  // client sheet 7.4: recv() that finds nothing 0.40 us; with data 0.7 us [unsure].
  recv: 210,
  recvCopy: 300,
  // client sheet 7.4, second table: 4.2 us with a FIN out and in.
  shutdown: 1010,
  // client sheet 7.4, second table: 3.0 us without a packet, 5.8 us with a FIN out and in.
  close: 2810,
  // client sheet 7.4, second table: 0.32 us for one descriptor, 5.7 us for 100.
  poll: 70,
  pollFd: 56,
  // client sheet 7.4: 0.15 us for nothing, which is less than the cheapest call [unsure]; 6.2 us for 51 events.
  epollWait: 0,
  epollReady: 120,
  // client sheet 7.4, second table: 0.88 us.
  epollCtl: 690,
  // client sheet 7.4, second table: 0.62 to 0.69 us.
  option: 470,
  name: 200,
  // client sheet 7.4: recv() that sends an ACK over loopback costs 3 us more: a packet out and in. The halves are
  // [unsure]; loopback refused (client sheet 2.4, 11 us) has two such packets.
  packetOut: 1700,
  packetIn: 1300,
  // [unsure] never measured.
  timer: 1000,
  // client sheet 7.4: block, wake and switch together 2.3 us; the halves are [unsure].
  wake: 1000,
  switch: 1300,
  // Rest of a blocking round trip of 20 to 21 us (client sheet 7.4); the same sheet has a message by a thread of its own
  // 4.7 to 5.3 us dearer than by epoll, and 1000 + 1300 + 3100 is 5.4 us.
  cold: 3100,
  // client sheet 7.4 [unsure]: about 5 us on bare metal; 60 to 90 us were measured in a virtual machine.
  idleWake: 5000,
  // client sheet 2.4: 100 ns is its default for a port in use, three times that in TIME-WAIT, 40 ns when bound.
  probeFree: 40,
  probeShared: 100,
  probeEstablished: 100,
  probeTimeWait: 300,
  probeBound: 40,
  // [unsure] a look at a bitmap.
  probeReserved: 5,
  // client sheet 2.4 [unsure]: 2 to 3 times as long with the locks, TIME-WAIT then 1.2 times as long as others.
  lockedProbeEstablished: 250,
  lockedProbeTimeWait: 300,
  // 0.7 ms * (1 + ilog2(CPUs)) is Linux's base slice; this is one CPU's, see slice.ts.
  // @kernel sysctl_sched_base_slice kernel/sched/fair.c v6.18
  slice: 700_000,
  // HZ=250.
  tick: 4_000_000,
};

export const COST_NAMES = Object.keys(DEFAULT_COSTS) as readonly (keyof Costs)[];

/** The name under which the numbers above go. */
export const DEFAULT_PROFILE: CostProfile = { name: 'default', costs: DEFAULT_COSTS };
