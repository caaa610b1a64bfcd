// Statements N33 to N42 of the notes: remedies, and blocking I/O.

import { type Claim, connect, pair, serve } from './claim.ts';

const waitsForData = pair({
  processes: [serve({ request: 10, think: '500ms', reply: 10 }), connect({ request: 10, reply: 10 })],
});

export const REMEDIES = {
  N33: {
    says: [
      'Where requests are frequent: long connections instead of short ones.',
      '请求频繁时，用长连接代替短连接。',
    ],
    term: '长连接',
    holds: [
      'One port instead of one for each request, no handshakes, no TIME-WAIT.',
      '只用一个端口，而不是每个请求一个；没有握手，也没有 TIME-WAIT。',
    ],
    kernel: 'tcp_time_wait, inet_hash_connect',
    probes: [
      {
        scenario: 'long-connections',
        expect: [
          'after requests failed < before',
          'after segments < before',
          'after client sockets TIME-WAIT < before',
        ],
      },
    ],
  },
  N34: {
    says: ['Merge requests where that is possible.', '尽可能合并请求。'],
    term: '合并请求',
    holds: ['Fewer connections and round trips for the same bytes.', '同样的字节，更少的连接和往返。'],
    kernel: 'tcp_v4_connect',
    probes: [
      {
        scenario: 'merged-requests',
        expect: ['after client TcpActiveOpens < before', 'before segments > 4 times after'],
      },
    ],
  },
  N35: {
    says: ['Make ip_local_port_range wide (up to 65535).', '把 ip_local_port_range 放宽（最大到 65535）。'],
    term: '扩大端口范围',
    holds: [
      'It puts the shortage off, and with it the step at half of the range. A range that takes in the ports of listeners does harm (M9).',
      '它推迟端口不足，也推迟占用一半时的突变。把监听端口也包进范围则有害（M9）。',
    ],
    kernel: 'inet_get_local_port_range',
    probes: [
      {
        scenario: 'wider-port-range',
        expect: ['after connects errno ok > before', 'after connects errno EADDRNOTAVAIL < before'],
      },
    ],
  },
  N36: {
    says: ['Let the client connect to different servers.', '让客户端连接不同的服务器。'],
    term: '分散目的地',
    holds: [
      'The same port serves once for each destination, so even a second port of the same server helps.',
      '同一个端口对每个目的地可各用一次，所以同一服务器的第二个端口也有用。',
    ],
    kernel: '__inet_check_established',
    probes: [
      {
        scenario: 'more-servers',
        expect: ['two-servers connects errno ok > one-server', 'two-ports connects errno ok > one-server'],
      },
    ],
  },
  N37: {
    says: [
      'Turn SYN cookies on, so that the half-open queue does not overflow.',
      '打开 SYN cookie，使半连接队列不会溢出。',
    ],
    term: 'SYN cookie',
    holds: [
      'The queue fills all the same, but being full turns nobody away. Off by default in 2.6.32, on in 3.10 and later; what it costs is M14.',
      '队列照样会满，只是满了也不再把人挡在门外。2.6.32 默认关闭，3.10 及以后默认开启；代价见 M14。',
    ],
    kernel: 'tcp_conn_request, cookie_v4_check',
    probes: [
      {
        scenario: 'syn-cookies',
        expect: [
          'on connects errno ok > off',
          'on connects errno ok > off-longer',
          'on max connect latency < off',
        ],
      },
    ],
  },
  N38: {
    says: [
      'Control the accept queue with backlog and somaxconn.',
      '用 backlog 和 somaxconn 控制全连接队列。',
    ],
    term: '控制全连接队列',
    holds: ['With both: the smaller decides (M5).', '两者都要：由较小的决定（M5）。'],
    kernel: '__sys_listen',
    probes: [
      {
        scenario: 'backlog-and-somaxconn',
        expect: ['both server accept queue max > before', 'both max request latency < before'],
      },
    ],
  },
  N39: {
    says: ['The server should accept() as soon as possible.', '服务端应尽快 accept()。'],
    term: '尽快 accept',
    holds: [
      'Where it can: a loop that waits for something else before it accepts fills any queue.',
      '只要做得到：accept 之前先等别的东西的循环，会填满任何队列。',
    ],
    kernel: 'inet_csk_accept',
    probes: [
      {
        scenario: 'faster-accept',
        expect: ['before max request latency > 2 times after', 'after server accept queue max < before'],
      },
    ],
  },
  N40: {
    says: [
      'A synchronous blocking client is socket(), connect(), recv(): recv() waits in the kernel for data.',
      '同步阻塞的客户端是 socket()、connect()、recv()：recv() 在内核中等待数据。',
    ],
    term: '同步阻塞',
    holds: ['So it is.', '确实如此。'],
    kernel: 'tcp_recvmsg_locked, sk_wait_data',
    probes: [
      { scenario: waitsForData, expect: ['request 1 latency ~ 540ms within 1%', 'requests failed == 0'] },
    ],
  },
  N41: {
    says: [
      'What there is to understand: how the socket is made, how recv() puts the process to sleep, how data that arrives wakes it.',
      '要理解的是：socket 怎样创建，recv() 怎样使进程睡眠，到达的数据怎样唤醒它。',
    ],
    term: '阻塞与唤醒',
    holds: [
      'The run shows it: one recv() leaves the CPU once, without a second call, and the packet that arrives wakes it; another process that computes has to make room for it at once.',
      '运行可以看到：一次 recv() 让出 CPU 一次，没有第二次调用，到达的报文把它唤醒；另一个正在计算的进程须立即让位。',
    ],
    kernel: 'sk_wait_data, sock_def_readable, try_to_wake_up',
    probes: [
      {
        part: ['recv() puts the process to sleep', 'recv() 使进程睡眠'],
        scenario: 'blocking-recv',
        // Away in connect() and in recv(), while another process computes.
        expect: ['client process reader calls recvfrom == 1', 'client process reader context switches == 2'],
      },
      {
        part: ['data that arrives wakes it', '到达的数据唤醒它'],
        scenario: 'blocking-recv',
        expect: [
          'segments "P." from server == 1',
          'client process batch context switches == 3',
          'client run queue delay p50 < 5us',
        ],
      },
    ],
  },
  N42: {
    says: [
      'Blocking performs badly: each wait puts the process to sleep and wakes it again, two context switches, and a process serves one connection.',
      '阻塞性能差：每次等待都要让进程睡眠再唤醒，两次上下文切换，而且一个进程只服务一个连接。',
    ],
    term: '上下文切换',
    holds: [
      'A blocking process serves one connection at a time: so it is. A switch for each wait: so it is with one connection; with many the work that is waiting makes the sleeps rare, and epoll pays for a sleep as well.',
      '阻塞的进程一次只服务一个连接：确实如此。每次等待一次切换：只有一条连接时如此；连接多时总有活等着，睡眠就少了，而 epoll 的睡眠同样要付出切换。',
    ],
    kernel: 'schedule, sk_wait_data, ep_poll',
    probes: [
      {
        part: ['a process serves one connection', '一个进程服务一个连接'],
        scenario: pair({
          processes: [serve({ think: '1s', reply: 10 }), connect({ count: 2, interval: '10ms', reply: 10 })],
        }),
        expect: ['request 2 latency > 1900ms'],
      },
      {
        part: ['a switch for each message', '每条消息一次切换'],
        scenario: {
          ...pair({
            processes: [
              serve({ name: 'api', request: 10, reply: 10, keepAlive: true }),
              connect({ request: 10, reply: 10, requests: 100 }),
            ],
          }),
          hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24', cpus: 1 } },
        },
        expect: ['server context switches per message >= 0.99'],
      },
    ],
  },
} as const satisfies Readonly<Record<string, Claim>>;
