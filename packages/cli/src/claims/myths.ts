// The popular claims M1 to M15 that Linux does not bear out, each with what holds instead. Entries of `halfopen explain`
// name them by number, so that a correction is written once.

import type { Text } from '../explain/entry.ts';
import { type Claim, connect, flood, pair, serve } from './claim.ts';

const RANGE = 'net.ipv4.ip_local_port_range';
const SOMAXCONN = 'net.core.somaxconn';
const SYN_BACKLOG = 'net.ipv4.tcp_max_syn_backlog';
const COOKIES = 'net.ipv4.tcp_syncookies';

const synBacklog = {
  ...pair(
    { duration: '2s', inject: flood(300), processes: [serve({ backlog: 128 })] },
    { server: { [COOKIES]: 1 } },
  ),
  variants: [
    { name: 'low', set: { [`server:${SYN_BACKLOG}`]: 16 } },
    { name: 'high', set: { [`server:${SYN_BACKLOG}`]: 64 } },
  ],
};

/** Nothing comes back. */
const nobody = pair({
  duration: '30s',
  faults: [{ drop: 'any', from: 'client' }],
  processes: [connect()],
});

/** A client whose SYN comes to an accept queue that is full already, with tcp_abort_on_overflow=1. */
const abort = pair(
  {
    duration: '8s',
    processes: [
      serve({ backlog: 1, acceptMax: 0 }),
      connect({ count: 2, interval: '25ms', hold: '1m' }),
      connect({ name: 'late', start: '1s', hold: '1m' }),
    ],
  },
  { server: { 'net.ipv4.tcp_abort_on_overflow': 1 } },
);

/** A full half-open queue and an empty accept queue. */
const halfOpenFull = pair(
  {
    duration: '3s',
    inject: flood(100),
    processes: [serve({ backlog: 8 }), connect({ start: '1s' })],
  },
  { server: { [COOKIES]: 0 } },
);

/** Two namespaces: what is set in one, and a server in the other. */
const container = {
  ...pair({ duration: '8s' }),
  hosts: {
    client: { address: '10.0.0.1/24' },
    host: { address: '10.0.0.2/24', sysctls: { [SOMAXCONN]: 8 } },
    container: { address: '10.0.0.3/24' },
  },
  links: [{ between: ['client', 'host', 'container'], latency: '10ms' }],
  processes: [
    { host: 'container', program: 'server', port: 80, backlog: 1024, acceptMax: 0 },
    { host: 'client', program: 'client', to: 'container:80', count: 40, interval: '25ms', hold: '1m' },
  ],
};

const finTimeout = pair(
  { duration: '40s', processes: [serve({ keepAlive: true }), connect()] },
  { client: { 'net.ipv4.tcp_fin_timeout': 5 } },
);

/** The sysctl is gone since 4.12; what is left is the TIME-WAIT of 60 s. */
const recycle = pair({ duration: '40s', processes: [serve({ keepAlive: true }), connect()] });

/** A service that starts after a client connection has taken its port. */
const wideRange = pair(
  {
    processes: [
      serve({ style: 'events' }),
      connect({ hold: '4s' }),
      {
        host: 'client',
        name: 'service',
        program: 'steps',
        start: '1s',
        steps: [
          { socket: 's' },
          { setsockopt: { fd: 's', name: 'SO_REUSEADDR', value: 1 } },
          { bind: { fd: 's', port: 8080 } },
          { listen: { fd: 's', backlog: 1 } },
        ],
      },
    ],
  },
  { client: { [RANGE]: [8080, 8080] } },
);

const recvQ = pair({ processes: [serve({ acceptMax: 0 }), connect({ request: 100, hold: '1m' })] });

const capacity = pair({
  duration: '8s',
  processes: [serve({ backlog: 3, acceptMax: 0 }), connect({ count: 8, interval: '25ms', hold: '1m' })],
});

const fullAccept = pair({
  duration: '8s',
  processes: [
    serve({ backlog: 1, acceptMax: 0 }),
    connect({ count: 2, interval: '25ms', hold: '1m' }),
    connect({ name: 'late', count: 4, interval: '25ms', start: '1s', hold: '1m' }),
  ],
});

/** A megabyte over 50 ms to a client without timestamps: half-open in the queue, or in a cookie. */
const cookieCost = {
  ...pair(
    {
      duration: '20s',
      links: [{ between: ['client', 'server'], latency: '50ms' }],
      processes: [serve({ request: 100, reply: '1MB' }), connect({ request: 100, reply: '1MB' })],
    },
    { client: { 'net.ipv4.tcp_timestamps': 0 }, server: { [COOKIES]: 1 } },
  ),
  variants: [{ name: 'queue' }, { name: 'cookie', set: { [`server:${COOKIES}`]: 2 } }],
};

