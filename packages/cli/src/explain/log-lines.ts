// Lines of the kernel log that the engine writes, and the text of each kernel. A new text of the profiles does not build
// without a line here.

import { type Behaviour, linux, PROFILE_NAMES } from '@halfopen/engine';
import type { Entry } from './entry.ts';

const FLOOD_COMMON = {
  kernel: 'tcp_syn_flood_action',
  mistaken: [
    'It does not prove an attack: a backlog too small for a burst of honest clients writes the same line.',
    '它不能证明有攻击：backlog 太小、正常客户端突发到达时也会写出同样的一行。',
  ],
  todo: [
    'Look at the backlog of that port (Send-Q of ss -lnt). The line comes once in the life of a listener, so its absence later says nothing; TCPReqQFullDoCookies and TCPReqQFullDrop go on counting.',
    '查看该端口的 backlog（ss -lnt 的 Send-Q）。每个监听套接字一生只写一次，之后没有这一行不说明问题；TCPReqQFullDoCookies 和 TCPReqQFullDrop 会继续计数。',
  ],
  versions: [
    '2.6.32 writes it only when cookies are sent, at most once a minute for the whole host.',
    '2.6.32 只在发送 cookie 时写，全机每分钟最多一次。',
  ],
} as const satisfies Partial<Entry>;

export const LOG_ENTRIES = {
  'Possible SYN flooding: Sending cookies': {
    ...FLOOD_COMMON,
    means: [
      'The SYN queue of a listener is full; while it is, new SYNs are answered with SYN cookies instead of being dropped.',
      '监听套接字的半连接队列已满；在此期间，新的 SYN 以 SYN cookie 应答，而不是被丢弃。',
    ],
    when: [
      'A SYN finds more half-open connections than the backlog, and tcp_syncookies=1. With tcp_syncookies=2 the line is never written.',
      'SYN 到达时半连接数超过 backlog，且 tcp_syncookies=1。tcp_syncookies=2 时从不写这一行。',
    ],
    see: ['TcpExtTCPReqQFullDoCookies', 'net.ipv4.tcp_syncookies', 'backlog'],
  },
  'Possible SYN flooding: Dropping request': {
    ...FLOOD_COMMON,
    means: [
      'The SYN queue of a listener is full and SYN cookies are off: the SYN is dropped.',
      '监听套接字的半连接队列已满，且未开启 SYN cookie：SYN 被丢弃。',
    ],
    when: [
      'A SYN finds more half-open connections than the backlog, and tcp_syncookies=0.',
      'SYN 到达时半连接数超过 backlog，且 tcp_syncookies=0。',
    ],
    see: ['TcpExtTCPReqQFullDrop', 'net.ipv4.tcp_syncookies', 'backlog'],
  },
} as const satisfies Record<string, Entry>;

export type LogName = keyof typeof LOG_ENTRIES;

type FloodLog = Behaviour['floodLog'];

const ACTIONS: Readonly<Record<LogName, string>> = {
  'Possible SYN flooding: Sending cookies': 'Sending cookies.',
  'Possible SYN flooding: Dropping request': 'Dropping request.',
};

const FLOOD_TEXTS: Readonly<Record<FloodLog, (action: string) => string>> = {
  address: (action) => `TCP: request_sock_TCP: Possible SYN flooding on port 192.0.2.1:80. ${action}`,
  port: (action) =>
    `TCP: request_sock_TCP: Possible SYN flooding on port 80. ${action}  Check SNMP counters.`,
  'lower-case': (action) => `possible SYN flooding on port 80. ${action}`,
};

export interface LogVariant {
  readonly kernels: readonly string[];
  readonly text: string;
}

/** 2.6.32 writes the line only when it sends a cookie (syn_flood_warning, net/ipv4/tcp_ipv4.c v2.6.32). */
const COOKIES_ONLY: readonly FloodLog[] = ['lower-case'];

/** The line as each kernel profile writes it. */
export function variantsOf(name: LogName): LogVariant[] {
  const dropping = name === 'Possible SYN flooding: Dropping request';
  const styles = (Object.keys(FLOOD_TEXTS) as FloodLog[]).filter(
    (style) => !dropping || !COOKIES_ONLY.includes(style),
  );
  return styles.map((style) => ({
    kernels: PROFILE_NAMES.filter((kernel) => linux(kernel)?.behaviour.floodLog === style),
    text: FLOOD_TEXTS[style](ACTIONS[name]),
  }));
}

/** The log lines that a pasted text holds: both when it does not say what was done. */
export function logLinesIn(text: string): LogName[] {
  if (!/syn flooding/i.test(text)) return [];
  const names = Object.keys(ACTIONS) as LogName[];
  const plain = text.toLowerCase();
  const named = names.filter((name) => plain.includes((ACTIONS[name].split(' ')[0] as string).toLowerCase()));
  return named.length > 0 ? named : names;
}
