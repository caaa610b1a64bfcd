// A statement about Linux, and the runs that decide whether it is true: for each kernel a probe is played, and its lines
// hold if and only if the statement, or that part of it, holds there.

import type { Text } from '../explain/entry.ts';

/** A scenario document as plain data. */
type Document = Readonly<Record<string, unknown>>;

export interface Probe {
  /** Which part of the statement, when it has several. */
  readonly part?: Text;
  /** A scenario of the library by name, or a document of the claim's own. */
  readonly scenario: string | Document;
  /** What is changed in it, as a variant does. */
  readonly set?: Document;
  /** The variant that plain lines are about; comparisons name theirs. */
  readonly variant?: string;
  /** Hold where the statement does. With variants, a line that begins with the name of one compares two. */
  readonly expect: readonly string[];
  /** The host that has the kernel which is tested; else all have it. */
  readonly host?: string;
  /** Kernels on which the lines mean something; else all. */
  readonly kernels?: readonly string[];
}

export interface Claim {
  readonly says: Text;
  /** The term of the notes. */
  readonly term?: string;
  /** What holds instead, or why; with the kernel's symbols. */
  readonly holds: Text;
  readonly kernel: string;
  readonly probes: readonly Probe[];
}

const LINK = [{ between: ['client', 'server'], latency: '10ms' }];

/** Two hosts, 10 ms apart. */
export const pair = (
  rest: Document,
  { client = {}, server = {} }: { client?: object; server?: object } = {},
): Document => ({
  format: 1,
  name: 'probe',
  duration: '5s',
  hosts: {
    client: { address: '10.0.0.1/24', sysctls: client },
    server: { address: '10.0.0.2/24', sysctls: server, routes: [{ to: '203.0.0.0/16' }] },
  },
  links: LINK,
  ...rest,
});

/** SYNs of addresses that never answer. */
export const flood = (count: number, more: object = {}): readonly object[] => [
  {
    at: '100ms',
    from: '203.0.113.1:1024',
    to: 'server:80',
    segment: 'S 0:0(0) win 65535 <mss 1460>',
    count,
    interval: '1ms',
    step: { address: 1 },
    ...more,
  },
];

export const serve = (more: object = {}): object => ({
  host: 'server',
  program: 'server',
  port: 80,
  ...more,
});
export const connect = (more: object = {}): object => ({
  host: 'client',
  program: 'client',
  to: 'server:80',
  ...more,
});

/** One claim, with the server's default tcp_syncookies and without cookies. */
export const byCookies = (
  scenario: (server: Readonly<Record<string, unknown>>) => Probe['scenario'],
  expect: string,
): readonly Probe[] => [
  {
    part: ['with the default tcp_syncookies', 'tcp_syncookies 取默认值时'],
    scenario: scenario({}),
    expect: [expect],
  },
  {
    part: ['with tcp_syncookies=0', 'tcp_syncookies=0 时'],
    scenario: scenario({ 'net.ipv4.tcp_syncookies': 0 }),
    expect: [expect],
  },
];
