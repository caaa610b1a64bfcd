import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, errnoOf, must } from '../../test-kit/host.ts';
import { Kernel } from '../kernel.ts';
import { linux, type Profile } from '../profile.ts';

/** The eras and the kernels whose other behaviour they are tried with; 5.12 has no profile of its own. */
const PROFILES: readonly Profile[] = [
  ...['3.10', '4.4', '5.4', '6.1', '6.18'].map((name) => linux(name)!),
  { ...linux('5.15')!, behaviour: { ...linux('5.15')!.behaviour, portChoice: 'perturb-256' } },
];

/** Small ranges, over the edges of words and of blocks, of odd and even sizes; and one of several blocks. */
const RANGES = [
  [40_000, 40_019],
  [2_030, 2_076],
  [34_803, 34_830],
  [40_000, 40_000],
  [40_001, 40_002],
  [33_000, 36_100],
] as const;

const SERVERS = ['127.0.0.1', '10.0.0.1'] as const;
const BINDERS = ['127.0.0.1', '127.0.0.9', '0.0.0.0'] as const;

/** Who closes first; `half`: the client, and the server with `finish`. */
type How = 'client' | 'server' | 'reset' | 'half';

type Step =
  | { do: 'connect'; server: number; port: number; own: number; times: number }
  | { do: 'bind'; binder: number; offset: number; reuse: boolean; listen: boolean }
  | { do: 'bind-zero'; binder: number; times: number }
  | { do: 'close'; which: number; how: How }
  | { do: 'finish' }
  | { do: 'close-many'; share: number; how: How }
  | { do: 'wait'; ms: number }
  | {
      do: 'sysctl';
      name: 'net.ipv4.tcp_tw_reuse' | 'net.ipv4.tcp_tw_reuse_delay' | 'net.ipv4.tcp_timestamps';
      value: number;
    }
  | { do: 'range'; which: number }
  | { do: 'reserve'; offset: number; length: number }
  | { do: 'copy'; by: 'fork' | 'snapshot' };

const HOW = fc.constantFrom<How>('client', 'client', 'half', 'server', 'reset');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      server: fc.nat(1),
      port: fc.nat(1),
      own: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
      times: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(60)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('bind' as const),
      binder: fc.nat(2),
      offset: fc.nat(40),
      reuse: fc.boolean(),
      listen: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('bind-zero' as const),
      binder: fc.nat(2),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('close' as const), which: fc.nat(), how: HOW }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close-many' as const),
      share: fc.integer({ min: 1, max: 3 }),
      how: HOW,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 40, 500, 1000, 1001, 2600, 61_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.oneof(
      fc.record({
        do: fc.constant('sysctl' as const),
        name: fc.constant('net.ipv4.tcp_tw_reuse' as const),
        value: fc.nat(2),
      }),
      fc.record({
        do: fc.constant('sysctl' as const),
        name: fc.constant('net.ipv4.tcp_tw_reuse_delay' as const),
        value: fc.constantFrom(1, 1000, 3000),
      }),
      fc.record({
        do: fc.constant('sysctl' as const),
        name: fc.constant('net.ipv4.tcp_timestamps' as const),
        value: fc.nat(1),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('range' as const), which: fc.nat(RANGES.length - 1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reserve' as const), offset: fc.nat(40), length: fc.nat(30) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('copy' as const),
      by: fc.constantFrom('fork' as const, 'snapshot' as const),
    }),
  },
);

/** One kernel that connects to itself; it writes down every port that connect() chose, and what it met. */
class Rig {
  kernel: Kernel;
  readonly task: number;
  readonly pairs: { client: number; server: number }[] = [];
  readonly others: number[] = [];
  private halves: number[] = [];
  readonly seen: string[] = [];
  private low = 0;

  constructor(profile: Profile, patience: number) {
    this.kernel = Kernel.create({
      profile,
      seed: 7,
      interfaces: [
        { name: 'eth0', mtu: 1500, addrs: [{ addr: at('10.0.0.1', 0).address, prefixLen: 24 }], up: true },
      ],
    });
    this.kernel.net.ports.patience = patience;
    this.task = this.kernel.createTask({ nofile: 1e6 });
    this.range(0);
    for (const address of SERVERS) for (const port of [80, 81]) this.listen(address, port);
  }

  private listeners = new Map<string, number>();

  private listen(address: string, port: number): void {
    const fd = must(this.kernel.socket(this.task, 'AF_INET', 'SOCK_STREAM', true));
    must(this.kernel.bind(this.task, fd, at(address, port)));
    must(this.kernel.listen(this.task, fd, 4096));
    this.listeners.set(`${address} ${port}`, fd);
  }

  private range(which: number): void {
    const range = RANGES[which]!;
    must(this.kernel.setSysctl('net.ipv4.ip_local_port_range', range));
    this.low = range[0];
  }

  private connect(server: number, port: number, own: number): void {
    const { kernel, task } = this;
    const fd = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
    // Kernels before 6.3 have no such option.
    if (own > 0 && !kernel.net.profile.lacks.options.includes('IP_LOCAL_PORT_RANGE'))
      must(
        kernel.setsockopt(task, fd, 'IP_LOCAL_PORT_RANGE', (((this.low + own) << 16) | (this.low + 1)) >>> 0),
      );
    const where = at(SERVERS[server]!, 80 + port);
    const result = kernel.connect(task, fd, where);
    const local = must(kernel.getsockname(task, fd)).port;
    this.seen.push(`${errnoOf(result)} ${local} ${JSON.stringify(kernel.portProbes(task, fd))}`);
    const taken = kernel.accept(task, this.listeners.get(`${SERVERS[server]!} ${80 + port}`)!, true);
    if (taken.ok) this.pairs.push({ client: fd, server: taken.value.fd });
    else kernel.close(task, fd);
  }

