// Client sheet 1.1: what connect() looks at, in which order, and what is left of a connect() that was refused at once.

import { moved, type RawTarget } from '../case.ts';
import { bound, connecting, open, PEER, type Row, rowsOf, sent, state } from './life.ts';

/** A /24 that no interface has. */
const AFAR = '198.51.100.7';
const AFAR_NET = '198.51.100.0/24';
/** The end of the host's own network, and its broadcast address. */
const BROADCAST = '192.0.255.255';

/** What a refused connect() leaves: errno, packets, state, own address, counters. */
function attempt(t: RawTarget, fd: number, host?: string, port = PEER): unknown[] {
  moved(t);
  return [t.connect(fd, port, host), sent(t), state(t, fd), t.getsockname(fd), moved(t)];
}

/** The same on a socket of its own that nothing was done with. */
const fresh = (t: RawTarget, host: string): unknown[] => attempt(t, t.socket(), host);

const NO_ROUTE = { IpOutNoRoutes: 1 };
const UNBOUND = '0.0.0.0:0';

const refusal = (errno: string, counters = {}, own = UNBOUND): unknown[] => [
  errno,
  [],
  'UNCONN',
  own,
  counters,
];

const FAMILIES: readonly Row[] = [
  ['an IPv6 address on an IPv4 socket: EAFNOSUPPORT', (t) => fresh(t, '::1'), refusal('EAFNOSUPPORT')],
  [
    'an IPv4 address on an IPv6 socket: EINVAL, the structure is too short',
    (t) => attempt(t, t.socket('AF_INET6'), '192.0.2.9'),
    refusal('EINVAL', {}, '[::]:0'),
  ],
  [
    'while it connects the address is not looked at: EALREADY',
    (t) => attempt(t, connecting(t), '::1').slice(0, 3),
    ['EALREADY', [], 'SYN-SENT'],
  ],
  [
    'when it is connected neither: EISCONN',
    (t) => {
      const fd = open(t);
      t.connect(fd, PEER);
      return attempt(t, fd, '::1').slice(0, 3);
    },
    ['EISCONN', [], 'ESTAB'],
  ],
  [
    'nor on a listener: EISCONN',
    (t) => attempt(t, t.listener(1), '::1').slice(0, 3),
    ['EISCONN', [], 'LISTEN'],
  ],
];

const ROUTES: readonly Row[] = [
  ['no route: ENETUNREACH, IpOutNoRoutes', (t) => fresh(t, AFAR), refusal('ENETUNREACH', NO_ROUTE)],
  ...(
    [
      ['throw', 'ENETUNREACH', NO_ROUTE],
      ['unreachable', 'EHOSTUNREACH', {}],
      ['prohibit', 'EACCES', {}],
      ['blackhole', 'EINVAL', {}],
    ] as const
  ).map(
    ([type, errno, counters]): Row => [
      `a route of type ${type}: ${errno}`,
      (t) => {
        t.route(type, AFAR_NET);
        return fresh(t, AFAR);
      },
      refusal(errno, counters),
    ],
  ),
  [
    'the device is down: ENETUNREACH',
    (t) => {
      t.link(false);
      return attempt(t, t.socket());
    },
    refusal('ENETUNREACH', NO_ROUTE),
  ],
  [
    'the device is down and up again: the connection starts',
    (t) => {
      const fd = t.socket();
      t.link(false);
      const down = t.connect(fd, PEER);
      t.link(true);
      return [down, t.connect(fd, PEER)];
    },
    ['ENETUNREACH', 'EINPROGRESS'],
  ],
  [
    'a source in 127/8 for another host: EINVAL',
    (t) => {
      const fd = t.socket();
      t.bind(fd, 0, '127.0.0.1');
      const [errno, packets, now, own, counters] = attempt(t, fd);
      return [errno, packets, now, String(own).replace(/\d+$/, '*'), counters];
    },
    refusal('EINVAL', {}, '127.0.0.1:*'),
  ],
  ['the broadcast address of the network: ENETUNREACH', (t) => fresh(t, BROADCAST), refusal('ENETUNREACH')],
  ...(
    [
      ['255.255.255.255', '255.255.255.255/32'],
      ['224.0.0.1', '224.0.0.0/4'],
    ] as const
  ).flatMap(([host, network]): Row[] => [
    [
      `${host} without a route: ENETUNREACH as for any`,
      (t) => fresh(t, host),
      refusal('ENETUNREACH', NO_ROUTE),
    ],
    [
      `${host} with a route: ENETUNREACH, uncounted`,
      (t) => {
        t.route('unicast', network);
        return fresh(t, host);
      },
      refusal('ENETUNREACH'),
    ],
    [
      `${host} from a bound address, which says the device: ENETUNREACH, uncounted`,
      (t) => attempt(t, bound(t), host),
      refusal('ENETUNREACH', {}, '192.0.2.1:80'),
    ],
  ]),
  [
    'what a bound socket was bound to is kept',
    (t) => attempt(t, bound(t), AFAR),
    refusal('ENETUNREACH', NO_ROUTE, '192.0.2.1:80'),
  ],
  [
    'the next connect() of the same socket is not the worse for it',
    (t) => {
      const fd = t.socket();
      return [t.connect(fd, PEER, AFAR), t.connect(fd, PEER), t.getsockopt(fd, 'SO_ERROR')];
    },
    ['ENETUNREACH', 'EINPROGRESS', null],
  ],
];

