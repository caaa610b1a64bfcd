// Rows in which the engine is known to do something else than Linux, and rows of the sheet that no test here can state.
// A difference that has gone must be taken out: the tests fail otherwise.

/** The engine gives `engine` where the real kernel gives what the row expects. */
export interface Difference {
  readonly cite: string;
  readonly name: string;
  readonly engine: unknown;
  readonly reason: string;
}

export const DIFFERENCES: readonly Difference[] = [];

/** A fact marked [live] that is in no row, and why. */
export interface Omission {
  readonly cite: string;
  readonly what: string;
  readonly reason: string;
  /** Where it is tested instead, if anywhere. */
  readonly instead?: string;
}

export const OMISSIONS: readonly Omission[] = [
  {
    cite: '1',
    what: 'sizes of slab objects, bytes a connection costs, sizes of hash tables',
    reason: 'memory of the real kernel; the engine has records of its own',
  },
  {
    cite: '2',
    what: 'an address structure that is too short, AF_UNSPEC with 0.0.0.0, a 28-byte structure that says AF_INET',
    reason: 'an address is a typed value in the engine: it has no length, and its family is what it is',
  },
  {
    cite: '3',
    what: 'listen() on a datagram socket (EOPNOTSUPP) and on what is no socket (ENOTSOCK)',
    reason: 'the harness makes TCP sockets only',
    instead: 'packages/engine/src/socket/listen.test.ts',
  },
  {
    cite: '3',
    what: 'a plain SO_REUSEPORT listener shadows one that is bound to a device',
    reason: 'the engine has no SO_BINDTODEVICE',
  },
  {
    cite: '3',
    what: '/proc/net/tcp and the drop count of ss -m on a listener',
    reason: 'the engine offers the columns of ss -tan, not these texts; drops show in ListenDrops',
  },
  {
    cite: '4.2',
    what: 'a peer with an RTT in tcp_metrics passes the check for unproven peers',
    reason: 'the engine keeps no tcp_metrics, so every peer is unproven',
  },
  {
    cite: '5',
    what: 'a request is dropped when its SYN-ACK cannot be sent again for want of a route',
    reason: 'the harness cannot take a route away',
    instead: 'packages/engine/src/tcp/request-timer.test.ts',
  },
  {
    cite: '6',
    what: 'a real client behind three overlapping handshakes: its own retransmissions and challenge ACKs',
    reason: 'the row is about the client; its server half is in the schedules of section 6',
  },
  {
    cite: '7',
    what: 'the log line of a SYN flood',
    reason: 'the log of the real kernel is read by the scenario runner, not by this harness',
    instead: 'packages/engine/src/tcp/syn-cookies.test.ts',
  },
  {
    cite: '9',
    what: 'EFAULT and a negative addrlen lose the connection, a short buffer truncates the address',
    reason: 'the engine takes no pointers, so a bad one cannot be given',
  },
  {
    cite: '9',
    what: 'unknown flags of accept4() (EINVAL), FD_CLOEXEC is not inherited',
    reason: 'the engine has no flags but O_NONBLOCK, and no exec()',
  },
  {
    cite: '9',
    what: 'SO_RCVTIMEO on a listener, EINTR, the order in which blocked processes wake',
    reason: 'calls of this harness never block; scenarios with blocking programs run on both kernels',
  },
  {
    cite: '9',
    what: 'inheritance of options that the engine does not have (SO_DONTROUTE, SO_MARK, IP_MINTTL, TCP_CONGESTION …)',
    reason: 'not in the engine',
  },
  {
    cite: '9',
    what: 'a Fast Open server: cookies, data in the SYN, TCPFastOpen* counters',
    reason: 'the engine leaves Fast Open out',
  },
];