export const MYTHS = {
  M1: {
    says: [
      'To make the SYN queue longer, raise tcp_max_syn_backlog (with SYN cookies on).',
      '要加长半连接队列，就调大 tcp_max_syn_backlog（开启 SYN cookie 时）。',
    ],
    holds: [
      'Raising tcp_max_syn_backlog does not make the SYN queue longer while SYN cookies are on: it is read only with tcp_syncookies=0.',
      '开启 SYN cookie 时，调大 tcp_max_syn_backlog 不会加长半连接队列：只有 tcp_syncookies=0 时才读取它。',
    ],
    kernel: 'tcp_conn_request',
    probes: [{ scenario: synBacklog, expect: ['high server request queue max > low'] }],
  },
  M2: {
    says: ['A lost SYN is sent again after 1, 3, 7, 15 s.', '丢失的 SYN 在 1、3、7、15 s 之后重传。'],
    holds: [
      'A lost SYN is not resent at 1, 3, 7, 15 s on every kernel: since 6.5 the first resends leave one second apart (1, 2, 3, 4, 5, 7, 11 s).',
      '并非所有内核都在 1、3、7、15 秒重传 SYN：6.5 起前几次重传各隔一秒（1、2、3、4、5、7、11 秒）。',
    ],
    kernel: 'tcp_retransmit_timer',
    probes: [{ scenario: nobody, expect: ['connect 1 syns at 0s 1s 3s 7s 15s within 1%'] }],
  },
  M3: {
    says: [
      'Set tcp_abort_on_overflow=1: when clients see RST, the accept queue is full; when they do not, it is not.',
      '把 tcp_abort_on_overflow 设为 1：客户端收到 RST 说明全连接队列已满，没有收到就说明没满。',
    ],
    holds: [
      'tcp_abort_on_overflow=1 is no test for a full accept queue: since 4.10 the SYN itself is dropped in silence, and a RST comes only when the queue filled up after the SYN-ACK.',
      'tcp_abort_on_overflow=1 不能用来判断全连接队列是否已满：4.10 起 SYN 本身就被悄悄丢弃，只有队列在发出 SYN-ACK 之后才满时才会发 RST。',
    ],
    kernel: 'tcp_conn_request, tcp_check_req',
    probes: [{ scenario: abort, expect: ['segments "R" from server to client >= 1'] }],
  },
  M4: {
    says: ['ListenDrops counts overflows of the accept queue.', 'ListenDrops 统计的就是全连接队列溢出。'],
    holds: [
      'ListenDrops is not the accept queue alone: it also counts a full SYN queue with cookies off, the tcp_max_syn_backlog reserve, no route, broadcast SYNs and ICMP errors. Only ListenOverflows is the accept queue.',
      'ListenDrops 不只统计全连接队列：关闭 cookie 时半连接队列满、tcp_max_syn_backlog 的预留、没有路由、广播 SYN 和 ICMP 错误都计入其中。只有 ListenOverflows 专指全连接队列。',
    ],
    kernel: 'tcp_conn_request, tcp_listendrop',
    probes: [
      { scenario: halfOpenFull, expect: ['server accept queue max <= 1', 'server TcpExtListenDrops == 0'] },
    ],
  },
  M5: {
    says: ['Raising net.core.somaxconn is enough.', '只要调大 net.core.somaxconn 就够了。'],
    holds: [
      'Raising somaxconn alone changes nothing: the limit is min(backlog, somaxconn), taken when the service calls listen().',
      '只调大 somaxconn 并不生效：上限是 min(backlog, somaxconn)，在服务调用 listen() 时取值。',
    ],
    kernel: '__sys_listen',
    probes: [{ scenario: 'backlog-and-somaxconn', expect: ['somaxconn server accept queue max > before'] }],
  },
  M6: {
    says: ['A sysctl set on the host reaches its containers.', '在宿主机上设置的 sysctl 对容器同样有效。'],
    holds: [
      'The value of the host does not reach a container: a new network namespace starts with the default of the kernel and has a value of its own.',
      '宿主机的值不会传给容器：新的网络命名空间从内核默认值开始，各有自己的值。',
    ],
    kernel: 'net_core_net_ops, sysctl_core_net_init',
    probes: [{ scenario: container, expect: ['container accept queue max == 9'] }],
  },
  M7: {
    says: ['A lower tcp_fin_timeout shortens TIME-WAIT.', '调小 tcp_fin_timeout 可以缩短 TIME-WAIT。'],
    holds: [
      'tcp_fin_timeout does not shorten TIME-WAIT: that always lasts 60 s. It is the life of an orphan in FIN-WAIT-2.',
      'tcp_fin_timeout 不会缩短 TIME-WAIT，后者固定为 60 秒；它决定的是孤儿连接在 FIN-WAIT-2 停留多久。',
    ],
    kernel: 'TCP_TIMEWAIT_LEN, tcp_time_wait',
    probes: [{ scenario: finTimeout, expect: ['at 30s client sockets TIME-WAIT == 0'] }],
  },
  M8: {
    says: [
      'tcp_tw_recycle rids a host of its TIME-WAIT connections.',
      '用 tcp_tw_recycle 可以消除 TIME-WAIT 连接。',
    ],
    holds: [
      'tcp_tw_recycle is no remedy: it dropped SYNs of clients behind NAT, and Linux 4.12 removed it.',
      'tcp_tw_recycle 不是解决办法：它会丢弃 NAT 后面客户端的 SYN，Linux 4.12 已将其删除。',
    ],
    kernel: 'tcp_time_wait (commit 4396e46187ca removed it in 4.12)',
    probes: [
      {
        scenario: recycle,
        expect: ['at 30s client sockets TIME-WAIT == 0'],
        kernels: ['6.18', '6.12', '6.1', '5.15', '5.4', '4.19'],
      },
    ],
  },
  M9: {
    says: ['A port range of 1024 to 65535 costs nothing.', '把端口范围设为 1024 到 65535 没有任何代价。'],
    holds: [
      'A range of 1024 to 65535 is not free of cost: a client socket may then take the port of a listener, which cannot bind after a restart.',
      '把范围设为 1024 到 65535 并非没有代价：客户端套接字可能占用监听服务的端口，服务重启后就无法 bind。',
    ],
    kernel: 'inet_csk_get_port, inet_csk_bind_conflict',
    probes: [{ scenario: wideRange, expect: ['connect 1 errno == ok'] }],
  },
  M10: {
    says: [
      'Recv-Q and Send-Q of ss are bytes, on a LISTEN row too.',
      'ss 的 Recv-Q 和 Send-Q 是字节数，LISTEN 行也一样。',
    ],
    holds: [
      'On a LISTEN row of ss, Recv-Q and Send-Q are not bytes: Recv-Q is the number of connections that wait for accept(), Send-Q the backlog in force.',
      '在 ss 的 LISTEN 行中，Recv-Q 和 Send-Q 不是字节数：Recv-Q 是等待 accept() 的连接数，Send-Q 是实际生效的 backlog。',
    ],
    kernel: 'inet_csk_diag_fill (sk_ack_backlog, sk_max_ack_backlog)',
    probes: [{ scenario: recvQ, expect: ['server accept queue == 100'] }],
  },
  M11: {
    says: ['The accept queue holds backlog connections.', '全连接队列容纳 backlog 个连接。'],
    holds: [
      'The accept queue does not hold backlog connections but one more.',
      '全连接队列容纳的不是 backlog 个连接，而是再多一个。',
    ],
    kernel: 'sk_acceptq_is_full',
    probes: [{ scenario: capacity, expect: ['server accept queue max == 3'] }],
  },
  M12: {
    says: ['28232 local ports are 28232 connections.', '28232 个本地端口就是 28232 条连接。'],
    holds: [
      '28232 ports are not 28232 connections: the same port serves several destinations, so the limit holds for each source address, destination address and destination port, unless bind() took the port first.',
      '28232 个端口不等于 28232 条连接：同一端口可用于多个目的地，所以上限是对每组源地址、目的地址和目的端口而言；事先用 bind() 占用端口的除外。',
    ],
    kernel: '__inet_check_established',
    probes: [{ scenario: 'more-servers', expect: ['two-servers connects errno ok == one-server'] }],
  },
  M13: {
    says: ['Who watches where packets are dropped sees every drop.', '监视丢包位置就能看到每一次丢包。'],
    holds: [
      'Tools that watch kfree_skb do not see every drop: a SYN refused for a full accept queue is freed as consumed and raises no drop event.',
      '监视 kfree_skb 的工具看不到所有丢包：因全连接队列已满而被拒绝的 SYN 按正常消费释放，不产生丢包事件。',
    ],
    kernel: 'tcp_conn_request, consume_skb',
    probes: [
      {
        part: ['a sign besides ListenOverflows and ListenDrops', 'ListenOverflows 和 ListenDrops 之外的迹象'],
        scenario: fullAccept,
        expect: ['server TcpInErrs >= 1'],
      },
    ],
  },
  M14: {
    says: ['SYN cookies cost nothing.', 'SYN cookie 没有代价。'],
    holds: [
      'SYN cookies are not free of cost: without timestamps the connection has no window scaling and no SACK, and the MSS is rounded down to one of four values.',
      'SYN cookie 并非没有代价：没有时间戳的连接会失去窗口扩大和 SACK，MSS 也只能向下取四个值之一。',
    ],
    kernel: 'cookie_v4_check, cookie_timestamp_decode',
    probes: [{ scenario: cookieCost, expect: ['cookie max request latency == queue'] }],
  },
  M15: {
    says: ['A larger backlog is always better.', 'backlog 越大越好。'],
    holds: [
      'A longer backlog is not always better: when accept() is the bottleneck, the queue only makes each connection wait longer.',
      'backlog 并非越大越好：瓶颈在 accept() 时，更长的队列只会让每个连接等得更久。',
    ],
    kernel: 'sk_acceptq_is_full',
    probes: [{ scenario: 'slow-accept', expect: ['long-queue requests errno ok >= short-queue'] }],
  },
} as const satisfies Readonly<Record<string, Claim>>;

export type MythId = keyof typeof MYTHS;

/** What holds instead. */
export const correctionOf = (id: MythId): Text => MYTHS[id].holds;