/** The own address, the port as `*` when it was not bound. */
const own = (t: RawTarget, fd: number): string => String(t.getsockname(fd)).replace(/\d{5}$/, '*');

const DESTINATIONS: readonly Row[] = [
  [
    '0.0.0.0 is loopback',
    (t) => {
      const listener = t.socket();
      t.bind(listener, 90, '0.0.0.0');
      t.listen(listener, 1);
      const fd = t.socket();
      const result = t.connect(fd, 90, '0.0.0.0');
      return [result, state(t, fd), own(t, fd), t.getpeername(fd)];
    },
    ['EINPROGRESS', 'ESTAB', '127.0.0.1:*', 90],
  ],
  [
    '0.0.0.0 from a socket that is bound to an address is that address',
    (t) => {
      const listener = t.socket();
      t.bind(listener, 90, '192.0.2.1');
      t.listen(listener, 1);
      const fd = bound(t);
      const result = t.connect(fd, 90, '0.0.0.0');
      return [result, state(t, fd), own(t, fd)];
    },
    ['EINPROGRESS', 'ESTAB', '192.0.2.1:80'],
  ],
  [
    'port 0 is a port: a SYN goes out',
    (t) => [t.connect(bound(t), 0), sent(t)],
    ['EINPROGRESS', ['S 0:0(0) win 64240 <mss 1460,sackOK,TS val * ecr 0,nop,wscale 10>']],
  ],
  [
    'the source address is that of the route, and TcpActiveOpens counts the SYN',
    (t) => {
      const fd = t.socket();
      const result = t.connect(fd, PEER);
      return [result, state(t, fd), own(t, fd), sent(t), moved(t)];
    },
    [
      'EINPROGRESS',
      'SYN-SENT',
      '192.0.2.1:*',
      ['S 0:0(0) win 64240 <mss 1460,sackOK,TS val * ecr 0,nop,wscale 10>'],
      { TcpActiveOpens: 1, TcpOutSegs: 1 },
    ],
  ],
];

const PORTS: readonly Row[] = [
  [
    'no free port: EADDRNOTAVAIL, no counter, the address is released',
    (t) => {
      t.sysctl('net.ipv4.ip_local_port_range', [40000, 40001]);
      t.sysctl('net.ipv4.ip_local_reserved_ports', '40000-40001');
      return attempt(t, t.socket());
    },
    refusal('EADDRNOTAVAIL'),
  ],
  [
    'with a port again the same socket connects',
    (t) => {
      t.sysctl('net.ipv4.ip_local_port_range', [40000, 40001]);
      t.sysctl('net.ipv4.ip_local_reserved_ports', '40000-40001');
      const fd = t.socket();
      const none = t.connect(fd, PEER);
      t.sysctl('net.ipv4.ip_local_reserved_ports', '40000');
      return [none, t.connect(fd, PEER), t.getsockname(fd)];
    },
    ['EADDRNOTAVAIL', 'EINPROGRESS', '192.0.2.1:40001'],
  ],
  [
    'the 4-tuple is taken: EADDRNOTAVAIL, and the bound port is kept',
    (t) => {
      const [first, second] = [t.socket(), t.socket()];
      for (const fd of [first, second]) {
        t.setsockopt(fd, 'SO_REUSEADDR', 1);
        t.bind(fd, 80);
      }
      return [t.connect(first, PEER), sent(t).length, attempt(t, second)];
    },
    ['EINPROGRESS', 1, refusal('EADDRNOTAVAIL', {}, '192.0.2.1:80')],
  ],
];

/** Our clock's ISN goes on by one each 64 ns. */
const ISN_MS = 15_625;

const NUMBERS: readonly Row[] = [
  [
    'the ISN of a 4-tuple moves on with the clock, 15,625 a ms',
    (t) => {
      const fd = connecting(t);
      const first = t.isn(PEER) as number;
      const from = t.now();
      t.close(fd);
      t.wait(40);
      connecting(t);
      const by = (((t.isn(PEER) as number) - first) >>> 0) / ISN_MS;
      const ms = (t.now() - from) / 1e6;
      return by >= 39 && by <= ms + 5;
    },
    true,
  ],
  [
    'another port of the peer has an ISN of its own',
    (t) => {
      t.connect(bound(t), PEER);
      t.connect(t.socket(), PEER + 1);
      sent(t);
      const by = ((t.isn(PEER + 1) as number) - (t.isn(PEER) as number)) >>> 0;
      return by > 100 * ISN_MS;
    },
    true,
  ],
];

export const DECISION = rowsOf('client 1.1', [...FAMILIES, ...ROUTES, ...DESTINATIONS, ...PORTS, ...NUMBERS]);
