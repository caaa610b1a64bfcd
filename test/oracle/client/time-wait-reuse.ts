// Section 2.3: when connect() may take the port of a TIME-WAIT connection to the same place, and what it begins with.

import type { OracleCase, RawTarget, ScheduleCase } from '../case.ts';

const NONE = 'EADDRNOTAVAIL';
const PORTS = 4;
const LOOPBACK = '127.0.0.1';
/** Our own address on another device: a route over lo, but no loopback address. */
const OWN = '192.0.2.1';

interface Setting {
  readonly reuse?: 0 | 1 | 2;
  readonly delay?: number;
  readonly timestamps?: 0 | 1;
}

function set(target: RawTarget, { reuse, delay, timestamps }: Setting): void {
  target.sysctl('net.ipv4.ip_local_port_range', [40_000, 40_000 + PORTS - 1]);
  if (reuse !== undefined) target.sysctl('net.ipv4.tcp_tw_reuse', reuse);
  if (delay !== undefined) target.sysctl('net.ipv4.tcp_tw_reuse_delay', delay);
  if (timestamps !== undefined) target.sysctl('net.ipv4.tcp_timestamps', timestamps);
}

function listen(target: RawTarget, host: string): number {
  const fd = target.socket();
  for (const result of [target.bind(fd, 80, host), target.listen(fd, 100)])
    if (result !== 0) throw new Error(`unexpected ${result}`);
  return fd;
}

/** A connection whose client closes first, and so keeps the port in TIME-WAIT. */
function spent(target: RawTarget, listener: number, host: string, prepare?: (fd: number) => void): void {
  const client = target.socket();
  prepare?.(client);
  const began = target.connect(client, 80, host);
  const server = target.accept(listener);
  if (began !== 'EINPROGRESS' || typeof server === 'string') throw new Error(`${began}, accept: ${server}`);
  target.close(client);
  target.close(server);
}

/** What connect() gives, and how many TIME-WAIT records it took. The connection is closed again by a reset. */
function attempt(target: RawTarget, host: string, prepare?: (fd: number) => unknown): string {
  target.moved();
  const fd = target.socket();
  const refused = prepare?.(fd);
  if (typeof refused === 'string') return `bind ${refused}`;
  const result = target.connect(fd, 80, host);
  const taken = target.moved().TWRecycled ?? 0;
  target.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 });
  target.close(fd);
  return `${result} ${taken}`;
}

const row = (
  host: string,
  setting: Setting,
  afterMs: readonly number[],
  expected: readonly string[],
): ScheduleCase => ({
  cite: 'client 2.3',
  name: `${host}, ${Object.entries(setting)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}: all ports in TIME-WAIT, connect() after ${afterMs.join(' and ')} ms`,
  *schedule(target) {
    set(target, setting);
    const listener = listen(target, host);
    for (let i = 0; i < PORTS; i++) spent(target, listener, host);
    const got: string[] = [];
    for (const ms of afterMs) {
      yield ms;
      got.push(attempt(target, host));
    }
    return got;
  },
  expected,
});

const FAILS = `${NONE} 0`;
const WORKS = 'EINPROGRESS 1';

