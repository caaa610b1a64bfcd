// Section 2.1 and 2.2: which port connect() chooses, and who may share it. Ranges are small, so that a row ends at once; the
// class of a port is what is compared, since the number comes from a secret.

import type { OracleCase, RawTarget, ScheduleCase } from '../case.ts';

const HOST = '127.0.0.1';
const OTHER = '127.0.0.2';
const NONE = 'EADDRNOTAVAIL';
const BUSY = 'EADDRINUSE';
const RANGE = 'net.ipv4.ip_local_port_range';
const RESERVED = 'net.ipv4.ip_local_reserved_ports';

const portOf = (target: RawTarget, fd: number): number =>
  Number(String(target.getsockname(fd)).split(':').pop());

function listen(target: RawTarget, host: string, port = 80): number {
  const fd = target.socket();
  for (const result of [target.bind(fd, port, host), target.listen(fd, 100)])
    if (result !== 0) throw new Error(`unexpected ${result}`);
  return fd;
}

/** The port that a new socket's connect() takes, or its errno. On loopback EINPROGRESS means that it stands already. */
function connect(target: RawTarget, host = HOST, port = 80, prepare?: (fd: number) => void): number | string {
  const fd = target.socket();
  prepare?.(fd);
  const result = target.connect(fd, port, host);
  return result === 'EINPROGRESS' ? portOf(target, fd) : String(result);
}

const many = (n: number, one: () => number | string): (number | string)[] => Array.from({ length: n }, one);

/** `0` for a port of the parity of `low`, `1` for one of the other; an errno as it is. */
const classes = (ports: readonly (number | string)[], low: number): (number | string)[] =>
  ports.map((port) => (typeof port === 'number' ? (port - low) & 1 : port));

const sorted = (ports: readonly (number | string)[]): (number | string)[] => [...ports].sort();
const from = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i);
const repeated = <T>(n: number, value: T): T[] => new Array<T>(n).fill(value);

/** A range, and a listener on 127.0.0.1:80. */
function begin(target: RawTarget, low: number, high: number): void {
  target.sysctl(RANGE, [low, high]);
  listen(target, HOST);
}

