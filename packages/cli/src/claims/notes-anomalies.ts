// Statements N24 to N32 of the notes: two incidents, ports that run short and SYNs that are dropped.

import { byCookies, type Claim, connect, flood, pair, serve } from './claim.ts';

const RANGE = 'net.ipv4.ip_local_port_range';

/** A client of four CPUs with 14,500 connections, and 2000 more a second that come and go: to four servers, or to one. */
const redis = {
  ...pair({ duration: '3s', seed: 1 }),
  hosts: {
    client: { address: '10.0.0.1/24', cpus: 4 },
    redis: { addresses: ['10.0.0.2/24', '10.0.0.3/24', '10.0.0.4/24', '10.0.0.5/24'] },
  },
  links: [{ between: ['client', 'redis'], latency: '100us' }],
  workloads: [
    { name: 'cache', host: 'redis', serve: 6379, style: 'threads', keepAlive: true, request: 50, reply: 50 },
    { name: 'open', host: 'client', to: '10.0.0.2:6379', hold: 14500 },
    {
      name: 'requests',
      host: 'client',
      to: '10.0.0.2:6379',
      start: '1s',
      rate: 2000,
      request: 50,
      reply: 50,
    },
  ],
  variants: [
    {
      name: 'spread',
      set: {
        'workloads.open.to': ['10.0.0.2:6379', '10.0.0.3:6379', '10.0.0.4:6379', '10.0.0.5:6379'],
        'workloads.requests.to': ['10.0.0.2:6379', '10.0.0.3:6379', '10.0.0.4:6379', '10.0.0.5:6379'],
      },
    },
    { name: 'one' },
  ],
};

/** One SYN is lost. */
const lostSyn = pair({
  duration: '10s',
  faults: [{ drop: 'syn', from: 'client', first: 1 }],
  processes: [serve({ reply: 10 }), connect({ reply: 10 })],
});

const fullHalfOpen = (server: object) =>
  pair(
    {
      duration: '8s',
      inject: flood(300),
      processes: [serve({ backlog: 8, reply: 10 }), connect({ start: '1s', reply: 10 })],
    },
    { server: { 'net.ipv4.tcp_max_syn_backlog': 16, ...server } },
  );

/** All ports of a range of 100 but one are taken, and that one lies in the middle. */
const onePortLeft = pair({
  duration: '8s',
  hosts: {
    client: { address: '10.0.0.1/24', sysctls: { [RANGE]: [40000, 40099] } },
    server: { address: '10.0.0.2/24' },
  },
  processes: [
    serve({ style: 'events' }),
    connect({ count: 50, interval: '25ms', hold: '1m' }),
    connect({ name: 'leaves', start: '1300ms', hold: '2s', close: 'reset' }),
    connect({ name: 'more', start: '1400ms', count: 49, interval: '25ms', hold: '1m' }),
    connect({ name: 'last', start: '5s', hold: '1m' }),
  ],
});