const CHOSEN: readonly ScheduleCase[] = [
  row(LOOPBACK, { reuse: 2 }, [0, 900, 1200], [FAILS, FAILS, WORKS]),
  row(OWN, { reuse: 2 }, [0, 1200], [FAILS, FAILS]),
  row(OWN, { reuse: 1 }, [0, 1200], [FAILS, WORKS]),
  row(LOOPBACK, { reuse: 0 }, [0, 1200], [FAILS, FAILS]),
  row(LOOPBACK, { reuse: 2, timestamps: 0 }, [0, 1200], [FAILS, FAILS]),
  row(LOOPBACK, { reuse: 2, delay: 100 }, [0, 200], [FAILS, WORKS]),
  row(LOOPBACK, { reuse: 2, delay: 3000 }, [0, 1200, 2800, 3200], [FAILS, FAILS, FAILS, WORKS]),
  {
    cite: 'client 2.3',
    name: 'a change of tcp_tw_reuse counts for records that are there already',
    *schedule(target) {
      set(target, { reuse: 0 });
      const listener = listen(target, OWN);
      for (let i = 0; i < PORTS; i++) spent(target, listener, OWN);
      yield 1200;
      const before = attempt(target, OWN);
      target.sysctl('net.ipv4.tcp_tw_reuse', 1);
      return [before, attempt(target, OWN)];
    },
    expected: [FAILS, WORKS],
  },
  {
    cite: 'client 2.3',
    name: 'FIN-WAIT-2 is not reused, however old',
    *schedule(target) {
      set(target, { reuse: 1 });
      target.sysctl('net.ipv4.ip_local_port_range', [40_000, 40_000]);
      const listener = listen(target, LOOPBACK);
      const client = target.socket();
      target.connect(client, 80, LOOPBACK);
      const server = target.accept(listener) as number;
      target.close(client);
      yield 1500;
      const before = attempt(target, LOOPBACK);
      target.close(server);
      yield 1600;
      const young = attempt(target, LOOPBACK);
      yield 2900;
      return [before, young, attempt(target, LOOPBACK)];
    },
    expected: [FAILS, FAILS, WORKS],
  },
];

const EXPLICIT: readonly OracleCase[] = (
  [
    ['with SO_REUSEADDR: at once, whatever tcp_tw_reuse says', 0, 1, true, WORKS],
    ['with SO_REUSEADDR, no timestamps', 2, 0, true, FAILS],
    ['without SO_REUSEADDR: bind() refuses', 2, 1, false, 'bind EADDRINUSE'],
  ] as const
).map(([name, reuse, timestamps, reuseAddr, expected]) => ({
  cite: 'client 2.3',
  name: `bind() to the port of a TIME-WAIT record ${name}`,
  run: (target) => {
    set(target, { reuse, timestamps });
    const listener = listen(target, LOOPBACK);
    const bind = (fd: number): string | 0 => {
      if (reuseAddr) target.setsockopt(fd, 'SO_REUSEADDR', 1);
      return target.bind(fd, 40_000, LOOPBACK);
    };
    spent(target, listener, LOOPBACK, bind);
    return attempt(target, LOOPBACK, bind);
  },
  expected,
}));

const SUCCESSOR: ScheduleCase = {
  cite: 'client 2.3',
  name: 'the successor begins 65537 after the last sequence number, and echoes the last timestamp of the peer',
  *schedule(target) {
    set(target, { reuse: 1 });
    target.sysctl('net.ipv4.ip_local_port_range', [40_000, 40_000]);
    const isnOf = (fd: number): readonly [result: string | 0, isn: number, syn: string] => {
      const result = target.connect(fd, 80);
      const [sent] = target.output();
      return [result, target.isn(80) ?? 0, sent?.text ?? 'nothing'];
    };
    const fd = target.socket();
    const [, first] = isnOf(fd);
    const answer = 'S. 1000:1000(0) ack 1 win 65535 <mss 1460,sackOK,TS val 1000 ecr 1000,nop,wscale 7>';
    target.segment(80, answer, 40_000);
    target.close(fd);
    target.segment(80, 'F. 1001:1001(0) ack 2 win 512 <nop,nop,TS val 1001 ecr 1000>', 40_000);
    const rows = target.sockets();
    yield 1300;
    const [result, second, syn] = isnOf(target.socket());
    return { rows, result, afterLast: (second - first - 2) >>> 0, echoes: / ecr (\d+)/.exec(syn)?.[1] };
  },
  expected: { rows: ['80 TIME-WAIT 0 0'], result: 'EINPROGRESS', afterLast: 65_537, echoes: '1001' },
};

export const REUSE: readonly OracleCase[] = EXPLICIT;
export const REUSE_SCHEDULES: readonly ScheduleCase[] = [...CHOSEN, SUCCESSOR];