const ORDER: readonly OracleCase[] = [
  ...[40_000, 40_001].map(
    (low): OracleCase => ({
      cite: 'client 2.1',
      name: `range ${low}-${low + 19}: all ports of the parity of its low end, then the others, then EADDRNOTAVAIL`,
      run: (target) => {
        begin(target, low, low + 19);
        return classes(
          many(21, () => connect(target)),
          low,
        );
      },
      expected: [...repeated(10, 0), ...repeated(10, 1), NONE],
    }),
  ),
  {
    cite: 'client 2.1',
    name: 'an even range is used up to the last port, each once',
    run: (target) => {
      begin(target, 40_000, 40_049);
      return sorted(many(50, () => connect(target)));
    },
    expected: from(40_000, 40_049),
  },
  {
    cite: 'client 2.1',
    name: 'a range of odd size: all ports but one, whichever the search leaves out',
    run: (target) => {
      begin(target, 40_000, 40_010);
      return classes(
        many(10, () => connect(target)),
        40_000,
      ).filter((port) => port === NONE).length;
    },
    expected: 0,
  },
  {
    cite: 'client 2.1',
    name: 'a range of one port',
    run: (target) => {
      begin(target, 40_000, 40_000);
      return many(2, () => connect(target));
    },
    expected: [40_000, NONE],
  },
  {
    cite: 'client 2.1',
    name: 'successive connects are 2 to 16 apart, but where the start is drawn anew',
    run: (target) => {
      target.sysctl(RANGE, [32_768, 60_999]);
      listen(target, HOST);
      const ports = many(40, () => connect(target)) as number[];
      const steps = ports.slice(1).map((port, i) => (port - ports[i]! + 28_232) % 28_232);
      return steps.filter((step) => step % 2 !== 0 || step < 2 || step > 16).length <= 1;
    },
    expected: true,
  },
  {
    cite: 'client 2.1',
    name: 'a list of reserved ports replaces the one before, and is shown sorted and joined',
    run: (target) =>
      ['8080,1000-1010', '1000-1005,1003-1020', '3,1,2', '9000-9010,', '0', ''].map((list) => {
        const written = target.sysctl(RESERVED, list);
        return written === 0 ? target.readSysctl(RESERVED) : written;
      }),
    expected: ['1000-1010,8080', '1000-1020', '1-3', '9000-9010', '0', ''],
  },
  {
    cite: 'client 2.1',
    name: 'what is no list of ports is refused, and the list stays as it was',
    run: (target) => {
      target.sysctl(RESERVED, '8080,9000-9010');
      const answers = ['5-3', '70000', '1-2-3', 'abc', ' 7 , 9', '1;2'].map((text) =>
        target.sysctl(RESERVED, text),
      );
      return [answers, target.readSysctl(RESERVED)];
    },
    expected: [Array(6).fill('EINVAL'), '8080,9000-9010'],
  },
  {
    cite: 'client 2.1',
    name: 'with nothing but reserved ports left: EADDRNOTAVAIL from connect(), EADDRINUSE from bind()',
    run: (target) => {
      begin(target, 40_000, 40_003);
      target.sysctl(RESERVED, '40001-40002');
      const taken = sorted(many(3, () => connect(target)));
      const bound = target.bind(target.socket(), 0, HOST);
      target.sysctl(RESERVED, '');
      return [taken, bound, sorted(many(3, () => connect(target)))];
    },
    expected: [[40_000, 40_003, NONE], BUSY, [40_001, 40_002, NONE]],
  },
  {
    cite: 'client 2.1',
    name: 'reserved ports are passed over',
    run: (target) => {
      target.sysctl(RESERVED, '40000,40004-40006');
      begin(target, 40_000, 40_009);
      return sorted(many(7, () => connect(target)));
    },
    expected: [40_001, 40_002, 40_003, 40_007, 40_008, 40_009, NONE],
  },
  ...(
    [
      [
        'inside the range: its ports only, an odd number of them too',
        [40_005, 40_009],
        6,
        [...from(40_005, 40_009), NONE],
      ],
      [
        'whose high end is outside: from its low end to the end of the range',
        [40_015, 50_000],
        6,
        [...from(40_015, 40_019), NONE],
      ],
      [
        'whose low end is outside: from the start of the range to its high end',
        [30_000, 40_004],
        6,
        [...from(40_000, 40_004), NONE],
      ],
      ['wholly outside: without effect', [50_000, 50_009], 21, [...from(40_000, 40_019), NONE]],
    ] as const
  ).map(
    ([name, own, times, expected]): OracleCase => ({
      cite: 'client 2.1',
      name: `IP_LOCAL_PORT_RANGE ${name}`,
      run: (target) => {
        begin(target, 40_000, 40_019);
        const option = (fd: number): void => {
          target.setsockopt(fd, 'IP_LOCAL_PORT_RANGE', ((own[1] << 16) | own[0]) >>> 0);
        };
        return sorted(many(times, () => connect(target, HOST, 80, option)));
      },
      expected,
    }),
  ),
  {
    cite: 'client 2.1',
    name: 'bind() to port 0 prefers the other parity, and ends with EADDRINUSE',
    run: (target) => {
      target.sysctl(RANGE, [40_000, 40_019]);
      const bound = many(21, () => {
        const fd = target.socket();
        const result = target.bind(fd, 0, HOST);
        return result === 0 ? portOf(target, fd) : result;
      });
      return classes(bound, 40_000);
    },
    expected: [...repeated(10, 1), ...repeated(10, 0), BUSY],
  },
  {
    cite: 'client 2.1',
    name: 'with SO_REUSEADDR bind() to port 0 takes the lower half of the range first',
    run: (target) => {
      target.sysctl(RANGE, [40_000, 40_039]);
      return many(40, () => {
        const fd = target.socket();
        target.setsockopt(fd, 'SO_REUSEADDR', 1);
        target.bind(fd, 0, HOST);
        const port = portOf(target, fd);
        return `${port < 40_020 ? 'lower' : 'upper'} ${port & 1}`;
      });
    },
    expected: [
      ...repeated(10, 'lower 1'),
      ...repeated(10, 'lower 0'),
      ...repeated(10, 'upper 1'),
      ...repeated(10, 'upper 0'),
    ],
  },
];

function withReuse(target: RawTarget, fd: number): void {
  target.setsockopt(fd, 'SO_REUSEADDR', 1);
}