  private bind(binder: number, port: number, reuse: boolean, listen: boolean): void {
    const { kernel, task } = this;
    const fd = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
    must(kernel.setsockopt(task, fd, 'SO_REUSEADDR', reuse ? 1 : 0));
    this.seen.push(`bind ${errnoOf(kernel.bind(task, fd, at(BINDERS[binder]!, port)))}`);
    if (listen) kernel.listen(task, fd, 1);
    this.others.push(fd);
  }

  private close(which: number, how: How): void {
    const { kernel, task } = this;
    if (which % 5 === 4 && this.others.length > 0) {
      kernel.close(task, this.others.splice(which % this.others.length, 1)[0]!);
      return;
    }
    if (this.pairs.length === 0) return;
    const [{ client, server }] = this.pairs.splice(which % this.pairs.length, 1) as [Rig['pairs'][0]];
    if (how === 'reset') must(kernel.setsockopt(task, client, 'SO_LINGER', { on: true, seconds: 0 }));
    kernel.close(task, how === 'server' ? server : client);
    if (how === 'half') this.halves.push(server);
    else kernel.close(task, how === 'server' ? client : server);
  }

  private run(s: Step): void {
    const { net } = this.kernel;
    switch (s.do) {
      case 'connect':
        for (let i = 0; i < s.times; i++) this.connect(s.server, s.port, s.own);
        return;
      case 'bind':
        return this.bind(s.binder, this.low + s.offset, s.reuse, s.listen);
      case 'bind-zero':
        for (let i = 0; i < s.times; i++) this.bind(s.binder, 0, false, false);
        return;
      case 'close':
        return this.close(s.which, s.how);
      case 'close-many':
        for (let n = Math.floor(this.pairs.length / s.share); n > 0; n--) this.close(5 * n, s.how);
        return;
      case 'finish':
        for (const fd of this.halves) this.kernel.close(this.task, fd);
        this.halves = [];
        return;
      case 'wait':
        return this.kernel.advanceTo(net.now + s.ms * 1e6);
      case 'sysctl':
        // Kernels before 6.14 have no tcp_tw_reuse_delay, and go on as before.
        if (net.profile.lacks.sysctls.includes(s.name)) return;
        return void must(this.kernel.setSysctl(s.name, s.value));
      case 'range':
        return this.range(s.which);
      case 'reserve':
        net.reservedPorts = s.length === 0 ? [] : [this.low + s.offset, this.low + s.offset + s.length];
        return;
      case 'copy':
        this.kernel = s.by === 'fork' ? this.kernel.fork() : Kernel.restore(this.kernel.snapshot());
    }
  }

  play(steps: readonly Step[]): string[] {
    for (const s of steps) this.run(s);
    return this.seen;
  }
}

const fill = (times: number): Step => ({ do: 'connect', server: 0, port: 0, own: 0, times });
const closeAll = (how: How): Step => ({ do: 'close-many', share: 1, how });
const wait = (ms: number): Step => ({ do: 'wait', ms });
const reuse = (value: number): Step => ({ do: 'sysctl', name: 'net.ipv4.tcp_tw_reuse', value });
const delay = (value: number): Step => ({ do: 'sysctl', name: 'net.ipv4.tcp_tw_reuse_delay', value });

/** Histories that a random one seldom hits upon. */
const HISTORIES: readonly (readonly [string, readonly Step[]])[] = [
  [
    'FIN-WAIT-2 records become TIME-WAIT between two searches',
    [fill(20), closeAll('half'), wait(2600), fill(1), { do: 'finish' }, fill(1), wait(2600), fill(9)],
  ],
  [
    'tcp_tw_reuse changes between two searches',
    [
      fill(20),
      closeAll('client'),
      wait(2600),
      reuse(0),
      fill(1),
      reuse(1),
      fill(3),
      reuse(0),
      fill(1),
      reuse(2),
      fill(9),
    ],
  ],
  [
    'tcp_tw_reuse_delay changes between two searches',
    [
      fill(20),
      closeAll('client'),
      wait(500),
      fill(1),
      delay(100),
      fill(3),
      delay(60000),
      fill(1),
      delay(1),
      fill(3),
    ],
  ],
  [
    'whole blocks are in use, and one port in one of them is bound, and reserved',
    [
      { do: 'range', which: 5 },
      fill(1600),
      { do: 'bind', binder: 1, offset: 900, reuse: true, listen: false },
      fill(1),
      { do: 'reserve', offset: 1000, length: 3 },
      fill(40),
    ],
  ],
];

const ALL = PROFILES.map(
  (profile, i) => [['3.10', '4.4', '5.4', '6.1', '6.18', '5.12'][i]!, profile] as const,
);

describe('over bits and port by port, the same ports are chosen after the same looks', () => {
  test.each(ALL)('%s, any history', (_name, profile) => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 30 }),
        fc.constantFrom(0, 3, 32),
        (steps, patience) => {
          const slow = new Rig(profile, Number.POSITIVE_INFINITY).play(steps);
          expect(new Rig(profile, patience).play(steps)).toEqual(slow);
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each(
    ALL.flatMap(([kernel, profile]) =>
      HISTORIES.map(([name, steps]) => [kernel, name, profile, steps] as const),
    ),
  )('%s: %s', (_kernel, _name, profile, steps) => {
    const slow = new Rig(profile, Number.POSITIVE_INFINITY).play(steps);
    expect(new Rig(profile, 0).play(steps)).toEqual(slow);
  });
});