export const ANOMALIES = {
  N24: {
    says: [
      'Incident 1: an instance with 4 cores at 2000 requests/s ran at 15 % CPU; after a release that added one Redis access a request, at 80 %.',
      '事故一：4 核实例，2000 QPS，CPU 稳定在 15%；一次发布给每个请求增加一次 Redis 访问之后，CPU 到了 80%。',
    ],
    term: 'CPU 升高',
    holds: [
      'Possible, when half of the ports to that destination are taken: each of 2000 connects a second then looks at 14,116 ports, which is 1.4 ms of CPU. Before 4.6 the walk is that long only when nearly all are taken.',
      '可能发生：当通往该目的地的端口占用过半时，每秒 2000 次 connect 每次都要看 14116 个端口，即 1.4 ms 的 CPU。4.6 之前只有几乎全部占用时才会走这么长。',
    ],
    kernel: '__inet_hash_connect; costs: client sheet 2.4',
    probes: [
      {
        part: ['spread over four servers, little CPU', '分散到四个服务器时，CPU 很少'],
        scenario: redis,
        variant: 'spread',
        expect: ['client cpu from 2s to 3s < 30%'],
      },
      {
        part: ['all to one, most of the CPU', '全部去往一个时，占去大部分 CPU'],
        scenario: redis,
        variant: 'one',
        expect: ['client cpu from 2s to 3s > 60%'],
      },
    ],
  },
  N25: {
    says: [
      'Normally connections spread over several Redis servers by hash. Here all went to one: local ports ran short, and the search for a free one took long.',
      '正常情况下连接按哈希分散到多个 Redis 服务器；异常时全部去往一个：本地端口不足，查找可用端口很慢。',
    ],
    term: '端口不足',
    holds: [
      'The range counts for each destination, so one destination runs short where several do not.',
      '端口范围按目的地计算，所以集中到一个目的地时会不足，分散时不会。',
    ],
    kernel: '__inet_check_established, inet_hash_connect',
    probes: [
      {
        scenario: 'more-servers',
        expect: [
          'one-server connects errno EADDRNOTAVAIL > two-servers',
          'one-server connect 160 probes > two-servers',
        ],
      },
    ],
  },
  N26: {
    says: [
      'strace -cp PID sums time, calls and share of each system call; it showed connect() on top.',
      'strace -cp PID 统计各系统调用的时间、次数和占比，结果显示 connect() 居首。',
    ],
    term: 'strace',
    holds: [
      'In the run all connections go to one server, with half of its ports taken. strace counts system time, and that is where the search is.',
      '运行中所有连接去往一个服务器，端口已占用一半。strace 统计的是系统态时间，端口查找正在其中。',
    ],
    kernel: '__sys_connect, inet_hash_connect',
    probes: [{ scenario: redis, variant: 'one', expect: ['client process requests connect share > 50%'] }],
  },
  N27: {
    says: [
      'When nearly all of 32768 to 61000 is used and one port is left, the walk is long, and it takes a lock for each port: so connect() becomes expensive.',
      '当 32768 到 61000 几乎用完、只剩一个端口时，查找很长，而且每个端口都要加锁：connect() 因此变得昂贵。',
    ],
    term: '端口查找开销',
    holds: [
      'The walk is long with one port left. Since 4.6 it is long much earlier: from half of the range on. The lock for each port was there until 6.14; since 6.15 a port in use is passed under RCU.',
      '只剩一个端口时查找确实很长。4.6 起早得多：占用一半就变长。每个端口的锁到 6.14 为止都有；6.15 起用 RCU 越过已占用的端口。',
    ],
    kernel: '__inet_hash_connect (commits 1580ab63fc9a, 86c2bc293b81)',
    probes: [
      {
        part: ['long with one port left', '只剩一个端口时很长'],
        scenario: onePortLeft,
        expect: ['connect 101 errno == ok', 'connect 101 probes > 20'],
      },
      {
        part: ['short at half of the range', '占用一半时还很短'],
        scenario: onePortLeft,
        expect: ['connect 51 probes < 10'],
      },
    ],
  },
  N28: {
    says: [
      'Incident 2: usually fast, but about one request in ten or more is very slow, for as long as a timeout.',
      '事故二：平时很快，但大约十个请求中有一个甚至更多非常慢，慢到一次超时那么久。',
    ],
    term: '偶发超时',
    holds: [
      'A pause of accept() for half a second does it. Before 4.10 fewer SYNs are dropped by the same pause.',
      'accept() 停半秒就会如此。4.10 之前，同样的停顿丢弃的 SYN 较少。',
    ],
    kernel: 'tcp_conn_request',
    probes: [
      {
        scenario: 'accept-queue-full',
        set: { duration: '10s' },
        expect: ['requests failed == 0', 'requests slower than 1s >= 1', 'requests slower than 1s <= 10'],
      },
    ],
  },
  N29: {
    says: [
      'connect() arms a retransmission timer when the SYN leaves; its first timeout is 1 s (3 s on old kernels).',
      'connect() 发出 SYN 时启动重传定时器，第一次超时是 1 s（旧内核 3 s）。',
    ],
    term: '重传定时器',
    holds: ['1 s since 3.1, 3 s before.', '3.1 起是 1 s，之前是 3 s。'],
    kernel: 'TCP_TIMEOUT_INIT (include/net/tcp.h, commit 9ad7c049f0f7)',
    probes: [
      {
        scenario: lostSyn,
        expect: ['connect 1 syns at 0s 1s within 1%'],
        kernels: ['6.18', '6.12', '6.1', '5.15', '5.4', '4.19', '4.4', '3.10'],
      },
      { scenario: lostSyn, expect: ['connect 1 syns at 0s 3s within 1%'], kernels: ['2.6.32'] },
    ],
  },
  N30: {
    says: [
      'The SYN was dropped because the half-open queue was full; it is sent again 1 s later.',
      'SYN 因半连接队列已满被丢弃，1 s 后重传。',
    ],
    term: '半连接队列满',
    holds: [
      'Only with SYN cookies off. With them on, the default, a full half-open queue drops nothing; the usual cause is then a full accept queue.',
      '只在关闭 SYN cookie 时如此。默认开启时，半连接队列满了也不丢弃；常见原因是全连接队列已满。',
    ],
    kernel: 'tcp_conn_request',
    probes: byCookies(fullHalfOpen, 'connect 1 latency > 900ms'),
  },
  N31: {
    says: [
      'More SYNs follow at 3, 7, 15, 31 and 63 s: six, because tcp_syn_retries was 6.',
      '之后在 3、7、15、31、63 s 继续重传：共六次，因为 tcp_syn_retries 是 6。',
    ],
    term: 'SYN 重传',
    holds: [
      'So from 3.7 to 6.4. Since 6.5 the first four waits are one second each (tcp_syn_linear_timeouts=4): 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s. Before 3.7 there were five, before 3.1 from 3 s on.',
      '3.7 到 6.4 如此。6.5 起前四次等待各一秒（tcp_syn_linear_timeouts=4）：1、2、3、4、5、7、11、19、35、67 s。3.7 之前是五次，3.1 之前从 3 s 开始。',
    ],
    kernel: 'tcp_retransmit_timer, TCP_SYN_RETRIES',
    probes: [
      {
        scenario: 'syn-loss',
        set: { duration: '200s' },
        expect: ['connect 2 syns at 0s 1s 3s 7s 15s 31s 63s within 1%'],
      },
    ],
  },
  N32: {
    says: [
      'A drop because either queue overflowed costs the request at least 1 s.',
      '任一队列溢出造成的丢弃，都会使请求多花至少 1 s。',
    ],
    term: '至少一秒',
    holds: [
      'Where a SYN is dropped, nobody is told, and the first timeout decides. The clients of the run have the kernel that is tested; the server is that of 6.18, where both queues drop SYNs.',
      '丢弃 SYN 时没有任何通知，由第一次超时决定。运行中客户端用被测内核，服务端用 6.18，两个队列都丢弃 SYN。',
    ],
    kernel: 'tcp_conn_request, tcp_retransmit_timer',
    probes: [
      {
        scenario: 'one-second-latency',
        variant: '6.18',
        set: { timers: 'exact' },
        host: 'client',
        expect: ['connect 3 latency >= 1s', 'connect 4 latency >= 1s', 'connect 3 errno == ok'],
      },
    ],
  },
} as const satisfies Readonly<Record<string, Claim>>;