const SHARING: readonly OracleCase[] = [
  {
    cite: 'client 2.2',
    name: 'each destination has the whole range, and the ports are shared',
    run: (target) => {
      begin(target, 40_000, 40_009);
      listen(target, OTHER);
      const first = many(11, () => connect(target));
      const second = many(11, () => connect(target, OTHER));
      return [sorted(first), sorted(second)];
    },
    expected: [
      [...from(40_000, 40_009), NONE],
      [...from(40_000, 40_009), NONE],
    ],
  },
  {
    cite: 'client 2.2',
    name: 'another port of the same address is another destination',
    run: (target) => {
      begin(target, 40_000, 40_001);
      listen(target, HOST, 81);
      return [sorted(many(3, () => connect(target))), sorted(many(3, () => connect(target, HOST, 81)))];
    },
    expected: [
      [40_000, 40_001, NONE],
      [40_000, 40_001, NONE],
    ],
  },
  {
    cite: 'client 2.2',
    name: 'no port left: EADDRNOTAVAIL, and no counter moves',
    run: (target) => {
      begin(target, 40_000, 40_001);
      many(2, () => connect(target));
      target.moved();
      return [connect(target), target.moved()];
    },
    expected: [NONE, {}],
  },
  {
    cite: 'client 2.2',
    name: 'bind() to port 0 before connect(): the range is for all destinations, and ends at bind()',
    run: (target) => {
      begin(target, 40_000, 40_003);
      listen(target, OTHER);
      return many(5, () => {
        const fd = target.socket();
        const bound = target.bind(fd, 0, HOST);
        return bound === 0 ? String(target.connect(fd, 80, fd % 2 === 0 ? HOST : OTHER)) : `bind ${bound}`;
      });
    },
    expected: [...repeated(4, 'EINPROGRESS'), `bind ${BUSY}`],
  },
  {
    cite: 'client 2.2',
    name: 'IP_BIND_ADDRESS_NO_PORT: bind() takes no port, connect() does, per destination',
    run: (target) => {
      begin(target, 40_000, 40_003);
      listen(target, OTHER);
      const one = (host: string): string => {
        const fd = target.socket();
        target.setsockopt(fd, 'IP_BIND_ADDRESS_NO_PORT', 1);
        const bound = target.bind(fd, 0, HOST);
        const named = target.getsockname(fd);
        return `${bound} ${named} ${target.connect(fd, 80, host)}`;
      };
      return [...Array.from({ length: 5 }, () => one(HOST)), one(OTHER)];
    },
    expected: [
      ...repeated(4, '0 127.0.0.1:0 EINPROGRESS'),
      `0 127.0.0.1:0 ${NONE}`,
      '0 127.0.0.1:0 EINPROGRESS',
    ],
  },
  ...[true, false].map(
    (listens): OracleCase => ({
      cite: 'client 2.2',
      name: `a port ${listens ? 'on which somebody listens' : 'that somebody bound'} on another address is closed to connect()`,
      run: (target) => {
        begin(target, 40_000, 40_003);
        for (const port of [40_000, 40_002, 40_003]) {
          const fd = target.socket();
          target.bind(fd, port, '127.0.0.9');
          if (listens) target.listen(fd, 1);
        }
        return many(2, () => connect(target));
      },
      expected: [40_001, NONE],
    }),
  ),
  ...[false, true].map(
    (reuse): OracleCase => ({
      cite: 'client 2.2',
      name: `a port of connect() that somebody binds on another address${reuse ? ' with SO_REUSEADDR' : ''} is closed until that socket goes`,
      run: (target) => {
        begin(target, 40_000, 40_000);
        listen(target, OTHER);
        listen(target, '127.0.0.3');
        const first = connect(target);
        const binder = target.socket();
        if (reuse) withReuse(target, binder);
        const bound = target.bind(binder, 40_000, '127.0.0.9');
        const meanwhile = connect(target, OTHER);
        target.close(binder);
        return [first, bound, meanwhile, connect(target, OTHER), connect(target, '127.0.0.3')];
      },
      expected: [40_000, 0, NONE, 40_000, 40_000],
    }),
  ),
  {
    cite: 'client 2.2',
    name: 'the port is closed as long as one of two binders is there, and open when the connections of connect() are the last',
    run: (target) => {
      begin(target, 40_000, 40_000);
      listen(target, OTHER);
      connect(target);
      const binders = ['127.0.0.8', '127.0.0.9'].map((host) => {
        const fd = target.socket();
        target.bind(fd, 40_000, host);
        return fd;
      });
      return [
        connect(target, OTHER),
        ...binders.map((fd) => {
          target.close(fd);
          return connect(target, OTHER);
        }),
      ];
    },
    expected: [NONE, NONE, 40_000],
  },
  ...(
    [
      [HOST, false, BUSY],
      [HOST, true, BUSY],
      ['0.0.0.0', true, BUSY],
      ['127.0.0.9', false, 0],
      ['127.0.0.9', true, 0],
    ] as const
  ).map(
    ([host, reuse, expected]): OracleCase => ({
      cite: 'client 2.2',
      name: `bind() to ${host} and a port that connect() took on ${HOST}${reuse ? ', with SO_REUSEADDR' : ''}`,
      run: (target) => {
        begin(target, 40_000, 40_000);
        connect(target);
        const fd = target.socket();
        if (reuse) withReuse(target, fd);
        return target.bind(fd, 40_000, host);
      },
      expected,
    }),
  ),
  {
    cite: 'client 2.2',
    name: 'two SO_REUSEADDR sockets on one address and port may not connect to one place, but to two',
    run: (target) => {
      begin(target, 40_000, 40_009);
      listen(target, OTHER);
      const fds = [1, 2].map(() => {
        const fd = target.socket();
        withReuse(target, fd);
        return fd;
      });
      const bound = fds.map((fd) => target.bind(fd, 50_000, HOST));
      const same = fds.map((fd) => target.connect(fd, 80, HOST));
      const other = target.connect(fds[1]!, 80, OTHER);
      const plain = target.bind(target.socket(), 50_000, HOST);
      return [bound, same, other, plain];
    },
    expected: [[0, 0], ['EINPROGRESS', NONE], 'EINPROGRESS', BUSY],
  },
  {
    cite: 'client 2.2',
    name: 'a socket that connects to itself is established, an active open and no passive one, and ends in TIME-WAIT',
    run: (target) => {
      const fd = target.socket();
      target.bind(fd, 50_000, HOST);
      target.moved();
      const result = target.connect(fd, 50_000, HOST);
      const { ActiveOpens, PassiveOpens, ...rest } = Object.fromEntries(
        Object.entries(target.moved()).map(([name, value]) => [name.replace(/^Tcp/, ''), value]),
      ) as { [name: string]: number };
      const state = target.sockets();
      target.close(fd);
      return [result, ActiveOpens, PassiveOpens ?? 0, rest.AttemptFails ?? 0, state, target.sockets()];
    },
    expected: ['EINPROGRESS', 1, 0, 0, ['50000 ESTAB 0 0'], ['50000 TIME-WAIT 0 0']],
  },
];

/** The start of the search is drawn anew every 10 s, for all destinations at once. */
const SHUFFLE: ScheduleCase = {
  cite: 'client 2.1',
  name: 'the start of the search jumps every 10 s, for all destinations at once',
  *schedule(target) {
    target.sysctl(RANGE, [32_768, 60_999]);
    // What moves the start between two jumps (table_perturb) is one for all namespaces: nobody else connects to these.
    const hosts = ['127.0.0.77', '127.0.0.78'];
    for (const host of hosts) listen(target, host);
    const last: number[] = [];
    const jumps: number[][] = [[], []];
    for (let ms = 0; ms <= 31_000; ms += 500) {
      yield ms;
      hosts.forEach((host, i) => {
        const port = connect(target, host) as number;
        const step = last[i] === undefined ? 2 : (port - last[i] + 28_232) % 28_232;
        last[i] = port;
        // At most 16 without a jump, and 2 more for each port on the way that is taken.
        if (step > 32) jumps[i]!.push(ms);
      });
    }
    const [ours = [], others = []] = jumps;
    const gaps = ours.slice(1).map((ms, i) => ms - ours[i]!);
    const together = ours.length === others.length && ours.every((ms, i) => Math.abs(ms - others[i]!) <= 500);
    return { jumped: ours.length >= 3, every10s: gaps.every((ms) => Math.abs(ms - 10_000) <= 500), together };
  },
  expected: { jumped: true, every10s: true, together: true },
};

export const PORTS: readonly OracleCase[] = [...ORDER, ...SHARING];
export const PORT_SCHEDULES: readonly ScheduleCase[] = [SHUFFLE];
